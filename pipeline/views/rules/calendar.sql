-- The calendar, and the one rule of what a day is compared with.
--
-- On a Colombian holiday demand is 12 % below its weekday, and a Sunday 13 % below a Tuesday. A change against another kind
-- of day says something of the calendar and nothing of the system, so a day is compared with a day of its own kind.

-- Same date one year before. 29 February answers 28 February (DuckDB clips the day to the month).
CREATE OR REPLACE MACRO year_before(day) AS CAST(day - INTERVAL 1 YEAR AS DATE);
-- The day under whose date a chart shows it a year later: no two share one, and 29 February has none.
CREATE OR REPLACE MACRO year_after(day) AS
    CASE WHEN year_before(CAST(day + INTERVAL 1 YEAR AS DATE)) = day THEN CAST(day + INTERVAL 1 YEAR AS DATE) END;

-- Easter Sundays by the anonymous Gregorian computation (Meeus, Astronomical Algorithms, ch. 8).
CREATE OR REPLACE TABLE easter_day AS
WITH years AS (
    SELECT y, y % 19 AS a, y // 100 AS b, y % 100 AS c FROM range(1995, 2046) AS t (y)
), lunar AS (
    SELECT y, a, b, c, (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30 AS h FROM years
), weekly AS (
    SELECT y, a, h, (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7 AS l FROM lunar
), easter AS (
    SELECT y, h + l - 7 * ((a + 11 * h + 22 * l) // 451) + 114 AS n FROM weekly
)
SELECT y, make_date(y, n // 31, n % 31 + 1) AS easter FROM easter;

-- Holidays of Colombia (Ley 51 de 1983; Ley 2578 de 2026 for 9 July, from 2026 on): fixed ones; those moved to the next
-- Monday; and those that follow Easter (Thursday and Friday of Holy Week; Ascension, Corpus Christi and Sacred Heart, on
-- Mondays). They are computed, not read from `Festivos`: that list starts with the first day of the run, and a comparison
-- looks a year further back.
CREATE OR REPLACE TABLE named_holiday AS
WITH moved AS (
    SELECT name, make_date(y, m, d) AS fixed_day
    FROM easter_day, (VALUES ('Reyes', 1, 6), ('San José', 3, 19), ('San Pedro', 6, 29), ('Virgen de Chiquinquirá', 7, 9), ('Asunción', 8, 15),
                             ('Raza', 10, 12), ('Todos los Santos', 11, 1), ('Independencia de Cartagena', 11, 11)) AS t (name, m, d)
    WHERE m <> 7 OR y >= 2026
)
SELECT name, make_date(y, m, d) AS day
FROM easter_day, (VALUES ('Año Nuevo', 1, 1), ('Día del Trabajo', 5, 1), ('Día de la Independencia', 7, 20),
                         ('Batalla de Boyacá', 8, 7), ('Inmaculada', 12, 8), ('Navidad', 12, 25)) AS t (name, m, d)
UNION ALL SELECT name, CAST(fixed_day + CAST((8 - isodow(fixed_day)) % 7 AS INTEGER) AS DATE) FROM moved
UNION ALL
SELECT name, easter + shift
FROM easter_day, (VALUES ('Jueves Santo', -3), ('Viernes Santo', -2), ('Ascensión', 43), ('Corpus Christi', 64),
                         ('Sagrado Corazón', 71)) AS t (name, shift);

CREATE OR REPLACE TABLE holiday AS SELECT DISTINCT day FROM named_holiday ORDER BY day;

-- Days that people call by a name, for those who ask: holidays; the long week-end that a holiday on a Monday or a Friday makes;
-- Holy Week from Palm Sunday to Easter; the two eves of December.
CREATE OR REPLACE VIEW named_span AS
SELECT name, day AS first, day AS last FROM named_holiday
UNION ALL SELECT 'puente de ' || name, day - 2, day FROM named_holiday WHERE isodow(day) = 1
UNION ALL SELECT 'puente de ' || name, day, day + 2 FROM named_holiday WHERE isodow(day) = 5 AND name <> 'Viernes Santo'
UNION ALL SELECT 'Semana Santa', easter - 7, easter FROM easter_day
UNION ALL SELECT 'Nochebuena', make_date(y, 12, 24), make_date(y, 12, 24) FROM easter_day
UNION ALL SELECT 'fin de año', make_date(y, 12, 31), make_date(y, 12, 31) FROM easter_day;

-- Kind of each day. Two days of one kind differ in nothing that the calendar does to them. Median distance of DemaSIN from
-- the same weekday of the weeks around it, 2010-2025, in brackets. What is below 2 %, the spread of ordinary days, has no kind
-- of its own: week-ends before a Monday holiday (-1 to -2 %), the day after one (-2 %), 16 to 23 December (0).
--   a date      1 January (-25 %), 1 May (-10), 25 December (-21): the same on any weekday
--               24 (-9) and 31 December (-13): by type of day, because theirs is the evening and not the day
--   Holy Week   its Monday to Wednesday (-2), Thursday (-17), Friday (-22), Saturday (-11) and Sunday (-3), each by itself;
--               a Monday that is a holiday too is one (2024-03-25)
--   holiday     on a Monday (-13), or from Tuesday to Saturday (-12 to -15); a holiday on a Sunday is a Sunday (-2)
--   pause       26 to 30 December (-4) and 2 to 5 January (-7), by weekday
--   bridge      a Monday before a holiday, a Friday after one (-3), by weekday
--   weekday     every other day
CREATE OR REPLACE TABLE calendar_day AS
WITH days AS (
    SELECT CAST(t.day AS DATE) AS day, CAST(isodow(t.day) AS INTEGER) AS weekday, month(t.day) * 100 + day(t.day) AS date,
           date_diff('day', e.easter, CAST(t.day AS DATE)) AS after_easter
    FROM range(DATE '1995-01-01', DATE '2046-01-01', INTERVAL 1 DAY) AS t (day)
    JOIN easter_day AS e ON e.y = year(t.day)
)
SELECT d.day, d.weekday, h.day IS NOT NULL AS is_holiday,
       CASE WHEN date IN (101, 501, 1225) THEN 'date ' || date
            WHEN date IN (1224, 1231) THEN 'date ' || date || CASE WHEN weekday < 6 THEN ' workday' ELSE ' ' || weekday END
            WHEN h.day IS NOT NULL AND weekday = 1 THEN 'monday holiday'
            WHEN after_easter BETWEEN -6 AND 0 THEN 'holy week ' || weekday
            WHEN h.day IS NOT NULL AND weekday < 7 THEN 'holiday'
            WHEN date BETWEEN 1226 AND 1230 OR date BETWEEN 102 AND 105 THEN 'pause ' || weekday
            WHEN weekday = 1 AND d.day + 1 IN (FROM holiday) OR weekday = 5 AND d.day - 1 IN (FROM holiday)
                THEN 'bridge ' || weekday
            ELSE 'weekday ' || weekday END AS kind
FROM days AS d
LEFT JOIN holiday AS h USING (day)
ORDER BY d.day;

-- The like day of each day, a year and a week before.
--   year_day   364 days before: the same weekday of the same week. Where that is another kind of day, the nearest one of the
--              same kind within six weeks (Easter moves by five); of two at the same distance the later one.
--   week_day   seven days before, unless one of the two is a holiday or they differ in kind.
--   last_day   the newest earlier day of the same kind, within six weeks: a Sunday after a Saturday says nothing of the system.
-- NULL where there is none: no comparison, never a neighbour.
CREATE OR REPLACE TABLE like_day AS
WITH wanted AS (
    SELECT *, day - 364 AS base FROM calendar_day
), beside AS (
    SELECT n.*, later.day AS later, earlier.day AS earlier, before.day AS before
    FROM wanted AS n
    ASOF LEFT JOIN calendar_day AS later ON later.kind = n.kind AND later.day >= n.base
    ASOF LEFT JOIN calendar_day AS earlier ON earlier.kind = n.kind AND earlier.day <= n.base
    ASOF LEFT JOIN calendar_day AS before ON before.kind = n.kind AND before.day < n.day
)
SELECT n.day, n.kind, w.day AS week_day,
       CASE WHEN n.later - n.base <= least(42, coalesce(n.base - n.earlier, 42)) THEN n.later
            WHEN n.base - n.earlier <= 42 THEN n.earlier END AS year_day,
       CASE WHEN n.day - n.before <= 42 THEN n.before END AS last_day
FROM beside AS n
LEFT JOIN calendar_day AS w ON w.day = n.day - 7 AND w.kind = n.kind AND NOT w.is_holiday AND NOT n.is_holiday
ORDER BY n.day;

CREATE OR REPLACE MACRO weekday_name(day) AS
    ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'][isodow(day)];
CREATE OR REPLACE MACRO month_name(day) AS
    ['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'septiembre', 'octubre', 'noviembre',
     'diciembre'][month(day)];

-- What a day is compared with, by the basis that its series declares (`compare` in catalog/series), and what that is called.
--   like_day    a day of the same kind: whatever moves with work and rest
--   date        the same date: what stands in store or is in force for months. 29 February has none.
--   week_mean   the mean of its last seven days with that of the seven before, and of the same dates of the year before: what
--               rain, sun, wind and borders do in one day says little, and any seven days hold each weekday once
--   weeks_mean  the same with 28 days
--   month       the same month: values of months; they have no last week
-- `last_day` is what the newest day has to be seen against; the bases follow «que» or «frente a».
CREATE OR REPLACE VIEW compared_day AS
SELECT 'like_day' AS compare, day, week_day, year_day, last_day,
       'el ' || weekday_name(day) || ' de la semana anterior' AS week_basis,
       CASE WHEN kind LIKE 'date%' THEN 'el ' || day(year_day) || ' de ' || month_name(year_day)
            WHEN kind LIKE 'holy week%' THEN 'el ' || weekday_name(year_day) || ' santo'
            WHEN kind = 'monday holiday' THEN 'el lunes festivo comparable'
            WHEN kind = 'holiday' THEN 'el festivo comparable'
            ELSE 'el ' || weekday_name(year_day) || ' comparable' END || ' de ' || year(year_day) AS year_basis,
       'el ' || weekday_name(last_day) || CASE WHEN kind LIKE '%holiday' THEN ' festivo' ELSE '' END
           || CASE WHEN last_day = day - 7 THEN ' anterior' ELSE ' ' || day(last_day) || ' de ' || month_name(last_day) END AS last_basis
FROM like_day
UNION ALL
SELECT 'date', day, day - 7, CASE WHEN day(year_before(day)) = day(day) THEN year_before(day) END, day - 1,
       'el mismo día de la semana anterior', 'el ' || day(day) || ' de ' || month_name(day) || ' de ' || (year(day) - 1),
       'el día anterior'
FROM calendar_day
UNION ALL
SELECT 'week_mean', day, day - 7, CASE WHEN day(year_before(day)) = day(day) THEN year_before(day) END, day - 7,
       'los siete días anteriores, en promedio', 'los mismos siete días de ' || (year(day) - 1) || ', en promedio',
       'los siete días anteriores, en promedio'
FROM calendar_day
UNION ALL
SELECT 'weeks_mean', day, day - 28, CASE WHEN day(year_before(day)) = day(day) THEN year_before(day) END, day - 28,
       'las cuatro semanas anteriores, en promedio', 'las mismas cuatro semanas de ' || (year(day) - 1) || ', en promedio',
       'las cuatro semanas anteriores, en promedio'
FROM calendar_day
UNION ALL
SELECT 'month', day, NULL, year_before(day), NULL, NULL, month_name(day) || ' de ' || (year(day) - 1), NULL
FROM calendar_day;

-- Days behind the level that a basis compares.
CREATE OR REPLACE MACRO compared_days(compare) AS CASE compare WHEN 'week_mean' THEN 7 WHEN 'weeks_mean' THEN 28 ELSE 1 END;

-- Whether the days of a headline series make a total: amounts do; what stands in store or is a sum to date does not.
CREATE OR REPLACE MACRO adds_up(unit, compare) AS unit IN ('GWh', 'MCOP', 't', 'hm3', 'MBTU') AND compare <> 'date';
