-- How good the forecasts were: ours against what happened, against repeating last week, against XM's official one.
--
-- Backtests (made afterwards, with what was known at the origin) and live forecasts (published before the day) are
-- never put together: every row says its run_kind. Figures of texts come from forecast_score; the tables here are for
-- what it does not hold: the error day by day of lead, and the comparison on the days of XM's forecast.

-- Each day that was forecast by the model shown, beside the seasonal naive of the same origin. Of a vintage that was
-- issued twice from the same origin the first one counts. Agents are scored by the model stage only.
CREATE OR REPLACE TABLE forecast_paired AS
WITH vintage AS (
    SELECT series, model, run_kind, issued, origin, h, target, mean, lo80, hi80, lo95, hi95
    FROM forecast_value
    WHERE scenario = '' AND NOT contains(series, ':')
      AND (model = 'seasonal_naive' OR (series, model) IN (SELECT series, model FROM forecast_shown_model))
    QUALIFY row_number() OVER (PARTITION BY series, model, run_kind, origin, h ORDER BY issued) = 1
)
SELECT v.series, v.run_kind, v.model, v.issued, v.origin, v.h,
       CASE WHEN v.series LIKE '%_hourly' THEN CAST(ceil(v.h / 24.0) AS INTEGER) ELSE v.h END AS lead,
       v.target, a.value AS actual, v.mean, v.lo80, v.hi80, v.lo95, v.hi95, n.mean AS naive
FROM vintage AS v
JOIN forecast_shown_model AS b ON b.series = v.series AND b.model = v.model
JOIN vintage AS n ON n.series = v.series AND n.model = 'seasonal_naive' AND n.run_kind = v.run_kind
                 AND n.origin = v.origin AND n.h = v.h
JOIN forecast_actual AS a ON a.series = v.series AND a.target = v.target
ORDER BY v.series, v.run_kind, v.origin, v.h;

-- Error by lead [days]: sum of absolute errors over sum of the values (WAPE, %), and how often the bands held (%).
CREATE OR REPLACE VIEW forecast_lead AS
SELECT series, run_kind, lead, any_value(model) AS model, count(DISTINCT origin) AS origins, count(*) AS n,
       sum(abs(mean - actual)) / nullif(sum(abs(actual)), 0) * 100 AS wape,
       sum(abs(naive - actual)) / nullif(sum(abs(actual)), 0) * 100 AS naive_wape,
       avg(CASE WHEN lo80 IS NOT NULL THEN CAST(actual BETWEEN lo80 AND hi80 AS INTEGER) END) * 100 AS cov80,
       avg(CASE WHEN lo95 IS NOT NULL THEN CAST(actual BETWEEN lo95 AND hi95 AS INTEGER) END) * 100 AS cov95
FROM forecast_paired
GROUP BY series, run_kind, lead
ORDER BY series, run_kind, lead;

-- How many live forecasts are out, and how many days of them can be compared already.
CREATE OR REPLACE VIEW forecast_live AS
SELECT series, min(issued) AS first_issued, max(issued) AS last_issued, count(DISTINCT issued) AS nights,
       (SELECT count(*) FROM forecast_paired AS p WHERE p.series = v.series AND p.run_kind = 'live') AS due
FROM forecast_value AS v
WHERE run_kind = 'live' AND scenario = '' AND NOT contains(series, ':')
GROUP BY series;

-- XM's official forecast by day [GWh]; a day with fewer than its 24 hours is no day.
CREATE OR REPLACE VIEW official_daily AS
SELECT day, CAST(date_trunc('week', day) AS DATE) AS week, value AS gwh
FROM "PronSIN_daily"
WHERE entity = 'Sistema' AND hours = 24;

-- The same days by XM, by us and by the seasonal naive. XM publishes on the Thursday before the week; ours is the newest
-- vintage that was public by then (live), or that only uses the days published by then (backtest): XM's demand of the
-- system comes with a lag of some days, so that origin is that much older.
CREATE OR REPLACE TABLE official_comparison AS
WITH rule AS (
    SELECT lag_days FROM catalog_metric WHERE id = 'DemaSIN'
), candidate AS (
    SELECT o.week, o.day, o.gwh AS official, p.run_kind, p.model, p.origin, p.lead, p.actual, p.mean AS ours, p.naive
    FROM official_daily AS o
    JOIN forecast_paired AS p ON p.series = 'demand_daily' AND CAST(p.target AS DATE) = o.day
    WHERE CASE WHEN p.run_kind = 'live' THEN p.issued <= o.week - 4
               ELSE p.origin <= o.week - 4 - (SELECT lag_days FROM rule) END
    QUALIFY row_number() OVER (PARTITION BY p.run_kind, o.day ORDER BY p.origin DESC) = 1
)
FROM candidate
ORDER BY run_kind, day;

-- Errors of each on those days: MAPE and bias [%], share of days more than 5 % off [%]; t of the paired test over weeks
-- (difference of the weekly mean absolute errors, ours minus theirs: negative is ours better).
CREATE OR REPLACE VIEW official_score AS
WITH long AS (
    SELECT run_kind, week, day, lead, who, 100 * (value / actual - 1) AS error, 100 * (ours / actual - 1) AS own
    FROM official_comparison
    UNPIVOT (value FOR who IN (official, naive))
    UNION ALL
    SELECT run_kind, week, day, lead, 'ours', 100 * (ours / actual - 1), NULL FROM official_comparison
), weekly AS (
    SELECT run_kind, who, week, avg(abs(own)) - avg(abs(error)) AS gap FROM long GROUP BY run_kind, who, week
), test AS (
    SELECT run_kind, who, avg(gap) / nullif(stddev_samp(gap) / sqrt(count(*)), 0) AS t
    FROM weekly WHERE gap IS NOT NULL GROUP BY run_kind, who
)
SELECT l.run_kind, l.who, count(*) AS days, count(DISTINCT l.week) AS weeks, min(l.day) AS first, max(l.day) AS last,
       avg(abs(l.error)) AS mape, avg(l.error) AS bias, avg(CAST(abs(l.error) > 5 AS INTEGER)) * 100 AS far,
       median(l.lead) AS lead, any_value(t.t) AS t
FROM long AS l
LEFT JOIN test AS t ON t.run_kind = l.run_kind AND t.who = l.who
GROUP BY l.run_kind, l.who;

-- What the system that this portal replaces published about itself, and what the same recipe gives when it is run
-- again without looking ahead: Prophet without a week and SARIMA(1,1,1)(1,1,1)7, half each, data from 2020, 90 days, 10
-- origins in 2021-22 and in 2025-26, real data of XM. Not a verbatim run: it searched the order of the SARIMA and
-- weighted both models by itself. claimed, found, coverage: % (MAPE of days, share inside its 95 % band).
-- Source: the model's own registry (claims); our repetition of November 2026 (the rest).
CREATE OR REPLACE VIEW old_method AS
FROM (VALUES
    (1, 'hydro_daily', 'Hidráulica', 3.2, '2021-22', 10.4, 10.2, 9.3, 58),
    (1, 'hydro_daily', 'Hidráulica', 3.2, '2025-26', 5.8, 5.6, 4.7, 94),
    (2, 'thermal_daily', 'Térmica', 4.1, '2021-22', 109.0, 80.0, 68.0, 37),
    (2, 'thermal_daily', 'Térmica', 4.1, '2025-26', 36.9, 36.7, 22.7, 86),
    (3, 'solar_daily', 'Solar', 4.5, '2021-22', 19.1, 17.0, 22.0, 51),
    (4, 'wind_daily', 'Eólica', 4.8, '2021-22', 221.0, 41.7, 47.2, 59),
    (5, 'cogeneration_daily', 'Biomasa y cogeneración', 6.2, '2021-22', 24.9, 18.1, 22.0, 58)
) AS t (ordinal, series, source, claimed, span, found, wape, naive_wape, coverage);
