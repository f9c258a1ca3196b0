-- Distribution: regulated and non-regulated users, real against commercial demand, and energy not served.

-- Real demand of both kinds of user [GWh] and the regulated share [%]. DemaRealReg comes about three weeks late.
CREATE OR REPLACE VIEW demand_users_daily AS
SELECT r.day, r.value AS regulated_gwh, n.value AS non_regulated_gwh,
       tidy(r.value / nullif(r.value + n.value, 0) * 100) AS regulated_pct,
       worse_quality(day_quality(r.hours, r.quality), day_quality(n.hours, n.quality)) AS quality
FROM "DemaRealReg_daily" AS r
JOIN "DemaRealNoReg_daily" AS n ON n.day = r.day AND n.entity = 'Sistema'
WHERE r.entity = 'Sistema';

-- Hour by hour, mean of the last 28 settled days [MW]: regulated users swing with homes and shops, the others hardly.
CREATE OR REPLACE TABLE demand_users_shape AS
WITH settled AS (
    SELECT day FROM demand_users_daily
    WHERE quotable(quality) AND day > (SELECT max(day) - 28 FROM demand_users_daily WHERE quotable(quality))
), hourly AS (
    SELECT 'Regulados' AS users, ts, value FROM "DemaRealReg" WHERE entity = 'Sistema'
    UNION ALL SELECT 'No regulados', ts, value FROM "DemaRealNoReg" WHERE entity = 'Sistema'
)
SELECT h.users, CAST(hour(h.ts) AS INTEGER) AS hour, tidy(avg(h.value) * 1000) AS mw, CAST(count(*) AS INTEGER) AS days
FROM hourly AS h JOIN settled AS s ON s.day = CAST(h.ts AS DATE)
GROUP BY ALL
ORDER BY users, hour;

-- Commercial demand = real demand + losses of the STN that fall on it + generators' own consumption (XM). Their
-- difference is not an error of measurement. [GWh; share of the commercial one, %]
CREATE OR REPLACE VIEW demand_real_vs_commercial AS
SELECT c.day, r.gwh AS real_gwh, c.gwh AS commercial_gwh, tidy(c.gwh - r.gwh) AS difference_gwh,
       tidy((c.gwh - r.gwh) / nullif(c.gwh, 0) * 100) AS difference_pct, worse_quality(r.quality, c.quality) AS quality
FROM demand_commercial_daily AS c
JOIN demand_real_daily AS r USING (day);

-- Energy not served [MWh; XM publishes GWh of the day], planned and forced, by area and by sub-area.
-- A day without a row had no event reported; it is not a zero and not a gap. Areas and sub-areas are two readings of
-- the same events: they are never added to each other.
CREATE OR REPLACE TABLE unserved_event AS
SELECT day, entity AS level,
       array_to_string([CASE WHEN map_contains(company_spelling(), folded(w)) THEN company_spelling()[folded(w)]
                             ELSE proper_name(w) END
                        FOR w IN string_split(trim(regexp_replace(replace(replace(code, '_', '-'), '-', ' - '),
                                 '^(SUBAREA|SUBÁREA|AREA|ÁREA)\s+', '')), ' ') IF w <> ''], ' ') AS place,
       kind, tidy(value * 1000) AS mwh, quality
FROM (
    SELECT day, entity, code, 'Programada' AS kind, value, quality FROM "DemaNoAtenProg_daily"
    UNION ALL SELECT day, entity, code, 'No programada', value, quality FROM "DemaNoAtenNoProg_daily"
)
WHERE value > 0
ORDER BY day, level, place, kind;

-- Until when there is word of events: the last day on which any area of the country reported one, of either kind. A
-- quiet day after it may still be filled in.
CREATE OR REPLACE VIEW unserved_until AS
SELECT max(day) AS day FROM unserved_event HAVING max(day) IS NOT NULL;

-- Last 365 days with word of events, by place.
CREATE OR REPLACE VIEW unserved_by_place AS
SELECT e.level, e.place, e.kind, tidy(sum(e.mwh)) AS mwh, CAST(count(DISTINCT e.day) AS INTEGER) AS days,
       max(e.mwh) AS largest_mwh, max(e.day) AS last_day
FROM unserved_event AS e, unserved_until AS u
WHERE e.day > u.day - 365
GROUP BY e.level, e.place, e.kind;

CREATE OR REPLACE VIEW unserved_monthly AS
SELECT CAST(date_trunc('month', day) AS DATE) AS month, kind, tidy(sum(mwh)) AS mwh,
       CAST(count(DISTINCT day) AS INTEGER) AS days
FROM unserved_event
WHERE level = 'Area'
GROUP BY ALL
ORDER BY month, kind;

-- The 30 days up to the last word of events [MWh], by kind: a headline. No event in them is 0, and said as such.
CREATE OR REPLACE VIEW unserved_last_30 AS
SELECT u.day, k.kind, tidy(coalesce(sum(e.mwh), 0)) AS mwh, CAST(count(DISTINCT e.day) AS INTEGER) AS days
FROM unserved_until AS u
CROSS JOIN (VALUES ('Programada'), ('No programada')) AS k (kind)
LEFT JOIN unserved_event AS e ON e.kind = k.kind AND e.level = 'Area' AND e.day > u.day - 30 AND e.day <= u.day
GROUP BY u.day, k.kind;
