-- The system in one picture: the water kept, the hours of a day by source, and who used the energy. Each part is of the
-- last day that may be quoted of what it shows; the parts need not share it, and each says its own.
--   system_day   part, ordinal, name, x, value, whole, mark, energy, share, day
-- part: 'water' (value, whole and mark: useful volume, capacity and lower minimum of a reservoir [GWh]; SIMEM's minimum as a
-- share of SIMEM's capacity, times XM's capacity), 'hour' (x: the hour, value: mean power of a source [MW]; what is bought
-- abroad beside what plants make) and 'use' (value: energy [GWh]).
-- energy [GWh] and share [%] are what is said of the part as a whole: of the water the headline's own figures, of the hours
-- and uses the sum of what is drawn.
-- Sources: XM (Gene, ImpoEner, DemaRealReg, DemaRealNoReg, PerdidasEner, ExpoEner) and SIMEM (reservoirs and minima).
CREATE OR REPLACE VIEW system_use AS
SELECT d.day, u.ordinal, u.name, d.value
FROM (VALUES (1, 'DemaRealReg', 'Usuarios regulados'), (2, 'DemaRealNoReg', 'Usuarios no regulados'),
             (3, 'PerdidasEner', 'Pérdidas de la transmisión'), (4, 'ExpoEner', 'Exportaciones')) AS u(ordinal, metric, name)
JOIN metric_daily AS d ON d.metric = u.metric AND d.entity = 'Sistema'
WHERE quotable(day_quality(d.hours, d.quality));

CREATE OR REPLACE VIEW system_day AS
WITH common AS (
    SELECT max(day) AS day FROM (SELECT day FROM system_use GROUP BY day HAVING count(*) = 4)
), bought AS (
    SELECT ts, 'Importación' AS source, value * 1000 AS mw FROM "ImpoEner"
    WHERE entity = 'Sistema' AND CAST(ts AS DATE) = (SELECT day FROM mix_last_day)
      AND (SELECT sum(value) FROM "ImpoEner" WHERE entity = 'Sistema' AND CAST(ts AS DATE) = (SELECT day FROM mix_last_day)) > 0
)
SELECT 'water' AS part, CAST(row_number() OVER (ORDER BY r.capacity_gwh DESC, r.reservoir) AS INTEGER) AS ordinal,
       coalesce(n.name, r.reservoir) AS name, NULL::INTEGER AS x, r.volume_gwh AS value, r.capacity_gwh AS whole,
       tidy(l.lower_pct / 100 * r.capacity_gwh) AS mark,
       (SELECT value FROM headline WHERE series = 'reserves_gwh' AND day = r.day) AS energy,
       (SELECT value FROM headline WHERE series = 'reserves' AND day = r.day) AS share, r.day
FROM reservoir_latest AS r
LEFT JOIN reservoir_light AS l ON l.reservoir = folded(r.reservoir)
LEFT JOIN named AS n ON n.kind = 'reservoir' AND n.thing = folded(r.reservoir)
WHERE r.capacity_gwh > 0
UNION ALL
SELECT 'hour', 0, source, CAST(hour(ts) AS INTEGER), tidy(mw), NULL, NULL, tidy(sum(mw) OVER () / 1000), NULL,
       CAST(ts AS DATE)
FROM (SELECT ts, source, mw FROM generation_hourly_last UNION ALL SELECT ts, source, mw FROM bought)
UNION ALL
SELECT 'use', ordinal, name, NULL, value, NULL, NULL, tidy(sum(value) OVER ()), NULL, day
FROM system_use WHERE day = (SELECT day FROM common)
ORDER BY part DESC, ordinal, name, x;
