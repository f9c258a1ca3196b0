-- Small-scale self-generators (AGPE, up to 1 MW: Res. CREG 174 de 2021) and the sun at the solar plants.
--
-- ExcedenteAGPE (XM): surplus that retailers integrated with a network operator report to have bought [GWh]. What is
-- consumed behind the meter never reaches the market: this is no measure of all self-generation. Hours without a surplus
-- (the night) are not published; XM publishes it weeks late and retailers keep adding to it.

CREATE OR REPLACE VIEW surplus_daily AS
SELECT day, tidy(sum(value)) AS gwh, CAST(count(DISTINCT code) AS INTEGER) AS agents, worst_of(quality) AS quality
FROM "ExcedenteAGPE_daily"
WHERE entity = 'Agente'
GROUP BY day;

CREATE OR REPLACE VIEW surplus_last_day AS
SELECT max(day) AS day FROM surplus_daily WHERE quotable(quality) HAVING max(day) IS NOT NULL;

CREATE OR REPLACE VIEW surplus_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month, tidy(sum(gwh)) AS gwh,
       max(agents) AS agents, CAST(count(*) AS INTEGER) AS days,
       count(*) = date_diff('day', date_trunc('month', day), date_trunc('month', day) + INTERVAL 1 MONTH) AS whole
FROM surplus_daily
WHERE quotable(quality)
GROUP BY date_trunc('month', day);

-- The last 30 days with data, by retailer and by hour of the day (mean power, MW: GWh of the hour x 1000 / days).
CREATE OR REPLACE VIEW surplus_agent_recent AS
SELECT s.code, coalesce(a.name, s.code) AS agent, tidy(sum(s.value)) AS gwh,
       CAST(count(DISTINCT s.day) AS INTEGER) AS days,
       tidy(sum(s.value) / nullif(sum(sum(s.value)) OVER (), 0) * 100) AS share_pct
FROM "ExcedenteAGPE_daily" AS s
JOIN surplus_last_day AS l ON s.day > l.day - 30 AND s.day <= l.day
LEFT JOIN agent AS a USING (code)
WHERE s.entity = 'Agente' AND quotable(s.quality)
GROUP BY s.code, coalesce(a.name, s.code);

CREATE OR REPLACE VIEW surplus_hour_profile AS
WITH span AS (
    SELECT d.day FROM surplus_daily AS d, surplus_last_day AS l
    WHERE quotable(d.quality) AND d.day > l.day - 30 AND d.day <= l.day
)
SELECT CAST(hour(s.ts) AS INTEGER) AS hour,
       tidy(sum(s.value) * 1000 / (SELECT count(*) FROM span)) AS mw
FROM "ExcedenteAGPE" AS s
SEMI JOIN span ON span.day = CAST(s.ts AS DATE)
WHERE s.entity = 'Agente'
GROUP BY hour(s.ts);

-- Registered self-generators by retailer (ListadoAGPE, value in kW). XM does not document the list: one row a
-- self-generator, its retailer in agent_code or, without it, in code.
CREATE OR REPLACE VIEW self_generator_agent AS
SELECT coalesce(g.agent_code, g.code) AS code, coalesce(a.name, g.agent_code, g.code) AS agent,
       CAST(count(*) AS INTEGER) AS units, tidy(sum(TRY_CAST(g.value AS DOUBLE)) / 1000) AS mw
FROM "ListadoAGPE" AS g
LEFT JOIN agent AS a ON a.code = coalesce(g.agent_code, g.code)
GROUP BY ALL;

-- Sun, temperatures and energy of each solar plant on the last day with irradiation and a quotable mix. XM does not say
-- how it makes one value a day of the irradiation; compare plants and days, not with a mean of 24 hours.
CREATE OR REPLACE VIEW solar_weather_daily AS
SELECT day, code,
       max(value) FILTER (WHERE metric = 'IrrGlobal') AS global_wm2,
       max(value) FILTER (WHERE metric = 'IrrPanel') AS panel_wm2,
       max(value) FILTER (WHERE metric = 'TempPanel') AS panel_c,
       max(value) FILTER (WHERE metric = 'TempAmbSolar') AS ambient_c,
       worst_of(quality) AS quality
FROM (
    SELECT 'IrrGlobal' AS metric, * FROM "IrrGlobal_daily"
    UNION ALL SELECT 'IrrPanel', * FROM "IrrPanel_daily"
    UNION ALL SELECT 'TempPanel', * FROM "TempPanel_daily"
    UNION ALL SELECT 'TempAmbSolar', * FROM "TempAmbSolar_daily"
)
WHERE entity = 'Recurso'
GROUP BY day, code;

CREATE OR REPLACE VIEW solar_weather_latest AS
SELECT w.day, w.code, coalesce(g.plant, p.name, w.code) AS plant, w.global_wm2, w.panel_wm2, w.panel_c, w.ambient_c,
       g.gwh
FROM solar_weather_daily AS w
LEFT JOIN generation_plant_daily AS g USING (day, code)
LEFT JOIN plant AS p USING (code)
WHERE quotable(w.quality)
  AND w.day = (
      SELECT max(x.day) FROM solar_weather_daily AS x
      WHERE quotable(x.quality) AND x.day <= coalesce((SELECT day FROM mix_last_day), x.day));
