-- What the page of a named thing says besides its months: what it is, where, since when, whose, and what it belongs to.
--
-- A place is that of the reference data (places.sql): surveyed where PARATEC has coordinates of the plant, otherwise the
-- substation through which it meets the network.

CREATE OR REPLACE TABLE named_kind AS
FROM (VALUES
    ('plant', 'plantas', 'Recurso'), ('river', 'rios', 'Rio'), ('reservoir', 'embalses', 'Embalse'),
    ('agent', 'agentes', 'Agente'), ('department', 'departamentos', NULL), ('region', 'regiones', NULL)
) AS t (kind, folder, entity);

-- XM's filing of a plant. A date of 1 January 2000 or before the market (1995) is that of the register, not of the plant.
CREATE OR REPLACE TABLE plant_page AS
WITH listed AS (
    SELECT DISTINCT ON (code) * FROM "ListadoRecursos" WHERE entity = 'Sistema' ORDER BY code, ts DESC, name
)
SELECT n.thing, n.slug, n.name, n.code, coalesce(p.technology, 'Sin clasificar') AS technology, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       folded(l.dispatch) = 'DESPACHADO CENTRALMENTE' AS dispatched, folded(l.state) AS state, c.mw, n.since,
       a.agent, o.slug AS agent_slug, o.name AS agent_name, nullif(w.department, 'Sin ubicar') AS department, d.slug AS department_slug,
       proper_name(w.municipality) AS municipality, w.lon, w.lat, w.surveyed
FROM named AS n
LEFT JOIN plant AS p ON p.code = n.thing
LEFT JOIN listed AS l ON l.code = n.thing
LEFT JOIN plant_capacity AS c ON c.code = n.thing
LEFT JOIN plant_agent AS a ON a.code = n.thing
LEFT JOIN named AS o ON o.kind = 'agent' AND o.thing = folded(a.agent)
LEFT JOIN plant_place AS w ON w.code = n.thing
LEFT JOIN named AS d ON d.kind = 'department' AND d.thing = w.department
WHERE n.kind = 'plant';

CREATE OR REPLACE TABLE water_page AS
WITH regions AS (
    SELECT 'river' AS kind, folded(river) AS thing, any_value(region) AS region FROM river_inflow_daily GROUP BY ALL
    UNION ALL SELECT 'reservoir', folded(reservoir), any_value(region) FROM reservoir_daily GROUP BY ALL
), fed AS (
    SELECT n.thing, x.lon, x.lat, x.surveyed, x.department, proper_name(x.municipality) AS municipality
    FROM named AS n JOIN paratec_plant AS x ON x.plant = plant_below(n.thing) WHERE n.kind = 'reservoir'
)
SELECT n.kind, n.thing, n.slug, n.name, n.code, r.region, g.slug AS region_slug, g.name AS region_name,
       f.lon, f.lat, f.surveyed, d.name AS department, d.slug AS department_slug, f.municipality
FROM named AS n
JOIN regions AS r ON r.kind = n.kind AND r.thing = n.thing
LEFT JOIN named AS g ON g.kind = 'region' AND g.thing = r.region
LEFT JOIN fed AS f ON n.kind = 'reservoir' AND f.thing = n.thing
LEFT JOIN named AS d ON d.kind = 'department' AND folded(d.thing) = folded(f.department);

CREATE OR REPLACE TABLE agent_page AS
SELECT n.thing, n.slug, n.name, n.since, min(c.name) AS full_name,
       list(c.code ORDER BY c.code) AS codes, list(coalesce(c.activity, 'other') ORDER BY c.code) AS activities
FROM named AS n JOIN company AS c USING (thing)
WHERE n.kind = 'agent'
GROUP BY n.thing, n.slug, n.name, n.since;

-- Plants without a page, with the agent that represents them.
CREATE OR REPLACE TABLE thin_plant AS
SELECT folded(a.agent) AS thing, p.code, proper_name(p.name) AS name, p.technology, c.mw,
       TRY_CAST(left(CAST(l.operation_start AS VARCHAR), 10) AS DATE) AS since
FROM plant AS p
JOIN plant_agent AS a USING (code)
LEFT JOIN plant_capacity AS c USING (code)
LEFT JOIN (SELECT DISTINCT ON (code) * FROM "ListadoRecursos" WHERE entity = 'Sistema' ORDER BY code, ts DESC, name) AS l USING (code)
WHERE p.code NOT IN (SELECT code FROM plant_with_page)
ORDER BY thing, name, p.code;

-- What belongs together. The way of the water is geography (water_chain.sql), the place of a plant PARATEC's.
CREATE OR REPLACE TABLE named_link AS
WITH pairs AS (
    SELECT 'agent' AS kind, folded(agent) AS thing, 'plant' AS of_kind, code AS of_thing FROM plant_agent
    UNION ALL SELECT 'department', department, 'plant', code FROM plant_place
    UNION ALL SELECT 'region', region, 'reservoir', thing FROM water_page WHERE kind = 'reservoir'
    UNION ALL SELECT 'region', region, 'river', thing FROM water_page WHERE kind = 'river'
    UNION ALL SELECT 'reservoir', r.thing, 'river', w.thing
    FROM water_page AS w JOIN water_page AS r ON r.kind = 'reservoir' AND reservoir_key(r.thing) = reservoir_key(reservoir_of_river(w.thing))
    WHERE w.kind = 'river'
    UNION ALL SELECT 'plant', p.thing, 'reservoir', r.thing
    FROM plant_page AS p JOIN water_page AS r ON r.kind = 'reservoir' AND paratec_name(p.name) = plant_below(r.thing)
    WHERE p.technology = 'Hidráulica'
), both_ways AS (
    SELECT kind, thing, of_kind, of_thing FROM pairs
    -- a plant says in words whose and where it is, and a river or reservoir in which region
    UNION ALL SELECT of_kind, of_thing, kind, thing FROM pairs WHERE kind IN ('reservoir', 'plant')
)
SELECT b.kind, b.thing, b.of_kind, k.folder AS of_folder, n.name, n.code, k.folder || '/' || n.slug || '/' AS address, f.value, f.pct, f.unit, f.decimals
FROM both_ways AS b
JOIN named AS n ON n.kind = b.of_kind AND n.thing = b.of_thing
JOIN named_kind AS k ON k.kind = b.of_kind
LEFT JOIN named_fact AS f ON f.kind = b.of_kind AND f.thing = b.of_thing AND f.place IS NOT NULL
    AND f.measure = CASE b.of_kind WHEN 'plant' THEN 'generation' WHEN 'river' THEN 'inflow' ELSE 'stored' END
ORDER BY b.kind, b.thing, b.of_kind, f.value DESC NULLS LAST, n.slug;

-- Where each is on the map of the country: a point, or the outline of a department.
CREATE OR REPLACE VIEW named_map AS
SELECT 'plant' AS kind, thing, name, lon, lat, surveyed, CAST(NULL AS VARCHAR) AS path FROM plant_page WHERE lon IS NOT NULL
UNION ALL
SELECT 'reservoir', thing, name, lon, lat, FALSE, NULL FROM water_page WHERE lon IS NOT NULL
UNION ALL
SELECT 'department', name, name, NULL, NULL, FALSE, path FROM ref_department;

-- Codes that XM renamed, declared in catalog/aliases.yml.
CREATE OR REPLACE VIEW named_renamed AS
SELECT k.kind, CASE WHEN k.kind = 'plant' THEN a.heir WHEN k.kind = 'agent' THEN c.thing ELSE folded(a.heir) END AS thing,
       a.old, a.heir, a.since, a.text, a.source
FROM catalog_alias AS a
JOIN named_kind AS k ON k.entity = a.entity
LEFT JOIN company AS c ON k.kind = 'agent' AND c.code = a.heir
WHERE a.same;

-- Declared faults and events of the metrics that a page draws.
CREATE OR REPLACE VIEW named_issue AS
SELECT DISTINCT f.kind, i.id, i.first_day, i.last_day, i.text, i.issue_source
FROM issue_told AS i
JOIN (SELECT DISTINCT kind, metric FROM named_fact) AS f ON list_contains(i.metrics, f.metric)
WHERE i.kind <> 'decision';

-- The kind whose pages are being made: the site lays a table of one row over it, so that all kinds share their queries.
CREATE OR REPLACE VIEW shown_kind AS SELECT kind, folder FROM named_kind;
