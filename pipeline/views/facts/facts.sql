-- Facts: the only numbers that the text of a board may use.
--
-- facts(board, id, label, value, unit, decimals, day, quality, kind, metrics). A fact that cannot be computed has no
-- row: the text must do without it. kind: level (a value), share (part of a whole, %), change (signed difference:
-- '%' against the base, 'pp' percentage points). metrics: XM ids, comma-separated. Ids are stable; the text templates
-- depend on them.
--
-- Suffixes, on any id: _vs_week and _vs_year (what headline compares with, by what the series declares:
-- rules/calendar.sql). Change unit is % for energies and prices, pp for percentages.
--
-- Where they come from:
--   board_fact   what each board's file declares under `facts`: a headline series (catalog/series) and the bases it is
--                compared with. A new board needs nothing else.
--   grid_facts, market_facts, network_facts, answer_facts   views with the same columns, for figures that are no headline
--                series
--   every_fact   the rest, below
--
-- Hours are hour-starting, Bogota time: 19 = from 19:00 to 20:00.

CREATE OR REPLACE TABLE facts AS
WITH known AS (
    SELECT w.board, w.series, w.versus, h.day, h.value, h.compared, h.week_ago, h.year_ago, h.quality,
           i.label, i.unit, i.metrics, i.compare,
           -- texts are read, not computed with: whole pesos, one decimal of a percentage
           coalesce(w.decimals, CASE i.unit WHEN 'COP/kWh' THEN 0 WHEN '%' THEN 1 ELSE i.decimals END) AS decimals
    FROM board_fact AS w
    JOIN headline AS h USING (series)
    JOIN series_info AS i USING (series)
    WHERE NOT (w.series = 'gen_unclassified' AND h.value = 0)
), compared AS (
    SELECT *, 'vs_week' AS suffix,
           CASE compare WHEN 'week_mean' THEN ', promedio de siete días frente a la semana anterior'
                        WHEN 'weeks_mean' THEN ', promedio de cuatro semanas frente a las anteriores'
                        ELSE ', frente a la semana anterior' END AS words, week_ago AS base
    FROM known WHERE list_contains(versus, 'week')
    UNION ALL
    SELECT *, 'vs_year',
           CASE compare WHEN 'like_day' THEN ', frente al día comparable de un año antes'
                        WHEN 'week_mean' THEN ', promedio de siete días frente al año anterior'
                        WHEN 'weeks_mean' THEN ', promedio de cuatro semanas frente al año anterior'
                        ELSE ', frente al año anterior' END,
           year_ago
    FROM known WHERE list_contains(versus, 'year')
), last_hours AS (
    -- highest hour of the sun on the last quotable day of the mix; ties go to the earlier hour
    SELECT CAST(ts AS DATE) AS day, max(mw) AS mw, arg_max(hour(ts), (mw, -hour(ts))) AS hour
    FROM generation_hourly_last
    WHERE source = 'Solar' AND mw > 0
    GROUP BY CAST(ts AS DATE)
), price_now AS (
    SELECT p.* FROM price_daily AS p JOIN price_last_day USING (day)
), every_fact (board, id, label, value, unit, decimals, day, quality, kind, metrics) AS (
    SELECT board, series, label, value, unit, decimals, day, quality,
           CASE WHEN series LIKE '%_share' OR series = 'exposure' THEN 'share' ELSE 'level' END, metrics
    FROM known
    UNION ALL
    SELECT board, series || '_' || suffix, label || words,
           CASE WHEN unit = '%' THEN compared - base ELSE pct_change(compared, base) END,
           CASE WHEN unit = '%' THEN 'pp' ELSE '%' END,
           1, day, quality, 'change', metrics
    FROM compared
    UNION ALL
    SELECT 'generacion-fuentes', 'solar_peak', 'Generación solar, hora más alta', mw, 'MW', 0, day, 'ok', 'level',
           'Gene,ListadoRecursos'
    FROM last_hours
    UNION ALL
    SELECT 'generacion-fuentes', 'solar_peak_hour', 'Hora más alta de la generación solar', hour, 'h', 0, day, 'ok',
           'level', 'Gene,ListadoRecursos'
    FROM last_hours
    UNION ALL
    SELECT 'generacion-fuentes', 'top10_share', 'Participación de las diez plantas mayores', sum(share_pct), '%', 1,
           day, 'ok', 'share', 'Gene,ListadoRecursos'
    FROM plant_ranking WHERE rank <= 10 GROUP BY day
    UNION ALL
    SELECT 'generacion-fuentes', 'plants', 'Plantas que generaron', count(*), '#', 0, day, 'ok', 'level',
           'Gene,ListadoRecursos'
    FROM plant_ranking WHERE gwh > 0 GROUP BY day
    UNION ALL
    SELECT 'hidrologia', 'reserves_vs_month', 'Reservas hídricas, cambio en 30 días', h.value - d.value, 'pp', 1,
           h.day, h.quality, 'change', 'VoluUtilDiarEner,CapaUtilDiarEner'
    FROM headline AS h
    JOIN daily_series AS d ON d.series = h.series AND d.day = h.day - 30 AND d.complete
    WHERE h.series = 'reserves'
    UNION ALL
    SELECT 'hidrologia', 'reservoirs', 'Embalses con nivel de referencia publicado', with_minimum, '#', 0, day, 'ok', 'level',
           'VolumenUtilDiarioEnergia,MinimoOperativoSuperior'
    FROM system_light WHERE with_minimum > 0
    UNION ALL
    SELECT 'hidrologia', 'reservoirs_low', 'Embalses por debajo de su mínimo operativo superior', low + watch, '#', 0, day,
           'ok', 'level', 'VolumenUtilDiarioEnergia,MinimoOperativoSuperior'
    FROM system_light WHERE with_minimum > 0
    UNION ALL
    SELECT 'precio-bolsa', 'price_min_hour', 'Hora del precio más bajo', min_hour, 'h', 0, day, quality, 'level',
           'PrecBolsNaci'
    FROM price_now
    UNION ALL
    SELECT 'precio-bolsa', 'price_max_hour', 'Hora del precio más alto', max_hour, 'h', 0, day, quality, 'level',
           'PrecBolsNaci'
    FROM price_now
    UNION ALL
    -- only with the 30 days whole
    SELECT 'precio-bolsa', 'price_month', 'Precio de bolsa, promedio de los últimos 30 días', avg(p.mean), 'COP/kWh',
           0, max(p.day), 'ok', 'level', 'PrecBolsNaci'
    FROM price_daily AS p JOIN price_last_day AS l ON p.day > l.day - 30 AND p.day <= l.day
    WHERE quotable(p.quality)
    HAVING count(*) = 30
    UNION ALL
    SELECT 'precio-bolsa', 'price_year_max', 'Día más caro de los últimos 365', max(p.mean), 'COP/kWh', 0,
           arg_max(p.day, (p.mean, -epoch(p.day))), 'ok', 'level', 'PrecBolsNaci'
    FROM price_daily AS p JOIN price_last_day AS l ON p.day > l.day - 365 AND p.day <= l.day
    WHERE quotable(p.quality)
    HAVING count(*) >= 300
    UNION ALL
    -- the scarcity price is one value a month: any day of the month of the price will do
    SELECT 'precio-bolsa', 'price_to_scarcity', 'Precio de bolsa como parte del precio de escasez vigente',
           p.mean / nullif(s.price, 0) * 100, '%', 1, p.day, p.quality, 'share', 'PrecBolsNaci,PrecEscaSup,PrecEscaAct'
    FROM price_now AS p
    JOIN scarcity_month AS s ON s.month = date_trunc('month', p.day)
    UNION ALL
    SELECT 'precio-bolsa', 'version_difference', 'Cambio medio entre la primera versión (TX1) y la última',
           avg(abs(difference)), 'COP/kWh', 1, max(day), 'ok', 'level', 'PrecBolsNaci,PrecBolsNaciTX1'
    FROM (SELECT * FROM price_versions_daily ORDER BY day DESC LIMIT 30)
    HAVING count(*) > 0
    UNION ALL FROM grid_facts
    UNION ALL FROM market_facts
    UNION ALL FROM network_facts
    UNION ALL FROM answer_facts
)
SELECT board, id, label, tidy(CAST(value AS DOUBLE)) AS value, unit, CAST(decimals AS INTEGER) AS decimals,
       day, quality, kind, metrics
FROM every_fact
WHERE value IS NOT NULL AND quotable(quality)
ORDER BY board, id;
