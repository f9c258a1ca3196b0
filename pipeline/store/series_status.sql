-- What each series holds and how fresh it is. `series_held` is what the manifest tells; what only the values tell (codes,
-- first day, last day without doubt, days that may not be quoted) comes from `metric_daily`, and is 0 or NULL while that is empty.
CREATE TABLE series_status AS
WITH seen AS (
    SELECT metric, entity, count(DISTINCT code) AS codes, min(day) AS first_day, max(day) AS last_day,
           max(day) FILTER (WHERE quotable(quality) AND coalesce(hours, 24) = 24) AS last_day_ok,
           count(DISTINCT day) FILTER (WHERE NOT quotable(quality)) AS provisional_days
    FROM metric_daily GROUP BY metric, entity
), holes AS (
    SELECT metric, entity, count(*) AS n FROM gap WHERE state = 'open' GROUP BY metric, entity
), refused AS (
    SELECT metric, entity, count(*) AS n FROM quarantine GROUP BY metric, entity
), strange AS (
    SELECT metric, entity, count(*) AS n FROM unknown_code GROUP BY metric, entity
), drifted AS (
    SELECT metric, entity, count(*) AS n FROM catalog_drift
    WHERE last_seen = (SELECT today FROM run_info) GROUP BY metric, entity
)
SELECT s.metric, s.entity, s.state, s.reason, s.rows, coalesce(seen.codes, 0)::BIGINT AS codes,
       seen.first_day::TIMESTAMP AS first_ts, coalesce(seen.last_day, s.last_day)::TIMESTAMP AS last_ts,
       seen.last_day_ok, coalesce(seen.provisional_days, 0)::BIGINT AS provisional_days,
       c.lag_days AS expected_lag, c.late_after,
       date_diff('day', coalesce(seen.last_day, s.last_day), (SELECT today FROM run_info)) AS lag,
       coalesce(holes.n, 0)::BIGINT AS gaps, coalesce(refused.n, 0)::BIGINT AS quarantined,
       coalesce(strange.n, 0)::BIGINT AS unknown_codes, coalesce(drifted.n, 0)::BIGINT AS drift
FROM series_held s LEFT JOIN seen USING (metric, entity) LEFT JOIN holes USING (metric, entity)
LEFT JOIN refused USING (metric, entity) LEFT JOIN strange USING (metric, entity)
LEFT JOIN drifted USING (metric, entity) JOIN catalog_metric c ON c.id = s.metric;
DROP TABLE series_held;
