-- What the last night brought: days and rows that each series gained, values that the source changed or withdrew, and
-- the boards that stand on them.

-- A series that did not exist before has no new days: it has a first load.
CREATE OR REPLACE VIEW change_series AS
SELECT c.metric, c.entity, t.ordinal AS theme_ordinal, t.title AS theme, c.last_now, c.since,
       coalesce(greatest(date_diff('day', c.last_before, c.last_now), 0), 0)::INTEGER AS days,
       c.rows_now - c.rows_before AS fresh
FROM lake_change AS c LEFT JOIN catalog_metric AS m ON m.id = c.metric LEFT JOIN catalog_theme AS t ON t.id = m.theme
ORDER BY c.metric, c.entity;

-- Values that were already published and came different tonight, by series, with the largest change of each.
CREATE OR REPLACE VIEW change_revised AS
SELECT r.metric, r.entity, coalesce(any_value(m.unit), '') AS unit, count(*)::INTEGER AS n,
       count(DISTINCT r.ts::DATE)::INTEGER AS days,
       median(abs(r.new - r.old) / nullif(abs(r.old), 0) * 100) AS middle_pct,
       arg_max(r.old, (abs(r.new - r.old), r.code, r.ts)) AS old, arg_max(r.new, (abs(r.new - r.old), r.code, r.ts)) AS new,
       arg_max(r.code, (abs(r.new - r.old), r.code, r.ts)) AS code, arg_max(r.ts, (abs(r.new - r.old), r.code, r.ts)) AS ts
FROM revision AS r LEFT JOIN catalog_metric AS m ON m.id = r.metric
WHERE r.seen = (SELECT today FROM run_info) AND r.new IS NOT NULL
GROUP BY r.metric, r.entity
ORDER BY n DESC, r.metric, r.entity;

-- Values that the source withdrew, by series and night: they are in the log with what they were, and no more in the data.
CREATE OR REPLACE TABLE withdrawn_night AS
SELECT r.metric, r.entity, r.seen, coalesce(any_value(m.unit), '') AS unit, count(*)::INTEGER AS n,
       count(DISTINCT r.ts::DATE)::INTEGER AS days, min(r.ts)::DATE AS first_day, max(r.ts)::DATE AS last_day,
       count(DISTINCT r.code)::INTEGER AS codes, min(r.code) AS code,
       arg_max(r.old, (abs(r.old), r.code, r.ts)) AS largest
FROM revision AS r LEFT JOIN catalog_metric AS m ON m.id = r.metric
WHERE r.new IS NULL
GROUP BY r.metric, r.entity, r.seen
ORDER BY r.seen DESC, n DESC, r.metric, r.entity;

-- The night in one row. `since`: day of the state compared with; none on the first load.
CREATE OR REPLACE VIEW change_summary AS
SELECT r.today AS day, count(c.metric)::INTEGER AS series, max(c.since) AS since,
       coalesce(sum(greatest(c.fresh, 0)), 0)::BIGINT AS rows, (count(*) FILTER (WHERE c.days > 0))::INTEGER AS ahead,
       (SELECT coalesce(sum(n), 0) FROM change_revised)::BIGINT AS revised,
       (SELECT coalesce(sum(n), 0) FROM withdrawn_night WHERE seen = r.today)::BIGINT AS withdrawn,
       (SELECT compared FROM source_state WHERE source = 'xm') AS compared,
       (SELECT down FROM source_state WHERE source = 'xm') AS down,
       EXISTS (FROM source_state WHERE source = 'xm') AS asked
FROM run_info AS r LEFT JOIN change_series AS c ON TRUE
GROUP BY r.today;

-- Boards that read a metric that changed.
CREATE OR REPLACE VIEW change_board AS
SELECT b.ordinal, b.board, b.title, count(DISTINCT b.metric) AS total,
       count(DISTINCT b.metric) FILTER (WHERE b.metric IN (SELECT metric FROM lake_change)) AS changed
FROM board_metric AS b
GROUP BY b.ordinal, b.board, b.title
HAVING changed > 0
ORDER BY b.ordinal;
