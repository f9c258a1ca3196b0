-- What a kWh of each source earned at the spot price of its hours, and how much of the energy a few companies make.
--
-- Capture price = sum of generation x spot price of the hour / sum of generation [COP/kWh]; beside it the plain mean of the
-- price of the same hours, what a source earns that generates alike in all of them. It is a measure of when a source
-- generates, not its income: most energy is sold in contracts. Hours of days whose mix and price may be quoted, the last three
-- years; a month says of how many days it is.
CREATE OR REPLACE TABLE capture_month AS
WITH day_quoted AS (
    SELECT m.day, CAST(date_trunc('month', m.day) AS DATE) AS month
    FROM mix_day AS m
    JOIN price_daily AS p USING (day)
    WHERE quotable(m.quality) AND quotable(p.quality)
      AND m.day >= (SELECT date_trunc('month', max(day)) - INTERVAL 36 MONTH FROM mix_day)
), priced AS (
    SELECT d.month, h.ts, h.value AS price
    FROM "PrecBolsNaci" AS h
    JOIN day_quoted AS d ON d.day = CAST(h.ts AS DATE)
    WHERE h.entity = 'Sistema'
), mean AS (
    SELECT month, avg(price) AS price, CAST(count(DISTINCT CAST(ts AS DATE)) AS INTEGER) AS days FROM priced GROUP BY month
)
SELECT s.month, s.source, tidy(s.gwh) AS gwh, tidy(s.mcop / nullif(s.gwh, 0)) AS price, tidy(m.price) AS mean_price,
       tidy(100 * s.mcop / nullif(s.gwh, 0) / nullif(m.price, 0)) AS of_mean_pct, m.days,
       s.source IN ('Hidráulica', 'Térmica', 'Solar', 'Eólica') AS shown
FROM (
    SELECT p.month, coalesce(l.technology, 'Sin clasificar') AS source, sum(g.value) AS gwh,
           sum(g.value * p.price) AS mcop  -- GWh x COP/kWh = MCOP
    FROM "Gene" AS g
    JOIN priced AS p USING (ts)
    LEFT JOIN plant AS l ON l.code = g.code
    WHERE g.entity = 'Recurso'
    GROUP BY ALL
) AS s
JOIN mean AS m USING (month)
WHERE s.gwh > 0
ORDER BY s.month, s.source;

-- Concentration of a month's generation: the Herfindahl-Hirschman index, the sum of the squares of the companies' shares in
-- percent (10,000 is a single company), and the share of the four largest [%]. Companies are the agents that represent the
-- plants today: a plant that changed hands counts for its present one. A month says of how many quotable days it is.
CREATE OR REPLACE TABLE concentration_month AS
WITH made AS (
    SELECT CAST(date_trunc('month', g.day) AS DATE) AS month, g.day, coalesce(a.agent, 'Sin agente') AS agent, g.gwh
    FROM generation_plant_daily AS g
    JOIN mix_day AS m USING (day)
    LEFT JOIN plant_agent AS a ON a.code = g.code
    WHERE quotable(m.quality)
), share AS (
    SELECT month, agent, 100 * sum(gwh) / nullif(sum(sum(gwh)) OVER (PARTITION BY month), 0) AS pct
    FROM made
    GROUP BY month, agent
)
SELECT s.month, tidy(sum(pct * pct)) AS hhi, tidy(list_sum(list_slice(list_reverse_sort(list(pct)), 1, 4))) AS four_pct,
       CAST(count(*) AS INTEGER) AS companies, any_value(d.days) AS days
FROM share AS s
JOIN (SELECT month, CAST(count(DISTINCT day) AS INTEGER) AS days FROM made GROUP BY month) AS d ON d.month = s.month
GROUP BY s.month
ORDER BY s.month;
