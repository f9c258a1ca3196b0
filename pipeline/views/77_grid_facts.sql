-- Records of generation, and the facts of the boards `generacion` and `transmision`; 80_facts.sql takes these in.

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

CREATE OR REPLACE VIEW facts_grid AS
WITH wanted (board, series, decimals, week_too, year_too) AS (
    VALUES
    ('generacion', 'generation', 1, TRUE, TRUE),
    ('generacion', 'renewable_share', 1, FALSE, TRUE),
    ('generacion', 'variable_share', 1, FALSE, TRUE),
    ('generacion', 'capacity', 0, FALSE, TRUE),
    ('generacion', 'capacity_use', 1, FALSE, FALSE),
    ('generacion', 'ramp', 0, FALSE, TRUE)
), known AS (
    SELECT w.*, h.day, h.value, h.week_ago, h.year_ago, h.quality, i.label, i.unit, i.metrics
    FROM wanted AS w JOIN headline AS h USING (series) JOIN series_info AS i USING (series)
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
       CASE WHEN unit = '%' THEN 'pp' ELSE '%' END, 1, day, quality, 'change', metrics
FROM compared
UNION ALL
SELECT 'transmision', 'network_km', 'Longitud de la red', kilometres, 'km', 0, day, 'ok', 'level', 'LineasTransmision'
FROM network_now
UNION ALL
SELECT 'transmision', 'network_national_km', 'Longitud de las líneas del STN', national_km, 'km', 0, day, 'ok',
       'level', 'LineasTransmision'
FROM network_now
UNION ALL
SELECT 'transmision', 'network_lines', 'Líneas en operación', lines, '#', 0, day, 'ok', 'level', 'LineasTransmision'
FROM network_now
UNION ALL
SELECT 'transmision', 'network_age', 'Edad media de las líneas', age_years, 'años', 0, day, 'ok', 'level',
       'LineasTransmision'
FROM network_now
UNION ALL
SELECT 'transmision', 'stn_charge', 'Cargo por uso del STN', t, 'COP/kWh', 1, month, 'ok', 'level', 'CargoUsoSTN,DemaCome'
FROM (SELECT month, t FROM unit_cost_monthly WHERE t IS NOT NULL ORDER BY month DESC LIMIT 1)
UNION ALL
SELECT 'transmision', 'str_charge', 'Cargo por uso del STR', str, 'COP/kWh', 1, month, 'ok', 'level', 'CargoUsoSTR,DemaCome'
FROM (SELECT month, str FROM unit_cost_monthly WHERE str IS NOT NULL ORDER BY month DESC LIMIT 1);
