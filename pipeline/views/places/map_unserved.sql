-- Energy not served, on the map, by operating sub-area of XM.
--
-- A sub-area is drawn as the departments where most of its substations lie (PARATEC): an approximation, because the
-- borders of sub-areas and departments do not coincide. Absent days are days without an event, never zeros.

-- Department -> sub-area with most of its substations; ties go to the first name.
CREATE OR REPLACE TABLE subarea_department AS
SELECT DISTINCT ON (department) d.name AS department, folded(s.subarea) AS subarea, count(*) AS substations
FROM ref_substation AS s
JOIN ref_department AS d ON folded(d.name) = folded(s.department)
GROUP BY d.name, folded(s.subarea)
ORDER BY department, substations DESC, subarea;

-- XM writes sub-areas without accents and with initials.
CREATE OR REPLACE MACRO subarea_name(subarea) AS
    CASE replace(subarea, 'SUBAREA ', '')
         WHEN 'GCM' THEN 'Guajira, Cesar y Magdalena' WHEN 'CQR' THEN 'Caldas, Quindío y Risaralda'
         WHEN 'ATLANTICO' THEN 'Atlántico' WHEN 'BOLIVAR' THEN 'Bolívar' WHEN 'BOYACA-CASANARE' THEN 'Boyacá y Casanare'
         WHEN 'CAUCA-NARINO' THEN 'Cauca y Nariño' WHEN 'CAQUETA' THEN 'Caquetá' WHEN 'CORDOBA_SUCRE' THEN 'Córdoba y Sucre'
         WHEN 'HUILA-TOLIMA' THEN 'Huila y Tolima' ELSE proper_name(replace(subarea, 'SUBAREA ', '')) END;

CREATE OR REPLACE VIEW map_unserved AS
WITH events AS (
    SELECT day, code, value FROM "DemaNoAtenProg_daily" WHERE entity = 'Subarea' AND value > 0
    UNION ALL SELECT day, code, value FROM "DemaNoAtenNoProg_daily" WHERE entity = 'Subarea' AND value > 0
), place AS (
    SELECT a.subarea, string_agg(d.path, ';' ORDER BY d.name) AS path,
           string_agg(d.name, ', ' ORDER BY d.name) AS departments,
           subarea_name(a.subarea) AS name
    FROM subarea_department AS a JOIN ref_department AS d ON d.name = a.department
    GROUP BY a.subarea
), total AS (
    SELECT folded(e.code) AS subarea, tidy(sum(e.value) * 1000) AS mwh, count(DISTINCT e.day) AS days, max(e.day) AS last_day
    FROM events AS e
    WHERE e.day > (SELECT max(day) - 365 FROM events)
    GROUP BY folded(e.code)
), unplaced AS (
    SELECT name, path FROM ref_department WHERE name NOT IN (SELECT department FROM subarea_department)
)
SELECT 'area' AS layer, p.name, t.mwh AS value, t.days, t.last_day,
       p.departments || CASE WHEN t.mwh IS NULL THEN ': sin eventos reportados'
                             ELSE ': ' || es_number(t.mwh, '{:,.1f}') || ' MWh en ' || t.days || ' días' END AS label,
       p.path
FROM place AS p LEFT JOIN total AS t USING (subarea)
UNION ALL
SELECT 'area', name, NULL, NULL, NULL, name || ': sin subárea del sistema', path FROM unplaced;
