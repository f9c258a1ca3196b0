-- What is wrong with the rows of the system before, and which of them are kept. `old` holds them as they were read,
-- `known` the series of the catalogue, `name_code` the codes that names stand for, `metric_daily` and `lake_hour` the
-- values of the lake, `answered` the days of which a source said long after them all that it holds, `scale` the factors
-- that could have been at work.

-- Each row with what it can only mean: its day, its code, how the lake counts.
CREATE OR REPLACE TABLE meant AS
WITH cleaned AS (
    SELECT *, try_cast(fecha AS DATE) AS day, coalesce(trim(recurso), '') AS place FROM old
)
SELECT c.id, c.tab, c.metric, c.entity, c.hora, c.valor, c.unidad, c.place, c.day, k.grain, k.unit, k.low, k.high,
       k.hourly AND c.hora IS NULL AS collapsed, n.code IS NOT NULL AS named, k.metric IS NOT NULL AS declared,
       CASE WHEN c.entity = 'Sistema' AND c.place IN ('', 'Sistema', '_SISTEMA_') THEN 'Sistema'
            ELSE coalesce(n.code, c.place) END AS code,
       CASE WHEN c.hora BETWEEN 1 AND 24 THEN c.day + to_hours(c.hora - 1) ELSE CAST(c.day AS TIMESTAMP) END AS ts
FROM cleaned AS c
LEFT JOIN known AS k ON k.metric = c.metric AND k.entity = c.entity
LEFT JOIN name_code AS n ON n.entity = c.entity AND n.name = upper(c.place);

-- The same beside the lake's value; `same` counts the rows of a key, `place_in_key` numbers them.
CREATE OR REPLACE TABLE beside AS
SELECT m.*, CASE WHEN m.hora IS NULL THEN d.value ELSE h.value END AS lake,
       count(*) OVER key AS same, min(m.valor) OVER key AS least, max(m.valor) OVER key AS most,
       row_number() OVER (PARTITION BY m.tab, m.metric, m.entity, m.code, m.ts, m.hora ORDER BY m.id) AS place_in_key
FROM meant AS m
LEFT JOIN metric_daily AS d
    ON m.hora IS NULL AND d.metric = m.metric AND d.entity = m.entity AND d.code = m.code AND d.day = m.day
LEFT JOIN lake_hour AS h
    ON m.hora BETWEEN 1 AND 24 AND h.metric = m.metric AND h.entity = m.entity AND h.code = m.code AND h.ts = m.ts
WINDOW key AS (PARTITION BY m.tab, m.metric, m.entity, m.code, m.ts, m.hora);

-- By which number a series of a table is to be multiplied: what its rows say beside the lake, whatever its label says.
CREATE OR REPLACE TABLE proof AS
WITH shared AS (
    SELECT tab, metric, entity, valor, lake FROM beside
    WHERE lake <> 0 AND valor <> 0 AND isfinite(valor) AND place_in_key = 1
), counted AS (
    SELECT b.tab, b.metric, b.entity, s.factor, s.rank,
           count(*) FILTER (abs(b.valor * s.factor - b.lake) <= $close * abs(b.lake)) AS proofs, count(*) AS total
    FROM shared AS b CROSS JOIN scale AS s GROUP BY ALL
)
SELECT * FROM counted WHERE proofs >= $proofs AND proofs >= $share * total
QUALIFY row_number() OVER (PARTITION BY tab, metric, entity ORDER BY proofs DESC, rank) = 1;

-- How far the lake's values of each code reach.
CREATE OR REPLACE TABLE reach AS
SELECT metric, entity, code, false AS hourly, min(abs(value)) AS least, max(abs(value)) AS most
FROM metric_daily WHERE value <> 0 GROUP BY ALL
UNION ALL
SELECT metric, entity, code, true, min(abs(value)), max(abs(value)) FROM lake_hour WHERE value <> 0 GROUP BY ALL;

-- Every fault of every row; a row may have several.
CREATE OR REPLACE TABLE judged AS
WITH proven AS (
    SELECT b.*, p.factor, p.proofs, b.valor * p.factor AS value,
           CASE WHEN b.lake IS NOT NULL AND isfinite(b.valor) AND b.valor <> 0
                THEN abs(b.valor * p.factor - b.lake) <= $close * abs(b.lake) END AS agrees
    FROM beside AS b LEFT JOIN proof AS p ON p.tab = b.tab AND p.metric = b.metric AND p.entity = b.entity
), near AS (
    -- What the nearest rows before and after say that the lake has too: a unit may change in the middle of a series.
    SELECT *,
           last_value(agrees IGNORE NULLS) OVER (line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
           first_value(agrees IGNORE NULLS) OVER (line ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS after
    FROM proven WINDOW line AS (PARTITION BY tab, metric, entity, code ORDER BY ts, id)
)
SELECT n.id, n.tab, n.metric, n.entity, n.code, n.ts, n.day, n.hora, n.value, n.unit, n.grain, n.factor, n.proofs, n.lake,
       n.day IS NULL AS unreadable_day,
       coalesce(n.day < DATE '2000-01-01' OR n.day > $today, false) AS impossible_day,
       n.valor IS NULL OR NOT isfinite(n.valor) AS no_number,
       NOT n.declared AND n.metric NOT IN (SELECT metric FROM known) AS unknown_metric,
       NOT n.declared AND n.metric IN (SELECT metric FROM known) AS unknown_entity,
       coalesce(n.tab = 'metrics_hourly' AND (n.hora IS NULL OR n.hora NOT BETWEEN 1 AND 24), false) AS impossible_hour,
       n.entity <> 'Sistema' AND n.place IN ('', n.entity) AS members_collapsed,
       coalesce(n.collapsed, false) AS hours_collapsed,
       n.entity = 'Sistema' AND n.place IN ('', '_SISTEMA_') AS national_spelling,
       n.named AS name_for_code,
       n.same > 1 AND n.least = n.most AND n.place_in_key > 1 AS duplicate,
       n.same > 1 AND n.least IS DISTINCT FROM n.most AS conflicting,
       coalesce(n.valor = 0 AND n.lake IS DISTINCT FROM 0, false) AS false_zero,
       n.declared AND (l.factor IS NULL OR coalesce(l.factor <> n.factor, false)) AS wrong_unit,
       coalesce(NOT n.agrees, false) AS differs,
       coalesce(NOT n.agrees AND EXISTS (
           SELECT 1 FROM scale AS s WHERE abs(n.valor * s.factor - n.lake) <= $close * abs(n.lake)), false) AS unit_changes,
       n.lake IS NULL AND coalesce(n.value <> 0 AND isfinite(n.value), false) AND coalesce(
           n.value NOT BETWEEN n.low AND n.high OR abs(n.value) NOT BETWEEN r.least / $wide AND r.most * $wide, false)
           AS out_of_range,
       coalesce(n.agrees, n.valor = 0 AND n.lake = 0) AS agrees,
       n.factor IS NOT NULL AND coalesce(n.before, n.after, false) AND coalesce(n.after, n.before) AS proven,
       n.valor = 0 AS zero, a.day IS NOT NULL AS asked
FROM near AS n
LEFT JOIN label AS l ON l.label = coalesce(nullif(trim(n.unidad), ''), CASE WHEN n.hora IS NULL THEN 'GWh' ELSE 'MWh' END)
    AND l.unit = n.unit
LEFT JOIN reach AS r ON r.metric = n.metric AND r.entity = n.entity AND r.code = n.code AND r.hourly = (n.hora IS NOT NULL)
LEFT JOIN answered AS a ON a.metric = n.metric AND a.entity = n.entity AND a.day = n.day;

-- What becomes of each row: one answer, the first that holds.
CREATE OR REPLACE TABLE fate AS
SELECT *, CASE
    WHEN unreadable_day OR impossible_day OR no_number OR unknown_metric OR unknown_entity OR impossible_hour
        OR members_collapsed OR conflicting THEN 'refused'
    WHEN duplicate THEN 'repeated'
    WHEN agrees THEN 'in the lake'
    WHEN lake IS NOT NULL THEN 'the lake says otherwise'
    WHEN zero THEN 'a zero that may be a blank'
    WHEN hours_collapsed THEN 'a day of unknown hours'
    WHEN NOT asked THEN 'its source may still give it'
    WHEN NOT proven THEN 'unit not proven'
    WHEN out_of_range THEN 'out of range'
    ELSE 'kept' END AS fate
FROM judged;

-- Two tables may hold one value: it is kept once, and not at all where they contradict each other.
UPDATE fate SET fate = CASE WHEN k.most - k.least > $close * abs(k.most) THEN 'refused' ELSE 'repeated' END
FROM (
    SELECT metric, entity, code, ts, min(id) AS first, min(value) AS least, max(value) AS most
    FROM fate WHERE fate = 'kept' GROUP BY metric, entity, code, ts HAVING count(*) > 1
) AS k
WHERE fate.fate = 'kept' AND fate.metric = k.metric AND fate.entity = k.entity AND fate.code = k.code
    AND fate.ts = k.ts AND (fate.id > k.first OR k.most - k.least > $close * abs(k.most));
