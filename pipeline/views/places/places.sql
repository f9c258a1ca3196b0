-- Where things are: plants, reservoirs and operating sub-areas on the map of Colombia.
--
-- Geography comes from data/reference (tables ref_*; README there: sources and licences). XM publishes no coordinates of
-- hydro and thermal plants nor of reservoirs: their point is the substation through which the plant meets the network
-- (field `connection` of PARATEC), an approximate place, and the pages say so.

-- Rows of a map (chart type map): the outlines, to which a board adds lines and points.
CREATE OR REPLACE VIEW map_department AS
SELECT 'area' AS layer, name, path FROM ref_department;

-- A number as Colombia writes it, for the words of a map: 1.234,5.
CREATE OR REPLACE MACRO es_number(value, pattern) AS translate(format(pattern, CAST(value AS DOUBLE)), ',.', '.,');

-- XM's name of a resource and PARATEC's name of its plant, where they differ. The first three are chains of plants that
-- XM dispatches as one: Pagua = La Guaca + Paraíso, Guatrón = Guadalupe III and IV + Troneras, Albán = Alto and Bajo
-- Anchicayá; each chain lies in one department.
CREATE OR REPLACE MACRO paratec_name(name) AS
    CASE folded(name) WHEN 'PAGUA' THEN 'LA GUACA' WHEN 'GUATRON' THEN 'GUADALUPE IV' WHEN 'ALBAN' THEN 'ALTO ANCHICAYA'
         WHEN 'LA LOMA' THEN 'LATAM SOLAR LA LOMA' WHEN 'LA UNION' THEN 'PARQUE SOLAR LA UNION'
         WHEN 'PUERTA DE ORO' THEN 'PARQUE SOLAR PUERTA DE ORO' ELSE folded(name) END;

-- One row a plant of PARATEC: greatest power [MW], department, municipality, and its point.
CREATE OR REPLACE TABLE paratec_plant AS
SELECT folded(u.plant) AS plant, any_value(u.technology) AS technology, tidy(sum(u.mw)) AS mw,
       max(u.department) AS department, max(u.municipality) AS municipality,
       round(coalesce(avg(u.lon), avg(s.lon)), 4) AS lon, round(coalesce(avg(u.lat), avg(s.lat)), 4) AS lat,
       count(u.lon) > 0 AS surveyed
FROM ref_unit AS u
LEFT JOIN ref_substation AS s ON s.name = regexp_replace(u.connection, ' [0-9.]+ *$', '')
GROUP BY folded(u.plant);

-- Department as it reads: 'VALLE DEL CAUCA' is 'Valle del Cauca'.
CREATE OR REPLACE TABLE plant_place AS
SELECT p.code, p.name, p.technology, p.fuel, coalesce(d.name, 'Sin ubicar') AS department, x.municipality,
       x.lon, x.lat, x.surveyed
FROM plant AS p
LEFT JOIN paratec_plant AS x ON x.plant = paratec_name(p.name)
LEFT JOIN ref_department AS d ON folded(d.name) = folded(x.department);

-- Generation by department, last 30 days whose mix may be quoted [GWh; share of the generation of all plants, %]. What
-- PARATEC does not list stays visible as 'Sin ubicar', so that the departments add up to the country.
CREATE OR REPLACE TABLE generation_department AS
WITH days AS (
    SELECT day, plants_gwh FROM mix_day WHERE quotable(quality) AND day > (SELECT day - 30 FROM mix_last_day)
)
SELECT coalesce(w.department, 'Sin ubicar') AS department, tidy(sum(g.gwh)) AS gwh,
       tidy(sum(g.gwh) / nullif((SELECT sum(plants_gwh) FROM days), 0) * 100) AS share_pct,
       tidy(coalesce(sum(g.gwh) FILTER (WHERE g.renewable), 0) / nullif(sum(g.gwh), 0) * 100) AS renewable_pct,
       CAST(count(DISTINCT g.code) AS INTEGER) AS plants, max(g.day) AS day,
       CAST((SELECT count(*) FROM days) AS INTEGER) AS days
FROM generation_plant_daily AS g
JOIN days USING (day)
LEFT JOIN plant_place AS w ON w.code = g.code
GROUP BY 1
ORDER BY gwh DESC, 1;

CREATE OR REPLACE VIEW map_generation AS
SELECT 'area' AS layer, d.name, g.gwh AS value,
       CASE WHEN g.gwh IS NOT NULL
            THEN d.name || ': ' || es_number(g.gwh, '{:,.1f}') || ' GWh, ' || es_number(g.share_pct, '{:.1f}')
                 || ' % del país; ' || g.plants || CASE g.plants WHEN 1 THEN ' planta' ELSE ' plantas' END END AS label,
       d.path, g.day
FROM ref_department AS d
LEFT JOIN generation_department AS g ON g.department = d.name
ORDER BY d.name;

-- The plant that each reservoir feeds (XM's names). Where its water moves several plants in a row, the first one.
CREATE OR REPLACE MACRO plant_below(reservoir) AS
    CASE folded(reservoir)
         WHEN 'AGREGADO BOGOTA' THEN 'LA GUACA' WHEN 'MUNA' THEN 'LA GUACA' WHEN 'CHUZA' THEN 'LA GUACA'
         WHEN 'PUNCHINA' THEN 'SAN CARLOS' WHEN 'SAN LORENZO' THEN 'JAGUAS' WHEN 'TOPOCORO' THEN 'SOGAMOSO'
         WHEN 'TRONERAS' THEN 'GUADALUPE IV' WHEN 'MIRAFLORES' THEN 'TRONERAS' WHEN 'ALTOANCHICAYA' THEN 'ALTO ANCHICAYA'
         WHEN 'AMANI' THEN 'MIEL I' WHEN 'CALIMA1' THEN 'CALIMA' WHEN 'ESMERALDA' THEN 'CHIVOR' WHEN 'PENOL' THEN 'GUATAPE'
         WHEN 'RIOGRANDE2' THEN 'LA TASAJERA' WHEN 'URRA1' THEN 'URRA' WHEN 'PORCE2' THEN 'PORCE II'
         WHEN 'PORCE3' THEN 'PORCE III' ELSE folded(reservoir) END;

-- The reservoirs of the last day on the map: size = useful capacity [GWh], colour = the semaphore of reservoir_light.sql.
CREATE OR REPLACE VIEW map_reservoir AS
WITH placed AS (
    SELECT r.*, p.plant, p.lon, p.lat, l.light,
           -- reservoirs that feed one plant stand in one place: set side by side
           row_number() OVER (PARTITION BY p.plant ORDER BY r.capacity_gwh DESC, r.reservoir) - 1 AS beside
    FROM reservoir_latest AS r
    JOIN paratec_plant AS p ON p.plant = plant_below(r.reservoir)
    LEFT JOIN reservoir_light AS l ON l.reservoir = folded(r.reservoir)
    WHERE p.lon IS NOT NULL AND r.pct IS NOT NULL
)
SELECT 'point' AS layer, proper_name(reservoir) AS name, light_word(light) AS series,
       capacity_gwh AS value, lon + 0.3 * beside AS lon, lat, pct,
       proper_name(reservoir) || ': ' || es_number(pct, '{:.1f}') || ' % de ' || es_number(capacity_gwh, '{:,.0f}')
           || ' GWh; semáforo: ' || lower(light_word(light)) || '; alimenta ' || proper_name(plant) AS label,
       NULL AS path, day, light
FROM placed
ORDER BY capacity_gwh DESC, name;
