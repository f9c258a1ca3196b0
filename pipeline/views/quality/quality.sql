-- Quality of the data: how whole each metric is, and whether XM's own totals agree with each other.
--
-- These views read metric_daily for many metrics at once; they alter nothing and feed no other figure.

-- Days with data of each metric and month, against the days that could have it: from the first day of the metric to the
-- day that its usual lag allows. Monthly metrics: one value a month. A metric of events has no expected days; the pages
-- leave it out of any share.
CREATE OR REPLACE VIEW quality_month AS
WITH known AS (
    SELECT DISTINCT metric, day FROM metric_daily WHERE value IS NOT NULL
), span AS (
    SELECT k.metric, c.grain, min(k.day) AS first,
           greatest(min(k.day), least(max(r.today), max(r.today) - c.lag_days)) AS due
    FROM known AS k JOIN catalog_metric AS c ON c.id = k.metric, run_info AS r
    GROUP BY k.metric, c.grain, c.lag_days
), months AS (
    SELECT metric, grain, first, due,
           unnest(generate_series(date_trunc('month', first), date_trunc('month', due), INTERVAL 1 MONTH))::DATE AS month
    FROM span
), counted AS (
    SELECT metric, date_trunc('month', day)::DATE AS month, count(*) AS days FROM known GROUP BY ALL
)
SELECT m.metric, m.month, coalesce(c.days, 0)::INTEGER AS days,
       CASE WHEN m.grain = 'monthly' THEN CASE WHEN last_day(m.month) <= m.due THEN 1 ELSE 0 END
            ELSE date_diff('day', greatest(m.month, m.first), least(last_day(m.month), m.due)) + 1
       END::INTEGER AS expected
FROM months AS m LEFT JOIN counted AS c USING (metric, month)
ORDER BY m.metric, m.month;

-- The identities that XM's definitions imply. total and parts in the unit; a day closes when they differ by no more than
-- 0.1 % of the total (0.1 points between percentages). Only days whose every side is settled are compared.
--   plants     sum of Gene by plant = Gene of the system
--   demand     DemaSIN = Gene + ImpoEner - ExpoEner + unserved demand (definition of XM; 9,677 days of 2000-2026)
--   commercial DemaCome = Gene + ImpoEner
--   losses     DemaCome = DemaReal + PerdidasEner
--   reserves   PorcVoluUtilDiar = VoluUtilDiarEner / CapaUtilDiarEner
--   contracts  energy bought in contracts = energy sold in contracts, over all agents
CREATE OR REPLACE TABLE identity_info AS
FROM (VALUES
    (1, 'plants', 'Generación de las plantas = generación del sistema', 'GWh', 'Gene'),
    (2, 'demand', 'Demanda del SIN = generación + importaciones − exportaciones + demanda no atendida', 'GWh',
     'DemaSIN,Gene,ImpoEner,ExpoEner,DemaNoAtenProg,DemaNoAtenNoProg'),
    (3, 'commercial', 'Demanda comercial = generación + importaciones', 'GWh', 'DemaCome,Gene,ImpoEner'),
    (4, 'losses', 'Demanda comercial = demanda real + pérdidas del STN', 'GWh', 'DemaCome,DemaReal,PerdidasEner'),
    (5, 'reserves', 'Porcentaje de reservas = volumen útil ÷ capacidad útil', '%',
     'PorcVoluUtilDiar,VoluUtilDiarEner,CapaUtilDiarEner'),
    (6, 'contracts', 'Energía comprada en contratos = energía vendida en contratos', 'GWh',
     'CompContEner,VentContEner')
) AS t (ordinal, identity, title, unit, metrics);

CREATE OR REPLACE TABLE balance_residual AS
WITH national AS (
    SELECT metric, day, value, day_quality(hours, quality) AS quality
    FROM metric_daily
    WHERE entity = 'Sistema' AND code = 'Sistema' AND metric IN ('Gene', 'DemaSIN', 'DemaCome', 'DemaReal',
        'PerdidasEner', 'PorcVoluUtilDiar', 'VoluUtilDiarEner', 'CapaUtilDiarEner')
), settled AS (
    SELECT metric, day, value FROM national WHERE quotable(quality)
), plants AS (
    SELECT day, sum(value) AS value, NOT bool_and(quotable(quality)) AS pending
    FROM metric_daily WHERE metric = 'Gene' AND entity = 'Recurso' GROUP BY day
), links AS (
    -- an hour without flow has no row: fewer than 24 hours is no fault here (exchanges.sql)
    SELECT day, import_gwh, export_gwh FROM exchange_daily WHERE quotable(quality)
), unserved AS (
    SELECT day, sum(value) AS value FROM metric_daily
    WHERE metric IN ('DemaNoAtenProg', 'DemaNoAtenNoProg') AND entity = 'Area' GROUP BY day
), contracts AS (
    SELECT metric, day, sum(value) AS value FROM metric_daily
    WHERE metric IN ('CompContEner', 'VentContEner') AND entity = 'Agente' GROUP BY metric, day
    HAVING bool_and(quotable(quality))
), sides (identity, day, total, parts) AS (
    SELECT 'plants', s.day, s.value, p.value
    FROM settled AS s JOIN plants AS p USING (day) WHERE s.metric = 'Gene' AND NOT p.pending
    UNION ALL
    SELECT 'demand', d.day, d.value, g.value + l.import_gwh - l.export_gwh + coalesce(u.value, 0)
    FROM settled AS d JOIN settled AS g ON g.day = d.day AND g.metric = 'Gene'
    JOIN links AS l ON l.day = d.day LEFT JOIN unserved AS u ON u.day = d.day
    WHERE d.metric = 'DemaSIN'
    UNION ALL
    SELECT 'commercial', d.day, d.value, g.value + l.import_gwh
    FROM settled AS d JOIN settled AS g ON g.day = d.day AND g.metric = 'Gene' JOIN links AS l ON l.day = d.day
    WHERE d.metric = 'DemaCome'
    UNION ALL
    SELECT 'losses', d.day, d.value, r.value + p.value
    FROM settled AS d JOIN settled AS r ON r.day = d.day AND r.metric = 'DemaReal'
    JOIN settled AS p ON p.day = d.day AND p.metric = 'PerdidasEner'
    WHERE d.metric = 'DemaCome'
    UNION ALL
    SELECT 'reserves', s.day, s.value, v.value / nullif(c.value, 0) * 100
    FROM settled AS s JOIN settled AS v ON v.day = s.day AND v.metric = 'VoluUtilDiarEner'
    JOIN settled AS c ON c.day = s.day AND c.metric = 'CapaUtilDiarEner'
    WHERE s.metric = 'PorcVoluUtilDiar'
    UNION ALL
    SELECT 'contracts', b.day, b.value, s.value
    FROM contracts AS b JOIN contracts AS s ON s.day = b.day AND s.metric = 'VentContEner'
    WHERE b.metric = 'CompContEner'
)
SELECT identity, day, tidy(total) AS total, tidy(parts) AS parts, tidy(total - parts) AS residual,
       tidy(CASE WHEN identity = 'reserves' THEN abs(total - parts)
                 ELSE abs(total - parts) / nullif(abs(total), 0) * 100 END) AS size_pct,
       coalesce(size_pct <= 0.1, total = parts) AS closes
FROM sides
WHERE total IS NOT NULL AND parts IS NOT NULL
ORDER BY identity, day;

-- One row an identity, also those that no day allows to check yet.
CREATE OR REPLACE VIEW balance_summary AS
SELECT i.ordinal, i.identity, i.title, i.unit, i.metrics,
       count(b.day)::INTEGER AS days,
       (count(*) FILTER (WHERE b.closes))::INTEGER AS closing,
       tidy(avg(abs(b.residual))) AS mean_abs,
       arg_max(b.residual, (abs(b.residual), epoch(b.day))) AS worst,
       arg_max(b.day, (abs(b.residual), epoch(b.day))) AS worst_day,
       min(b.day) AS first_day, max(b.day) AS last_day
FROM identity_info AS i LEFT JOIN balance_residual AS b USING (identity)
GROUP BY ALL
ORDER BY i.ordinal;

-- Days with data of every metric in each of the last two years' months, and their shade. Metrics of events are counted
-- but not judged: a day without a row is a day without an event.
CREATE OR REPLACE VIEW completeness AS
WITH shown AS (
    SELECT DISTINCT month FROM quality_month ORDER BY month DESC LIMIT 24
)
SELECT t.ordinal AS theme_ordinal, t.title AS section, m.ordinal AS metric_ordinal, m.id AS subject, s.month, m.grain,
       coalesce(q.days, 0) AS days, coalesce(q.expected, 0) AS expected,
       CASE WHEN coalesce(q.days, 0) = 0 AND coalesce(q.expected, 0) = 0 THEN 'out'
            WHEN m.sparse THEN 'event'
            WHEN q.expected = 0 OR q.days >= q.expected THEN 'full'
            WHEN q.days / q.expected >= 0.9 THEN 'most'
            WHEN q.days / q.expected >= 0.5 THEN 'half'
            WHEN q.days > 0 THEN 'few'
            ELSE 'none' END AS shade
FROM catalog_metric AS m JOIN catalog_theme AS t ON t.id = m.theme CROSS JOIN shown AS s
LEFT JOIN quality_month AS q ON q.metric = m.id AND q.month = s.month
WHERE m.grain <> 'list'
ORDER BY t.ordinal, m.ordinal, s.month;

-- One row: the share of expected days that have data (not rounded up: 100 % is said only when no day is missing), the
-- late and the preliminary series, and the identities that close.
CREATE OR REPLACE VIEW quality_summary AS
WITH counted AS (
    SELECT sum(q.expected) AS expected, sum(least(q.days, q.expected)) AS found
    FROM quality_month AS q JOIN catalog_metric AS m ON m.id = q.metric WHERE NOT m.sparse
)
SELECT CASE WHEN expected > 0
            THEN least(found / expected * 100, CASE WHEN found < expected THEN 99.9 ELSE 100 END) END AS share_pct,
       (SELECT count(*) FROM series_state WHERE state = 'late') AS late,
       (SELECT count(*) FROM series_status WHERE provisional_days > 0) AS provisional,
       (SELECT count(*) FROM balance_summary WHERE days > 0) AS checked,
       (SELECT count(*) FROM balance_summary WHERE days > 0 AND closing = days) AS closing,
       (SELECT count(DISTINCT month) FROM completeness) AS months
FROM counted;

-- Declared faults and events of the source, dated ones first and the newest before the older.
CREATE OR REPLACE VIEW issue_told AS
SELECT k.id, any_value(k.kind) AS kind, any_value(k.start) AS first_day, any_value(k.end) AS last_day,
       any_value(k.text) AS text, any_value(k.source) AS issue_source, list(k.metric ORDER BY k.rowid) AS metrics
FROM known_issue AS k
GROUP BY k.id
ORDER BY coalesce(any_value(k.start), any_value(k.end), DATE '0001-01-01') DESC, k.id DESC;

-- Codes that look renamed and that nobody has declared in catalog/aliases.yml, one row a pair with the evidence of all
-- its metrics.
CREATE OR REPLACE VIEW rename_told AS
SELECT r.entity, r.old, r.new, max(r.until) AS until, min(r.since) AS since, min(r.first_seen) AS first_seen,
       list(r.metric ORDER BY r.metric) AS metrics,
       sum(r.compared)::BIGINT AS compared, sum(r.alike)::BIGINT AS alike,
       arg_max(r.level_old, (r.level_old IS NOT NULL, r.metric)) AS level_old,
       arg_max(r.level_new, (r.level_old IS NOT NULL, r.metric)) AS level_new,
       coalesce(arg_max(m.unit, (r.level_old IS NOT NULL, r.metric)), '') AS unit
FROM rename AS r LEFT JOIN catalog_metric AS m ON m.id = r.metric
WHERE NOT EXISTS (FROM catalog_alias AS a WHERE (a.entity, a.old, a.new) = (r.entity, r.old, r.new))
GROUP BY r.entity, r.old, r.new
ORDER BY since DESC, r.entity, r.old;
