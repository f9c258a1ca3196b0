-- Everything that has a name: plants, rivers, reservoirs, agents, departments and hydrological regions, each with the
-- address of its page. What is said of them month by month stands in named_month.sql.
--
-- XM lists plants and agents by code, and the daily series of rivers and reservoirs carry their names. An agent has one
-- code an activity (ENDC sells, ENDD distributes, ENDG generates): a company is one thing here, with all its codes.

-- An address as people would type it: small letters without accents, everything else a hyphen.
CREATE OR REPLACE MACRO slug_of(name) AS
    trim(regexp_replace(lower(strip_accents(name)), '[^a-z0-9]+', '-', 'g'), '-');

-- Greatest net effective capacity that a plant has had [MW] (CapEfecNeta).
CREATE OR REPLACE TABLE plant_capacity AS
SELECT code, tidy(arg_max(value, day)) AS mw, tidy(max(value)) AS most_mw
FROM "CapEfecNeta_daily" WHERE entity = 'Recurso' AND quotable(quality)
GROUP BY code;

-- Plants that have a page of their own: they have delivered energy to the network (Gene) and their capacity, where XM gives
-- it, is 1 MW or more. The others are mostly self-generators of a few kW (1,661 of the 2,209 that XM listed in June 2026),
-- of which XM publishes no series: they stand together, on the page of the agent that represents them.
CREATE OR REPLACE TABLE plant_with_page AS
SELECT g.code
FROM (SELECT DISTINCT code FROM generation_plant_daily WHERE code <> '') AS g
LEFT JOIN plant_capacity AS c USING (code)
WHERE coalesce(c.most_mw >= 1, TRUE);

-- Companies by the name that all their codes share.
CREATE OR REPLACE TABLE company AS
SELECT a.code, a.name, a.activity, folded(a.name) AS thing, company_short(a.name) AS short_name,
       TRY_CAST(left(CAST(l.operation_start AS VARCHAR), 10) AS DATE) AS since
FROM agent AS a
LEFT JOIN (SELECT DISTINCT ON (code) * FROM "ListadoAgentes" WHERE entity = 'Sistema' ORDER BY code, ts DESC, name) AS l USING (code)
WHERE folded(a.name) <> '';

-- All that has a page, before it has an address. `thing` tells them apart within their kind; `since` orders those of one name.
CREATE OR REPLACE TABLE named_origin AS
SELECT 'plant' AS kind, w.code AS thing, w.code AS code, proper_name(coalesce(p.name, w.code)) AS name,
       TRY_CAST(left(CAST(l.operation_start AS VARCHAR), 10) AS DATE) AS since
FROM plant_with_page AS w
LEFT JOIN plant AS p USING (code)
LEFT JOIN (SELECT DISTINCT ON (code) * FROM "ListadoRecursos" WHERE entity = 'Sistema' ORDER BY code, ts DESC, name) AS l USING (code)
UNION ALL
SELECT 'river', r.thing, l.code, proper_name(r.thing), NULL
FROM (SELECT DISTINCT folded(river) AS thing FROM river_inflow_daily) AS r
LEFT JOIN (SELECT folded(name) AS thing, min(code) AS code FROM "ListadoRios" GROUP BY 1) AS l USING (thing)
WHERE r.thing <> ''
UNION ALL
SELECT 'reservoir', r.thing, l.code, proper_name(r.thing), NULL
FROM (SELECT DISTINCT folded(reservoir) AS thing FROM reservoir_daily) AS r
LEFT JOIN (SELECT folded(name) AS thing, min(code) AS code FROM "ListadoEmbalses" GROUP BY 1) AS l USING (thing)
WHERE r.thing <> ''
UNION ALL
SELECT 'agent', thing, string_agg(code, ', ' ORDER BY code), min(short_name), min(since) FROM company GROUP BY thing
UNION ALL
SELECT 'department', name, NULL, name, NULL FROM ref_department
UNION ALL
SELECT 'region', region, NULL,
       CASE region WHEN 'RIOS ESTIMADOS' THEN 'Ríos estimados' ELSE proper_name(region) END, NULL
FROM (SELECT region FROM river_inflow_daily UNION SELECT region FROM reservoir_daily)
WHERE region <> 'SIN REGIÓN' AND region <> '';

-- Addresses: the name alone for the oldest of that name, with the code behind it for those that came later, so that a new
-- plant takes nobody's address. What has neither letters nor digits is called by its code, or by the digest of what it is.
CREATE OR REPLACE TABLE named AS
WITH called AS (
    SELECT *, coalesce(nullif(slug_of(name), ''), nullif(slug_of(thing), ''), md5(thing)[:8]) AS base FROM named_origin
), first AS (
    SELECT *, CASE WHEN row_number() OVER (PARTITION BY kind, base ORDER BY since NULLS LAST, thing) = 1 THEN base
                   ELSE base || '-' || coalesce(nullif(slug_of(thing), ''), md5(thing)[:8]) END AS address
    FROM called
)
SELECT kind, thing, code, name, since,
       CASE WHEN row_number() OVER (PARTITION BY kind, address ORDER BY address <> base, since NULLS LAST, thing) = 1
            THEN address ELSE address || '-' || md5(thing)[:8] END AS slug
FROM first
ORDER BY kind, slug;

-- What a table calls each of them by, and what it shows then: its name in place of a code, or of XM's capitals. A text that
-- stands for two things of a kind leads to neither.
CREATE OR REPLACE VIEW named_text AS
WITH texts AS (
    SELECT kind, thing, name AS text, name AS shown FROM named
    UNION ALL SELECT kind, thing, thing, name FROM named WHERE kind <> 'agent'
    UNION ALL SELECT kind, thing, code, name FROM named WHERE kind <> 'agent' AND code IS NOT NULL
    UNION ALL SELECT 'agent', thing, code, short_name FROM company
    UNION ALL SELECT 'agent', thing, name, name FROM company
)
SELECT kind, t.text, arg_min(t.shown, (t.shown = t.text, t.shown)) AS shown, any_value(n.slug) AS slug, any_value(n.code) AS code
FROM texts AS t JOIN named AS n USING (kind, thing)
GROUP BY kind, t.text
HAVING count(DISTINCT thing) = 1
ORDER BY kind, t.text;
