-- What the forecasts learn from, besides the history of each series.
--
-- That history is the query `input` of each file of catalog/forecasts; from them the warehouse makes
--   forecast_input          series, day, value, hours, quality, reference
--   forecast_input_hourly   series, ts, value, quality
-- in the stored unit; the models see nothing else. quality and hours tell the completeness gate which days to leave out;
-- reference is an independent figure of the same quantity, against which half-built days are recognised (a day 15 % away
-- from it is no day).

-- What the balance of the reservoirs and the climate may know: only days already published.
CREATE OR REPLACE VIEW forecast_driver AS
SELECT 'inflow' AS name, day, value FROM "AporEner_daily" WHERE entity = 'Sistema' AND quality <> 'provisional'
UNION ALL
SELECT 'capacity', day, value FROM "CapaUtilDiarEner_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT 'spill', day, value FROM "VertEner_daily" WHERE entity = 'Sistema'
UNION ALL
-- ONI is filed under its central month and comes out early in the second month after it: that is when it is known.
SELECT 'oni', CAST(day + INTERVAL 2 MONTH + INTERVAL 9 DAY AS DATE), value FROM "ONI_daily";

-- Demand by retailer and by network operator: hundreds of series for the fast engine.
CREATE OR REPLACE VIEW forecast_input_agents AS
SELECT CASE metric WHEN 'DemaCome' THEN 'retailer_daily:' ELSE 'operator_daily:' END || code AS series,
       day, value, hours, quality
FROM metric_daily
WHERE metric IN ('DemaCome', 'DemaOR') AND entity = 'Agente';
