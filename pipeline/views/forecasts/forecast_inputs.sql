-- What the forecasts learn from, besides the history of each series.
--
-- That history is the query `input` of each file of catalog/forecasts; from them the warehouse makes
--   forecast_input          series, day, value, hours, quality
--   forecast_input_hourly   series, ts, value, quality
-- in the stored unit; the models see nothing else. quality and hours tell the completeness gate which days to leave out.
--
-- Between what each series can be is declared there too, as a number or a query (`least`, `most`); from them come
--   forecast_least, forecast_most   series, day, value: known from that day on

-- What the balance of the reservoirs and the climate may know: only days already published.
CREATE OR REPLACE VIEW forecast_driver AS
SELECT 'inflow' AS name, day, value FROM "AporEner_daily" WHERE entity = 'Sistema' AND quotable(quality)
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

-- The greatest day of the country's generation so far [GWh].
CREATE OR REPLACE VIEW generation_record AS
SELECT day, max(gwh) OVER (ORDER BY day) AS gwh FROM generation_daily WHERE quotable(quality);

-- The most that each source can generate in a day [GWh]: its net effective capacity around the clock, the sun's twelve
-- hours, and no more than the country takes, a tenth above its greatest day so far. Of the capacity the largest of the
-- last thirty days, so that a day with plants missing lowers nothing.
CREATE OR REPLACE VIEW generation_ceiling AS
WITH installed AS (
    SELECT c.day, coalesce(p.technology, 'Sin clasificar') AS source, sum(c.value) AS mw
    FROM "CapEfecNeta_daily" AS c LEFT JOIN plant AS p USING (code)
    WHERE c.entity = 'Recurso' GROUP BY ALL
), steady AS (
    SELECT day, source,
           max(mw) OVER (PARTITION BY source ORDER BY day RANGE INTERVAL 30 DAY PRECEDING) AS mw
    FROM installed
)
SELECT s.day, s.source, tidy(least(s.mw * CASE s.source WHEN 'Solar' THEN 12 ELSE 24 END / 1000, t.gwh * 1.1)) AS gwh,
       s.mw
FROM steady AS s ASOF LEFT JOIN generation_record AS t ON t.day <= s.day;

-- The same of all plants: in a day [GWh] and in an hour [GWh].
CREATE OR REPLACE VIEW generation_ceiling_total AS
SELECT day, sum(mw) * 24 / 1000 AS gwh, sum(mw) / 1000 AS hour_gwh FROM generation_ceiling GROUP BY day;

-- The most that an hour in the spot market can cost [COP/kWh]: a quarter above the highest offer or price so far (an offer
-- is known a month later; the plant that sets the price may offer more than any has), or four times the scarcity price
-- where nobody has offered that much. Real offers of April 2024 reached 2,598 and the price 2,676 that November.
CREATE OR REPLACE VIEW price_ceiling AS
WITH asked AS (
    SELECT day + 30 AS day, max(value) AS price FROM "PrecOferIdeal_daily" GROUP BY day
    UNION ALL
    SELECT CAST(ts AS DATE), max(value) FROM "PrecBolsNaci" WHERE entity = 'Sistema' AND quotable(quality) GROUP BY ALL
), record AS (
    SELECT day, max(max(price)) OVER (ORDER BY day) AS price FROM asked GROUP BY day
)
SELECT r.day, greatest(r.price * 1.25, e.value * 4) AS price
FROM record AS r
ASOF LEFT JOIN (FROM "PrecEsca_daily" WHERE entity = 'Sistema') AS e ON e.day <= r.day;

-- Rivers have no ceiling; half as much again as their greatest day so far is taken for one [GWh].
CREATE OR REPLACE VIEW inflow_ceiling AS
SELECT day, 1.5 * max(value) OVER (ORDER BY day) AS gwh FROM "AporEner_daily"
WHERE entity = 'Sistema' AND quotable(day_quality(hours, quality));

-- The most that the links can carry in a day [GWh]: their fullest hour so far, around the clock.
CREATE OR REPLACE VIEW export_ceiling AS
SELECT CAST(ts AS DATE) AS day, 24 * max(max(value)) OVER (ORDER BY CAST(ts AS DATE)) AS gwh FROM "ExpoEner"
WHERE entity = 'Sistema' AND quotable(quality) GROUP BY CAST(ts AS DATE);

-- Between what a series can be, as known on each of its days: as declared, and what has been measured is possible.
CREATE OR REPLACE TABLE forecast_range AS
WITH daily AS (
    SELECT series, day, value AS low, value AS high FROM forecast_input WHERE quotable(day_quality(hours, quality))
    UNION ALL
    SELECT series, CAST(ts AS DATE), min(value), max(value)
    FROM forecast_input_hourly WHERE quotable(quality) GROUP BY ALL
), seen AS (
    SELECT series, day, min(low) OVER past AS low, max(high) OVER past AS high
    FROM daily WINDOW past AS (PARTITION BY series ORDER BY day)
)
SELECT s.series, s.day,
       CASE WHEN l.value IS NOT NULL THEN least(l.value, s.low) END AS least,
       CASE WHEN m.value IS NOT NULL THEN greatest(m.value, s.high) END AS most
FROM seen AS s
ASOF LEFT JOIN forecast_least AS l ON l.series = s.series AND l.day <= s.day
ASOF LEFT JOIN forecast_most AS m ON m.series = s.series AND m.day <= s.day
ORDER BY s.series, s.day;
