-- The references of the Estatuto para situaciones de riesgo de desabastecimiento (Res. CREG 026 de 2014 and its changes),
-- and which official references are crossed today. The condition of the system is declared by the CND: nothing here does.
--
--   NE    useful volume of the SIN against the reference path (senda de referencia, Res. CREG 209 de 2020; since June 2026
--         the path alone decides, Res. CREG 101 112 de 2026). XM publishes the path twice a year as a file on its site and
--         in no API: without it there is a value and no level.
--   HSIN  inflows of the last four weeks over the historical mean of the same days; below 90 % is the low level. Sums of
--         AporEner and AporEnerMediHist over 28 days, all of them settled.
--   PBP   spot price of the last seven days against the scarcity price of activation (since March 2025 the upper one,
--         Res. CREG 101 066 de 2024): low when at least four of the seven days are below it, high otherwise. The portal uses
--         the mean of the 24 hours of each day.

CREATE OR REPLACE VIEW statute_index AS
WITH inflow AS (
    SELECT max(day) AS day, sum(inflow_gwh) / nullif(sum(mean_gwh), 0) * 100 AS value, count(*) AS days
    FROM (
        SELECT day, inflow_gwh, mean_gwh FROM inflows_daily
        WHERE quotable(energy_quality) AND inflow_gwh IS NOT NULL AND mean_gwh IS NOT NULL
        QUALIFY day > max(day) OVER () - 28
    )
), price AS (
    SELECT max(p.day) AS day, avg(p.mean) AS value, avg(s.price) AS threshold, count(s.price) AS days,
           count(*) FILTER (WHERE p.mean < s.price) AS below
    FROM price_daily AS p
    JOIN price_last_day AS l ON p.day > l.day - 7 AND p.day <= l.day
    LEFT JOIN scarcity_month AS s ON s.month = date_trunc('month', p.day)
    WHERE quotable(p.quality)
), level AS (
    SELECT day, pct FROM reserves_daily WHERE quotable(quality) ORDER BY day DESC LIMIT 1
)
SELECT 1 AS ordinal, 'NE' AS code, 'Nivel del embalse útil del SIN' AS label, day, tidy(pct) AS value, '%' AS unit,
       CAST(NULL AS DOUBLE) AS threshold, 'senda de referencia de XM' AS against, CAST(NULL AS BOOLEAN) AS crossed,
       'Sin senda en el portal' AS word
FROM level
UNION ALL
SELECT 2, 'HSIN', 'Aportes de cuatro semanas sobre su media', day, CASE WHEN days = 28 THEN tidy(value) END, '%', 90.0, '90 % de la media',
       CASE WHEN days = 28 THEN value < 90 END,
       CASE WHEN days < 28 THEN 'Faltan días' WHEN value < 90 THEN 'Bajo' ELSE 'Alto' END
FROM inflow WHERE day IS NOT NULL
UNION ALL
SELECT 3, 'PBP', 'Precio de bolsa de siete días', day, CASE WHEN days = 7 THEN tidy(value) END, 'COP/kWh', tidy(threshold),
       'precio de escasez vigente (superior; de activación hasta febrero de 2025)', CASE WHEN days = 7 THEN below < 4 END,
       CASE WHEN days < 7 THEN 'Faltan días' WHEN below >= 4 THEN 'Bajo' ELSE 'Alto' END
FROM price WHERE day IS NOT NULL;

-- What is checked, and whether it is in force (NULL: cannot be told). `tone` is good, warn or bad.
CREATE OR REPLACE VIEW alert AS
WITH scarce AS (
    SELECT CAST(h.ts AS DATE) AS day, count(*) FILTER (WHERE h.price > s.price) AS hours, max(s.price) AS threshold,
           count(s.price) AS known
    FROM price_hourly AS h
    JOIN price_last_day AS l ON CAST(h.ts AS DATE) = l.day
    LEFT JOIN scarcity_month AS s ON s.month = date_trunc('month', h.ts)
    GROUP BY 1
)
SELECT 1 AS ordinal, 'system_light' AS id, light <> 'good' AS in_force, CASE light WHEN 'low' THEN 'bad' ELSE 'warn' END AS tone,
       'Los embalses guardan ' || es_number(volume_gwh, '{:,.0f}') || ' GWh, menos que su mínimo operativo '
           || CASE light WHEN 'low' THEN 'inferior (' || es_number(lower_gwh, '{:,.0f}') ELSE 'superior (' || es_number(upper_gwh, '{:,.0f}') END
           || ' GWh)' AS text, 'hidrologia' AS board, day
FROM system_light
UNION ALL
SELECT 2, 'reservoirs_low', low + watch > 0, CASE WHEN low > 0 THEN 'bad' ELSE 'warn' END,
       CASE WHEN low + watch = 1 THEN '1 embalse está' ELSE (low + watch) || ' embalses están' END
           || ' por debajo de su mínimo operativo superior'
           || CASE WHEN low > 0 THEN ', y ' || low || ' también del inferior' ELSE '' END, 'hidrologia', day
FROM system_light WHERE with_minimum > 0
UNION ALL
SELECT 3, 'hsin', crossed, 'warn', 'Los aportes de las últimas cuatro semanas son el ' || es_number(value, '{:.1f}')
       || ' % de su media, menos del 90 % que fija el Estatuto (índice HSIN)', 'hidrologia', day
FROM statute_index WHERE code = 'HSIN'
UNION ALL
SELECT 4, 'pbp', crossed, 'bad', 'El precio de bolsa promedió ' || es_number(value, '{:,.0f}')
       || ' COP/kWh en siete días y superó el de escasez vigente (' || es_number(threshold, '{:,.0f}') || ') en la mayoría de ellos (índice PBP)',
       'comercializacion', day
FROM statute_index WHERE code = 'PBP'
UNION ALL
SELECT 5, 'scarcity_hours', CASE WHEN known > 0 THEN hours > 0 END, 'bad',
       CASE WHEN hours = 1 THEN '1 hora' ELSE hours || ' horas' END || ' del último día con la bolsa por encima del precio de escasez vigente ('
           || es_number(threshold, '{:,.0f}') || ' COP/kWh)', 'comercializacion', day
FROM scarce;
