-- Cost of network constraints, million COP a day (sum of the 24 hours).
--
-- RestSinAliv (XM): value of the security generation associated with transport constraints. RestAliv: what retailers
-- are charged for constraints after the regulated reliefs (alivios). They overlap, so they are never added, and their
-- difference may be negative (2024-04-29: 15,944 and 16,505), so it is not called a relief. Negative days are legal.

CREATE OR REPLACE VIEW restrictions_daily AS
SELECT coalesce(a.day, s.day) AS day,
       s.value AS before_relief_mcop,
       a.value AS charged_mcop,
       worse_quality(day_quality(s.hours, s.quality), day_quality(a.hours, a.quality)) AS quality
FROM (SELECT * FROM "RestAliv_daily" WHERE entity = 'Sistema') AS a
FULL JOIN (SELECT * FROM "RestSinAliv_daily" WHERE entity = 'Sistema') AS s ON s.day = a.day;

-- The same per kWh of demand: million COP / GWh = COP/kWh, over DemaCome of the day (what XM settles; it includes
-- exports and STN losses). Without a quotable demand there is no figure. 2024-04-29: 15,944 / 222.367 = 71.7 COP/kWh.
CREATE OR REPLACE VIEW restrictions_unit_daily AS
SELECT r.day, r.before_relief_mcop, r.charged_mcop,
       tidy(r.before_relief_mcop / nullif(d.gwh, 0)) AS before_unit,
       tidy(r.charged_mcop / nullif(d.gwh, 0)) AS charged_unit,
       worse_quality(r.quality, d.quality) AS quality
FROM restrictions_daily AS r
JOIN demand_commercial_daily AS d USING (day);

-- Months from quotable days only. Each column adds the days that have it: RestAliv comes four days later. A month has no
-- figure per kWh where more than one of ten of its days lacks a demand that may be quoted: the others are another mean.
CREATE OR REPLACE VIEW restrictions_monthly AS
SELECT CAST(date_trunc('month', r.day) AS DATE) AS month,
       sum(r.before_relief_mcop) AS before_relief_mcop,
       sum(r.charged_mcop) AS charged_mcop,
       CAST(count(r.before_relief_mcop) AS INTEGER) AS before_days,
       CAST(count(r.charged_mcop) AS INTEGER) AS charged_days,
       CASE WHEN count(r.before_relief_mcop * d.gwh) >= 0.9 * count(r.before_relief_mcop)
            THEN tidy(sum(r.before_relief_mcop) FILTER (WHERE d.gwh IS NOT NULL)
                      / nullif(sum(d.gwh) FILTER (WHERE r.before_relief_mcop IS NOT NULL), 0)) END AS before_unit,
       CASE WHEN count(r.charged_mcop * d.gwh) >= 0.9 * count(r.charged_mcop)
            THEN tidy(sum(r.charged_mcop) FILTER (WHERE d.gwh IS NOT NULL)
                      / nullif(sum(d.gwh) FILTER (WHERE r.charged_mcop IS NOT NULL), 0)) END AS charged_unit
FROM restrictions_daily AS r
LEFT JOIN demand_commercial_daily AS d ON d.day = r.day AND quotable(d.quality)
WHERE quotable(r.quality)
GROUP BY date_trunc('month', r.day);

-- What goes beside them in the settlement, million COP a day. Hours or days without an event are not published.
CREATE OR REPLACE VIEW restriction_parts_daily AS
SELECT 'agc' AS part, day, value AS mcop, day_quality(hours, quality) AS quality
FROM "RespComerAGC_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'congestion', day, value, quality FROM "RentasCongestRestr_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'guarantees', day, value, quality FROM "EjecGarantRestr_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'start_stop', day, value, quality FROM "CompNetArranPara_daily" WHERE entity = 'Sistema';

-- Generation that the network or the security of the system asked for, and the reconciliations that pay it. Sums of all
-- plants: GWh and million COP. Plants without it have no row. A day counts once the generation of the system is
-- quotable. Reference: 2024-04-29 security 88.94 GWh, positive reconciliation 61.92 GWh and 24,186 million COP.
CREATE OR REPLACE TABLE security_daily AS
SELECT s.day,
       tidy(sum(s.value) FILTER (WHERE s.metric = 'GeneSeguridad')) AS security_gwh,
       tidy(sum(s.value) FILTER (WHERE s.metric = 'GeneFueraMerito')) AS out_of_merit_gwh,
       tidy(sum(s.value) FILTER (WHERE s.metric = 'RecoPosEner')) AS positive_gwh,
       tidy(sum(s.value) FILTER (WHERE s.metric = 'RecoNegEner')) AS negative_gwh,
       sum(s.value) FILTER (WHERE s.metric = 'RecoPosMoneda') AS positive_mcop,
       sum(s.value) FILTER (WHERE s.metric = 'RecoNegMoneda') AS negative_mcop,
       any_value(g.gwh) AS generation_gwh,
       worse_quality(worst_of(s.quality), coalesce(any_value(g.quality), 'provisional')) AS quality
FROM (
    SELECT 'GeneSeguridad' AS metric, * FROM "GeneSeguridad_daily"
    UNION ALL SELECT 'GeneFueraMerito', * FROM "GeneFueraMerito_daily"
    UNION ALL SELECT 'RecoPosEner', * FROM "RecoPosEner_daily"
    UNION ALL SELECT 'RecoNegEner', * FROM "RecoNegEner_daily"
    UNION ALL SELECT 'RecoPosMoneda', * FROM "RecoPosMoneda_daily"
    UNION ALL SELECT 'RecoNegMoneda', * FROM "RecoNegMoneda_daily"
) AS s
LEFT JOIN generation_daily AS g USING (day)
WHERE s.entity = 'Recurso'
GROUP BY s.day
ORDER BY s.day;

CREATE OR REPLACE VIEW security_last_day AS
SELECT max(day) AS day FROM security_daily
WHERE quotable(quality) AND security_gwh IS NOT NULL HAVING max(day) IS NOT NULL;

-- Plants over the last 30 quotable days.
CREATE OR REPLACE VIEW security_plant_recent AS
WITH span AS (
    SELECT s.day FROM security_daily AS s, security_last_day AS l
    WHERE quotable(s.quality) AND s.day > l.day - 30 AND s.day <= l.day
), sums AS (
    SELECT code,
           sum(value) FILTER (WHERE metric = 'GeneSeguridad') AS security_gwh,
           sum(value) FILTER (WHERE metric = 'RecoPosEner') AS positive_gwh,
           sum(value) FILTER (WHERE metric = 'RecoPosMoneda') AS positive_mcop,
           sum(value) FILTER (WHERE metric = 'RecoNegEner') AS negative_gwh,
           sum(value) FILTER (WHERE metric = 'RecoNegMoneda') AS negative_mcop
    FROM metric_daily SEMI JOIN span USING (day)
    WHERE metric IN ('GeneSeguridad', 'RecoPosEner', 'RecoPosMoneda', 'RecoNegEner', 'RecoNegMoneda')
      AND entity = 'Recurso'
    GROUP BY code
)
SELECT s.code, coalesce(p.name, s.code) AS plant, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       tidy(s.security_gwh) AS security_gwh, tidy(s.positive_gwh) AS positive_gwh, s.positive_mcop,
       tidy(s.positive_mcop / nullif(s.positive_gwh, 0)) AS positive_unit,
       tidy(s.negative_gwh) AS negative_gwh, s.negative_mcop
FROM sums AS s
LEFT JOIN plant AS p USING (code);

-- Unit cost of the reconciliations by operating area and sub-area, COP/kWh: plain mean of the hours that had one, over
-- the last 30 days with data. XM publishes no energy by area to weight it with.
CREATE OR REPLACE VIEW reconciliation_area AS
WITH hourly AS (
    SELECT 'CostRecPos' AS metric, * FROM "CostRecPos"
    UNION ALL SELECT 'CostRecNeg', * FROM "CostRecNeg"
), span AS (
    SELECT CAST(max(ts) AS DATE) AS day FROM hourly WHERE quotable(quality)
)
SELECT h.entity, h.code AS area,
       tidy(avg(h.value) FILTER (WHERE h.metric = 'CostRecPos')) AS positive_unit,
       CAST(count(*) FILTER (WHERE h.metric = 'CostRecPos') AS INTEGER) AS positive_hours,
       tidy(avg(h.value) FILTER (WHERE h.metric = 'CostRecNeg')) AS negative_unit,
       CAST(count(*) FILTER (WHERE h.metric = 'CostRecNeg') AS INTEGER) AS negative_hours
FROM hourly AS h, span AS s
WHERE h.ts >= s.day - 29 AND quotable(h.quality)
GROUP BY h.entity, h.code;
