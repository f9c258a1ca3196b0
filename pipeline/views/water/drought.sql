-- El Niño: months of the ocean index beside the months of the electric system, and the years compared with this one.
--
-- ONI (NOAA): three-month running mean of the sea-surface temperature anomaly of region Niño 3.4 [°C], filed under its
-- middle month. El Niño: 0.5 or more in five overlapping seasons in a row; La Niña: -0.5 or less. These views put series
-- side by side; they say nothing of causes. A month counts only when all its days are quotable.
-- Reference: spot price October 2015 1,107 COP/kWh, March 2016 830; ONI November 2015 2.6.

CREATE OR REPLACE VIEW oni_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month, value AS oni, quality
FROM "ONI_daily";

-- A percentage of a month is that of its sums: each day weighs by the whole that it is a part of (generation, capacity,
-- historical mean). The price is the mean of its days, as everywhere.
CREATE OR REPLACE TABLE drought_monthly AS
WITH wholes AS (
    SELECT 'thermal_share' AS series, day, gwh AS weight FROM generation_daily
    UNION ALL SELECT 'reserves', day, capacity_gwh FROM reserves_daily
    UNION ALL SELECT 'inflows_pct', day, mean_gwh FROM inflows_daily
), months AS (
    SELECT CASE d.series WHEN 'inflows_pct' THEN 'inflows' WHEN 'thermal_share' THEN 'thermal' ELSE d.series END AS series,
           CAST(date_trunc('month', d.day) AS DATE) AS month,
           CASE d.series WHEN 'price' THEN avg(d.value) ELSE sum(d.value * w.weight) / nullif(sum(w.weight), 0) END AS value,
           count(CASE d.series WHEN 'price' THEN 1 ELSE w.weight END) AS days
    FROM daily_series AS d
    LEFT JOIN wholes AS w ON w.series = d.series AND w.day = d.day
    WHERE d.series IN ('inflows_pct', 'reserves', 'price', 'thermal_share') AND d.complete
    GROUP BY d.series, date_trunc('month', d.day)
)
SELECT series, month, tidy(value) AS value
FROM months
WHERE days = date_diff('day', month, month + INTERVAL 1 MONTH)
UNION ALL
SELECT 'oni', month, oni FROM oni_monthly WHERE quotable(quality)
ORDER BY series, month;

-- The years told apart: each runs from July to June, the calendar of a dry season in the north of South America.
CREATE OR REPLACE VIEW drought_cycle AS
SELECT year(today) - CASE WHEN month(today) < 7 THEN 1 ELSE 0 END AS start_year, 'Este año' AS label, TRUE AS current
FROM run_info
UNION ALL
SELECT y, y || '-' || lpad(CAST((y + 1) % 100 AS VARCHAR), 2, '0'), FALSE
FROM (VALUES (2009), (2014), (2015), (2023)) AS t (y)
WHERE y <> (SELECT year(today) - CASE WHEN month(today) < 7 THEN 1 ELSE 0 END FROM run_info);

-- Every month of those years on the calendar of the current one (x), so that all lines share one axis.
CREATE OR REPLACE VIEW drought_analogue AS
SELECT m.series, c.label AS line, c.current, m.month,
       CAST(m.month + to_years(CAST(n.start_year - c.start_year AS INTEGER)) AS DATE) AS x,
       ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'][month(m.month)] AS month_name,
       m.value
FROM drought_cycle AS c
CROSS JOIN (SELECT start_year FROM drought_cycle WHERE current) AS n
JOIN drought_monthly AS m
    ON m.month >= make_date(c.start_year, 7, 1) AND m.month < make_date(c.start_year + 1, 7, 1);

-- The fan: what the reserves did around this date in the years compared, on today's calendar, as points of difference with
-- the date itself. Anchor: the last quotable day of the reserves, and the same day of the year in each cycle (29 February
-- answers 28). 90 days before, 180 after; a year without its anchor day has no line. It is no forecast of this year.
CREATE OR REPLACE VIEW drought_fan AS
WITH now AS (
    SELECT day FROM headline WHERE series = 'reserves'
), anchors AS (
    SELECT c.label AS line, c.current, n.day AS today,
           CASE WHEN c.current THEN n.day
                ELSE CAST(n.day - to_years(CAST(s.start_year - c.start_year AS INTEGER)) AS DATE) END AS anchor
    FROM drought_cycle AS c, now AS n, (SELECT start_year FROM drought_cycle WHERE current) AS s
)
SELECT a.line, a.current, a.today + CAST(d.day - a.anchor AS INTEGER) AS x, d.day, tidy(d.value - z.value) AS points
FROM anchors AS a
JOIN daily_series AS z ON z.series = 'reserves' AND z.day = a.anchor AND z.complete
JOIN daily_series AS d ON d.series = 'reserves' AND d.complete AND d.day >= a.anchor - 90 AND d.day <= a.anchor + 180;

-- What there is of each series in each of those years, of 12 months; and since when the portal has it at all.
CREATE OR REPLACE VIEW drought_coverage AS
WITH names (ordinal, series, label) AS (
    VALUES (1, 'oni', 'ONI'), (2, 'inflows', 'Aportes'), (3, 'reserves', 'Reservas'), (4, 'price', 'Precio de bolsa'),
           (5, 'thermal', 'Participación térmica')
)
SELECT n.ordinal, n.label, c.start_year, c.label AS line, c.current,
       CAST(count(a.month) AS INTEGER) AS months,
       (SELECT min(month) FROM drought_monthly AS m WHERE m.series = n.series) AS since,
       (SELECT max(month) FROM drought_monthly AS m WHERE m.series = n.series) AS until
FROM names AS n
CROSS JOIN drought_cycle AS c
LEFT JOIN drought_analogue AS a ON a.series = n.series AND a.line = c.label
GROUP BY n.ordinal, n.series, n.label, c.start_year, c.label, c.current;

-- One row a month with the five series, for the table.
CREATE OR REPLACE VIEW drought_table AS
SELECT month,
       max(value) FILTER (WHERE series = 'oni') AS oni,
       max(value) FILTER (WHERE series = 'inflows') AS inflows_pct,
       max(value) FILTER (WHERE series = 'reserves') AS reserves_pct,
       max(value) FILTER (WHERE series = 'price') AS price,
       max(value) FILTER (WHERE series = 'thermal') AS thermal_pct
FROM drought_monthly
GROUP BY month;

-- Months in a row, up to the newest one, with the ONI at 0.5 °C or more. NOAA speaks of El Niño from five on.
CREATE OR REPLACE VIEW nino_now AS
WITH months AS (
    SELECT month, oni, max(month) FILTER (WHERE oni < 0.5) OVER () AS broken, max(month) OVER () AS until
    FROM oni_monthly WHERE quotable(quality)
)
SELECT any_value(until) AS month, CAST(count(*) FILTER (WHERE month > coalesce(broken, DATE '1800-01-01')) AS INTEGER) AS seasons
FROM months HAVING count(*) > 0;
