-- Records of generation, and the facts of the boards `generacion` and `transmision`; facts.sql takes these in.

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

CREATE OR REPLACE VIEW grid_facts AS
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
