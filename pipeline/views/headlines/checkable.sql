-- What the checker knows of the past (site/downloads/checkable_days.py), a row a month and series.

-- What a series was before: its revisions undone, newest first. Only one that is a single metric of the whole system
-- can be told so; an hour of a price counts its share of the day. A day withdrawn in between has none.
CREATE OR REPLACE VIEW checkable_older AS
WITH night AS (
    SELECT i.series, i.metrics AS metric, CAST(r.ts AS DATE) AS day, r.seen, sum(r.old - r.new) AS moved,
           bool_and(r.old IS NOT NULL AND r.new IS NOT NULL) AS whole
    FROM revision AS r JOIN series_info AS i ON i.metrics = r.metric
    WHERE r.entity = 'Sistema' AND r.code = 'Sistema' AND r.version IS NULL
    GROUP BY ALL
), undone AS (
    SELECT n.series, n.day, n.seen, bool_and(n.whole) OVER every_night AS whole,
           d.value + sum(n.moved / CASE c.kind WHEN 'flow' THEN 1 ELSE m.hours END) OVER since AS value
    FROM night AS n
    JOIN daily_series AS d ON d.series = n.series AND d.day = n.day AND d.complete
    JOIN catalog_metric AS c ON c.id = n.metric
    JOIN metric_daily AS m ON m.metric = n.metric AND m.entity = 'Sistema' AND m.day = n.day
         AND abs(m.value - d.value) <= 1e-6 * abs(d.value)
    WINDOW every_night AS (PARTITION BY n.series, n.day), since AS (PARTITION BY n.series, n.day ORDER BY n.seen DESC)
)
SELECT strftime(day, '%Y-%m') AS month, series, day, value, seen FROM undone WHERE whole AND value IS NOT NULL;

-- Every day of a month, every month of a series of months; null where nothing may be quoted.
CREATE OR REPLACE VIEW checkable_value AS
WITH grid AS (
    SELECT series, CAST(unnest(range(since, until + 1, INTERVAL 1 DAY)) AS DATE) AS day
    FROM (SELECT series, date_trunc('month', min(day)) AS since, max(day) AS until
          FROM daily_series WHERE complete GROUP BY series)
)
SELECT strftime(g.day, '%Y-%m') AS month, g.series, list(round(d.value, i.decimals + 3) ORDER BY g.day) AS "values"
FROM grid AS g JOIN series_info AS i USING (series)
LEFT JOIN daily_series AS d ON d.series = g.series AND d.day = g.day AND d.complete
WHERE i.compare <> 'month' OR day(g.day) = 1
GROUP BY ALL HAVING count(d.value) > 0;

-- Days back to what each day is compared with, by how its series is; `last` only where it is another than `week`.
CREATE OR REPLACE VIEW checkable_back AS
SELECT day, compare, compared_days(compare) AS span, CAST(day - week_day AS INTEGER) AS week,
       CAST(day - year_day AS INTEGER) AS year,
       CASE WHEN last_day IS DISTINCT FROM week_day THEN CAST(day - last_day AS INTEGER) END AS last
FROM compared_day;

-- The records that stood before the first day of a month with a value: those of a later day follow from the values.
CREATE OR REPLACE VIEW checkable_mark AS
SELECT strftime(day, '%Y-%m') AS month, series, side, best_before AS value, best_before_day AS day
FROM record_day
WHERE best_before IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY series, side, strftime(day, '%Y-%m') ORDER BY day) = 1;
