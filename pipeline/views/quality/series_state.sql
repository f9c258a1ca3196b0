-- The state of every series against the lag that was declared for it, and how far each source was asked.

-- A series is late when its last settled day is older than `late_after` (catalog/schema.py). Metrics of events are never
-- late: a day without a row is a day without an event.
CREATE OR REPLACE VIEW series_state AS
WITH lagging AS (
    SELECT t.ordinal AS theme_ordinal, t.id AS theme, t.title AS theme_title, m.ordinal AS metric_ordinal,
           list_position(m.entities, s.entity) AS entity_ordinal, s.metric, s.entity, m.ends,
           s.state AS told, s.reason, s.rows, s.provisional_days, m.lag_days AS expected_lag, m.late_after,
           s.last_day_ok,
           coalesce(s.last_day_ok, s.last_ts::DATE) AS last_day, r.today - coalesce(s.last_day_ok, s.last_ts::DATE) AS lag
    FROM series_status AS s JOIN catalog_metric AS m ON m.id = s.metric JOIN catalog_theme AS t ON t.id = m.theme,
         run_info AS r
)
SELECT * EXCLUDE (ends, told),
       CASE WHEN told = 'failed' THEN 'failed'
            WHEN told <> 'ok' OR rows = 0 THEN 'empty'
            WHEN ends IS NOT NULL THEN 'ended'
            WHEN lag > late_after THEN 'late'
            ELSE 'ok' END AS state
FROM lagging
ORDER BY theme_ordinal, metric_ordinal, entity_ordinal;

-- What readers must know of a source: that it was down, and how much of the past is still to come. Never 100 % before
-- all of it is there.
CREATE OR REPLACE VIEW source_progress AS
SELECT source, down, complete_since, no_room, asked < wanted AS partial,
       CASE WHEN asked < wanted THEN least(floor(asked / wanted * 100), 99) END AS asked_pct
FROM source_state
ORDER BY list_position(['xm', 'simem', 'noaa', 'xm-files'], source);
