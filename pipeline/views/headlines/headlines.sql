-- The headline series of the portal, one row a series and day, and the one rule for their variations.
--
-- Every figure of a KPI, of a fact and of the daily API comes from daily_series, so a number is the same everywhere.

-- What each series is and the query of its values are declared in catalog/series/*.yml. From them the warehouse makes
--   series_info    ordinal, series, label, unit, decimals, metrics; in the order of the declarations
--   series_value   series, day, value, quality

CREATE OR REPLACE TABLE daily_series AS
SELECT series, day, tidy(value) AS value, quality, quotable(quality) AS complete  -- sums end the same in any order
FROM series_value
WHERE value IS NOT NULL
ORDER BY series, day;

-- Last quotable day of each series with its comparisons: the day before, the same weekday of last week, the same date
-- of last year. A comparison day that is missing or not quotable gives NULL, never a neighbour.
CREATE OR REPLACE TABLE headline AS
WITH last_day AS (
    SELECT series, max(day) AS day FROM daily_series WHERE complete GROUP BY series
)
SELECT n.series, n.day, n.value,
       y.value AS day_ago, w.value AS week_ago, a.value AS year_ago, n.quality
FROM last_day AS l
JOIN daily_series AS n ON n.series = l.series AND n.day = l.day
LEFT JOIN daily_series AS y ON y.series = l.series AND y.day = l.day - 1 AND y.complete
LEFT JOIN daily_series AS w ON w.series = l.series AND w.day = l.day - 7 AND w.complete
LEFT JOIN daily_series AS a ON a.series = l.series AND a.day = year_before(l.day) AND a.complete
ORDER BY n.series;

-- The last 365 days of a series beside the same dates of the year before, for charts. Each day looks up its own date
-- one year earlier, so 29 February repeats 28 February instead of colliding with it. Quotable days only: a provisional
-- day is half built (below 60 % of its level), and drawn in a line it would read as a collapse. Tables show it, marked.
CREATE OR REPLACE VIEW year_pair AS
WITH recent AS (
    SELECT d.series, d.day, d.value, d.quality
    FROM daily_series AS d
    JOIN headline AS h USING (series)
    WHERE d.complete AND d.day > h.day - 365
)
SELECT series, day AS x, 'Último año' AS line, value, quality FROM recent
UNION ALL
SELECT r.series, r.day, 'Un año antes', b.value, 'ok'
FROM recent AS r
JOIN daily_series AS b ON b.series = r.series AND b.day = year_before(r.day) AND b.complete;
