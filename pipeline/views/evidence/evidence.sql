-- What agrees with a value. A day may be quoted when something else says the same; growing old is no reason.
--
-- These tables read the values of metric_daily and their hours, never their state: the state follows from them
-- (`doubt`, one row a series and day that may not be quoted), is written back to the lake (store/evidence.py) and is then
-- what every reader sees. Four kinds of evidence:
--   identities  what XM's own definitions imply; one that fails names all its sides, and the others say which one is wrong
--   level       the days of its kind, against what the series itself varies
--   shape       the extreme hours of a day, against those of the year before
--   agreement   of another price of the day, or of two settlement versions
-- Sources: XM, ListadoMetricas; the identities hold on 9,677 days of 2000-2026 (see views/quality).

-- Totals of each day. whole: no hour is missing where hours count; of members, none that any of them usually has. Sums over
-- codes for what can be added; of the rest the national value only.
CREATE OR REPLACE TABLE evidence_total AS
SELECT d.metric, d.entity, d.day, sum(d.value) AS value,
       bool_and(d.hours IS NULL OR d.hours = 24 OR c.sparse) AND NOT bool_or(m.day IS NOT NULL) AS whole
FROM metric_daily AS d
JOIN catalog_metric AS c ON c.id = d.metric
LEFT JOIN member_lack AS m ON m.metric = d.metric AND m.entity = d.entity AND m.day = d.day
WHERE c.grain IN ('hourly', 'daily') AND (c.kind IN ('flow', 'stock') OR (d.entity = 'Sistema' AND d.code = 'Sistema'))
GROUP BY d.metric, d.entity, d.day
ORDER BY d.metric, d.entity, d.day;

-- Sides of the identities: factor x value adds up to nothing. `optional`: no row is a zero (an hour without flow, a day
-- without an event). `strong`: both sides are measured apart, so that what closes confirms the level of its sides too.
CREATE OR REPLACE TABLE evidence_identity AS
FROM (VALUES
    ('demand', 'DemaSIN', 'Sistema', 1, FALSE, TRUE), ('demand', 'Gene', 'Sistema', -1, FALSE, TRUE),
    ('demand', 'ImpoEner', 'Sistema', -1, TRUE, TRUE), ('demand', 'ExpoEner', 'Sistema', 1, TRUE, TRUE),
    ('demand', 'DemaNoAtenProg', 'Area', -1, TRUE, TRUE), ('demand', 'DemaNoAtenNoProg', 'Area', -1, TRUE, TRUE),
    ('commercial', 'DemaCome', 'Sistema', 1, FALSE, TRUE), ('commercial', 'Gene', 'Sistema', -1, FALSE, TRUE),
    ('commercial', 'ImpoEner', 'Sistema', -1, TRUE, TRUE),
    -- DemaReal twice: with DemaCome it may be half built together
    ('losses', 'DemaCome', 'Sistema', 1, FALSE, TRUE), ('losses', 'DemaReal', 'Sistema', -1, FALSE, TRUE),
    ('losses', 'PerdidasEner', 'Sistema', -1, FALSE, TRUE),
    ('real', 'DemaReal', 'Sistema', 1, FALSE, TRUE), ('real', 'PerdidasEner', 'Sistema', 1, FALSE, TRUE),
    ('real', 'Gene', 'Sistema', -1, FALSE, TRUE), ('real', 'ImpoEner', 'Sistema', -1, TRUE, TRUE),
    ('contracts', 'CompContEner', 'Sistema', 1, FALSE, FALSE), ('contracts', 'VentContEner', 'Sistema', -1, FALSE, FALSE),
    ('spot', 'CompBolsNaciEner', 'Sistema', 1, FALSE, FALSE), ('spot', 'VentBolsNaciEner', 'Sistema', -1, FALSE, FALSE)
) AS t (identity, metric, entity, factor, optional, strong)
UNION ALL
-- Members and their total, of whatever is published both ways. Whether the members really are all of it, the past says.
SELECT 'sum of ' || p.metric || ' by ' || p.entity, p.metric, side.entity, side.factor, FALSE, FALSE
FROM (SELECT DISTINCT metric, entity FROM evidence_total WHERE entity <> 'Sistema') AS p
JOIN (SELECT DISTINCT metric FROM evidence_total WHERE entity = 'Sistema') AS s USING (metric),
     LATERAL (VALUES (p.entity, -1), ('Sistema', 1)) AS side (entity, factor)
JOIN catalog_metric AS c ON c.id = p.metric AND c.kind IN ('flow', 'stock');

-- part = whole x share %. XM closes PorcApor with later inflows than the ones it leaves in AporEner (hydrology.sql).
CREATE OR REPLACE TABLE evidence_ratio AS
FROM (VALUES
    ('reserves', 'VoluUtilDiarEner', 'CapaUtilDiarEner', 'PorcVoluUtilDiar', 0.005),
    ('inflows', 'AporEner', 'AporEnerMediHist', 'PorcApor', 0.15)
) AS t (identity, part, whole, share, tolerance);

-- Members that are all of their total by XM's definition.
CREATE OR REPLACE TABLE evidence_sum AS
FROM (VALUES
    ('Gene', 'Recurso'), ('DemaCome', 'Agente'), ('DemaReal', 'Agente'), ('VoluUtilDiarEner', 'Embalse'),
    ('CapaUtilDiarEner', 'Embalse'), ('AporEner', 'Rio')
) AS t (metric, entity);

-- What stands for each side of an identity, `side` being whose rows it is. The losses of days whose own are not out yet (they
-- come weeks later) are the middle of the last known ones: `slack` is what an estimate may be off, of the total of the
-- identity; an estimate is never the side that is wrong. A total that is not out is what its members add up to: the country
-- bears them out, or does not, as it would their total.
CREATE OR REPLACE TABLE evidence_value AS
WITH known AS (
    SELECT day, median(value) OVER (ORDER BY day ROWS BETWEEN 29 PRECEDING AND CURRENT ROW) AS usual
    FROM evidence_total WHERE metric = 'PerdidasEner' AND entity = 'Sistema' AND whole
), lacking AS (
    SELECT day FROM evidence_total WHERE metric = 'DemaReal' AND entity = 'Sistema' AND whole
    EXCEPT SELECT day FROM evidence_total WHERE metric = 'PerdidasEner' AND entity = 'Sistema' AND whole
)
SELECT metric, entity, entity AS side, day, value, 0 AS slack FROM evidence_total WHERE whole
UNION ALL
SELECT 'PerdidasEner', 'Sistema', 'Sistema', l.day, coalesce(k.usual, 0), CASE WHEN k.day IS NULL THEN 0.05 ELSE 0.03 END
FROM lacking AS l ASOF LEFT JOIN known AS k ON k.day <= l.day
UNION ALL
SELECT m.metric, 'Sistema', m.entity, m.day, m.value, 0
FROM evidence_total AS m SEMI JOIN evidence_sum USING (metric, entity)
ANTI JOIN evidence_total AS t ON t.metric = m.metric AND t.entity = 'Sistema' AND t.day = m.day;

-- Every side of every identity on every day that has all of them, with what the others make of it (`implied`).
CREATE OR REPLACE TABLE evidence_side AS
WITH needed AS (
    SELECT identity, count(*) AS n FROM evidence_identity WHERE NOT optional GROUP BY identity
), traded AS (
    -- an hour is an export or an import: a day without either may simply not be out, and is an estimate of nothing
    SELECT DISTINCT day FROM evidence_total WHERE metric IN ('ImpoEner', 'ExpoEner') AND entity = 'Sistema'
), unserved AS (
    -- events: no row is none, but for the years before the first one that is held
    SELECT min(day) AS since FROM evidence_total WHERE metric IN ('DemaNoAtenProg', 'DemaNoAtenNoProg')
), frame AS (
    SELECT i.identity, v.day
    FROM evidence_identity AS i JOIN evidence_value AS v USING (metric, entity) JOIN needed USING (identity)
    WHERE NOT i.optional
    GROUP BY i.identity, v.day, needed.n HAVING count(*) = needed.n
), linear AS (
    SELECT f.identity, f.day, i.metric, coalesce(v.side, i.entity) AS entity, i.factor, i.optional, i.strong,
           coalesce(v.value, 0) AS value,
           CASE WHEN i.metric IN ('ImpoEner', 'ExpoEner') AND t.day IS NULL THEN 0.06
                WHEN i.entity = 'Area' AND f.day < coalesce(u.since, f.day + 1) THEN 0.15
                ELSE coalesce(v.slack, 0) END AS slack
    FROM frame AS f JOIN evidence_identity AS i USING (identity)
    LEFT JOIN evidence_value AS v ON v.metric = i.metric AND v.entity = i.entity AND v.day = f.day
    LEFT JOIN traded AS t ON t.day = f.day
    LEFT JOIN unserved AS u ON TRUE
), added AS (
    SELECT *, sum(factor * value) OVER w AS residual, max(abs(value)) OVER w AS size, max(slack) OVER w AS loose
    FROM linear WINDOW w AS (PARTITION BY identity, day)
), ratio AS (
    SELECT r.identity, r.tolerance, p.day, p.value AS part, w.value AS whole, s.value AS share,
           p.value / nullif(w.value * s.value / 100, 0) - 1 AS gap, r.part AS m1, r.whole AS m2, r.share AS m3
    FROM evidence_ratio AS r
    JOIN evidence_value AS p ON p.metric = r.part AND p.side = 'Sistema'
    JOIN evidence_value AS w ON w.metric = r.whole AND w.side = 'Sistema' AND w.day = p.day
    JOIN evidence_value AS s ON s.metric = r.share AND s.side = 'Sistema' AND s.day = p.day
), sides AS (
    SELECT identity, day, metric, entity, value, value - residual / factor AS implied, slack > 0 AS estimated, optional,
           strong AND loose <= 0.06 AS strong,
           abs(residual) <= greatest((0.005 + loose) * size, 1e-6) AS closes,
           abs(residual) / nullif(size, 0) AS gap
    FROM added
    UNION ALL
    SELECT identity, day, unnest([m1, m2, m3]), 'Sistema', unnest([part, whole, share]),
           unnest([whole * share / 100, part / nullif(share, 0) * 100, part / nullif(whole, 0) * 100]), FALSE, FALSE,
           identity = 'reserves', coalesce(abs(gap) <= tolerance, part = 0), abs(gap)
    FROM ratio
), law AS (
    -- An identity counts where the past shows that it holds. Of a short past the declaration is believed, and of the sums
    -- those that XM defines so.
    SELECT identity FROM (SELECT DISTINCT identity, day, closes FROM sides)
    GROUP BY identity
    HAVING CASE WHEN count(*) >= 40
                    THEN avg(CAST(closes AS INTEGER)) >= CASE WHEN identity LIKE 'sum %' THEN 0.95 ELSE 0.8 END
                ELSE identity NOT LIKE 'sum %'
                     OR identity IN (SELECT 'sum of ' || metric || ' by ' || entity FROM evidence_sum)
           END
)
SELECT sides.* FROM sides SEMI JOIN law USING (identity);

-- The level: each day against the middle of the days before it, and that against what days of its kind (rules/calendar.sql)
-- are used to. `off` when the distance is more than four and a half times what nine of ten days of the series keep to, and
-- more than the floor: 12 % for what follows the calendar (40 % while its kind is too rare to know), 6 % for what is in
-- store. `absurd`: fifty times what the year before had, or less than a fiftieth, as a unit that slipped; or below 60 % where
-- the value adds up those who reported: nothing bears it out, neither weeks of it nor what is half built together (the
-- blackout of 2007-04-26 left 92 %). Series that keep to no level (events, spilled water) have none here.
CREATE OR REPLACE TABLE evidence_level AS
WITH series AS (
    SELECT t.metric, t.entity, t.day, t.value, c.kind AS nature, c.level_check, k.kind
    FROM evidence_total AS t JOIN catalog_metric AS c ON c.id = t.metric JOIN calendar_day AS k USING (day)
    WHERE t.whole AND NOT c.sparse AND t.value > 0 AND (t.entity = 'Sistema' OR c.level_check)
), near AS (
    SELECT *,
           CASE nature WHEN 'stock' THEN median(value) OVER week WHEN 'price' THEN median(value) OVER fortnight
                       ELSE median(value) OVER month END AS usual,
           count(*) OVER month AS known, median(value) OVER year AS yearly, count(*) OVER year AS known_year
    FROM series
    WINDOW week AS (PARTITION BY metric, entity ORDER BY day
                    RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING),
           fortnight AS (PARTITION BY metric, entity ORDER BY day
                         RANGE BETWEEN INTERVAL 14 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING),
           month AS (PARTITION BY metric, entity ORDER BY day
                     RANGE BETWEEN INTERVAL 28 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING),
           year AS (PARTITION BY metric, entity ORDER BY day
                    RANGE BETWEEN INTERVAL 365 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING)
), shaped AS (
    SELECT *, ln(value / usual) AS shape, ln(value / yearly) AS yearly_gap FROM near WHERE known >= 7 AND usual > 0
), expected AS (
    SELECT *, CASE WHEN nature = 'flow' AND count(shape) OVER kind_before >= 3
                   THEN median(shape) OVER kind_before END AS habit
    FROM shaped
    WINDOW kind_before AS (PARTITION BY metric, entity, kind ORDER BY day ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING)
), measured AS (
    SELECT *, shape - coalesce(habit, 0) AS gap FROM expected
), spread AS (
    -- Of a short past one fault is a large part. A Sunday before Sundays are known says nothing of what a Sunday keeps to.
    SELECT metric, entity,
           CASE WHEN count(*) FILTER (of_kind) >= 30 THEN quantile_cont(abs(gap), 0.9) FILTER (of_kind)
                WHEN count(*) >= 30 THEN quantile_cont(abs(gap), 0.9) ELSE median(abs(gap)) END AS usual_gap,
           quantile_cont(abs(yearly_gap), 0.75) AS usual_year
    FROM (SELECT *, habit IS NOT NULL OR nature <> 'flow' AS of_kind FROM measured) GROUP BY metric, entity
)
SELECT m.metric, m.entity, m.day, m.value, m.level_check, m.nature, m.usual * exp(coalesce(m.habit, 0)) AS usual, m.gap,
       greatest(CASE m.nature WHEN 'flow' THEN CASE WHEN m.habit IS NULL THEN ln(1 / 0.6) ELSE 0.12 END
                              WHEN 'stock' THEN 0.06 WHEN 'price' THEN 0.5 ELSE 0.25 END, 4.5 * s.usual_gap) AS room,
       coalesce(known_year >= 60 AND s.usual_year < 1 AND abs(yearly_gap) > ln(50), FALSE)
           OR (m.level_check AND abs(m.gap) > room AND m.gap < ln(0.6)) AS absurd,
       (s.usual_gap < 0.5 AND (abs(m.gap) > room OR (m.level_check AND m.gap < ln(0.35))))
           OR absurd AS off
FROM measured AS m JOIN spread AS s USING (metric, entity)
ORDER BY m.metric, m.entity, m.day;

-- The shape: hours that leave the rest of their day eight times as far behind, or ahead, as two days of a hundred did in the
-- year before, as when part of a day slips. In 2000-2025 no day of the spot price does, and of generation the blackout of
-- 2007-04-26 alone, which its identity bears out.
CREATE OR REPLACE TABLE evidence_shape AS
SELECT metric, entity, day, bool_or(low < lowest / 8 OR high > highest * 8) AS off
FROM (
    SELECT *, quantile_cont(low, 0.02) OVER year AS lowest, quantile_cont(high, 0.98) OVER year AS highest,
           count(*) OVER year AS known
    FROM hour_shape
    WINDOW year AS (PARTITION BY metric, entity, code ORDER BY day
                    RANGE BETWEEN INTERVAL 365 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING)
)
WHERE known >= 30 AND lowest > 0
GROUP BY metric, entity, day;

-- Which side of an identity that fails is wrong. Not one for which the others would imply a value it cannot have; of the
-- rest the one that is off its own level; else the one that breaks most and is borne out least; else all of them.
CREATE OR REPLACE TABLE evidence_blame AS
WITH score AS (
    SELECT metric, entity, day, sum(CASE WHEN closes THEN 1 ELSE -1 END) AS borne FROM evidence_side GROUP BY ALL
), reach AS (
    SELECT metric, entity, quantile_cont(value, 0.001) AS low, quantile_cont(value, 0.999) AS high FROM evidence_total
    WHERE whole GROUP BY ALL HAVING count(*) >= 30
), failing AS (
    SELECT s.*, c.borne, coalesce(l.off, FALSE) AS off,
           NOT s.estimated AND coalesce(
               s.implied > 0 AND abs(ln(nullif(greatest(s.implied, 0), 0) / l.usual)) <= 1.5 * l.room,
               s.implied BETWEEN r.low - 0.5 * (r.high - r.low) AND r.high + 0.5 * (r.high - r.low), TRUE) AS possible
    FROM evidence_side AS s
    JOIN score AS c USING (metric, entity, day)
    LEFT JOIN evidence_level AS l USING (metric, entity, day)
    LEFT JOIN reach AS r ON r.metric = s.metric AND r.entity = s.entity
    WHERE NOT s.closes
), able AS (
    SELECT *, NOT estimated AND (possible OR NOT bool_or(possible) OVER w) AS one FROM failing
    WINDOW w AS (PARTITION BY identity, day)
), strayed AS (
    SELECT *, one AND (off OR NOT bool_or(one AND off) OVER w) AS two FROM able WINDOW w AS (PARTITION BY identity, day)
)
SELECT identity, day, metric, entity, value, implied, gap
FROM strayed
QUALIFY two AND borne = min(borne) FILTER (WHERE two) OVER (PARTITION BY identity, day);

-- The reason that is told of a side: an identity whose other sides are sound comes first, then the widest gap.
CREATE OR REPLACE VIEW evidence_told AS
SELECT b.*, count(o.metric) AS others
FROM evidence_blame AS b
LEFT JOIN evidence_side AS s ON s.identity = b.identity AND s.day = b.day AND (s.metric <> b.metric OR s.entity <> b.entity)
LEFT JOIN (SELECT DISTINCT metric, entity, day FROM evidence_blame) AS o
    ON o.metric = s.metric AND o.entity = s.entity AND o.day = s.day
GROUP BY ALL;

-- What bears out a day whatever its level: an identity of things measured apart, none of which is blamed for anything; or,
-- for what has no identity, the days behind it that stayed there, another price or another version.
CREATE OR REPLACE TABLE evidence_confirmed AS
WITH blamed AS (
    SELECT DISTINCT metric, entity, day FROM evidence_blame
), clean AS (
    SELECT s.identity, s.day
    FROM evidence_side AS s LEFT JOIN blamed AS b USING (metric, entity, day)
    WHERE s.closes AND s.strong
    GROUP BY s.identity, s.day HAVING count(b.metric) = 0
), measured AS (
    SELECT DISTINCT s.metric, s.entity, s.day FROM evidence_side AS s SEMI JOIN clean USING (identity, day)
), behind AS (
    SELECT *, median(value) OVER w AS after, count(*) OVER w AS days
    FROM evidence_level
    WINDOW w AS (PARTITION BY metric, entity ORDER BY day ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING)
)
FROM measured
UNION
-- members that add up to a total that is borne out
SELECT s.metric, s.entity, s.day FROM evidence_side AS s JOIN measured AS m ON m.metric = s.metric AND m.day = s.day
WHERE s.closes AND s.identity LIKE 'sum %' AND m.entity = 'Sistema'
UNION
SELECT metric, entity, day FROM behind
WHERE off AND abs(gap) <= ln(8) AND (NOT level_check OR gap > ln(0.6)) AND days = 3 AND abs(ln(value / after)) <= room / 2
UNION
-- another price of the same day; PrecBolsNaciTX1 is the first publication of the same one and confirms nothing
SELECT p.metric, p.entity, p.day
FROM evidence_total AS p
JOIN evidence_total AS q ON q.day = p.day AND q.entity = p.entity AND q.metric <> p.metric
WHERE p.entity = 'Sistema' AND p.metric IN ('PrecBolsNaci', 'PPPrecBolsNaci', 'PB_Nal', 'PrecBolsNaciTX1')
  AND q.metric IN ('PPPrecBolsNaci', 'MaxPrecOferNal') AND abs(ln(nullif(p.value, 0) / nullif(q.value, 0))) <= ln(1.3)
UNION
SELECT metric, entity, day FROM version_agreement;

-- What cannot be: more than the plants can give around the clock, or than the reservoirs hold; a price far above the dearest
-- offer of the day (offers come a month later).
CREATE OR REPLACE VIEW evidence_ceiling AS
WITH most AS (
    SELECT 'Gene' AS metric, day,
           max(sum(value)) OVER (ORDER BY day RANGE INTERVAL 30 DAY PRECEDING) * 24 / 1000 * 1.02 AS most
    FROM metric_daily WHERE metric = 'CapEfecNeta' AND entity = 'Recurso' GROUP BY day
    UNION ALL
    SELECT 'VoluUtilDiarEner', day, value * 1.1 FROM evidence_total WHERE metric = 'CapaUtilDiarEner' AND entity = 'Sistema'
    UNION ALL
    SELECT 'PrecBolsNaci', day, max(value) * 1.5 FROM metric_daily
    WHERE metric IN ('PrecOferIdeal', 'PrecOferDesp') GROUP BY day
)
SELECT t.metric, t.entity, t.day, t.value, m.most
FROM evidence_total AS t JOIN most AS m ON m.metric = t.metric AND m.day = t.day
WHERE t.entity = 'Sistema' AND t.value > m.most;

-- Series and days that may not be quoted, with the reason: `against` is what the day should be by its evidence, or the most
-- it could be. What is published as the sum of those who reported, and is too low in its first month, is incomplete:
-- preliminary. Everything else is doubtful.
CREATE OR REPLACE TABLE doubt AS
WITH found AS (
    SELECT metric, entity, day, value, 'identity' AS reason, identity, implied AS against,
           row_number() OVER (PARTITION BY metric, entity, day ORDER BY identity LIKE 'sum %', gap DESC, identity)
               + CASE WHEN others > 0 THEN 150 ELSE 0 END AS place  -- what is wrong itself says little of by how much
    FROM evidence_told
    UNION ALL
    SELECT l.metric, l.entity, l.day, l.value, 'level', NULL, l.usual, 100
    FROM evidence_level AS l LEFT JOIN evidence_confirmed AS c USING (metric, entity, day)
    WHERE l.off AND (l.absurd OR c.metric IS NULL)
    UNION ALL
    SELECT t.metric, t.entity, t.day, t.value, 'shape', NULL, coalesce(l.usual, t.value), 110
    FROM evidence_shape AS s JOIN evidence_total AS t USING (metric, entity, day)
    LEFT JOIN evidence_level AS l USING (metric, entity, day)
    ANTI JOIN evidence_confirmed AS c ON c.metric = s.metric AND c.entity = s.entity AND c.day = s.day
    -- what slipped for hours closes with nothing measured apart
    ANTI JOIN (SELECT metric, entity, day FROM evidence_side WHERE closes AND identity NOT LIKE 'sum %') AS i
        ON i.metric = s.metric AND i.entity = s.entity AND i.day = s.day
    WHERE s.off
    UNION ALL
    SELECT metric, entity, day, value, 'ceiling', NULL, most, 200 FROM evidence_ceiling
    UNION ALL
    -- members whose day is not out yet; of the country the hours themselves say so, of one member they cannot
    SELECT metric, entity, day, value, 'hours', NULL, value, 300 FROM evidence_total WHERE NOT whole AND entity <> 'Sistema'
), first AS (
    SELECT * FROM found QUALIFY row_number() OVER (PARTITION BY metric, entity, day ORDER BY place) = 1
), members AS (
    -- members that add up to a total in doubt are its members in doubt
    SELECT m.metric, m.entity, m.day, m.value, 'part' AS reason, f.identity, m.implied + f.against - f.value AS against
    FROM evidence_side AS m JOIN first AS f ON f.metric = m.metric AND f.day = m.day AND f.entity = 'Sistema'
    WHERE m.closes AND m.entity <> 'Sistema' AND m.identity LIKE 'sum %'
), every_one AS (
    SELECT * EXCLUDE (place) FROM first
    UNION ALL
    SELECT m.* FROM members AS m ANTI JOIN first AS f ON f.metric = m.metric AND f.entity = m.entity AND f.day = m.day
)
SELECT e.metric, e.entity, e.day, e.value, e.reason, e.identity, e.against, e.value - e.against AS difference,
       CASE WHEN e.reason = 'hours' OR (c.level_check AND e.value < e.against AND e.day > r.today - 31)
            THEN 'provisional' ELSE 'doubtful' END AS state
FROM every_one AS e JOIN catalog_metric AS c ON c.id = e.metric, run_info AS r
ORDER BY e.metric, e.entity, e.day;

-- The same for people, one row a series and day. `others`: the sides of the identity that should make this one.
CREATE OR REPLACE VIEW doubt_told AS
WITH sides AS (
    SELECT i.identity, i.metric, i.entity,
           string_agg(CASE WHEN o.factor * i.factor < 0 THEN ' + ' ELSE ' − ' END || o.metric, ''
                      ORDER BY o.factor * i.factor, o.optional, o.entity <> 'Sistema', o.metric) AS others
    FROM evidence_identity AS i
    JOIN evidence_identity AS o ON o.identity = i.identity AND o.metric <> i.metric
    GROUP BY i.identity, i.metric, i.entity
    UNION ALL SELECT identity, part, 'Sistema', whole || ' × ' || share FROM evidence_ratio
    UNION ALL SELECT identity, whole, 'Sistema', part || ' ÷ ' || share FROM evidence_ratio
    UNION ALL SELECT identity, share, 'Sistema', part || ' ÷ ' || whole FROM evidence_ratio
)
SELECT d.metric, d.entity, d.day, d.state, d.value, d.against, d.difference, m.unit,
       -- a share of next to nothing is no share
       CASE WHEN abs(d.against) > 1e-9 AND abs(d.difference / d.against) < 1000
            THEN abs(d.difference / d.against) * 100 END AS pct,
       CASE WHEN d.reason = 'identity' AND d.identity LIKE 'sum %' THEN 'sum' ELSE d.reason END AS reason,
       ltrim(s.others, ' +') AS others,
       CASE WHEN d.identity NOT LIKE 'sum %' THEN NULL
            WHEN d.entity = 'Sistema' THEN split_part(d.identity, ' by ', 2) ELSE 'Sistema' END AS counterpart,
       t.ordinal AS theme_ordinal, m.ordinal AS metric_ordinal
FROM doubt AS d
JOIN catalog_metric AS m ON m.id = d.metric JOIN catalog_theme AS t ON t.id = m.theme
LEFT JOIN sides AS s ON s.identity = d.identity AND s.metric = d.metric AND s.entity IN (d.entity, 'Sistema')
ORDER BY d.day DESC, theme_ordinal, metric_ordinal, d.entity;
