-- The references of the Estatuto para situaciones de riesgo de desabastecimiento (Res. CREG 026 de 2014 and its changes),
-- and which official references are crossed today. The condition of the system is declared by the CND: nothing here does.
--
-- How they weigh in the state of the system is declared in system_state.sql.
--
--   NE    useful volume of the SIN against the reference path (senda de referencia, Res. CREG 209 de 2020; since June 2026
--         the path alone decides, Res. CREG 101 112 de 2026). XM publishes the path twice a year as a file on its site and
--         in no API: without it there is a value and no level.
--   HSIN  inflows of the last four weeks over the historical mean of the same days; below 90 % is the low level. Sums of
--         AporEner and AporEnerMediHist over 28 days, all of them settled.
--   PBP   spot price of the last seven days against the scarcity price of activation (since March 2025 the upper one,
--         Res. CREG 101 066 de 2024): low when at least four of the seven days are below it, high otherwise. The portal uses
--         the mean of the 24 hours of each day.

-- The last day of each series, with its index where the days behind it are whole (system_state.sql).
CREATE OR REPLACE VIEW statute_index AS
WITH inflow AS (
    SELECT max(day) AS day FROM inflows_daily
    WHERE quotable(energy_quality) AND inflow_gwh IS NOT NULL AND mean_gwh IS NOT NULL
), level AS (
    SELECT day, pct FROM reserves_daily WHERE quotable(quality) ORDER BY day DESC LIMIT 1
)
SELECT 1 AS ordinal, 'NE' AS code, 'Nivel del embalse útil del SIN' AS label, day, tidy(pct) AS value, '%' AS unit,
       CAST(NULL AS DOUBLE) AS threshold, 'senda de referencia de XM' AS against, CAST(NULL AS BOOLEAN) AS crossed,
       'Sin senda en el portal' AS word
FROM level
UNION ALL
SELECT 2, 'HSIN', 'Aportes de cuatro semanas sobre su media', i.day, v.value, '%', r.watch, r.watch::INTEGER || ' % de la media',
       v.value < r.watch, CASE WHEN v.value IS NULL THEN 'Faltan días' WHEN v.value < r.watch THEN 'Bajo' ELSE 'Alto' END
FROM inflow AS i
JOIN state_rule AS r ON r.id = 'hsin'
LEFT JOIN state_reading AS v ON v.id = r.id AND v.day = i.day
WHERE i.day IS NOT NULL
UNION ALL
SELECT 3, 'PBP', 'Precio de bolsa de siete días', l.day, v.mean, 'COP/kWh', v.reference,
       'precio de escasez vigente (superior; de activación hasta febrero de 2025)', v.value >= r.risk,
       CASE WHEN v.value IS NULL THEN 'Faltan días' WHEN v.value >= r.risk THEN 'Alto' ELSE 'Bajo' END
FROM price_last_day AS l
JOIN state_rule AS r ON r.id = 'pbp'
LEFT JOIN state_reading AS v ON v.id = r.id AND v.day = l.day;

-- What is checked, and whether it is in force (NULL: cannot be told): the indices that decide the state of the system, each
-- at its own level, and one notice. `tone` is bad at risk, warn at watch, none of a notice: a reservoir below its minimum is
-- news of that reservoir, whose water the system may hold elsewhere.
CREATE OR REPLACE VIEW alert AS
SELECT ordinal, id, level <> 'normal' AS in_force, CASE level WHEN 'risk' THEN 'bad' ELSE 'warn' END AS tone,
       coalesce(sentence, label) AS text, board, day
FROM state_index WHERE decides
UNION ALL
SELECT 9, 'reservoirs_low', low + watch > 0, 'none',
       CASE WHEN low + watch = 1 THEN '1 embalse está' ELSE (low + watch) || ' embalses están' END
           || ' por debajo de su mínimo operativo superior'
           || CASE WHEN low > 0 THEN ', y ' || low || ' también del inferior' ELSE '' END, 'hidrologia', day
FROM system_light WHERE with_minimum > 0;
