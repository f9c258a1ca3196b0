-- The state of the system: one rule over published indices. It reads them; it declares nothing.
--
-- Who declares: the condition of the system (normal, vigilancia, riesgo) is the CND's, by the index NE against the reference
-- path (Res. CREG 026 de 2014 and 209 de 2020; since June 2026 the path alone decides, 101 112 de 2026); a programmed
-- rationing is the Government's (Estatuto de Racionamiento, Res. CREG 119 de 1998). XM publishes the path in no API, so the
-- portal cannot compute that condition and never gives one.
--
-- The rule: each index that decides has a level by its own published threshold, and the state is the worst of them.
--   risk      some index is beyond its threshold of risk
--   watch     some index is beyond its threshold of watch
--   normal    every index that decides is known, and within its threshold
--   unknown   none is beyond it and one or more is not known: what is missing is said
-- What is not known never makes the state better. Alerts are the same levels, index by index (alert.sql): no state is
-- normal above one of them. No source gives a rule for adding indices up, so none is added to another.

-- The thresholds: the only place where they stand. NULL: the threshold is published day by day and comes with the reading.
--   system_light    useful volume of the reservoirs with published minima, against the sum of those minima (SIMEM c51127)
--   hsin            inflows of 28 days over the mean of the same days: below 90 % is «bajo» (Estatuto)
--   pbp             days, of the last seven, whose mean spot price reached the scarcity price of activation (since March
--                   2025 the upper one): «bajo» while at least four stay below it, so high with four that do not (Estatuto)
--   scarcity_hours  hours of the last day above that price: from the first one the obligations of firm energy are called
--                   (condición crítica, Res. CREG 071 de 2006); it is a call, not a shortage, so it weighs as watch
--   ne, thermal     shown and never weighed: the path is in no API, and no rule gives a threshold for thermal energy
-- `sense`: on which side of the threshold the trouble is. `ordinal` is the weight: what is stored before what falls, that
-- before what it costs.
CREATE OR REPLACE TABLE state_rule AS
FROM (VALUES
    (1, 'system_light', 'Reservas frente a su mínimo operativo', 'GWh', 0, 'below', NULL, NULL, TRUE,
     'menos que el mínimo operativo superior', 'menos que el mínimo operativo inferior', 'SIMEM, conjunto c51127',
     'se publica cada día', 'hidrologia', 'MinimoOperativoSuperior'),
    (2, 'hsin', 'Aportes de cuatro semanas (HSIN)', '%', 1, 'below', 90.0, NULL, TRUE, 'menos del 90 % de la media', NULL,
     'Res. CREG 026 de 2014', 'desde 2014', 'hidrologia', 'AporEner'),
    (3, 'pbp', 'Días de la semana a precio de escasez (PBP)', 'días', 0, 'above', NULL, 4.0, TRUE, NULL, 'cuatro o más de siete',
     'Res. CREG 026 de 2014 y 101 066 de 2024', 'desde marzo de 2025', 'comercializacion', 'PrecBolsNaci'),
    (4, 'scarcity_hours', 'Horas del día a precio de escasez', 'horas', 0, 'above', 1.0, NULL, TRUE, 'una o más', NULL,
     'Res. CREG 071 de 2006 y 101 066 de 2024', 'desde marzo de 2025', 'comercializacion', 'PrecBolsNaci'),
    (5, 'ne', 'Embalse útil frente a la senda (NE)', '%', 1, 'below', NULL, NULL, FALSE, NULL, NULL,
     'Res. CREG 209 de 2020 y 101 112 de 2026', 'dos veces al año', 'hidrologia', 'VoluUtilDiarEner'),
    (6, 'thermal', 'Participación térmica', '%', 1, 'above', NULL, NULL, FALSE, NULL, NULL, NULL, NULL, 'generacion-fuentes',
     'Gene')
) AS t (ordinal, id, label, unit, decimals, sense, watch, risk, decides, watch_words, risk_words, source, since, board,
        metric);

-- Every index on every day that has it whole, from quotable values only. `watch` and `risk` are the thresholds published for
-- that day; `mean` and `reference` what the price was and what it was compared with [COP/kWh].
CREATE OR REPLACE TABLE state_reading AS
WITH water AS (
    SELECT day, tidy(sum(inflow_gwh) OVER month / nullif(sum(mean_gwh) OVER month, 0) * 100) AS value, count(*) OVER month AS days
    FROM inflows_daily
    WHERE quotable(energy_quality) AND inflow_gwh IS NOT NULL AND mean_gwh IS NOT NULL
    WINDOW month AS (ORDER BY day RANGE BETWEEN INTERVAL 27 DAYS PRECEDING AND CURRENT ROW)
), prices AS (
    SELECT p.day, count(s.price) OVER week AS days, count(*) FILTER (WHERE p.mean >= s.price) OVER week AS value,
           tidy(avg(p.mean) OVER week) AS mean, tidy(avg(s.price) OVER week) AS reference
    FROM price_daily AS p
    LEFT JOIN scarcity_month AS s ON s.month = date_trunc('month', p.day)
    WHERE quotable(p.quality)
    WINDOW week AS (ORDER BY p.day RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW)
), dear AS (
    SELECT CAST(h.ts AS DATE) AS day, count(*) FILTER (WHERE h.price > s.price) AS value, max(s.price) AS reference
    FROM price_hourly AS h
    JOIN price_last_day AS l ON h.ts > l.day - 740
    JOIN scarcity_month AS s ON s.month = date_trunc('month', h.ts)
    WHERE quotable(h.quality)
    GROUP BY 1
)
SELECT 'system_light' AS id, day, CAST(volume_gwh AS DOUBLE) AS value, upper_gwh AS watch, lower_gwh AS risk,
       CAST(NULL AS DOUBLE) AS mean, CAST(NULL AS DOUBLE) AS reference
FROM system_light_daily WHERE light IS NOT NULL AND quotable(quality)
UNION ALL SELECT 'hsin', day, value, NULL, NULL, NULL, NULL FROM water WHERE days = 28
UNION ALL SELECT 'pbp', day, value, NULL, NULL, mean, reference FROM prices WHERE days = 7
UNION ALL SELECT 'scarcity_hours', day, value, NULL, NULL, NULL, reference FROM dear
UNION ALL SELECT 'ne', day, pct, NULL, NULL, NULL, NULL FROM reserves_daily WHERE quotable(quality) AND pct IS NOT NULL
UNION ALL
SELECT 'thermal', day, share_pct, NULL, NULL, NULL, NULL
FROM generation_mix_daily WHERE split = 'technology' AND source = 'Térmica' AND quotable(quality);

-- The days that have a state: two years, or as far as readings go, up to the newest one of an index that decides. Where all sources have been
-- silent for longer than a week the days go on without them, so that an old state does not pass for today's.
CREATE OR REPLACE TABLE state_day AS
SELECT CAST(unnest(range(greatest(since, until - 730), until + 1, INTERVAL 1 DAY)) AS DATE) AS day
FROM (
    SELECT min(v.day) AS since, greatest(max(v.day), any_value(n.today) - 7) AS until
    FROM state_reading AS v JOIN state_rule AS r USING (id), run_info AS n
    WHERE r.decides HAVING max(v.day) IS NOT NULL
);

-- Each index on each of those days: its newest reading, which stands for at most seven days (XM publishes demand, water and
-- prices with different lags); after that it is not known. `read_day` is the day of the reading, also of one too old.
CREATE OR REPLACE TABLE state_index_daily AS
WITH held AS (
    SELECT d.day, r.*, v.day AS read_day, coalesce(d.day - v.day < 7, FALSE) AS fresh, v.value AS reading,
           coalesce(v.watch, r.watch) AS watch_at, coalesce(v.risk, r.risk) AS risk_at, v.mean, v.reference
    FROM state_day AS d
    CROSS JOIN state_rule AS r
    ASOF LEFT JOIN state_reading AS v ON v.id = r.id AND v.day <= d.day
)
SELECT day, ordinal, id, decides, read_day, CASE WHEN fresh THEN reading END AS value, watch_at AS watch, risk_at AS risk,
       mean, reference,
       CASE WHEN NOT fresh OR watch_at IS NULL AND risk_at IS NULL THEN NULL
            WHEN CASE sense WHEN 'below' THEN reading < risk_at ELSE reading >= risk_at END THEN 'risk'
            WHEN CASE sense WHEN 'below' THEN reading < watch_at ELSE reading >= watch_at END THEN 'watch'
            ELSE 'normal' END AS level
FROM held
ORDER BY day, ordinal;

CREATE OR REPLACE TABLE system_state_daily AS
SELECT day,
       CASE WHEN bool_or(level = 'risk') THEN 'risk' WHEN bool_or(level = 'watch') THEN 'watch'
            WHEN bool_and(level IS NOT NULL) THEN 'normal' ELSE 'unknown' END AS state,
       CAST(count(level) AS INTEGER) AS known, CAST(count(*) AS INTEGER) AS asked,
       coalesce(list(id ORDER BY level = 'watch', ordinal) FILTER (WHERE level IN ('watch', 'risk')), []) AS because,
       coalesce(list(id ORDER BY ordinal) FILTER (WHERE level IS NULL), []) AS missing
FROM state_index_daily
WHERE decides
GROUP BY day
ORDER BY day;

-- Spans of days in one state, the newest first; `before` is the state that it followed.
CREATE OR REPLACE VIEW system_state_span AS
WITH turned AS (
    SELECT *, coalesce(state <> lag(state) OVER (ORDER BY day), TRUE) AS turns FROM system_state_daily
), numbered AS (
    SELECT *, sum(CAST(turns AS INTEGER)) OVER (ORDER BY day) AS span FROM turned
)
SELECT span, min(day) AS day, max(day) AS until, CAST(count(*) AS INTEGER) AS days, any_value(state) AS state,
       lag(any_value(state)) OVER (ORDER BY span) AS before, arg_min(because, day) AS because, arg_min(missing, day) AS missing
FROM numbered
GROUP BY span
ORDER BY span DESC;

-- What an index says, in a sentence without its full stop.
CREATE OR REPLACE MACRO state_sentence(id, level, value, watch, risk, mean, reference) AS
    CASE WHEN value IS NULL THEN NULL ELSE
    CASE id
    WHEN 'system_light' THEN 'Los embalses guardan ' || es_number(value, '{:,.0f}') || ' GWh, '
        || CASE level WHEN 'risk' THEN 'menos que su mínimo operativo inferior (' || es_number(risk, '{:,.0f}')
                      WHEN 'watch' THEN 'menos que su mínimo operativo superior (' || es_number(watch, '{:,.0f}')
                      ELSE 'más que su mínimo operativo superior (' || es_number(watch, '{:,.0f}') END || ' GWh)'
    WHEN 'hsin' THEN 'Los aportes de las últimas cuatro semanas son el ' || es_number(value, '{:.1f}') || ' % de su media, '
        || CASE level WHEN 'watch' THEN 'menos del ' ELSE 'por encima del ' END || es_number(watch, '{:.0f}')
        || ' % que fija el Estatuto'
    WHEN 'pbp' THEN 'El precio de bolsa promedió ' || es_number(mean, '{:,.0f}') || ' COP/kWh en siete días y '
        || CASE value WHEN 0 THEN 'ninguno alcanzó' WHEN 1 THEN 'uno de ellos alcanzó'
                      ELSE CAST(CAST(value AS INTEGER) AS VARCHAR) || ' de ellos alcanzaron' END
        || ' el precio de escasez (' || es_number(reference, '{:,.0f}') || ')'
    WHEN 'scarcity_hours' THEN CASE value WHEN 0 THEN 'Ninguna hora' WHEN 1 THEN 'Una hora'
                                          ELSE CAST(CAST(value AS INTEGER) AS VARCHAR) || ' horas' END
        || CASE WHEN value > 1 THEN ' del último día tuvieron' ELSE ' del último día tuvo' END || ' la bolsa por encima del precio de escasez (' || es_number(reference, '{:,.0f}') || ' COP/kWh)'
    WHEN 'ne' THEN 'Los embalses del país están al ' || es_number(value, '{:.1f}') || ' % de su volumen útil'
    WHEN 'thermal' THEN 'Las plantas térmicas generaron el ' || es_number(value, '{:.1f}') || ' % de la energía' END END;

-- Each index on the newest day: value, thresholds, level, what it says, and how far it is from each threshold in its own
-- unit: above zero it is still on the better side.
CREATE OR REPLACE VIEW state_index AS
SELECT r.ordinal, r.id, r.label, r.unit, r.decimals, r.sense, r.decides, r.watch_words, r.risk_words,
       r.source AS threshold_source, r.since AS threshold_since, r.board, r.metric,
       d.day AS state_day, d.read_day AS day, d.value, d.watch, d.risk, d.mean, d.reference, d.level,
       CASE WHEN d.value IS NULL THEN 'unknown' WHEN d.level IS NULL THEN 'unweighed' ELSE d.level END AS word,
       state_sentence(d.id, d.level, d.value, d.watch, d.risk, d.mean, d.reference) AS sentence,
       tidy(CASE r.sense WHEN 'below' THEN d.value - d.watch ELSE d.watch - d.value END) AS to_watch,
       tidy(CASE r.sense WHEN 'below' THEN d.value - d.risk ELSE d.risk - d.value END) AS to_risk
FROM state_index_daily AS d
JOIN state_rule AS r USING (id)
WHERE d.day = (SELECT max(day) FROM state_day)
ORDER BY r.ordinal;

-- One row, also without any reading: the state, since when, why (in order of weight) and what is missing.
CREATE OR REPLACE VIEW system_state AS
SELECT coalesce(s.state, 'unknown') AS state, s.until AS day, s.day AS since, s.days, s.before,
       coalesce((SELECT list(sentence ORDER BY level = 'watch', ordinal) FROM state_index WHERE decides AND level IN ('watch', 'risk')),
                []) AS reasons,
       coalesce((SELECT list(label ORDER BY ordinal) FROM state_index WHERE decides AND level IS NULL),
                (SELECT list(label ORDER BY ordinal) FROM state_rule WHERE decides AND s.state IS NULL), []) AS missing,
       (SELECT CAST(count(*) AS INTEGER) FROM state_rule WHERE decides) AS asked,
       s.span = 1 AS whole
FROM run_info
LEFT JOIN (FROM system_state_span LIMIT 1) AS s ON TRUE;

-- Spans of the last two years for the strip: the state itself, and below it each index that decides.
CREATE OR REPLACE VIEW system_state_strip AS
WITH told AS (
    SELECT 0 AS ordinal, 'Estado' AS label, day, state FROM system_state_daily
    UNION ALL
    SELECT r.ordinal, r.label, d.day, coalesce(d.level, 'unknown')
    FROM state_index_daily AS d JOIN state_rule AS r USING (id) WHERE d.decides
), turned AS (
    SELECT *, coalesce(state <> lag(state) OVER (PARTITION BY ordinal ORDER BY day), TRUE) AS turns FROM told
), numbered AS (
    SELECT *, sum(CAST(turns AS INTEGER)) OVER (PARTITION BY ordinal ORDER BY day) AS span FROM turned
)
SELECT ordinal, label, min(day) AS start, max(day) AS until, any_value(state) AS state
FROM numbered
GROUP BY ordinal, label, span
ORDER BY ordinal, start;
