-- The headline series of the portal, one row a series and day, and the one rule for their variations.
--
-- Every figure of a KPI, of a fact and of the daily API comes from daily_series, so a number is the same everywhere.

-- Two views that a subject names <subject>_info and <subject>_series (69_*.sql) join in by their names alone.

-- What each series is: label in Spanish, stored unit, decimals worth showing, and XM's metrics behind it.
SET VARIABLE info_views = (
    SELECT list(view_name ORDER BY view_name) FROM duckdb_views() WHERE NOT internal AND suffix(view_name, '_info'));
SET VARIABLE series_views = (
    SELECT list(view_name ORDER BY view_name) FROM duckdb_views() WHERE NOT internal AND suffix(view_name, '_series'));

CREATE OR REPLACE TABLE series_info AS
FROM (VALUES
    (1, 'demand', 'Demanda del SIN', 'GWh', 1, 'DemaSIN'),
    (2, 'demand_peak', 'Demanda máxima horaria', 'MW', 0, 'DemaReal'),
    (3, 'generation', 'Generación total', 'GWh', 1, 'Gene'),
    (4, 'gen_hydro', 'Generación hidráulica', 'GWh', 1, 'Gene,ListadoRecursos'),
    (5, 'gen_thermal', 'Generación térmica', 'GWh', 1, 'Gene,ListadoRecursos'),
    (6, 'gen_solar', 'Generación solar', 'GWh', 2, 'Gene,ListadoRecursos'),
    (7, 'gen_wind', 'Generación eólica', 'GWh', 2, 'Gene,ListadoRecursos'),
    (8, 'gen_cogeneration', 'Generación de cogeneradores', 'GWh', 2, 'Gene,ListadoRecursos'),
    (9, 'gen_unclassified', 'Generación sin clasificar', 'GWh', 2, 'Gene,ListadoRecursos'),
    (10, 'hydro_share', 'Participación hidráulica', '%', 1, 'Gene,ListadoRecursos'),
    (11, 'thermal_share', 'Participación térmica', '%', 1, 'Gene,ListadoRecursos'),
    (12, 'solar_share', 'Participación solar', '%', 1, 'Gene,ListadoRecursos'),
    (13, 'renewable_share', 'Participación renovable', '%', 1, 'Gene,ListadoRecursos'),
    (14, 'reserves', 'Reservas hídricas', '%', 2, 'VoluUtilDiarEner,CapaUtilDiarEner'),
    (15, 'reserves_gwh', 'Volumen útil de los embalses', 'GWh', 0, 'VoluUtilDiarEner'),
    (16, 'inflows', 'Aportes hídricos', 'GWh', 1, 'AporEner'),
    (17, 'inflows_pct', 'Aportes frente a la media histórica', '%', 1, 'PorcApor'),
    (18, 'inflows_month_pct', 'Aportes del mes frente a la media histórica', '%', 1, 'AporEner,AporEnerMediHist'),
    (19, 'spill', 'Vertimientos', 'GWh', 1, 'VertEner'),
    (20, 'price', 'Precio de bolsa, promedio del día', 'COP/kWh', 2, 'PrecBolsNaci'),
    (21, 'price_min', 'Precio de bolsa, hora más baja', 'COP/kWh', 2, 'PrecBolsNaci'),
    (22, 'price_max', 'Precio de bolsa, hora más alta', 'COP/kWh', 2, 'PrecBolsNaci'),
    (23, 'price_weighted', 'Precio de bolsa ponderado', 'COP/kWh', 2, 'PPPrecBolsNaci'),
    (24, 'scarcity', 'Precio de escasez', 'COP/kWh', 2, 'PrecEsca'),
    (25, 'net_imports', 'Importación neta', 'GWh', 2, 'ImpoEner,ExpoEner'),
    (26, 'losses_share', 'Pérdidas del STN', '%', 2, 'PerdidasEner,DemaCome')
) AS t (ordinal, series, label, unit, decimals, metrics)
UNION ALL FROM query_table(getvariable('info_views'));

CREATE OR REPLACE TABLE daily_series AS
WITH mix AS (
    SELECT technology_key(source) AS key,
           day, gwh, share_pct, quality
    FROM generation_mix_daily
    WHERE split = 'technology'
), last_inflow AS (
    -- PorcApor may run a day ahead of AporEner: energy and percentage are quoted for the same day
    SELECT max(day) AS until FROM inflows_daily WHERE inflow_gwh IS NOT NULL AND quotable(energy_quality)
), every_series (series, day, value, quality) AS (
    SELECT 'demand', day, gwh, quality FROM demand_daily
    UNION ALL SELECT 'demand_peak', day, peak_mw, quality FROM demand_peak_daily
    UNION ALL SELECT 'generation', day, gwh, quality FROM generation_daily
    UNION ALL SELECT 'gen_' || key, day, gwh, quality FROM mix
    UNION ALL SELECT key || '_share', day, share_pct, quality FROM mix WHERE key IN ('hydro', 'thermal', 'solar')
    UNION ALL SELECT 'renewable_share', day, share_pct, quality FROM renewable_daily
    UNION ALL SELECT 'reserves', day, pct, quality FROM reserves_daily
    UNION ALL SELECT 'reserves_gwh', day, volume_gwh, quality FROM reserves_daily
    UNION ALL SELECT 'inflows', day, inflow_gwh, energy_quality FROM inflows_daily
    UNION ALL SELECT 'inflows_pct', day, pct, pct_quality FROM inflows_daily, last_inflow WHERE day <= coalesce(until, day)
    UNION ALL SELECT 'inflows_month_pct', day, pct, quality FROM inflows_month_to_date, last_inflow
        WHERE day <= coalesce(until, day)
    UNION ALL SELECT 'spill', day, gwh, quality FROM spill_daily
    UNION ALL SELECT 'price', day, mean, quality FROM price_daily
    UNION ALL SELECT 'price_min', day, min, quality FROM price_daily
    UNION ALL SELECT 'price_max', day, max, quality FROM price_daily
    UNION ALL SELECT 'price_weighted', day, price, quality FROM price_weighted_daily
    UNION ALL SELECT 'scarcity', day, value, day_quality(hours, quality) FROM "PrecEsca_daily" WHERE entity = 'Sistema'
    UNION ALL SELECT 'net_imports', day, net_import_gwh, quality FROM exchange_daily
    UNION ALL SELECT 'losses_share', day, share_pct, quality FROM losses_daily
    UNION ALL FROM query_table(getvariable('series_views'))
)
SELECT series, day, value, quality, quotable(quality) AS complete
FROM every_series
WHERE value IS NOT NULL
ORDER BY series, day;

-- Last quotable day of each series with its comparisons: the day before, the same weekday of last week, the same date
-- of last year. A comparison day that is missing or not quotable gives NULL, never a neighbour.
CREATE OR REPLACE TABLE headline AS
WITH last_day AS (
    SELECT series, max(day) AS day FROM daily_series WHERE complete GROUP BY series
)
SELECT n.series, n.day, n.value,
       y.value AS day_ago, w.value AS week_ago, a.value AS year_ago, n.quality
FROM last_day AS l
JOIN daily_series AS n ON n.series = l.series AND n.day = l.day
LEFT JOIN daily_series AS y ON y.series = l.series AND y.day = l.day - 1 AND y.complete
LEFT JOIN daily_series AS w ON w.series = l.series AND w.day = l.day - 7 AND w.complete
LEFT JOIN daily_series AS a ON a.series = l.series AND a.day = year_before(l.day) AND a.complete
ORDER BY n.series;

-- The last 365 days of a series beside the same dates of the year before, for charts. Each day looks up its own date
-- one year earlier, so 29 February repeats 28 February instead of colliding with it. Quotable days only: a provisional
-- day is half built (below 60 % of its level), and drawn in a line it would read as a collapse. Tables show it, marked.
CREATE OR REPLACE VIEW year_pair AS
WITH recent AS (
    SELECT d.series, d.day, d.value, d.quality
    FROM daily_series AS d
    JOIN headline AS h USING (series)
    WHERE d.complete AND d.day > h.day - 365
)
SELECT series, day AS x, 'Último año' AS line, value, quality FROM recent
UNION ALL
SELECT r.series, r.day, 'Un año antes', b.value, 'ok'
FROM recent AS r
JOIN daily_series AS b ON b.series = r.series AND b.day = year_before(r.day) AND b.complete;
