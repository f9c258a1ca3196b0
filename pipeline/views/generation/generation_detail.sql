-- Generation in detail: by agent, by month, net load and its ramps, capacity and its use.
--
-- Net load (the duck curve): generation of the system less sun and wind, hour by hour [MW]: what the plants that can be
-- dispatched must follow. In Colombia the sun empties the middle of the day and the evening peak comes as it sets.

-- Agent that represents each plant before XM (ListadoRecursos, CompanyCode); the name is that of ListadoAgentes.
CREATE OR REPLACE TABLE plant_agent AS
SELECT DISTINCT ON (r.code) r.code, coalesce(a.name, r.agent_code, 'Sin agente') AS agent
FROM "ListadoRecursos" AS r
LEFT JOIN agent AS a ON a.code = r.agent_code
WHERE r.entity = 'Sistema'
ORDER BY r.code, r.ts DESC, r.agent_code;

-- Last 30 days whose mix may be quoted.
CREATE OR REPLACE VIEW generation_agent AS
WITH days AS (
    SELECT day, plants_gwh FROM mix_day WHERE quotable(quality) AND day > (SELECT day - 30 FROM mix_last_day)
)
SELECT coalesce(a.agent, 'Sin agente') AS agent, tidy(sum(g.gwh)) AS gwh,
       tidy(sum(g.gwh) / nullif((SELECT sum(plants_gwh) FROM days), 0) * 100) AS share_pct,
       tidy(coalesce(sum(g.gwh) FILTER (WHERE g.renewable), 0) / nullif(sum(g.gwh), 0) * 100) AS renewable_pct,
       CAST(count(DISTINCT g.code) AS INTEGER) AS plants, max(g.day) AS day
FROM generation_plant_daily AS g
JOIN days USING (day)
LEFT JOIN plant_agent AS a ON a.code = g.code
GROUP BY 1
ORDER BY gwh DESC, 1;

-- Whole months only: every day of the month may be quoted. [GWh, %]
CREATE OR REPLACE TABLE generation_monthly AS
WITH months AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month, split, source, sum(gwh) AS gwh, count(*) AS days
    FROM generation_mix_daily WHERE quotable(quality)
    GROUP BY ALL
)
SELECT month, split, source, tidy(gwh) AS gwh, CAST(days AS INTEGER) AS days, tidy(gwh / days) AS gwh_per_day,
       tidy(gwh / nullif(sum(gwh) OVER (PARTITION BY month, split), 0) * 100) AS share_pct
FROM months
WHERE days = day(last_day(month))
ORDER BY month, split, source;

CREATE OR REPLACE VIEW renewable_monthly AS
SELECT month, tidy(sum(gwh) FILTER (WHERE is_renewable(source)) / nullif(sum(gwh), 0) * 100) AS share_pct,
       tidy(sum(gwh) FILTER (WHERE source IN ('Solar', 'Eólica')) / nullif(sum(gwh), 0) * 100) AS variable_pct
FROM generation_monthly WHERE split = 'fuel'
GROUP BY month ORDER BY month;

-- Month against the same month of the year before [%], both whole; by mean day, so that 29 February changes nothing.
CREATE OR REPLACE VIEW generation_growth_monthly AS
WITH totals AS (
    SELECT month, sum(gwh_per_day) AS gwh_per_day, sum(gwh) AS gwh FROM generation_monthly WHERE split = 'technology' GROUP BY month
)
SELECT n.month, n.gwh, tidy(pct_change(n.gwh_per_day, b.gwh_per_day)) AS growth_pct
FROM totals AS n
JOIN totals AS b ON b.month = CAST(n.month - INTERVAL 1 YEAR AS DATE)
ORDER BY n.month;

-- Hours of the last 400 days whose mix may be quoted [MW].
CREATE OR REPLACE TABLE net_load_hourly AS
WITH window_days AS (
    SELECT day FROM mix_day WHERE quotable(quality) AND day > (SELECT day - 400 FROM mix_last_day)
), variable AS (
    SELECT g.ts, sum(g.value) FILTER (WHERE p.technology = 'Solar') AS solar,
           sum(g.value) FILTER (WHERE p.technology = 'Eólica') AS wind
    FROM "Gene" AS g
    JOIN plant AS p USING (code)
    WHERE g.entity = 'Recurso' AND p.technology IN ('Solar', 'Eólica')
      AND g.ts >= (SELECT day - 400 FROM mix_last_day)
    GROUP BY g.ts
)
SELECT g.ts, CAST(g.ts AS DATE) AS day, CAST(hour(g.ts) AS INTEGER) AS hour, tidy(g.value * 1000) AS total_mw,
       tidy(coalesce(v.solar, 0) * 1000) AS solar_mw, tidy(coalesce(v.wind, 0) * 1000) AS wind_mw,
       tidy((g.value - coalesce(v.solar, 0) - coalesce(v.wind, 0)) * 1000) AS net_mw
FROM "Gene" AS g
JOIN window_days AS w ON w.day = CAST(g.ts AS DATE)
LEFT JOIN variable AS v USING (ts)
WHERE g.entity = 'Sistema'
ORDER BY g.ts;

-- Mean of each hour over the last 30 days, and over the same dates one year before when at least 20 of them are there.
CREATE OR REPLACE VIEW net_load_profile AS
WITH spans AS (
    SELECT 'Últimos 30 días' AS span, day - 30 AS after, day AS until FROM mix_last_day
    UNION ALL SELECT 'Un año antes', year_before(day) - 30, year_before(day) FROM mix_last_day
)
SELECT s.span, h.hour, tidy(avg(h.total_mw)) AS total_mw, tidy(avg(h.solar_mw)) AS solar_mw,
       tidy(avg(h.net_mw)) AS net_mw, CAST(count(*) AS INTEGER) AS days
FROM net_load_hourly AS h
JOIN spans AS s ON h.day > s.after AND h.day <= s.until
GROUP BY s.span, h.hour
HAVING count(*) >= 20
ORDER BY s.span DESC, h.hour;

-- Ramps of the net load within a day [MW]: the greatest rise in three hours, and when it began.
CREATE OR REPLACE TABLE ramp_daily AS
WITH steps AS (
    SELECT day, hour, net_mw - lag(net_mw, 3) OVER (PARTITION BY day ORDER BY hour) AS rise,
           net_mw - lag(net_mw) OVER (PARTITION BY day ORDER BY hour) AS step
    FROM net_load_hourly
)
SELECT day, tidy(max(rise)) AS rise_mw, CAST(arg_max(hour, (rise, -hour)) FILTER (WHERE rise IS NOT NULL) - 3 AS INTEGER) AS from_hour,
       tidy(max(step)) AS step_mw, tidy(min(rise)) AS fall_mw
FROM steps GROUP BY day HAVING count(*) = 24
ORDER BY day;

-- Net effective capacity (CapEfecNeta, kW in the source) of all plants [MW], and how much of it was used [%] = energy of
-- the day over what that power would give in 24 hours. A plant out of service still counts: capacity is not availability.
CREATE OR REPLACE TABLE capacity_daily AS
WITH total AS (
    SELECT day, sum(value) AS mw, worst_of(quality) AS quality FROM "CapEfecNeta_daily" WHERE entity = 'Recurso' GROUP BY day
)
SELECT c.day, tidy(c.mw) AS mw, tidy(g.gwh * 1000 / nullif(c.mw * 24, 0) * 100) AS use_pct,
       c.quality, worse_quality(c.quality, g.quality) AS use_quality
FROM total AS c
LEFT JOIN generation_daily AS g USING (day)
ORDER BY c.day;

-- By technology, on the last day with both capacity and mix; use over the 30 days up to it.
CREATE OR REPLACE VIEW capacity_technology AS
WITH until AS (
    SELECT max(c.day) AS day FROM capacity_daily AS c JOIN mix_day AS m USING (day)
    WHERE quotable(c.quality) AND quotable(m.quality)
), days AS (
    SELECT m.day FROM mix_day AS m JOIN capacity_daily AS c USING (day), until AS u
    WHERE quotable(m.quality) AND m.day > u.day - 30 AND m.day <= u.day
), capacity AS (
    SELECT c.day, coalesce(p.technology, 'Sin clasificar') AS technology, sum(c.value) AS mw, count(*) AS plants
    FROM "CapEfecNeta_daily" AS c JOIN days USING (day) LEFT JOIN plant AS p USING (code)
    WHERE c.entity = 'Recurso' AND c.value > 0
    GROUP BY ALL
), energy AS (
    SELECT day, source AS technology, gwh FROM generation_mix_daily JOIN days USING (day) WHERE split = 'technology'
)
SELECT technology, tidy(max(c.mw) FILTER (WHERE c.day = u.day)) AS mw,
       tidy(max(c.mw) FILTER (WHERE c.day = u.day) / nullif(sum(max(c.mw) FILTER (WHERE c.day = u.day)) OVER (), 0) * 100)
           AS share_pct,
       CAST(max(c.plants) FILTER (WHERE c.day = u.day) AS INTEGER) AS plants,
       tidy(sum(e.gwh) * 1000 / nullif(sum(c.mw) * 24, 0) * 100) AS use_pct, any_value(u.day) AS day
FROM capacity AS c
JOIN energy AS e USING (day, technology), until AS u
GROUP BY technology
ORDER BY mw DESC NULLS LAST, technology;

-- Plants on the map by technology, size = power [MW] in PARATEC; only those that XM lists are drawn.
CREATE OR REPLACE VIEW map_plant AS
SELECT 'point' AS layer, proper_name(x.plant) AS name, w.technology AS series, x.mw AS value, x.lon, x.lat,
       CASE WHEN x.mw >= 20 THEN proper_name(x.plant) || ': ' || es_number(x.mw, '{:,.0f}') || ' MW, '
            || lower(w.technology) || CASE WHEN x.surveyed THEN '' ELSE '; punto aproximado' END END AS label
FROM (SELECT DISTINCT ON (paratec_name(name)) paratec_name(name) AS plant, technology FROM plant_place
      ORDER BY paratec_name(name), code) AS w
JOIN paratec_plant AS x USING (plant)
WHERE x.lon IS NOT NULL AND x.mw > 0;

-- The five highest (and, where a low says something, lowest) settled days of each series of generation.
CREATE OR REPLACE VIEW generation_records AS
WITH wanted (series, side) AS (
    VALUES ('generation', 'high'), ('generation', 'low'), ('gen_hydro', 'high'), ('gen_thermal', 'high'),
           ('gen_solar', 'high'), ('gen_wind', 'high'), ('renewable_share', 'high'), ('renewable_share', 'low'),
           ('ramp', 'high')
), ranked AS (
    SELECT w.series, w.side, d.day, d.value,
           CAST(row_number() OVER (PARTITION BY w.series, w.side
                ORDER BY CASE w.side WHEN 'high' THEN -d.value ELSE d.value END, d.day) AS INTEGER) AS rank,
           CAST(count(*) OVER (PARTITION BY w.series, w.side) AS INTEGER) AS days,
           min(d.day) OVER (PARTITION BY w.series, w.side) AS since
    FROM wanted AS w JOIN daily_series AS d ON d.series = w.series AND d.complete
)
SELECT i.ordinal, r.series, i.label, i.unit, r.side, r.rank, r.day, r.value, r.days, r.since
FROM ranked AS r JOIN series_info AS i USING (series)
WHERE r.rank <= 5
ORDER BY i.ordinal, r.side, r.rank;
