-- Spot price and its references, COP/kWh (nominal).
--
-- PrecBolsNaci (XM): price of each hour = offer of the last flexible plant of the ideal dispatch + uplift (delta
-- incremento). The answer of XM's API is always its latest settlement version; PrecBolsNaciTX1 keeps the first one.
-- The daily figure of the portal is the plain mean of the 24 hours and exists only with 24 hours. XM also publishes
-- PPPrecBolsNaci, weighted by the energy bought in the spot market: shown beside it, never mixed.
-- Reference: 2024-04-30 mean 127.12, minimum 96.36, maximum 228.36.

-- The mean is the metric's own day; its hours add the extremes.
CREATE OR REPLACE TABLE price_daily AS
WITH extremes AS (
    SELECT CAST(ts AS DATE) AS day,
           min(value) AS min,
           max(value) AS max,
           -- ties go to the earlier hour
           arg_min(hour(ts), (value, hour(ts))) AS min_hour,
           arg_max(hour(ts), (value, -hour(ts))) AS max_hour,
           worst_of(quality) AS quality
    FROM "PrecBolsNaci"
    WHERE entity = 'Sistema'
    GROUP BY CAST(ts AS DATE)
)
SELECT d.day, d.hours,
       CASE WHEN d.hours = 24 THEN tidy(d.value) END AS mean,
       CASE WHEN d.hours = 24 THEN e.min END AS min,
       CASE WHEN d.hours = 24 THEN e.max END AS max,
       CASE WHEN d.hours = 24 THEN CAST(e.min_hour AS INTEGER) END AS min_hour,
       CASE WHEN d.hours = 24 THEN CAST(e.max_hour AS INTEGER) END AS max_hour,
       day_quality(d.hours, d.quality) AS quality
FROM "PrecBolsNaci_daily" AS d
JOIN extremes AS e USING (day)
WHERE d.entity = 'Sistema'
ORDER BY d.day;

CREATE OR REPLACE VIEW price_weighted_daily AS
SELECT day, value AS price, day_quality(hours, quality) AS quality
FROM "PPPrecBolsNaci_daily"
WHERE entity = 'Sistema';

CREATE OR REPLACE VIEW price_last_day AS
SELECT max(day) AS day FROM price_daily WHERE quotable(quality) HAVING max(day) IS NOT NULL;

-- Every hour with the quality of its day, so that a chart may mark the newest ones.
CREATE OR REPLACE VIEW price_hourly AS
SELECT h.ts, h.value AS price, d.quality
FROM "PrecBolsNaci" AS h
JOIN price_daily AS d ON d.day = CAST(h.ts AS DATE)
WHERE h.entity = 'Sistema';

-- Scarcity prices: one regulated value a month, repeated every day. They are several, and each is called by its own name:
-- PrecEsca (CREG 071 de 2006) goes on being published but no longer says when firm energy falls due. That was the price of
-- activation from December 2017 (CREG 140 de 2017) and is the upper one since 1 March 2025 (CREG 101 066 de 2024), which
-- brought the lower one too. The regime follows from the day alone: a series that XM takes up again decides nothing.
CREATE OR REPLACE VIEW scarcity_daily AS
SELECT day, 'PrecEsca' AS metric, 'Precio de escasez (CREG 071)' AS series, value AS price, day_quality(hours, quality) AS quality
FROM "PrecEsca_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecEscaAct', 'Precio de escasez de activación', value, day_quality(hours, quality)
FROM "PrecEscaAct_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecEscaMarg', 'Precio marginal de escasez', value, day_quality(hours, quality)
FROM "PrecEscaMarg_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecEscaSup', 'Precio de escasez superior', value, day_quality(hours, quality)
FROM "PrecEscaSup_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecEscaInf', 'Precio de escasez inferior', value, day_quality(hours, quality)
FROM "PrecEscaInf_daily" WHERE entity = 'Sistema';

-- The price above which firm energy falls due: the one that every figure called "vigente" reads.
CREATE OR REPLACE VIEW scarcity_in_force AS
SELECT day, metric, series, price, quality
FROM scarcity_daily
WHERE metric = CASE WHEN day < DATE '2017-12-01' THEN 'PrecEsca' WHEN day < DATE '2025-03-01' THEN 'PrecEscaAct'
                    ELSE 'PrecEscaSup' END;

-- The same by month: any of its days will do.
CREATE OR REPLACE VIEW scarcity_month AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month, max_by(price, day) AS price
FROM scarcity_in_force
GROUP BY 1;

-- Mean of each hour of the day by month, from whole days only. A month says how many days it averages.
CREATE OR REPLACE TABLE price_hour_profile AS
SELECT CAST(date_trunc('month', h.ts) AS DATE) AS month,
       CAST(hour(h.ts) AS INTEGER) AS hour,
       tidy(avg(h.price)) AS price,
       CAST(count(*) AS INTEGER) AS days
FROM price_hourly AS h
WHERE quotable(h.quality)
GROUP BY ALL
ORDER BY month, hour;

-- Price duration curve: the price exceeded during a given percentage of the hours, for the last 365 days and for the
-- 365 before. 101 points: the price at p % of the hours is the quantile 1 - p/100. The earlier curve exists only with
-- at least 300 days behind it (anything less is another season, not another year).
CREATE OR REPLACE TABLE price_duration AS
WITH periods AS (
    SELECT 'last' AS period, day - 365 AS after, day AS until FROM price_last_day
    UNION ALL
    SELECT 'before', day - 730, day - 365 FROM price_last_day
), curves AS (
    SELECT p.period, count(*) AS hours,
           quantile_cont(h.price, [1 - i / 100.0 FOR i IN range(0, 101)]) AS prices
    FROM periods AS p
    JOIN price_hourly AS h ON CAST(h.ts AS DATE) > p.after AND CAST(h.ts AS DATE) <= p.until
    WHERE quotable(h.quality)
    GROUP BY p.period
)
SELECT period, i AS pct_hours, tidy(prices[i + 1]) AS price, hours
FROM (SELECT *, unnest(range(0, 101)) AS i FROM curves)
WHERE period = 'last' OR hours >= 300 * 24
ORDER BY period, i;

-- First settlement version (TX1) against the latest one, days where both have 24 hours.
CREATE OR REPLACE VIEW price_versions_daily AS
SELECT l.day, t.value AS tx1, l.mean AS latest, tidy(l.mean - t.value) AS difference,
       tidy(pct_change(l.mean, t.value)) AS difference_pct
FROM price_daily AS l
JOIN "PrecBolsNaciTX1_daily" AS t ON t.day = l.day AND t.entity = 'Sistema'
WHERE quotable(l.quality) AND quotable(day_quality(t.hours, t.quality));

CREATE OR REPLACE VIEW price_yearly AS
SELECT CAST(year(day) AS INTEGER) AS year,
       tidy(avg(mean)) AS price,
       CAST(count(*) AS INTEGER) AS days
FROM price_daily
WHERE quotable(quality)
GROUP BY year(day)
ORDER BY year;
