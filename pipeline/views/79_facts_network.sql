-- Facts of the boards of losses, constraints, reliability, emissions, exchanges, self-generation and El Niño, with the
-- columns of 80_facts.sql, which adds them to the others. Ids: the series of 69_network_series.sql and its suffixes.

CREATE OR REPLACE VIEW facts_network AS
WITH wanted (board, series, decimals, week_too, year_too) AS (
    VALUES
    ('perdidas', 'losses', 2, TRUE, TRUE),
    ('perdidas', 'losses_share', 2, FALSE, FALSE),
    ('perdidas', 'losses_reg', 2, FALSE, FALSE),
    ('perdidas', 'losses_nonreg', 2, FALSE, FALSE),
    ('restricciones', 'rest_before', 0, TRUE, TRUE),
    ('restricciones', 'rest_charged', 0, TRUE, TRUE),
    ('restricciones', 'rest_before_unit', 1, FALSE, FALSE),
    ('restricciones', 'rest_charged_unit', 1, FALSE, FALSE),
    ('restricciones', 'security', 1, TRUE, TRUE),
    ('restricciones', 'security_share', 1, FALSE, FALSE),
    ('restricciones', 'reco_pos', 0, FALSE, FALSE),
    ('restricciones', 'agc', 0, FALSE, FALSE),
    ('confiabilidad', 'enficc', 1, FALSE, FALSE),
    ('confiabilidad', 'enficc_cover', 1, FALSE, FALSE),
    ('confiabilidad', 'oef', 1, FALSE, TRUE),
    ('confiabilidad', 'oef_cover', 1, FALSE, FALSE),
    ('confiabilidad', 'rrid', 0, FALSE, FALSE),
    ('confiabilidad', 'oef_price', 1, FALSE, FALSE),
    ('confiabilidad', 'cere', 1, FALSE, TRUE),
    ('emisiones', 'emission_factor', 0, TRUE, TRUE),
    ('emisiones', 'emission_factor_own', 0, FALSE, FALSE),
    ('emisiones', 'emissions', 0, TRUE, TRUE),
    ('emisiones', 'fuel_heat', 0, FALSE, FALSE),
    ('emisiones', 'thermal_share', 1, FALSE, FALSE),
    ('intercambios', 'exports', 2, TRUE, TRUE),
    ('intercambios', 'imports', 2, FALSE, FALSE),
    ('intercambios', 'export_income', 0, FALSE, FALSE),
    ('intercambios', 'export_price', 0, FALSE, FALSE),
    ('autogeneracion', 'surplus', 2, TRUE, TRUE),
    ('sequia', 'oni', 1, FALSE, FALSE),
    ('sequia', 'inflows_month_pct', 1, FALSE, FALSE),
    ('sequia', 'reserves', 1, FALSE, TRUE),
    ('sequia', 'price', 0, FALSE, TRUE),
    ('sequia', 'thermal_share', 1, FALSE, TRUE)
), known AS (
    SELECT w.*, h.day, h.value, h.week_ago, h.year_ago, h.quality, i.label, i.unit, i.metrics
    FROM wanted AS w
    JOIN headline AS h USING (series)
    JOIN series_info AS i USING (series)
), compared AS (
    SELECT *, 'vs_week' AS suffix, ', frente a la semana anterior' AS words, week_ago AS base FROM known WHERE week_too
    UNION ALL
    SELECT *, 'vs_year', ', frente al año anterior', year_ago FROM known WHERE year_too
)
SELECT board, series AS id, label, value, unit, decimals, day, quality,
       CASE WHEN series LIKE '%_share' THEN 'share' ELSE 'level' END AS kind, metrics
FROM known
UNION ALL
SELECT board, series || '_' || suffix, label || words,
       CASE WHEN unit = '%' THEN value - base ELSE pct_change(value, base) END,
       CASE WHEN unit = '%' THEN 'pp' ELSE '%' END,
       1, day, quality, 'change', metrics
FROM compared
UNION ALL
-- how far behind the build the losses are; the day is the last settled one
SELECT 'perdidas', 'losses_lag', 'Días de rezago del dato de pérdidas', r.today - l.day, '#', 0, l.day, 'ok', 'level',
       'PerdidasEner'
FROM losses_last_day AS l, run_info AS r
UNION ALL
SELECT 'perdidas', 'losses_month_share', 'Pérdidas del STN en los últimos 30 días', sum(l.gwh) / sum(d.gwh) * 100, '%',
       2, max(l.day), 'ok', 'share', 'PerdidasEner,DemaCome'
FROM losses_daily AS l
JOIN demand_commercial_daily AS d USING (day)
JOIN losses_last_day AS e ON l.day > e.day - 30 AND l.day <= e.day
WHERE quotable(l.quality)
HAVING count(*) = 30
UNION ALL
SELECT 'autogeneracion', 'surplus_agents', 'Comercializadores que reportaron excedentes', d.agents, '#', 0, d.day,
       'ok', 'level', 'ExcedenteAGPE'
FROM surplus_daily AS d JOIN surplus_last_day USING (day);
