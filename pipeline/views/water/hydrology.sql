-- Reservoirs and inflows.
--
-- Useful volume (VoluUtilDiarEner): water above the technical minimum, as energy [GWh]. Useful capacity
-- (CapaUtilDiarEner): between technical minimum and maximum [GWh]. Inflow (AporEner): water that reached the rivers of
-- the system that day, as energy [GWh]. Historical mean (AporEnerMediHist): multi-year mean of the month, constant
-- within it.
-- Reserves % are recomputed from their parts (PorcVoluUtilDiar, the same ratio to 1e-5, where a part is missing).
-- Inflows % are XM's own PorcApor: XM closes it with a later version of inflows and means than the ones it leaves in
-- AporEner (2024-05-05: PorcApor 121.685 %, parts 344.009 / 288.050 = 119.4 %). The parts answer where it is missing.
-- System figures come from entity 'Sistema', never from adding reservoirs: the set of reservoirs changes through time.
-- Reference (XM): 2024-05-05 reserves 34.42 %, inflows 344.0 GWh, 121.7 % of the historical mean.

CREATE OR REPLACE VIEW reserves_daily AS
SELECT coalesce(p.day, x.day) AS day,
       p.volume_gwh, p.capacity_gwh,
       tidy(coalesce(p.volume_gwh / nullif(p.capacity_gwh, 0) * 100, x.pct)) AS pct,
       coalesce(p.quality, x.quality) AS quality
FROM (
    SELECT v.day, v.value AS volume_gwh, c.value AS capacity_gwh,
           worse_quality(day_quality(v.hours, v.quality), day_quality(c.hours, c.quality)) AS quality
    FROM "VoluUtilDiarEner_daily" AS v
    JOIN "CapaUtilDiarEner_daily" AS c ON c.day = v.day AND c.entity = 'Sistema'
    WHERE v.entity = 'Sistema'
) AS p
FULL JOIN (
    SELECT day, value AS pct, day_quality(hours, quality) AS quality
    FROM "PorcVoluUtilDiar_daily"
    WHERE entity = 'Sistema'
) AS x ON x.day = p.day;

CREATE OR REPLACE VIEW inflows_daily AS
SELECT coalesce(p.day, x.day) AS day,
       p.inflow_gwh, p.mean_gwh,
       tidy(coalesce(x.pct, p.inflow_gwh / nullif(p.mean_gwh, 0) * 100)) AS pct,
       p.quality AS energy_quality, p.mean_quality,
       CASE WHEN x.pct IS NOT NULL THEN x.quality ELSE worse_quality(p.quality, p.mean_quality) END AS pct_quality
FROM (
    SELECT a.day, a.value AS inflow_gwh, m.value AS mean_gwh,
           day_quality(a.hours, a.quality) AS quality, day_quality(m.hours, m.quality) AS mean_quality
    FROM "AporEner_daily" AS a
    LEFT JOIN "AporEnerMediHist_daily" AS m ON m.day = a.day AND m.entity = 'Sistema'
    WHERE a.entity = 'Sistema'
) AS p
FULL JOIN (
    SELECT day, value AS pct, day_quality(hours, quality) AS quality
    FROM "PorcApor_daily"
    WHERE entity = 'Sistema'
) AS x ON x.day = p.day;

-- PorcApor may run a day ahead of AporEner: it waits for the energy of its day, but not until that may be quoted. What
-- is wrong with the energy is no fault of the percentage.
CREATE OR REPLACE VIEW inflows_until AS
SELECT max(day) AS until FROM inflows_daily WHERE inflow_gwh IS NOT NULL;

-- Inflows of the month so far against the mean of the same days [%] = sum of AporEner / sum of AporEnerMediHist. Where
-- a day's parts are missing or may not be quoted: mean of PorcApor, the same figure because its denominator is constant
-- within a month (of days that have only parts, their ratio). Only when every day from the 1st is there and quotable: a
-- month with holes has no figure.
CREATE OR REPLACE VIEW inflows_month_to_date AS
WITH sound AS (
    SELECT day, mean_gwh, CASE WHEN quotable(energy_quality) AND quotable(mean_quality) THEN inflow_gwh END AS inflow_gwh,
           CASE WHEN quotable(pct_quality) THEN pct END AS pct, pct_quality,
           worse_quality(energy_quality, mean_quality) AS parts_quality
    FROM inflows_daily
), daily AS (
    SELECT day, inflow_gwh, mean_gwh, coalesce(pct, inflow_gwh / nullif(mean_gwh, 0) * 100) AS pct,
           CASE WHEN inflow_gwh IS NULL THEN pct_quality ELSE parts_quality END AS quality
    FROM sound
)
SELECT day, pct, quality
FROM (
    SELECT day,
           tidy(CASE WHEN count(inflow_gwh * mean_gwh) OVER month_so_far = day(day)
                         THEN sum(inflow_gwh) OVER month_so_far / nullif(sum(mean_gwh) OVER month_so_far, 0) * 100
                     WHEN count(pct) OVER month_so_far = day(day)
                         THEN avg(pct) OVER month_so_far END) AS pct,
           quality
    FROM daily
    WHERE pct IS NOT NULL
    WINDOW month_so_far AS (PARTITION BY date_trunc('month', day) ORDER BY day)
)
WHERE pct IS NOT NULL;

-- Lists repeat some names (GUAVIO, ITUANGO ... twice in 2024-05-06): one region a name, and the daily metrics carry names.
CREATE OR REPLACE VIEW reservoir_region AS
SELECT DISTINCT ON (reservoir) folded(name) AS reservoir, nullif(folded(region), '') AS region
FROM "ListadoEmbalses"
WHERE name IS NOT NULL
ORDER BY reservoir, ts DESC, region;

CREATE OR REPLACE VIEW river_region AS
SELECT DISTINCT ON (river) folded(name) AS river, nullif(folded(region), '') AS region
FROM "ListadoRios"
WHERE name IS NOT NULL
ORDER BY river, ts DESC, region;

-- Share = capacity of the reservoir / capacity of all that reported that day: its weight in the reserves.
CREATE OR REPLACE TABLE reservoir_daily AS
SELECT v.day, v.code AS reservoir,
       coalesce(r.region, 'SIN REGIÓN') AS region,
       v.value AS volume_gwh, c.value AS capacity_gwh,
       tidy(v.value / nullif(c.value, 0) * 100) AS pct,
       tidy(c.value / nullif(sum(c.value) OVER (PARTITION BY v.day), 0) * 100) AS share_pct,
       worse_quality(day_quality(v.hours, v.quality), day_quality(c.hours, c.quality)) AS quality
FROM "VoluUtilDiarEner_daily" AS v
JOIN "CapaUtilDiarEner_daily" AS c ON c.day = v.day AND c.code = v.code AND c.entity = 'Embalse'
LEFT JOIN reservoir_region AS r ON r.reservoir = folded(v.code)
WHERE v.entity = 'Embalse'
ORDER BY v.day, v.code;

-- Every reservoir on the day of the system's headline (or, without one, the last quotable day of the reservoirs).
CREATE OR REPLACE VIEW reservoir_latest AS
SELECT n.day, n.reservoir, n.region, n.volume_gwh, n.capacity_gwh, n.pct, n.share_pct,
       tidy(n.pct - w.pct) AS change_week_pp,
       tidy(n.pct - y.pct) AS change_year_pp
FROM reservoir_daily AS n
LEFT JOIN reservoir_daily AS w ON w.reservoir = n.reservoir AND w.day = n.day - 7 AND quotable(w.quality)
LEFT JOIN reservoir_daily AS y ON y.reservoir = n.reservoir AND y.day = year_before(n.day) AND quotable(y.quality)
WHERE quotable(n.quality)
  AND n.day = (
      SELECT max(r.day) FROM reservoir_daily AS r
      WHERE quotable(r.quality)
        AND r.day <= coalesce((SELECT max(day) FROM reserves_daily WHERE quotable(quality)), r.day))
ORDER BY n.share_pct DESC, n.reservoir;

-- Inflows by river and by region, each with its own mean. A river counts in the percentage of its region only when
-- both its inflow and its mean are published.
CREATE OR REPLACE TABLE river_inflow_daily AS
SELECT a.day, a.code AS river,
       coalesce(r.region, 'SIN REGIÓN') AS region,
       a.value AS inflow_gwh, m.value AS mean_gwh,
       tidy(a.value / nullif(m.value, 0) * 100) AS pct,
       day_quality(a.hours, a.quality) AS quality
FROM "AporEner_daily" AS a
LEFT JOIN "AporEnerMediHist_daily" AS m ON m.day = a.day AND m.code = a.code AND m.entity = 'Rio'
LEFT JOIN river_region AS r ON r.river = folded(a.code)
WHERE a.entity = 'Rio'
ORDER BY a.day, a.code;

CREATE OR REPLACE VIEW region_inflow_daily AS
SELECT day, region,
       CAST(count(*) AS INTEGER) AS rivers,
       tidy(sum(inflow_gwh)) AS inflow_gwh,
       tidy(sum(mean_gwh) FILTER (WHERE inflow_gwh IS NOT NULL)) AS mean_gwh,
       tidy(sum(inflow_gwh) FILTER (WHERE mean_gwh IS NOT NULL) / nullif(sum(mean_gwh), 0) * 100) AS pct,
       worst_of(quality) AS quality
FROM river_inflow_daily
GROUP BY day, region;

CREATE OR REPLACE VIEW river_last_day AS
SELECT max(day) AS day FROM river_inflow_daily WHERE quotable(quality) HAVING max(day) IS NOT NULL;

-- Spilled energy (VertEner): water that left the reservoirs without passing a turbine [GWh].
CREATE OR REPLACE VIEW spill_daily AS
SELECT day, value AS gwh, day_quality(hours, quality) AS quality
FROM "VertEner_daily"
WHERE entity = 'Sistema';
