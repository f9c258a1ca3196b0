-- Of which days, weeks and months a report can be made, and what the headline series were in each.
--
-- A day is whole when each of the series that a report leads with is quotable on it: demand, generation, spot price, reserves and
-- inflows. One that the portal has not known for thirty days holds no report back; at least two are known. A week (ISO 8601, named by
-- strftime %G-S%V) and a month are whole when all of their days are.

CREATE OR REPLACE TABLE report_period AS
WITH led AS (
    SELECT series, day FROM daily_series
    WHERE complete AND series IN ('demand', 'generation', 'price', 'reserves', 'inflows')
), asked AS (
    SELECT d.day, s.series, l.day IS NOT NULL AS known,
           max(l.day) OVER (PARTITION BY s.series ORDER BY d.day) AS newest
    FROM (SELECT DISTINCT day FROM led) AS d
    CROSS JOIN (SELECT DISTINCT series FROM led) AS s
    LEFT JOIN led AS l ON l.day = d.day AND l.series = s.series
), whole AS (
    SELECT day FROM asked GROUP BY day
    HAVING count(*) FILTER (WHERE known) >= 2 AND NOT bool_or(NOT known AND coalesce(day - newest < 30, FALSE))
), spans AS (
    SELECT 'daily' AS kind, strftime(day, '%Y-%m-%d') AS name, day AS first, day AS last, 1 AS days FROM whole
    UNION ALL
    SELECT 'weekly', strftime(day, '%G-S%V'), min(day), max(day), count(*) FROM whole GROUP BY ALL HAVING count(*) = 7
    UNION ALL
    SELECT 'monthly', strftime(day, '%Y-%m'), min(day), max(day), count(*) FROM whole GROUP BY ALL
    HAVING count(*) = day(last_day(min(day)))
)
SELECT kind, name, first, last, CAST(days AS INTEGER) AS days,
       CASE kind WHEN 'daily' THEN strftime(first - 1, '%Y-%m-%d') WHEN 'weekly' THEN strftime(first - 7, '%G-S%V')
                 ELSE strftime(first - 1, '%Y-%m') END AS before,
       CASE kind WHEN 'monthly' THEN strftime(year_before(first), '%Y-%m')
                 WHEN 'weekly' THEN strftime(first - 364, '%G-S%V') END AS year_before
FROM spans
ORDER BY kind, first;

-- The newest of each kind. Whoever draws a report of another period puts a table of this name before it (site/reports).
CREATE OR REPLACE VIEW period AS
FROM report_period QUALIFY row_number() OVER (PARTITION BY kind ORDER BY first DESC) = 1;

-- The series that a report tells: all of them, but of one subject. Whoever draws that puts a table of this name before it.
CREATE OR REPLACE VIEW told_series AS SELECT series FROM series_info;

-- What a headline series is in a week or a month of which all days are known: energy, money and mass add up, stocks are those of the
-- last day, peaks the highest, and the spot price has the mean of its days. Shares, factors and the prices that energy weighs have no
-- plain mean: they are left out. `mean` is what spans of unequal length are compared by: of a day where days add up.
CREATE OR REPLACE MACRO span_measure(series, unit, compare) AS
    CASE WHEN compare = 'date' THEN 'stock' WHEN adds_up(unit, compare) THEN 'total'
         WHEN series IN ('demand_peak', 'demand_max_power', 'price_max', 'ramp') THEN 'max' WHEN series = 'price_min' THEN 'min'
         WHEN series = 'price' THEN 'mean' END;

CREATE OR REPLACE VIEW span_figure AS
WITH spanned AS (
    SELECT 'weekly' AS kind, strftime(day, '%G-S%V') AS name, * FROM daily_series WHERE complete
    UNION ALL
    SELECT 'monthly', strftime(day, '%Y-%m'), * FROM daily_series WHERE complete
), measured AS (
    SELECT s.*, span_measure(i.series, i.unit, i.compare) AS measure FROM spanned AS s JOIN series_info AS i USING (series)
)
SELECT kind, name, series, measure,
       tidy(CASE measure WHEN 'stock' THEN arg_max(value, day) WHEN 'total' THEN sum(value) WHEN 'max' THEN max(value)
                         WHEN 'min' THEN min(value) ELSE avg(value) END) AS value,
       tidy(CASE measure WHEN 'stock' THEN arg_max(value, day) WHEN 'max' THEN max(value) WHEN 'min' THEN min(value)
                         ELSE avg(value) END) AS mean,
       worst_of(quality) AS quality, CAST(count(*) AS INTEGER) AS days
FROM measured
WHERE measure IS NOT NULL
GROUP BY kind, name, series, measure;

-- Every headline series in every period that can be reported, beside what it is compared with: a day with the last one of its kind and
-- with that of the year before, as everywhere in the portal; a week or a month with the one before it and the one a year before, by the
-- mean of their days. `change` is in per cent, between percentages in points.
CREATE OR REPLACE VIEW period_figure AS
SELECT 'daily' AS kind, strftime(d.day, '%Y-%m-%d') AS name, d.series, 'day' AS measure, d.value, d.quality,
       CASE i.unit WHEN '%' THEN v.value - p.value ELSE pct_change(v.value, p.value) END AS change, c.last_basis AS basis,
       CASE i.unit WHEN '%' THEN v.value - a.value ELSE pct_change(v.value, a.value) END AS year_change, c.year_basis
FROM daily_series AS d
JOIN series_info AS i USING (series)
JOIN compared_day AS c ON c.compare = i.compare AND c.day = d.day
LEFT JOIN daily_level AS v ON v.series = d.series AND v.day = d.day
LEFT JOIN daily_level AS p ON p.series = d.series AND p.day = c.last_day
LEFT JOIN daily_level AS a ON a.series = d.series AND a.day = c.year_day
WHERE d.complete AND i.compare <> 'month'
UNION ALL
SELECT s.kind, s.name, s.series, s.measure, s.value, s.quality,
       CASE i.unit WHEN '%' THEN s.mean - b.mean ELSE pct_change(s.mean, b.mean) END,
       CASE WHEN s.kind = 'weekly' THEN 'la semana anterior' WHEN s.measure = 'total' THEN 'el mes anterior, por día' ELSE 'el mes anterior' END,
       CASE i.unit WHEN '%' THEN s.mean - a.mean ELSE pct_change(s.mean, a.mean) END,
       CASE s.kind WHEN 'weekly' THEN 'la misma semana de un año antes' ELSE 'el mismo mes de un año antes' END
FROM span_figure AS s
JOIN report_period AS r USING (kind, name)
JOIN series_info AS i USING (series)
LEFT JOIN span_figure AS b ON b.kind = s.kind AND b.name = r.before AND b.series = s.series
LEFT JOIN span_figure AS a ON a.kind = s.kind AND a.name = r.year_before AND a.series = s.series
WHERE s.days = r.days;

-- Each published forecast beside what came true, day by day: the last one that was issued before the day it speaks of.
CREATE OR REPLACE VIEW forecast_settled AS
SELECT v.series AS forecast, CAST(v.target AS DATE) AS day, v.issued, v.mean, v.lo80, v.hi80, a.value AS actual,
       pct_change(v.mean, a.value) AS error, a.value BETWEEN v.lo80 AND v.hi80 AS inside
FROM forecast_value AS v
JOIN forecast_told AS f ON f.forecast = v.series AND f.model = v.model AND NOT f.hourly
JOIN forecast_actual AS a ON a.series = v.series AND a.target = v.target
WHERE v.run_kind = 'live' AND v.scenario = '' AND v.issued <= CAST(v.target AS DATE)
QUALIFY row_number() OVER (PARTITION BY v.series, v.target ORDER BY v.issued DESC, v.origin DESC) = 1;
