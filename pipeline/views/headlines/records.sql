-- Records of the headline series: highs and lows over the whole settled history that the portal holds.
--
-- Nothing is stored: every record is worked out from daily_series on each run. When XM revises a value, its record is
-- withdrawn or takes the new value, and the next best one returns. Only settled days count (complete).

-- Which series have records, and on which side: a low of the sun or of spilled water says nothing.
CREATE OR REPLACE TABLE record_subject AS
FROM (VALUES
    ('demand', 'high'), ('demand', 'low'), ('demand_peak', 'high'), ('generation', 'high'),
    ('gen_hydro', 'high'), ('gen_hydro', 'low'), ('gen_thermal', 'high'), ('gen_thermal', 'low'),
    ('gen_solar', 'high'), ('gen_wind', 'high'), ('hydro_share', 'high'), ('hydro_share', 'low'),
    ('thermal_share', 'high'), ('thermal_share', 'low'), ('solar_share', 'high'), ('renewable_share', 'high'),
    ('renewable_share', 'low'), ('reserves', 'high'), ('reserves', 'low'), ('inflows', 'high'), ('inflows', 'low'),
    ('spill', 'high'), ('price', 'high'), ('price', 'low'), ('price_max', 'high'), ('net_imports', 'high')
) AS t (series, side);

-- Every settled day beside the best day before it. `sign` turns lows into highs, so that one rule serves both. On equal
-- values the first day keeps the record.
CREATE OR REPLACE TABLE record_day AS
SELECT s.series, s.side, d.day, d.value,
       row_number() OVER past AS place_in_time,
       max(d.value * sign) OVER before * sign AS best_before,
       arg_max(d.day, (d.value * sign, -epoch(d.day))) OVER before AS best_before_day
FROM (SELECT *, CASE side WHEN 'high' THEN 1 ELSE -1 END AS sign FROM record_subject) AS s
JOIN daily_series AS d ON d.series = s.series AND d.complete
WINDOW past AS (PARTITION BY s.series, s.side ORDER BY d.day),
       before AS (PARTITION BY s.series, s.side ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);

-- The times a record fell, once there were 365 settled days to compare with. Days of one climb (at most seven days
-- apart) are one event: it opens on `first_day` and shows its best day; the record it broke is the one before the climb.
CREATE OR REPLACE VIEW record_event AS
WITH broken AS (
    SELECT *, CASE side WHEN 'high' THEN value > best_before ELSE value < best_before END AS breaks
    FROM record_day WHERE place_in_time > 365
), climbs AS (
    SELECT *, coalesce(day - lag(day) OVER w > 7, TRUE) AS opens FROM broken WHERE breaks
    WINDOW w AS (PARTITION BY series, side ORDER BY day)
), numbered AS (
    SELECT *, sum(opens::INTEGER) OVER (PARTITION BY series, side ORDER BY day) AS climb FROM climbs
)
SELECT series, side, min(day) AS first_day, max(day) AS day, arg_max(value, day) AS value,
       arg_min(best_before, day) AS previous, arg_min(best_before_day, day) AS previous_day,
       max(place_in_time)::INTEGER AS days
FROM numbered
GROUP BY series, side, climb
ORDER BY max(day) DESC, series, side;

-- Where each series stands: its best day, the one before it, and the place of its last settled day among all of them.
CREATE OR REPLACE VIEW record_now AS
WITH best AS (
    SELECT series, side, count(*)::INTEGER AS days, min(day) AS since,
           arg_max(day, (CASE side WHEN 'high' THEN value ELSE -value END, -epoch(day))) AS day
    FROM record_day GROUP BY series, side
), place AS (
    SELECT r.series, r.side, h.day AS last_day, h.value AS last_value,
           (count(*) FILTER (WHERE CASE r.side WHEN 'high' THEN r.value > h.value ELSE r.value < h.value END) + 1)::INTEGER
               AS rank
    FROM record_day AS r JOIN headline AS h USING (series) GROUP BY ALL
)
SELECT i.ordinal, b.series, b.side, i.label, i.unit, i.decimals, i.metrics, b.day, d.value, d.best_before AS previous,
       d.best_before_day AS previous_day, date_diff('day', b.day, p.last_day)::INTEGER AS days_since,
       p.last_day, p.last_value, p.rank, b.days, b.since
FROM best AS b
JOIN record_day AS d USING (series, side, day)
JOIN place AS p USING (series, side)
JOIN series_info AS i USING (series)
ORDER BY i.ordinal, b.side;

-- Every time a record fell, with what its sentence needs; the metric is the first one behind the series.
CREATE OR REPLACE VIEW record_told AS
SELECT e.series, e.side, n.label, n.unit, n.decimals, split_part(n.metrics, ',', 1) AS metric, n.since, e.first_day,
       e.day, e.value, e.previous, e.previous_day, e.days
FROM record_event AS e JOIN record_now AS n USING (series, side)
ORDER BY e.day DESC, n.ordinal, e.side;

-- One row: records of the last twelve months, since when days are compared, and the newest record.
CREATE OR REPLACE VIEW record_summary AS
SELECT (SELECT count(*) FROM record_told, run_info WHERE run_info.today - record_told.day <= 365) AS in_a_year,
       (SELECT min(since) FROM record_now) AS compared_since, newest.*
FROM run_info LEFT JOIN (FROM record_told LIMIT 1) AS newest ON TRUE;

-- The same by kind of day, for what moves with work and rest: the highest Monday is news of the system, and that it is below
-- the highest Wednesday news of the calendar. A holiday is one kind, on whatever weekday but Sunday; days of a kind of their
-- own (Holy Week, the end of the year, bridges) are in none: the lowest Wednesday would be 31 December.
CREATE OR REPLACE VIEW record_kind AS
WITH days AS (
    SELECT d.series, d.day, d.value,
           CASE WHEN c.kind IN ('holiday', 'monday holiday') THEN 8 ELSE c.weekday END AS place
    FROM daily_series AS d
    JOIN calendar_day AS c USING (day)
    JOIN series_info AS i USING (series)
    WHERE d.complete AND i.compare = 'like_day' AND d.series IN ('demand', 'demand_peak', 'generation')
      AND (c.kind LIKE 'weekday %' OR c.kind IN ('holiday', 'monday holiday'))
), best AS (
    SELECT series, place, CAST(count(*) AS INTEGER) AS days, min(day) AS since,
           arg_max(day, (value, -epoch(day))) AS high_day, max(value) AS high,
           arg_min(day, (value, epoch(day))) AS low_day, min(value) AS low
    FROM days GROUP BY series, place
)
SELECT i.ordinal, b.series, i.label, i.unit, i.decimals, split_part(i.metrics, ',', 1) AS metric, b.place,
       ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo', 'festivo'][b.place] AS kind,
       b.high, b.high_day, b.low, b.low_day, b.days, b.since
FROM best AS b JOIN series_info AS i USING (series)
WHERE b.days > 1
ORDER BY i.ordinal, b.place;
