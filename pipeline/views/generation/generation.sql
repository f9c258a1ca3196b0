-- Generation by plant, by technology and by fuel.
--
-- Gene (XM): net energy delivered by each plant at its border with the network, hourly; the plants add up to
-- Gene/Sistema (difference below 1e-9 GWh on every day of the week of 2024-04-29). Stored unit GWh.
-- Technology (type) and fuel (energy source) come from ListadoRecursos, newest vintage. XM changes names, case and
-- fuel between vintages; a plant that the list does not know goes to 'Sin clasificar' and stays visible.
-- An hour without generation is not published, so a plant is not expected to have 24 hours: the completeness of a day
-- is judged on the system's total, and on the plants adding up to it; without a total, on the country's demand.

-- Technology as XM files it (field Type). COGENERADOR burns bagasse mostly, gas in one case.
CREATE OR REPLACE MACRO type_label(type) AS
    CASE folded(type)
        WHEN 'HIDRAULICA' THEN 'Hidráulica'
        WHEN 'TERMICA' THEN 'Térmica'
        WHEN 'SOLAR' THEN 'Solar'
        WHEN 'EOLICA' THEN 'Eólica'
        WHEN 'COGENERADOR' THEN 'Biomasa y cogeneración'
        WHEN 'COGENERACION' THEN 'Biomasa y cogeneración'
        ELSE 'Sin clasificar' END;

-- The same technology as a stable key for series, facts and API.
CREATE OR REPLACE MACRO technology_key(label) AS
    CASE label WHEN 'Hidráulica' THEN 'hydro' WHEN 'Térmica' THEN 'thermal' WHEN 'Solar' THEN 'solar'
               WHEN 'Eólica' THEN 'wind' WHEN 'Biomasa y cogeneración' THEN 'cogeneration'
               ELSE 'unclassified' END;

-- Fuel (field EnerSource), the main one of each plant: a plant that burned something else on a given day is not split.
-- When the fuel is unknown the type decides, except for a thermal plant, whose fuel cannot be guessed.
CREATE OR REPLACE MACRO fuel_label(type, fuel) AS
    CASE WHEN folded(fuel) = 'AGUA' THEN 'Hidráulica'
         WHEN folded(fuel) IN ('RAD SOLAR', 'RADIACION SOLAR', 'SOL', 'SOLAR') THEN 'Solar'
         WHEN folded(fuel) IN ('VIENTO', 'EOLICA') THEN 'Eólica'
         WHEN folded(fuel) IN ('BAGAZO', 'BIOGAS', 'BIOMASA', 'BIOGAS RELLENO') THEN 'Biomasa y cogeneración'
         WHEN folded(fuel) IN ('GAS', 'GAS NI', 'GAS NATURAL', 'GNL') THEN 'Gas'
         WHEN folded(fuel) = 'CARBON' THEN 'Carbón'
         WHEN folded(fuel) IN ('ACPM', 'DIESEL', 'COMBUSTOLEO', 'FUEL OIL', 'GLP', 'JET-A1', 'JET A1', 'QUEROSENO', 'CRUDO')
             THEN 'Líquidos'
         WHEN type_label(type) IN ('Hidráulica', 'Solar', 'Eólica', 'Biomasa y cogeneración') THEN type_label(type)
         ELSE 'Sin clasificar' END;

-- Renewable: water of any size, sun, wind and biomass, by fuel (Ley 1715 de 2014, art. 5, with large hydro, as XM
-- reports it). A gas cogenerator is not renewable; an unclassified plant is not counted, so the share is a floor.
CREATE OR REPLACE MACRO is_renewable(label) AS
    label IN ('Hidráulica', 'Solar', 'Eólica', 'Biomasa y cogeneración');

CREATE OR REPLACE TABLE plant AS
SELECT DISTINCT ON (code)
       code,
       coalesce(nullif(trim(name), ''), code) AS name,
       type_label(type) AS technology,
       fuel_label(type, energy_source) AS fuel,
       is_renewable(fuel_label(type, energy_source)) AS renewable
FROM "ListadoRecursos"
WHERE entity = 'Sistema'
ORDER BY code, ts DESC, name;

CREATE OR REPLACE VIEW generation_plant_daily AS
SELECT g.day, g.code,
       coalesce(p.name, g.code) AS plant,
       coalesce(p.technology, 'Sin clasificar') AS technology,
       coalesce(p.fuel, 'Sin clasificar') AS fuel,
       coalesce(p.renewable, FALSE) AS renewable,
       g.value AS gwh, g.hours, g.quality
FROM "Gene_daily" AS g
LEFT JOIN plant AS p USING (code)
WHERE g.entity = 'Recurso';

CREATE OR REPLACE VIEW generation_daily AS
SELECT day, value AS gwh, hours, day_quality(hours, quality) AS quality
FROM "Gene_daily"
WHERE entity = 'Sistema';

-- Energy of each plant and day with the day's verdict for the mix: the plants must add up to the system within 0.5 %
-- (a day with plants missing would give false shares), or to what the country used where the total is not out
-- (evidence_value); and each of them must be quotable.
CREATE OR REPLACE TABLE mix_day AS
SELECT p.day, s.gwh AS generation_gwh, p.plants_gwh, p.plants,
       CASE WHEN s.gwh IS NULL THEN CASE WHEN c.day IS NULL THEN 'provisional' ELSE p.quality END
            WHEN abs(p.plants_gwh - s.gwh) > 0.005 * s.gwh THEN worse_quality('provisional', s.quality)
            ELSE worse_quality(s.quality, p.quality) END AS quality
FROM (
    SELECT day, tidy(sum(gwh)) AS plants_gwh, count(*) AS plants,
           worst_of(quality) AS quality
    FROM generation_plant_daily
    GROUP BY day
) AS p
LEFT JOIN generation_daily AS s USING (day)
LEFT JOIN evidence_confirmed AS c ON c.metric = 'Gene' AND c.entity = 'Recurso' AND c.day = p.day
ORDER BY p.day;

-- Mix of every day by technology and by fuel. On a quotable day the plants add up to the system, so a source with no
-- plant reported that day did generate nothing: it gets a 0 (an empty sum), which keeps stacks continuous. On other
-- days an absent source stays absent.
CREATE OR REPLACE TABLE generation_mix_daily AS
WITH parts AS (
    SELECT 'technology' AS split, day, technology AS source, sum(gwh) AS gwh
    FROM generation_plant_daily GROUP BY day, technology
    UNION ALL
    SELECT 'fuel', day, fuel, sum(gwh)
    FROM generation_plant_daily GROUP BY day, fuel
), frame AS (
    SELECT m.day, m.generation_gwh, m.plants_gwh, m.quality, s.split, s.source
    FROM mix_day AS m
    CROSS JOIN (SELECT DISTINCT split, source FROM parts) AS s
)
SELECT f.split, f.day, f.source,
       tidy(coalesce(p.gwh, 0)) AS gwh,
       tidy(coalesce(p.gwh, 0) / nullif(f.plants_gwh, 0) * 100) AS share_pct,
       f.quality
FROM frame AS f
LEFT JOIN parts AS p USING (split, day, source)
WHERE p.gwh IS NOT NULL OR quotable(f.quality)
ORDER BY f.split, f.day, f.source;

-- Renewable energy of the day and its share of the generation of all plants [%].
CREATE OR REPLACE VIEW renewable_daily AS
SELECT day,
       tidy(sum(gwh) FILTER (WHERE is_renewable(source))) AS gwh,
       tidy(sum(gwh) FILTER (WHERE is_renewable(source)) / nullif(sum(gwh), 0) * 100) AS share_pct,
       any_value(quality) AS quality
FROM generation_mix_daily
WHERE split = 'fuel'
GROUP BY day;

-- The last day whose mix may be quoted (no row when there is none).
CREATE OR REPLACE VIEW mix_last_day AS
SELECT max(day) AS day FROM mix_day WHERE quotable(quality) HAVING max(day) IS NOT NULL;

-- Mean power of each hour of that day by fuel [MW]: 1 GWh in one hour = 1000 MW. Sources absent in an hour get 0 for
-- the same reason as above. A table, because it reads the hourly values of every plant once.
CREATE OR REPLACE TABLE generation_hourly_last AS
WITH hourly AS (
    SELECT g.ts, coalesce(p.fuel, 'Sin clasificar') AS source, sum(g.value) * 1000 AS mw
    FROM "Gene" AS g
    LEFT JOIN plant AS p USING (code)
    WHERE g.entity = 'Recurso'
      AND g.ts >= (SELECT day FROM mix_last_day)
      AND g.ts < (SELECT day FROM mix_last_day) + INTERVAL 1 DAY
    GROUP BY ALL
)
SELECT t.ts, s.source, tidy(coalesce(h.mw, 0)) AS mw
FROM (SELECT DISTINCT ts FROM hourly) AS t
CROSS JOIN (SELECT DISTINCT source FROM hourly) AS s
LEFT JOIN hourly AS h USING (ts, source)
ORDER BY t.ts, s.source;

-- Plants of that day, largest first.
CREATE OR REPLACE VIEW plant_ranking AS
SELECT g.day, g.code, g.plant, g.fuel, g.gwh,
       tidy(g.gwh / nullif(m.plants_gwh, 0) * 100) AS share_pct,
       CAST(row_number() OVER (ORDER BY g.gwh DESC, g.code) AS INTEGER) AS rank
FROM generation_plant_daily AS g
JOIN mix_last_day USING (day)
JOIN mix_day AS m USING (day);

-- Months and years of the mix by technology, from quotable days only; days says how many they add up.
CREATE OR REPLACE VIEW generation_mix_yearly AS
SELECT CAST(year(day) AS INTEGER) AS year, source,
       tidy(sum(gwh)) AS gwh,
       CAST(count(DISTINCT day) AS INTEGER) AS days,
       tidy(sum(gwh) / nullif(sum(sum(gwh)) OVER (PARTITION BY year(day)), 0) * 100) AS share_pct
FROM generation_mix_daily
WHERE split = 'technology' AND quotable(quality)
GROUP BY year(day), source
ORDER BY year, source;

CREATE OR REPLACE VIEW generation_yearly AS
SELECT CAST(year(day) AS INTEGER) AS year,
       tidy(sum(gwh)) AS gwh,
       CAST(count(*) AS INTEGER) AS days
FROM generation_daily
WHERE quotable(quality)
GROUP BY year(day)
ORDER BY year;
