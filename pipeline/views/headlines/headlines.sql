-- The headline series of the portal, one row a series and day, and the one rule for their variations.
--
-- Every figure of a KPI, of a fact and of the daily API comes from daily_series, so a number is the same everywhere.

-- What each series is and the query of its values are declared in catalog/series/*.yml. From them the warehouse makes
--   series_info    ordinal, series, label, unit, decimals, metrics, compare; in the order of the declarations
--   series_value   series, day, value, quality

CREATE OR REPLACE TABLE daily_series AS
SELECT series, day, tidy(value) AS value, quality, quotable(quality) AS complete  -- sums end the same in any order
FROM series_value
WHERE value IS NOT NULL
ORDER BY series, day;

-- What is compared of each day: its value or, where the series is compared by means, the mean of the last 7 or 28 days, all
-- of them quotable (rules/calendar.sql).
CREATE OR REPLACE TABLE daily_level AS
SELECT d.series, d.day, d.value
FROM daily_series AS d JOIN series_info AS i USING (series)
WHERE d.complete AND compared_days(i.compare) = 1
UNION ALL
SELECT series, day, tidy(CASE days WHEN 7 THEN seven ELSE many END)
FROM (
    SELECT d.series, d.day, compared_days(i.compare) AS days, avg(d.value) OVER seven AS seven, avg(d.value) OVER many AS many,
           CASE compared_days(i.compare) WHEN 7 THEN count(*) OVER seven ELSE count(*) OVER many END AS there
    FROM daily_series AS d JOIN series_info AS i USING (series)
    WHERE d.complete AND compared_days(i.compare) > 1
    WINDOW seven AS (PARTITION BY d.series ORDER BY d.day RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW),
           many AS (PARTITION BY d.series ORDER BY d.day RANGE BETWEEN INTERVAL 27 DAYS PRECEDING AND CURRENT ROW)
)
WHERE there = days
ORDER BY series, day;

-- Last quotable day of each series with its comparisons: the day before, as it is; and what it is compared with of late, a week
-- and a year before (rules/calendar.sql), with the words for them. `compared` is what stands on its own side of these three:
-- the value, or the mean behind it. A day that does not exist, is missing or is not quotable gives NULL, never a neighbour.
CREATE OR REPLACE TABLE headline AS
WITH last_day AS (
    SELECT series, max(day) AS day FROM daily_series WHERE complete GROUP BY series
)
SELECT n.series, n.day, n.value, y.value AS day_ago, v.value AS compared,
       p.value AS last_ago, p.day AS last_day, CASE WHEN p.day IS NOT NULL THEN c.last_basis END AS last_basis,
       w.value AS week_ago, w.day AS week_day, CASE WHEN w.day IS NOT NULL THEN c.week_basis END AS week_basis,
       a.value AS year_ago, a.day AS year_day, CASE WHEN a.day IS NOT NULL THEN c.year_basis END AS year_basis,
       n.quality
FROM last_day AS l
JOIN daily_series AS n ON n.series = l.series AND n.day = l.day
JOIN series_info AS i ON i.series = l.series
JOIN compared_day AS c ON c.compare = i.compare AND c.day = l.day
LEFT JOIN daily_series AS y ON y.series = l.series AND y.day = l.day - 1 AND y.complete
LEFT JOIN daily_level AS v ON v.series = l.series AND v.day = l.day
LEFT JOIN daily_level AS p ON p.series = l.series AND p.day = c.last_day AND v.value IS NOT NULL
LEFT JOIN daily_level AS w ON w.series = l.series AND w.day = c.week_day AND v.value IS NOT NULL
LEFT JOIN daily_level AS a ON a.series = l.series AND a.day = c.year_day AND v.value IS NOT NULL
ORDER BY n.series;

-- The last 365 days of a series beside the days of the year before that they are compared with, for charts. Quotable days
-- only: one that is half built or that nothing confirms would read as a collapse, drawn in a line. Tables show it, marked. A day without a like day leaves a gap in the second line. x is where a value is drawn, day its own.
CREATE OR REPLACE VIEW year_pair AS
WITH recent AS (
    SELECT d.series, d.day, d.value, d.quality
    FROM daily_series AS d
    JOIN headline AS h USING (series)
    WHERE d.complete AND d.day > h.day - 365
)
SELECT series, day AS x, day, 'Último año' AS line, value, quality FROM recent
UNION ALL
SELECT r.series, r.day, b.day, 'Un año antes', b.value, b.quality
FROM recent AS r
JOIN series_info AS i USING (series)
JOIN compared_day AS c ON c.compare = i.compare AND c.day = r.day
JOIN daily_series AS b ON b.series = r.series AND b.day = c.year_day AND b.complete;

-- Sums and means to date beside the same days of the year before: the month, the year, and the last twelve months.
-- `adds`: the days add up to a total (energy, money, mass, water that flows); what stands in store, prices and shares have a
-- mean.
-- Both sides of a change hold the same days by kind, pair by pair: a day without its like day, or with one of the two unknown,
-- is on neither side. A span with fewer than nineteen of twenty of its days in pairs has no change; `pairs` says how many.
-- Only series of days; means and months are compared by their dates.
CREATE OR REPLACE TABLE series_to_date AS
WITH spans AS (
    SELECT h.series, h.day AS until, s.span, s.start
    FROM headline AS h
    JOIN series_info AS i USING (series),
    LATERAL (VALUES ('month', CAST(date_trunc('month', h.day) AS DATE)), ('year', CAST(date_trunc('year', h.day) AS DATE)),
                    ('twelve', h.day - 364)) AS s (span, start)
    WHERE i.compare <> 'month'
), days AS (
    SELECT s.series, s.span, s.start, s.until, d.value, b.value AS before
    FROM spans AS s
    JOIN series_info AS i USING (series)
    JOIN daily_series AS d ON d.series = s.series AND d.complete AND d.day BETWEEN s.start AND s.until
    LEFT JOIN compared_day AS c ON c.day = d.day AND c.compare = CASE i.compare WHEN 'like_day' THEN 'like_day' ELSE 'date' END
    LEFT JOIN daily_series AS b ON b.series = s.series AND b.day = c.year_day AND b.complete
)
SELECT d.series, d.span, d.start, d.until, CAST(d.until - d.start + 1 AS INTEGER) AS days, CAST(count(*) AS INTEGER) AS known,
       CAST(count(d.before) AS INTEGER) AS pairs, 
       adds_up(i.unit, i.compare) AS adds,
       tidy(sum(d.value)) AS total, tidy(avg(d.value)) AS mean,
       CASE WHEN count(d.before) >= 0.95 * (d.until - d.start + 1)
            THEN tidy(CASE i.unit WHEN '%' THEN avg(d.value) FILTER (WHERE d.before IS NOT NULL) - avg(d.before)
                                  ELSE pct_change(sum(d.value) FILTER (WHERE d.before IS NOT NULL), sum(d.before)) END) END AS change
FROM days AS d JOIN series_info AS i USING (series)
GROUP BY d.series, d.span, d.start, d.until, i.unit, i.compare
ORDER BY d.series, d.span;

-- The same in words: the total where days add up, else their mean.
CREATE OR REPLACE VIEW to_date_told AS
SELECT i.ordinal, t.series, i.label, t.span, CASE t.span WHEN 'month' THEN 1 WHEN 'year' THEN 2 ELSE 3 END AS place,
       CASE t.span WHEN 'month' THEN 'En lo corrido del mes' WHEN 'year' THEN 'En lo corrido del año'
                   ELSE 'Últimos doce meses' END || CASE WHEN t.adds THEN '' ELSE ', promedio' END AS span_words,
       CASE WHEN t.adds THEN t.total ELSE t.mean END AS value, i.unit, i.decimals, t.mean, t.change,
       CASE i.unit WHEN '%' THEN 'puntos' ELSE '%' END AS change_unit,
       CASE i.compare WHEN 'like_day' THEN 'los días comparables' ELSE 'las mismas fechas' END
           || CASE t.span WHEN 'twelve' THEN ' de un año antes' ELSE ' de ' || (year(t.until) - 1) END AS basis,
       t.start, t.until, t.known, t.days, t.pairs
FROM series_to_date AS t JOIN series_info AS i USING (series)
ORDER BY i.ordinal, place;
