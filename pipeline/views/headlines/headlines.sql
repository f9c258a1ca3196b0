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

-- Last quotable day of each series with its comparisons: the day before, and the days of a week and of a year before that
-- are like it (rules/calendar.sql), with the words for them. A comparison day that does not exist, is missing or is not
-- quotable gives NULL, never a neighbour.
CREATE OR REPLACE TABLE headline AS
WITH last_day AS (
    SELECT series, max(day) AS day FROM daily_series WHERE complete GROUP BY series
)
SELECT n.series, n.day, n.value, y.value AS day_ago,
       w.value AS week_ago, w.day AS week_day, CASE WHEN w.day IS NOT NULL THEN c.week_basis END AS week_basis,
       a.value AS year_ago, a.day AS year_day, CASE WHEN a.day IS NOT NULL THEN c.year_basis END AS year_basis,
       n.quality
FROM last_day AS l
JOIN daily_series AS n ON n.series = l.series AND n.day = l.day
JOIN series_info AS i ON i.series = l.series
JOIN compared_day AS c ON c.compare = i.compare AND c.day = l.day
LEFT JOIN daily_series AS y ON y.series = l.series AND y.day = l.day - 1 AND y.complete
LEFT JOIN daily_series AS w ON w.series = l.series AND w.day = c.week_day AND w.complete
LEFT JOIN daily_series AS a ON a.series = l.series AND a.day = c.year_day AND a.complete
ORDER BY n.series;

-- The last 365 days of a series beside the days of the year before that they are compared with, for charts. Quotable days
-- only: a provisional day is half built (below 60 % of its level), and drawn in a line it would read as a collapse. Tables
-- show it, marked. A day without a like day leaves a gap in the second line. x is where a value is drawn, day its own.
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
