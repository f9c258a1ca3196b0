-- Emissions of the electricity generated in the country, and the fuels behind them.
--
-- factorEmisionCO2e (XM): simple operating margin of each hour [gCO2e/kWh]. The factor of a day is its mean weighted by
-- the generation of each hour (weights: Gene in the catalogue), never the plain mean of 24 hours. Ours: tonnes of all plants / generation,
-- t / GWh = g/kWh. Tonnes by plant and fuel: EmisionesCO2 + 21 x EmisionesCH4 + 310 x EmisionesN2O, the equivalences XM
-- states. XM counts no CO2 from bagasse and biogas, nor the methane of reservoirs; imports bring none.
-- Reference (XM, 2024-04-30): 55,740.5 t and 233.858 GWh = 238.35; XM's hours weighted 238.35, plain 239.76.

-- The factor of a day is the metric's own day, weighted in store/daily.py; the plain mean of its hours only stands beside it.
-- Two qualities: of the factor (its hours and the generation that weighs them), and of all that is compared here.
CREATE OR REPLACE TABLE emission_daily AS
WITH plain AS (
    SELECT CAST(ts AS DATE) AS day, avg(value) AS plain FROM "factorEmisionCO2e" WHERE entity = 'Sistema' GROUP BY 1
), factor AS (
    SELECT day, value AS weighted, day_quality(hours, quality) AS quality
    FROM "factorEmisionCO2e_daily" WHERE entity = 'Sistema'
), plants AS (
    SELECT day, sum(value) AS tonnes, worst_of(quality) AS quality
    FROM "EmisionesCO2Eq_daily" WHERE entity = 'Recurso' GROUP BY day
)
SELECT h.day, p.tonnes, g.gwh AS generation_gwh,
       tidy(f.weighted) AS xm_factor, f.quality AS factor_quality,
       tidy(h.plain) AS xm_plain_mean,
       -- no factor over a generation that XM has not finished
       tidy(CASE WHEN quotable(g.quality) THEN p.tonnes / nullif(g.gwh, 0) END) AS own_factor,
       tidy(CASE WHEN quotable(g.quality) THEN pct_change(p.tonnes / nullif(g.gwh, 0), f.weighted) END) AS difference_pct,
       worse_quality(worse_quality(coalesce(f.quality, 'provisional'), g.quality), p.quality) AS quality
FROM plain AS h
LEFT JOIN factor AS f USING (day)
LEFT JOIN plants AS p USING (day)
LEFT JOIN generation_daily AS g USING (day)
ORDER BY h.day;

-- Tonnes by plant and fuel: the sum of the three gases [t CO2e].
CREATE OR REPLACE TABLE emission_fuel_daily AS
SELECT day, split_part(code, '|', 1) AS code, split_part(code, '|', 2) AS xm_fuel,
       fuel_label('TERMICA', split_part(code, '|', 2)) AS fuel,
       tidy(sum(value)) AS tonnes
FROM (
    SELECT day, code, value FROM "EmisionesCO2_daily" WHERE entity = 'RecursoComb'
    UNION ALL SELECT day, code, 21 * value FROM "EmisionesCH4_daily" WHERE entity = 'RecursoComb'
    UNION ALL SELECT day, code, 310 * value FROM "EmisionesN2O_daily" WHERE entity = 'RecursoComb'
)
GROUP BY day, code
ORDER BY day, code, xm_fuel;

-- Plants + fuels against EmisionesCO2Eq of the same day: 0.01 to 0.03 % apart in XM's own values (2024-04-29 to 05-03).
CREATE OR REPLACE VIEW emission_reconciliation AS
SELECT e.day, e.tonnes AS xm_tonnes, f.tonnes AS own_tonnes,
       tidy(CASE WHEN e.own_factor IS NOT NULL THEN f.tonnes / nullif(e.generation_gwh, 0) END) AS own_factor_by_gas,
       e.own_factor, e.xm_factor, e.xm_plain_mean, e.difference_pct,
       tidy(pct_change(f.tonnes, e.tonnes)) AS gases_difference_pct,
       e.quality
FROM emission_daily AS e
LEFT JOIN (SELECT day, sum(tonnes) AS tonnes FROM emission_fuel_daily GROUP BY day) AS f USING (day);

CREATE OR REPLACE VIEW emission_last_day AS
SELECT max(day) AS day FROM emission_daily
WHERE quotable(quality) AND xm_factor IS NOT NULL AND tonnes IS NOT NULL HAVING max(day) IS NOT NULL;

-- Plants over the last 30 days with data: tonnes, energy and what each kWh emitted.
CREATE OR REPLACE VIEW emission_plant_recent AS
WITH span AS (
    SELECT d.day FROM emission_daily AS d, emission_last_day AS l
    WHERE quotable(d.quality) AND d.day > l.day - 30 AND d.day <= l.day
), emitted AS (
    SELECT code, sum(value) AS tonnes
    FROM "EmisionesCO2Eq_daily" SEMI JOIN span USING (day) WHERE entity = 'Recurso' GROUP BY code
), generated AS (
    SELECT code, sum(gwh) AS gwh FROM generation_plant_daily SEMI JOIN span USING (day) GROUP BY code
)
SELECT e.code, coalesce(p.name, e.code) AS plant, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       tidy(e.tonnes) AS tonnes, tidy(g.gwh) AS gwh,
       tidy(e.tonnes / nullif(g.gwh, 0)) AS factor,
       tidy(e.tonnes / nullif(sum(e.tonnes) OVER (), 0) * 100) AS share_pct
FROM emitted AS e
LEFT JOIN generated AS g USING (code)
LEFT JOIN plant AS p USING (code);

-- Heat of the fuels burnt [MBTU, one million BTU]: reported by the plants that must (ConsCombustibleMBTU, code
-- 'fuel|plant') and estimated by XM for the rest (ConsCombAprox, code 'plant|fuel'). No plant is in both lists.
CREATE OR REPLACE VIEW fuel_burnt AS
SELECT *, fuel_label('TERMICA', name) AS fuel
FROM (
    SELECT day, split_part(code, '|', 1) AS name, value AS mbtu, FALSE AS estimated, quality
    FROM "ConsCombustibleMBTU_daily" WHERE entity = 'Recurso'
    UNION ALL
    SELECT day, split_part(code, '|', 2), value, TRUE, quality
    FROM "ConsCombAprox_daily" WHERE entity = 'RecursoComb'
);

CREATE OR REPLACE TABLE fuel_use_daily AS
SELECT day, fuel, tidy(sum(mbtu) FILTER (WHERE NOT estimated)) AS reported_mbtu,
       tidy(sum(mbtu) FILTER (WHERE estimated)) AS estimated_mbtu,
       tidy(sum(mbtu)) AS mbtu, worst_of(quality) AS quality
FROM fuel_burnt
GROUP BY day, fuel
ORDER BY day, fuel;

-- Months: tonnes over generation of the quotable days.
CREATE OR REPLACE VIEW emission_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month,
       sum(tonnes) AS tonnes,
       tidy(sum(tonnes) / nullif(sum(generation_gwh), 0)) AS factor,
       tidy(sum(xm_factor * generation_gwh) / nullif(sum(generation_gwh), 0)) AS xm_factor,
       CAST(count(*) AS INTEGER) AS days
FROM emission_daily
WHERE quotable(quality) AND tonnes IS NOT NULL AND xm_factor IS NOT NULL
GROUP BY date_trunc('month', day);
