-- Forecasts as the pages and boards draw them: the last weeks of the real series, then the newest forecast.
--
-- forecast_value keeps every vintage; run_kind 'backtest' marks those made afterwards from what was known at an origin,
-- which are never drawn as a forecast. scenario '' is a forecast; any other one is a scenario and is called so.

-- What came true: values that may be quoted.
CREATE OR REPLACE TABLE forecast_actual AS
SELECT series, CAST(day AS TIMESTAMP) AS target, value
FROM forecast_input
WHERE quotable(day_quality(hours, quality))
UNION ALL
SELECT series, ts, value
FROM forecast_input_hourly
WHERE quotable(quality) AND value IS NOT NULL
ORDER BY 1, 2;

-- The model stage marks the model to show as published; were there two, the lower error. Without scores, its policy.
CREATE OR REPLACE VIEW forecast_shown_model AS
WITH marked AS (
    SELECT series, arg_min(model, (coalesce(wape, mape), model)) AS model
    FROM (
        SELECT series, model, avg(wape) AS wape, avg(mape) AS mape
        FROM forecast_score
        WHERE published AND run_kind = 'backtest'
        GROUP BY series, model
    )
    GROUP BY series
)
SELECT series, coalesce(m.model, p.published) AS model
FROM marked AS m
FULL JOIN forecast_policy AS p USING (series);

-- Tables, not views: pages ask for them series by series, and the vintages are millions of rows.
CREATE OR REPLACE TABLE forecast_latest AS
SELECT v.series, v.model, v.issued, v.origin, v.h, v.target, v.mean, v.lo80, v.hi80, v.lo95, v.hi95
FROM forecast_value AS v
JOIN forecast_shown_model AS b USING (series, model)
WHERE v.run_kind = 'live' AND v.scenario = ''
QUALIFY rank() OVER (PARTITION BY v.series ORDER BY v.origin DESC, v.issued DESC) = 1
ORDER BY v.series, v.target;

-- The last weeks that are known (a week where hourly), then the forecast of what comes after them: no overlap.
CREATE OR REPLACE VIEW forecast_chart AS
WITH edge AS (
    SELECT series, max(target) AS last, CASE WHEN series LIKE '%_hourly' THEN 7 ELSE 56 END AS days
    FROM forecast_actual
    GROUP BY series
)
SELECT a.series, a.target AS x, a.value AS actual,
       CAST(NULL AS DOUBLE) AS mean, CAST(NULL AS DOUBLE) AS lo80, CAST(NULL AS DOUBLE) AS hi80,
       CAST(NULL AS DOUBLE) AS lo95, CAST(NULL AS DOUBLE) AS hi95, CAST(NULL AS VARCHAR) AS model
FROM forecast_actual AS a
JOIN edge AS e USING (series)
WHERE a.target > e.last - to_days(e.days)
UNION ALL
SELECT f.series, f.target, NULL, f.mean, f.lo80, f.hi80, f.lo95, f.hi95, f.model
FROM forecast_latest AS f
JOIN edge AS e USING (series)
WHERE f.target > e.last
ORDER BY 1, 2;

-- Newest scenarios: what would happen under a stated condition. They are no forecast.
CREATE OR REPLACE VIEW forecast_scenario AS
SELECT series, scenario, model, issued, origin, h, target, mean, lo80, hi80, lo95, hi95
FROM forecast_value
WHERE run_kind = 'live' AND scenario <> ''
QUALIFY rank() OVER (PARTITION BY series, scenario ORDER BY origin DESC, issued DESC) = 1;

-- The newest forecasts and scenarios as they are published (datos/csv/pronosticos); a forecast has no scenario.
CREATE OR REPLACE VIEW pronosticos AS
SELECT f.series AS serie, p.title_es AS nombre, p.unit AS unidad, f.model AS modelo, f.scenario AS escenario,
       strftime(f.issued, '%Y-%m-%d') AS emitido, strftime(f.origin, '%Y-%m-%d') AS origen,
       strftime(f.target, '%Y-%m-%d %H:%M') AS instante, round(f.mean, 6) AS pronostico, round(f.lo80, 6) AS bajo_80,
       round(f.hi80, 6) AS alto_80, round(f.lo95, 6) AS bajo_95, round(f.hi95, 6) AS alto_95
FROM (SELECT *, '' AS scenario FROM forecast_latest UNION ALL BY NAME SELECT * FROM forecast_scenario) AS f
LEFT JOIN forecast_policy AS p USING (series)
WHERE NOT contains(f.series, ':');

-- Demand of each retailer and network operator over the seven days after the newest origin, beside its past error.
CREATE OR REPLACE VIEW forecast_agent AS
WITH newest AS (
    SELECT * FROM forecast_latest WHERE contains(series, ':')
), score AS (
    SELECT series, model, wape, skill, origins
    FROM forecast_score
    WHERE run_kind = 'backtest' AND lead = '1-7' AND contains(series, ':')
)
SELECT split_part(n.series, '_', 1) AS kind, split_part(n.series, ':', 2) AS code, n.series, n.model,
       any_value(n.issued) AS issued, any_value(n.origin) AS origin, min(n.target) AS first, max(n.target) AS last,
       count(*) AS days, avg(n.mean) AS mean, avg(n.lo80) AS lo80, avg(n.hi80) AS hi80,
       any_value(s.wape) AS wape, any_value(s.skill) AS skill, any_value(s.origins) AS origins
FROM newest AS n
LEFT JOIN score AS s USING (series, model)
WHERE n.h <= 7
GROUP BY n.series, n.model
ORDER BY kind DESC, mean DESC, code;
