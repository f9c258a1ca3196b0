-- Measures of whole months, which a night seldom moves: which source sets the price, how many days the water lasts, how much
-- of the year the load is high, and how far each settlement version moves the price.

-- Which source sets the price. Hours of a month by the fuel of the plant whose offer is the highest of the hour (IndRecMargina);
-- plants that share an hour have a part of it each. Only months all of whose hours are named. `spot`: mean spot price of those
-- hours [COP/kWh], each weighed with its part.
CREATE OR REPLACE TABLE marginal_source_month AS
WITH marks AS (
    SELECT i.ts, CAST(date_trunc('month', i.ts) AS DATE) AS month, coalesce(p.fuel, 'Sin clasificar') AS source,
           1.0 / count(*) OVER (PARTITION BY i.ts) AS part, b.value AS spot
    FROM "IndRecMargina" AS i
    LEFT JOIN plant AS p USING (code)
    LEFT JOIN "PrecBolsNaci" AS b ON b.entity = 'Sistema' AND b.ts = i.ts
    WHERE i.entity = 'Recurso' AND i.value > 0
), whole AS (
    SELECT month FROM marks GROUP BY month HAVING count(DISTINCT ts) = 24 * day(last_day(month))
)
SELECT m.month, m.source, tidy(sum(m.part)) AS hours,
       tidy(100 * sum(m.part) / sum(sum(m.part)) OVER (PARTITION BY m.month)) AS share_pct,
       tidy(sum(m.part * m.spot) / nullif(sum(m.part) FILTER (WHERE m.spot IS NOT NULL), 0)) AS spot
FROM marks AS m
JOIN whole USING (month)
GROUP BY m.month, m.source
ORDER BY m.month, m.source;

-- How many days the stored water lasts: useful energy on the last day of a month [GWh] / what the hydro plants made a day in
-- that month [GWh], as if no more rain fell. Months all of whose days may be quoted.
CREATE OR REPLACE TABLE water_days_month AS
WITH made AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month, avg(gwh) AS gwh_per_day
    FROM generation_mix_daily
    WHERE split = 'technology' AND source = 'Hidráulica' AND quotable(quality)
    GROUP BY 1 HAVING count(*) = day(last_day(min(day)))
)
SELECT m.month, tidy(r.volume_gwh) AS volume_gwh, tidy(m.gwh_per_day) AS gwh_per_day,
       tidy(r.volume_gwh / nullif(m.gwh_per_day, 0)) AS days
FROM made AS m
JOIN reserves_daily AS r ON r.day = last_day(m.month)
WHERE quotable(r.quality) AND r.volume_gwh IS NOT NULL
ORDER BY m.month;

-- Load duration curve: the power exceeded during a given percentage of the hours [MW; GWh of the hour x 1000], in the last
-- twelve whole months and in the twelve before. 101 points, as of the price (price_duration); at least 300 days behind a curve.
CREATE OR REPLACE TABLE load_duration AS
WITH settled AS (
    SELECT day FROM demand_real_daily WHERE quotable(quality)
), months AS (
    SELECT date_trunc('month', day) AS month FROM settled GROUP BY 1 HAVING count(*) = day(last_day(min(day)))
), last_month AS (
    SELECT CAST(max(month) + INTERVAL 1 MONTH AS DATE) AS until FROM months
), periods AS (
    SELECT 'last' AS period, until - INTERVAL 12 MONTH AS since, until FROM last_month
    UNION ALL SELECT 'before', until - INTERVAL 24 MONTH, until - INTERVAL 12 MONTH FROM last_month
), curves AS (
    SELECT p.period, CAST(p.until AS DATE) AS until, count(*) AS hours,
           quantile_cont(h.value * 1000, [1 - i / 100.0 FOR i IN range(0, 101)]) AS powers
    FROM periods AS p
    JOIN "DemaReal" AS h ON h.entity = 'Sistema' AND h.ts >= p.since AND h.ts < p.until
    WHERE CAST(h.ts AS DATE) IN (SELECT day FROM settled)
    GROUP BY p.period, p.until
)
SELECT period, until, i AS pct_hours, tidy(powers[i + 1]) AS mw, hours
FROM (SELECT *, unnest(range(0, 101)) AS i FROM curves)
WHERE hours >= 300 * 24
ORDER BY period, i;

-- Each step of the settlement: mean and greatest move of the hours of a month between two versions [COP/kWh], where all hours
-- of the month have both. The columns of the triangle are its steps; what is not settled yet has no row.
CREATE OR REPLACE TABLE price_version_step AS
WITH steps AS (
    SELECT ts, unnest([{'ordinal': 1, 'step': 'TX1 → TX2', 'move': tx2 - tx1}, {'ordinal': 2, 'step': 'TX2 → TXR', 'move': txr - tx2},
                       {'ordinal': 3, 'step': 'TXR → TXF', 'move': txf - txr}], recursive := true)
    FROM price_versions
)
SELECT CAST(date_trunc('month', ts) AS DATE) AS month, ordinal, step, tidy(avg(abs(move))) AS mean_move,
       tidy(max(abs(move))) AS most_move, CAST(count(*) FILTER (WHERE abs(move) > 0.005) AS INTEGER) AS moved_hours
FROM steps
WHERE move IS NOT NULL
GROUP BY ALL
HAVING count(*) = 24 * day(last_day(any_value(CAST(date_trunc('month', ts) AS DATE))))
ORDER BY month, ordinal;
