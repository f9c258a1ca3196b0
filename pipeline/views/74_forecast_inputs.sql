-- What the forecasts learn from. One row a series and day (or hour), in the stored unit; the models see nothing else.
--
-- quality and hours tell the completeness gate which days to leave out; reference is an independent figure of the same
-- quantity, against which half-built days are recognised (a day 15 % away from it is no day).

CREATE OR REPLACE VIEW forecast_input AS
-- Demand is generation plus imports minus exports (XM: exact on every day but for unserved energy, below 0.1 %).
SELECT 'demand_daily' AS series, d.day, d.value, d.hours, d.quality,
       CASE WHEN g.quality = 'ok' AND g.hours = 24
            THEN g.value + coalesce(x.import_gwh, 0) - coalesce(x.export_gwh, 0) END AS reference
FROM "DemaSIN_daily" AS d
LEFT JOIN "Gene_daily" AS g ON g.day = d.day AND g.entity = 'Sistema'
LEFT JOIN exchange_daily AS x ON x.day = d.day
WHERE d.entity = 'Sistema'
UNION ALL
SELECT 'generation_total_daily', day, gwh, hours, quality, NULL FROM generation_daily
UNION ALL
-- Sources: on a quotable day the plants add up to the system; on any other a source is not known.
SELECT technology_key(source) || '_daily', day, gwh, NULL,
       CASE WHEN quotable(quality) THEN quality ELSE 'provisional' END, NULL
FROM generation_mix_daily
WHERE split = 'technology' AND technology_key(source) <> 'unclassified'
UNION ALL
SELECT 'price_daily', day, value, hours, quality, NULL FROM "PrecBolsNaci_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'inflow_daily', day, value, hours, quality, NULL FROM "AporEner_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'volume_daily', day, value, hours, quality, NULL FROM "VoluUtilDiarEner_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'losses_daily', day, gwh, NULL, CASE WHEN quotable(quality) THEN quality ELSE 'provisional' END, NULL
FROM losses_daily
UNION ALL
-- An hour without exports has no row and a day with imports only was a day of zero exports. A day without a row in
-- either, between the first and the last one of all, had no flow at all where generation is known.
SELECT 'exports_daily', g.day, coalesce(x.export_gwh, 0), NULL, coalesce(x.quality, g.quality), NULL
FROM generation_daily AS g
LEFT JOIN exchange_daily AS x USING (day)
WHERE g.day BETWEEN (SELECT min(day) FROM exchange_daily) AND (SELECT max(day) FROM exchange_daily);

CREATE OR REPLACE VIEW forecast_input_hourly AS
-- Hours of the demand: generation plus imports minus exports of the hour, scaled to the day's demand (which has the
-- unserved energy too, below 0.1 %), so that the hours add up to the day.
WITH balance AS (
    SELECT g.ts, g.value + coalesce(i.value, 0) - coalesce(e.value, 0) AS value, g.quality
    FROM "Gene" AS g
    LEFT JOIN "ImpoEner" AS i ON i.ts = g.ts AND i.entity = 'Sistema'
    LEFT JOIN "ExpoEner" AS e ON e.ts = g.ts AND e.entity = 'Sistema'
    WHERE g.entity = 'Sistema'
), total AS (
    SELECT CAST(ts AS DATE) AS day, sum(value) AS value FROM balance GROUP BY ALL
)
SELECT 'demand_hourly' AS series, b.ts, b.value * d.value / nullif(t.value, 0) AS value,
       worse_quality(b.quality, d.quality) AS quality
FROM balance AS b
JOIN total AS t ON t.day = CAST(b.ts AS DATE)
JOIN "DemaSIN_daily" AS d ON d.day = t.day AND d.entity = 'Sistema'
UNION ALL
SELECT 'price_hourly', ts, value, quality FROM "PrecBolsNaci" WHERE entity = 'Sistema';

-- What the balance of the reservoirs and the climate may know: only days already published.
CREATE OR REPLACE VIEW forecast_driver AS
SELECT 'inflow' AS name, day, value FROM "AporEner_daily" WHERE entity = 'Sistema' AND quality <> 'provisional'
UNION ALL
SELECT 'capacity', day, value FROM "CapaUtilDiarEner_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'spill', day, value FROM "VertEner_daily" WHERE entity = 'Sistema'
UNION ALL
-- ONI is filed under its central month and comes out early in the second month after it: that is when it is known.
SELECT 'oni', CAST(day + INTERVAL 2 MONTH + INTERVAL 9 DAY AS DATE), value FROM "ONI_daily";

-- Demand by retailer and by network operator: hundreds of series for the fast engine.
CREATE OR REPLACE VIEW forecast_input_agents AS
SELECT CASE metric WHEN 'DemaCome' THEN 'retailer_daily:' ELSE 'operator_daily:' END || code AS series,
       day, value, hours, quality
FROM metric_daily
WHERE metric IN ('DemaCome', 'DemaOR') AND entity = 'Agente';
