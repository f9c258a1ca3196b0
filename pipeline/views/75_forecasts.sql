-- Forecasts as the boards draw them: the last weeks of the real series, then the newest forecast.
--
-- forecast_value keeps every vintage; run_kind 'backtest' marks the rolling-origin ones, which are never drawn as a
-- forecast. The model stage marks the model to show as published (one a series; were there two, the lower MAPE).

CREATE OR REPLACE VIEW forecast_shown_model AS
SELECT series, arg_min(model, (mape, model)) AS model
FROM (
    SELECT series, model, avg(mape) AS mape
    FROM forecast_score
    WHERE published AND run_kind = 'backtest'
    GROUP BY series, model
)
GROUP BY series;

CREATE OR REPLACE VIEW forecast_latest AS
SELECT v.series, v.model, v.origin, v.h, v.target, v.mean, v.lo80, v.hi80, v.lo95, v.hi95
FROM forecast_value AS v
JOIN forecast_shown_model AS b USING (series, model)
WHERE v.run_kind <> 'backtest' AND v.scenario = ''
QUALIFY rank() OVER (PARTITION BY v.series ORDER BY v.origin DESC, v.issued DESC) = 1;

-- The last 28 quotable days, then the forecast of the days after them, so the two parts never overlap.
CREATE OR REPLACE VIEW forecast_chart AS
WITH named (metric, series, forecast) AS (
    VALUES ('DemaSIN', 'demand', 'demand_daily'), ('PrecBolsNaci', 'price', 'price_daily')
)
SELECT n.metric, d.day AS x, d.value AS actual,
       CAST(NULL AS DOUBLE) AS mean, CAST(NULL AS DOUBLE) AS lo80, CAST(NULL AS DOUBLE) AS hi80,
       CAST(NULL AS DOUBLE) AS lo95, CAST(NULL AS DOUBLE) AS hi95, CAST(NULL AS VARCHAR) AS model
FROM named AS n
JOIN headline AS h USING (series)
JOIN daily_series AS d ON d.series = n.series AND d.complete AND d.day > h.day - 28
UNION ALL
SELECT n.metric, CAST(f.target AS DATE), NULL, f.mean, f.lo80, f.hi80, f.lo95, f.hi95, f.model
FROM forecast_latest AS f
JOIN named AS n ON n.forecast = f.series
JOIN headline AS h ON h.series = n.series
WHERE CAST(f.target AS DATE) > h.day
ORDER BY 1, 2;
