-- Network operators on the map, and the demand by region of the country.
--
-- XM's codes say nothing of the territory. The table below is the commercialisation market of each operator as departments:
-- borders of markets and departments do not coincide (a few municipalities belong to a neighbour), so it is approximate and
-- the page says so. An operator inside another's territory is a point at its city. `region` groups operators, not users.

CREATE OR REPLACE TABLE operator_place AS
FROM (VALUES
    ('CSSD', 'Caribe', ['Atlántico', 'La Guajira', 'Magdalena'], NULL),
    ('CMMD', 'Caribe', ['Bolívar', 'Cesar', 'Córdoba', 'Sucre'], NULL),
    ('EPMD', 'Antioquia y Chocó', ['Antioquia'], NULL),
    ('EDPD', 'Antioquia y Chocó', ['Chocó'], NULL),
    ('CHCD', 'Eje cafetero', ['Caldas', 'Risaralda'], NULL),
    ('EDQD', 'Eje cafetero', ['Quindío'], NULL),
    ('EEPD', 'Eje cafetero', [], 'PEREIRA'),
    ('ENDD', 'Centro', ['Bogotá, D.C.', 'Cundinamarca'], NULL),
    ('EBSD', 'Centro', ['Boyacá'], NULL),
    ('ESSD', 'Nororiente', ['Santander'], NULL),
    ('CNSD', 'Nororiente', ['Norte de Santander'], NULL),
    ('RTQD', 'Nororiente', [], 'FLORIDABLANCA'),
    ('ENID', 'Llanos', ['Arauca'], NULL),
    ('CASD', 'Llanos', ['Casanare'], NULL),
    ('EMSD', 'Llanos', ['Meta'], NULL),
    ('EGVD', 'Llanos', ['Guaviare'], NULL),
    ('EPSD', 'Valle y Tolima', ['Tolima', 'Valle del Cauca'], NULL),
    ('EMID', 'Valle y Tolima', [], 'CALI'),
    ('CETD', 'Valle y Tolima', [], 'TULUÁ'),
    ('CEOD', 'Suroccidente', ['Cauca'], NULL),
    ('EMED', 'Suroccidente', [], 'POPAYÁN'),
    ('CDND', 'Suroccidente', ['Nariño'], NULL),
    ('EPTD', 'Suroccidente', ['Putumayo'], NULL),
    ('EBPD', 'Suroccidente', [], 'ORITO'),
    ('EVSD', 'Suroccidente', [], 'SIBUNDOY'),
    ('HLAD', 'Huila y Caquetá', ['Huila'], NULL),
    ('CQTD', 'Huila y Caquetá', ['Caquetá'], NULL)
) AS t (code, region, departments, city);

-- Demand of the last four weeks by region [GWh; share of what all operators reported, %].
CREATE OR REPLACE VIEW demand_by_region AS
SELECT coalesce(p.region, 'Sin ubicar') AS region, tidy(sum(o.gwh)) AS gwh, tidy(sum(o.share_pct)) AS share_pct,
       CAST(count(*) AS INTEGER) AS operators, string_agg(o.short_name, ', ' ORDER BY o.gwh DESC, o.code) AS names,
       max(o.until) AS until
FROM demand_by_operator AS o LEFT JOIN operator_place AS p USING (code)
GROUP BY 1;

CREATE OR REPLACE VIEW map_operator AS
WITH told AS (
    SELECT o.*, p.region, p.departments, p.city,
           es_number(o.gwh, '{:,.0f}') || chr(160) || 'GWh, ' || es_number(o.share_pct, '{:.1f}') || chr(160) || '% del total' AS words
    FROM demand_by_operator AS o JOIN operator_place AS p USING (code)
), town AS (
    SELECT municipality AS city, round(avg(lon), 4) AS lon, round(avg(lat), 4) AS lat
    FROM ref_substation WHERE lon IS NOT NULL GROUP BY municipality
), territory AS (
    SELECT t.code, string_agg(d.path, ';' ORDER BY d.name) AS path, string_agg(d.name, ', ' ORDER BY d.name) AS places
    FROM told AS t JOIN ref_department AS d ON list_contains(t.departments, d.name)
    GROUP BY t.code
)
SELECT 'area' AS layer, t.short_name AS name, CAST(NULL AS VARCHAR) AS series, t.gwh AS value,
       t.short_name || ': ' || r.places || '; ' || t.words AS label, CAST(NULL AS DOUBLE) AS lon, CAST(NULL AS DOUBLE) AS lat, r.path
FROM told AS t JOIN territory AS r USING (code)
UNION ALL
SELECT 'area', d.name, NULL, NULL, d.name || ': sin operador que reporte', NULL, NULL, d.path
FROM ref_department AS d
WHERE NOT EXISTS (SELECT 1 FROM told AS t WHERE list_contains(t.departments, d.name))
UNION ALL
SELECT 'point', t.short_name, 'Operador de una ciudad', t.gwh, t.short_name || ': ' || t.words, w.lon, w.lat, NULL
FROM told AS t JOIN town AS w USING (city);
