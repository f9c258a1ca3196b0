-- Facts: the only numbers that the text of a board may use.
--
-- facts(board, id, label, value, unit, decimals, day, quality, kind, metrics). A fact that cannot be computed has no
-- row: the text must do without it. kind: level (a value), share (part of a whole, %), change (signed difference:
-- '%' against the base, 'pp' percentage points). metrics: XM ids, comma-separated. Ids are stable; the text templates
-- depend on them.
--
-- Suffixes, on any id: _vs_day (day before), _vs_week (same weekday of last week), _vs_year (same date of last year).
-- Change unit is % for energies and prices, pp for percentages.
--
-- inicio              demand, demand_vs_week, demand_vs_year, reserves, reserves_vs_week, reserves_vs_year, inflows,
--                     inflows_pct, price, price_vs_day, price_vs_week, price_vs_year, generation, hydro_share,
--                     thermal_share, thermal_share_vs_week, renewable_share
-- generacion-fuentes  generation, generation_vs_week, generation_vs_year, gen_hydro, gen_thermal, gen_solar, gen_wind,
--                     gen_cogeneration, gen_unclassified (only when not 0), hydro_share, hydro_share_vs_week,
--                     thermal_share, thermal_share_vs_week, thermal_share_vs_year, solar_share, solar_share_vs_year,
--                     renewable_share, renewable_share_vs_year, solar_peak, solar_peak_hour, top10_share, plants
-- hidrologia          reserves, reserves_gwh, reserves_vs_week, reserves_vs_month, reserves_vs_year, inflows,
--                     inflows_pct, inflows_month_pct, inflows_vs_week, spill, reservoirs, reservoirs_low
-- precio-bolsa        price, price_vs_day, price_vs_week, price_vs_year, price_min, price_min_hour, price_max,
--                     price_max_hour, price_month (mean of the last 30 days), price_year_max, price_weighted,
--                     scarcity, price_to_scarcity, version_difference (mean absolute, last 30 days with both versions)
-- generacion          generation, generation_vs_week, generation_vs_year, renewable_share, renewable_share_vs_year,
--                     variable_share, variable_share_vs_year, capacity, capacity_vs_year, capacity_use, ramp,
--                     ramp_vs_year
-- transmision         network_km, network_national_km, network_lines, network_age, stn_charge, str_charge
-- demanda             demand, demand_vs_week, demand_vs_year, demand_max_power, market_regulated_share
-- distribucion        demand_real, demand_real_vs_week, users_regulated_share, unserved_planned, unserved_forced
-- comercializacion    price, price_vs_week, contract_price, contract_price_vs_week, contract_price_regulated,
--                     contract_price_free, exposure, hours_above_scarcity
-- costo-unitario      unit_known, unit_month_g, unit_month_t, unit_month_str, unit_month_pr, unit_month_r
-- perdidas            losses, losses_vs_week, losses_vs_year, losses_share, losses_reg, losses_nonreg, losses_lag,
--                     losses_month_share
-- restricciones       rest_before, rest_before_vs_week, rest_before_vs_year, rest_charged, rest_charged_vs_week,
--                     rest_charged_vs_year, rest_before_unit, rest_charged_unit, security, security_vs_week,
--                     security_vs_year, security_share, reco_pos, agc
-- confiabilidad       enficc, enficc_cover, oef, oef_vs_year, oef_cover, rrid, oef_price, cere, cere_vs_year
-- emisiones           emission_factor, emission_factor_vs_week, emission_factor_vs_year, emission_factor_own, emissions,
--                     emissions_vs_week, emissions_vs_year, fuel_heat, thermal_share
-- intercambios        exports, exports_vs_week, exports_vs_year, imports, export_income, export_price
-- autogeneracion      surplus, surplus_vs_week, surplus_vs_year, surplus_agents
-- sequia              oni, inflows_month_pct, reserves, reserves_vs_year, price, price_vs_year, thermal_share,
--                     thermal_share_vs_year
--
-- Hours are hour-starting, Bogota time: 19 = from 19:00 to 20:00.

CREATE OR REPLACE TABLE facts AS
WITH wanted (board, series, day_too, week_too, year_too) AS (
    VALUES
    ('inicio', 'demand', FALSE, TRUE, TRUE),
    ('inicio', 'reserves', FALSE, TRUE, TRUE),
    ('inicio', 'inflows', FALSE, FALSE, FALSE),
    ('inicio', 'inflows_pct', FALSE, FALSE, FALSE),
    ('inicio', 'price', TRUE, TRUE, TRUE),
    ('inicio', 'generation', FALSE, FALSE, FALSE),
    ('inicio', 'hydro_share', FALSE, FALSE, FALSE),
    ('inicio', 'thermal_share', FALSE, TRUE, FALSE),
    ('inicio', 'renewable_share', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'generation', FALSE, TRUE, TRUE),
    ('generacion-fuentes', 'gen_hydro', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'gen_thermal', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'gen_solar', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'gen_wind', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'gen_cogeneration', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'gen_unclassified', FALSE, FALSE, FALSE),
    ('generacion-fuentes', 'hydro_share', FALSE, TRUE, FALSE),
    ('generacion-fuentes', 'thermal_share', FALSE, TRUE, TRUE),
    ('generacion-fuentes', 'solar_share', FALSE, FALSE, TRUE),
    ('generacion-fuentes', 'renewable_share', FALSE, FALSE, TRUE),
    ('hidrologia', 'reserves', FALSE, TRUE, TRUE),
    ('hidrologia', 'reserves_gwh', FALSE, FALSE, FALSE),
    ('hidrologia', 'inflows', FALSE, TRUE, FALSE),
    ('hidrologia', 'inflows_pct', FALSE, FALSE, FALSE),
    ('hidrologia', 'inflows_month_pct', FALSE, FALSE, FALSE),
    ('hidrologia', 'spill', FALSE, FALSE, FALSE),
    ('precio-bolsa', 'price', TRUE, TRUE, TRUE),
    ('precio-bolsa', 'price_min', FALSE, FALSE, FALSE),
    ('precio-bolsa', 'price_max', FALSE, FALSE, FALSE),
    ('precio-bolsa', 'price_weighted', FALSE, FALSE, FALSE),
    ('precio-bolsa', 'scarcity', FALSE, FALSE, FALSE)
), known AS (
    SELECT w.board, w.series, w.day_too, w.week_too, w.year_too,
           h.day, h.value, h.day_ago, h.week_ago, h.year_ago, h.quality,
           i.label, i.unit, i.metrics,
           -- texts are read, not computed with: whole pesos, one decimal of a percentage
           CASE i.unit WHEN 'COP/kWh' THEN 0 WHEN '%' THEN 1 ELSE i.decimals END AS decimals
    FROM wanted AS w
    JOIN headline AS h USING (series)
    JOIN series_info AS i USING (series)
    WHERE NOT (w.series = 'gen_unclassified' AND h.value = 0)
), compared AS (
    SELECT *, 'vs_day' AS suffix, ', frente al día anterior' AS words, day_ago AS base FROM known WHERE day_too
    UNION ALL
    SELECT *, 'vs_week', ', frente a la semana anterior', week_ago FROM known WHERE week_too
    UNION ALL
    SELECT *, 'vs_year', ', frente al año anterior', year_ago FROM known WHERE year_too
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
           CASE WHEN series LIKE '%_share' THEN 'share' ELSE 'level' END, metrics
    FROM known
    UNION ALL
    SELECT board, series || '_' || suffix, label || words,
           CASE WHEN unit = '%' THEN value - base ELSE pct_change(value, base) END,
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
    SELECT 'hidrologia', 'reservoirs', 'Embalses con dato', count(*), '#', 0, day, 'ok', 'level', 'VoluUtilDiarEner'
    FROM reservoir_latest WHERE pct IS NOT NULL GROUP BY day
    UNION ALL
    SELECT 'hidrologia', 'reservoirs_low', 'Embalses por debajo del 30 % de su volumen útil',
           count(*) FILTER (WHERE pct < 30), '#', 0, day, 'ok', 'level', 'VoluUtilDiarEner,CapaUtilDiarEner'
    FROM reservoir_latest WHERE pct IS NOT NULL GROUP BY day
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
    SELECT 'precio-bolsa', 'price_to_scarcity', 'Precio de bolsa como parte del precio de escasez',
           p.mean / nullif(max_by(s.price, s.day), 0) * 100, '%', 1, p.day, p.quality, 'share', 'PrecBolsNaci,PrecEsca'
    FROM price_now AS p
    JOIN scarcity_daily AS s ON s.metric = 'PrecEsca' AND date_trunc('month', s.day) = date_trunc('month', p.day)
    GROUP BY p.mean, p.day, p.quality
    UNION ALL
    SELECT 'precio-bolsa', 'version_difference', 'Cambio medio entre la primera versión (TX1) y la última',
           avg(abs(difference)), 'COP/kWh', 1, max(day), 'ok', 'level', 'PrecBolsNaci,PrecBolsNaciTX1'
    FROM (SELECT * FROM price_versions_daily ORDER BY day DESC LIMIT 30)
    HAVING count(*) > 0
    UNION ALL FROM facts_grid
    UNION ALL FROM facts_market
    UNION ALL FROM facts_network
)
SELECT board, id, label, tidy(CAST(value AS DOUBLE)) AS value, unit, CAST(decimals AS INTEGER) AS decimals,
       day, quality, kind, metrics
FROM every_fact
WHERE value IS NOT NULL AND quotable(quality)
ORDER BY board, id;
