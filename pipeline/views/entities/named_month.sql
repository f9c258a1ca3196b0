-- What each named thing was, month by month: the months whose days may all be quoted.
--
-- Pages show months that are over, so that a page is made again once a month and not once a night; the newest days stand
-- in named_latest, one small file a kind.
--   generation  energy of a plant, of the plants of an agent or a department (Gene) [GWh]; a plant that did not generate has
--               no row, so the month is whole where the mix of all plants is (mix_day)
--   inflow      water of a river or of the rivers of a region (AporEner) [GWh]; base: the mean of the same days
--   stored      useful volume of a reservoir, or of those of a region, on the last day of the month [GWh]; base: useful capacity
--   demand      energy bought for their users by retailers (DemaCome) [GWh]
--   network     demand inside the network of an operator (DemaOR) [GWh]

CREATE OR REPLACE TABLE named_measure AS
FROM (VALUES
    (1, 'generation', 'generacion', 'Generación', 'GWh', 'Gene', 'de la generación de todas las plantas', NULL),
    (2, 'stored', 'almacenada', 'Energía almacenada', 'GWh', 'VoluUtilDiarEner', 'de lo que guardaban todos los embalses', 'de su capacidad útil'),
    (3, 'inflow', 'aportes', 'Aportes', 'GWh', 'AporEner', 'de los aportes del país', 'de su media histórica'),
    (4, 'demand', 'demanda', 'Demanda de sus usuarios', 'GWh', 'DemaCome', 'de la demanda comercial del país', NULL),
    (5, 'network', 'red', 'Demanda en su red', 'GWh', 'DemaOR', NULL, NULL)
) AS t (ordinal, measure, anchor, title, unit, metric, share_of, base_of);

-- Three figures of the greatest month of a thing are shown: XM revises a month for weeks in its fourth, and a page that moves
-- every night would say nothing new.
CREATE OR REPLACE MACRO shown_decimals(most) AS
    CASE WHEN most >= 100 THEN 0 WHEN most >= 10 THEN 1 WHEN most >= 1 THEN 2 ELSE 3 END;

-- Days that may be quoted [GWh].
CREATE OR REPLACE VIEW named_day AS
WITH made AS (
    SELECT g.day, g.code, g.gwh FROM generation_plant_daily AS g
    JOIN mix_day AS m USING (day) WHERE quotable(m.quality)
), stock AS (
    SELECT day, reservoir, region, volume_gwh, capacity_gwh FROM reservoir_daily WHERE quotable(quality) AND volume_gwh IS NOT NULL
), water AS (
    SELECT day, river, region, inflow_gwh, mean_gwh FROM river_inflow_daily WHERE quotable(quality) AND inflow_gwh IS NOT NULL
)
SELECT 'plant' AS kind, code AS thing, 'generation' AS measure, day, gwh AS value, CAST(NULL AS DOUBLE) AS base FROM made
UNION ALL
SELECT 'department', w.department, 'generation', m.day, sum(m.gwh), NULL
FROM made AS m JOIN plant_place AS w USING (code) WHERE w.department <> 'Sin ubicar' GROUP BY ALL
UNION ALL
SELECT 'agent', folded(a.agent), 'generation', m.day, sum(m.gwh), NULL
FROM made AS m JOIN plant_agent AS a USING (code) GROUP BY ALL
UNION ALL
SELECT 'reservoir', folded(reservoir), 'stored', day, volume_gwh, capacity_gwh FROM stock
UNION ALL
SELECT 'region', region, 'stored', day, sum(volume_gwh), sum(capacity_gwh) FROM stock GROUP BY ALL
UNION ALL
SELECT 'river', folded(river), 'inflow', day, inflow_gwh, mean_gwh FROM water
UNION ALL
SELECT 'region', region, 'inflow', day, sum(inflow_gwh), sum(mean_gwh) FROM water GROUP BY ALL
UNION ALL
SELECT 'agent', c.thing, 'demand', d.day, sum(d.value), NULL
FROM "DemaCome_daily" AS d JOIN company AS c USING (code)
WHERE d.entity = 'Agente' AND quotable(day_quality(d.hours, d.quality)) GROUP BY ALL
UNION ALL
SELECT 'agent', c.thing, 'network', d.day, sum(d.value), NULL
FROM "DemaOR_daily" AS d JOIN company AS c USING (code)
WHERE d.entity = 'Agente' AND quotable(day_quality(d.hours, d.quality)) GROUP BY ALL;

-- What a share is taken of, whole months only [GWh]: the country's own figure, never the sum of what happens to be there.
CREATE OR REPLACE TABLE named_total AS
WITH days AS (
    SELECT 'generation' AS measure, day, plants_gwh AS value FROM mix_day WHERE quotable(quality)
    UNION ALL
    SELECT 'stored', day, volume_gwh FROM reserves_daily WHERE quotable(quality) AND volume_gwh IS NOT NULL
    UNION ALL
    SELECT 'inflow', day, inflow_gwh FROM inflows_daily WHERE quotable(energy_quality) AND inflow_gwh IS NOT NULL
    UNION ALL
    SELECT 'demand', day, gwh FROM demand_commercial_daily WHERE quotable(quality)
)
SELECT measure, CAST(date_trunc('month', day) AS DATE) AS month,
       tidy(CASE WHEN measure = 'stored' THEN arg_max(value, day) ELSE sum(value) END) AS value
FROM days
GROUP BY measure, date_trunc('month', day)
HAVING count(*) = day(last_day(min(day)));

-- Months; a share is of the total, `pct` of the thing's own base [%].
CREATE OR REPLACE TABLE named_month AS
WITH months AS (
    SELECT kind, thing, measure, CAST(date_trunc('month', day) AS DATE) AS month, count(*) AS days,
           CASE WHEN measure = 'stored' THEN arg_max(value, day) ELSE sum(value) END AS value,
           CASE WHEN measure = 'stored' THEN arg_max(base, day) WHEN count(base) = count(*) THEN sum(base) END AS base
    FROM named_day
    GROUP BY kind, thing, measure, date_trunc('month', day)
)
SELECT m.kind, m.thing, m.measure, m.month, tidy(m.value) AS value, tidy(m.value / nullif(m.base, 0) * 100) AS pct,
       tidy(m.value / nullif(t.value, 0) * 100) AS share_pct
FROM months AS m
LEFT JOIN named_total AS t ON t.measure = m.measure AND t.month = m.month
WHERE CASE WHEN m.measure = 'generation' THEN t.month IS NOT NULL ELSE m.days = day(last_day(m.month)) END
ORDER BY m.kind, m.measure, m.thing, m.month;

-- The last month that most of a kind has: one that only a few have yet would rank them among themselves.
CREATE OR REPLACE TABLE named_last_month AS
WITH counted AS (
    SELECT kind, measure, month, count(*) AS things FROM named_month GROUP BY ALL
)
SELECT kind, measure, max(month) AS month
FROM (SELECT *, max(things) OVER (PARTITION BY kind, measure) AS most FROM counted)
WHERE things * 2 > most
GROUP BY ALL;

-- One row a thing and measure: its last month, place among its kind, the same month a year before, its marks. What has
-- nothing in the last month of its kind is told with its own last one, and has no place.
CREATE OR REPLACE TABLE named_fact AS
WITH placed AS (
    SELECT m.*, rank() OVER of_month AS place, count(*) OVER (PARTITION BY m.kind, m.measure, m.month) AS things
    FROM named_month AS m
    WINDOW of_month AS (PARTITION BY m.kind, m.measure, m.month ORDER BY m.value DESC)
), told AS (
    SELECT p.* FROM placed AS p JOIN named_last_month AS l USING (kind, measure)
    WHERE p.month <= l.month
    QUALIFY row_number() OVER (PARTITION BY p.kind, p.thing, p.measure ORDER BY p.month DESC) = 1
), marks AS (
    SELECT m.kind, m.thing, m.measure, count(*) AS months, min(m.month) AS first_month,
           max(m.value) AS most, arg_max(m.month, (m.value, -epoch(m.month))) AS most_month,
           min(m.value) AS least, arg_min(m.month, (m.value, epoch(m.month))) AS least_month
    FROM named_month AS m JOIN named_last_month AS l USING (kind, measure)
    WHERE m.month <= l.month GROUP BY ALL
)
SELECT t.kind, t.thing, t.measure, n.ordinal, n.title, n.unit, n.metric, n.share_of, n.base_of, t.month, t.value, t.pct,
       t.share_pct, CASE WHEN t.month = l.month THEN CAST(t.place AS INTEGER) END AS place, CAST(t.things AS INTEGER) AS things,
       b.value AS year_ago, tidy(pct_change(t.value, b.value)) AS change_pct, CAST(k.months AS INTEGER) AS months, k.first_month,
       k.most, k.most_month, k.least, k.least_month, shown_decimals(k.most) AS decimals
FROM told AS t
JOIN named_measure AS n USING (measure)
JOIN named_last_month AS l ON l.kind = t.kind AND l.measure = t.measure
JOIN marks AS k ON k.kind = t.kind AND k.thing = t.thing AND k.measure = t.measure
LEFT JOIN named_month AS b ON b.kind = t.kind AND b.thing = t.thing AND b.measure = t.measure
    AND b.month = CAST(t.month - INTERVAL 1 YEAR AS DATE)
ORDER BY t.kind, t.thing, n.ordinal;

-- The last 36 months of each, for their charts.
CREATE OR REPLACE VIEW named_recent AS
SELECT m.*, n.ordinal, n.anchor, n.title, n.unit, n.base_of,
       shown_decimals(max(m.value) OVER (PARTITION BY m.kind, m.thing, m.measure)) AS decimals
FROM named_month AS m JOIN named_last_month AS l USING (kind, measure) JOIN named_measure AS n USING (measure)
WHERE m.month <= l.month AND m.month > l.month - INTERVAL 36 MONTH;

-- Years of what adds up [GWh]. `months`: how many of the year are in the sum; of generation, how many could be (a plant that
-- did not generate in one has no row in it).
CREATE OR REPLACE VIEW named_year AS
WITH known AS (
    SELECT measure, year(month) AS year, count(*) AS months FROM named_total GROUP BY ALL
)
SELECT m.kind, m.thing, m.measure, n.ordinal, n.anchor, n.title, n.unit, CAST(year(m.month) AS INTEGER) AS year,
       tidy(sum(m.value)) AS value, shown_decimals(max(m.value)) AS decimals,
       CAST(CASE WHEN m.measure = 'generation' THEN any_value(k.months) ELSE count(*) END AS INTEGER) AS months
FROM named_month AS m
JOIN named_last_month AS l ON l.kind = m.kind AND l.measure = m.measure AND m.month <= l.month
JOIN named_measure AS n ON n.measure = m.measure
LEFT JOIN known AS k ON k.measure = m.measure AND k.year = year(m.month)
WHERE m.measure <> 'stored'
GROUP BY m.kind, m.thing, m.measure, n.ordinal, n.anchor, n.title, n.unit, year(m.month);

-- The newest day of each that may be quoted [GWh]: what the lists of a kind and its small file say, night after night.
CREATE OR REPLACE TABLE named_latest AS
SELECT d.kind, d.thing, w.slug, w.name, w.code, d.measure, n.ordinal, n.title, n.unit, n.base_of, d.day, tidy(d.value) AS value,
       tidy(d.value / nullif(d.base, 0) * 100) AS pct
FROM named_day AS d
JOIN named AS w USING (kind, thing)
JOIN named_measure AS n USING (measure)
QUALIFY row_number() OVER (PARTITION BY d.kind, d.thing, d.measure ORDER BY d.day DESC) = 1
ORDER BY d.kind, w.slug, n.ordinal;
