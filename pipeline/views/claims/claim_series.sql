-- Claims about the headline series: values, comparisons, sums to date, places among past days, runs, records.
--
-- Every view here has the columns of claim.sql, which joins them: id, kind, subject, scope, figures (named numbers),
-- parts (of a composition), words, days, unit, decimals, day, period, quality, metrics, odd (how unusual against its
-- own past, 0 to 1) and sql, the query that gives the figures again. Only quotable days: they read daily_level and
-- headline.
--
-- These queries read what is published (titulares, comparables, pronosticos: headlines/api_tables.sql) and nothing
-- else, so that a reader runs them in the console of the site. Their columns are the figures: valor, base, cambio ...

-- Decimals of a figure in a sentence: whole pesos, one of a percentage, else those of the series.
CREATE OR REPLACE MACRO said_decimals(unit, decimals) AS
    CASE unit WHEN 'COP/kWh' THEN 0 WHEN '%' THEN 1 ELSE least(decimals, 2) END;

-- A day as published files write it: that of a value of a month is its month.
CREATE OR REPLACE MACRO told_day(period, day) AS
    '''' || left(CAST(day AS VARCHAR), CASE period WHEN 'month' THEN 7 ELSE 10 END) || '''';

-- What is compared of each day of a series (`nivel`), for the query that follows: daily_level, over what is published.
CREATE OR REPLACE MACRO level_sql(series, span) AS
    'WITH nivel AS (SELECT fecha, ' || CASE span WHEN 1 THEN 'valor' ELSE 'avg(valor) OVER tramo AS valor' END
    || ' FROM titulares WHERE serie = ''' || series || ''' AND ' || quotable_words()
    || CASE span WHEN 1 THEN '' ELSE ' WINDOW tramo AS (ORDER BY CAST(fecha AS DATE) RANGE BETWEEN INTERVAL '
                 || (span - 1) || ' DAYS PRECEDING AND CURRENT ROW) QUALIFY count(*) OVER tramo = ' || span END || ') ';

-- Joins each row of `h` to what stands in `source`, as `b`, on the day of the year before that its own is compared
-- with: one of its kind, or the same date.
CREATE OR REPLACE MACRO year_before_sql(compare, source) AS CASE compare
    WHEN 'like_day' THEN ' LEFT JOIN comparables AS c ON c.fecha = h.fecha LEFT JOIN ' || source
        || ' AS b ON b.fecha = c.comparable'
    ELSE ' LEFT JOIN ' || source
        || ' AS b ON b.fecha = CAST(left(h.fecha, 4) AS INTEGER) - 1 || substr(h.fecha, 5)' END;

-- The series that a sentence can name, with their last quotable day. `span`: days behind the level that is compared.
CREATE OR REPLACE VIEW claim_subject AS
SELECT h.*, i.said, i.share_of, i.unit, i.metrics, i.compare, compared_days(i.compare) AS span,
       said_decimals(i.unit, i.decimals) + CASE WHEN i.unit = 'COP/kWh' AND abs(h.value) < 100 THEN 1 ELSE 0 END
           AS decimals,
       CASE i.compare WHEN 'month' THEN 'month' ELSE 'day' END AS period,
       MAP {'said': i.said, 'share_of': i.share_of,
            'manner': CASE WHEN i.compare = 'date' THEN 'stock' ELSE 'flow' END,
            'adds': CASE WHEN adds_up(i.unit, i.compare) THEN 'yes' ELSE '' END} AS words
FROM headline AS h JOIN series_info AS i USING (series)
WHERE i.said <> '';

-- The change that a unit has: points between percentages, degrees between degrees, else per cent of the base.
CREATE OR REPLACE MACRO change_of(unit, now, base) AS
    tidy(CASE WHEN unit IN ('%', '°C') THEN now - base ELSE pct_change(now, base) END);

-- The same as text of a query: between two of its columns.
CREATE OR REPLACE MACRO change_sql(unit, now, base) AS
    CASE WHEN unit IN ('%', '°C') THEN now || ' - ' || base
         ELSE '100 * (' || now || ' - ' || base || ') / abs(' || base || ')' END || ' AS cambio';

CREATE OR REPLACE VIEW claim_value AS
SELECT 'value.' || series AS id, 'value' AS kind, series AS subject, 'país' AS scope,
       MAP {'value': value, 'span': 1.0} AS figures, MAP {}::MAP(VARCHAR, DOUBLE) AS parts, words,
       MAP {}::MAP(VARCHAR, DATE) AS days, unit, decimals, day, period, quality, metrics, 0.1 AS odd,
       'SELECT valor FROM titulares WHERE serie = ''' || series || ''' AND fecha = ' || told_day(period, day) AS sql
FROM claim_subject;

-- Changes of a year against what their days are compared with: what is ordinary for a series.
CREATE OR REPLACE TABLE claim_pair AS
SELECT s.series, b.basis, l.day, change_of(s.unit, l.value, o.value) AS change,
       CAST(sign(l.value - o.value) AS INTEGER) AS side
FROM claim_subject AS s
JOIN daily_level AS l ON l.series = s.series AND l.day > s.day - 366
JOIN compared_day AS c ON c.compare = s.compare AND c.day = l.day,
LATERAL (VALUES ('week', c.week_day), ('year', c.year_day)) AS b (basis, base_day)
JOIN daily_level AS o ON o.series = s.series AND o.day = b.base_day
WHERE s.compare <> 'month'
ORDER BY ALL;

CREATE OR REPLACE VIEW claim_comparison AS
WITH told AS (
    SELECT s.*, b.basis, b.base, b.base_day, b.basis_words, change_of(s.unit, s.compared, b.base) AS change
    FROM claim_subject AS s,
    LATERAL (VALUES ('last', CASE WHEN s.last_day IS DISTINCT FROM s.week_day THEN s.last_ago END, s.last_day,
                     s.last_basis),
                    ('week', s.week_ago, s.week_day, s.week_basis), ('year', s.year_ago, s.year_day, s.year_basis))
        AS b (basis, base, base_day, basis_words)
    -- a part of next to nothing is no comparison; degrees may be below zero
    WHERE s.unit = '°C' OR round(s.compared, s.decimals) > 0 AND b.base > 0
), usual AS (
    SELECT p.series, p.basis, count(*) AS n, avg(CAST(abs(p.change) < abs(t.change) AS INTEGER)) AS below
    FROM claim_pair AS p JOIN told AS t USING (series, basis) WHERE p.day < t.day
    GROUP BY p.series, p.basis
)
SELECT 'compare.' || t.series || '.' || t.basis AS id, 'comparison' AS kind, t.series AS subject, 'país' AS scope,
       MAP {'value': compared, 'base': base, 'change': change, 'span': CAST(span AS DOUBLE)}
           AS figures, MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(words, MAP {'basis': regexp_replace(replace(basis_words, ', en promedio', ''),
                                                      '^el \d+ de \w+ de (\d{4})$', 'la misma fecha de \1'),
                              'against': t.basis}) AS words, MAP {'base': base_day} AS days, unit, decimals,
       day, period, quality, metrics,
       CASE WHEN u.n >= 60 THEN u.below
            ELSE least(1, abs(change) / CASE unit WHEN '%' THEN 20 WHEN '°C' THEN 2 ELSE 50 END) END
           * CASE t.basis WHEN 'last' THEN 0.7 ELSE 1 END AS odd,
       level_sql(t.series, span) || 'SELECT h.valor, b.valor AS base, ' || change_sql(unit, 'h.valor', 'b.valor')
           || ' FROM nivel AS h, nivel AS b WHERE h.fecha = ' || told_day(period, day)
           || ' AND b.fecha = ' || told_day(period, base_day) AS sql
FROM told AS t LEFT JOIN usual AS u USING (series, basis)
WHERE base IS NOT NULL AND change IS NOT NULL;

-- Sums and means to date, where no day is missing of a sum. What stands in store has neither.
CREATE OR REPLACE VIEW claim_to_date AS
SELECT 'compare.' || t.series || '.to_date_' || t.span AS id, 'comparison' AS kind, t.series AS subject,
       'país' AS scope,
       MAP {'value': CASE WHEN t.adds THEN t.total ELSE t.mean END, 'change': t.change, 'days': CAST(t.days AS DOUBLE)}
           AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(s.words, MAP {
           'basis': CASE s.compare WHEN 'like_day' THEN 'los días comparables' ELSE 'las mismas fechas' END
               || CASE t.span WHEN 'twelve' THEN ' de un año antes' ELSE ' de ' || (year(t.until) - 1) END}) AS words,
       MAP {'start': t.start} AS days, s.unit,
       CASE WHEN t.adds AND t.total >= 1000 THEN 0 WHEN t.adds AND t.total >= 100 THEN least(s.decimals, 1)
            ELSE s.decimals END AS decimals,
       t.until AS day, t.span || '_to_date' AS period, s.quality, s.metrics,
       least(1, abs(t.change) / CASE s.unit WHEN '%' THEN 20 ELSE 50 END) * 0.7 AS odd,
       level_sql(t.series, 1) || 'SELECT ' || f.many || '(h.valor) AS valor, DATE ' || told_day('day', t.until)
           || ' - DATE ' || told_day('day', t.start) || ' + 1 AS dias, '
           || change_sql(s.unit, f.paired || '(h.valor) FILTER (WHERE b.valor IS NOT NULL)', f.paired || '(b.valor)')
           || ' FROM nivel AS h' || year_before_sql(s.compare, 'nivel')
           || ' WHERE h.fecha BETWEEN ' || told_day('day', t.start) || ' AND ' || told_day('day', t.until) AS sql
FROM series_to_date AS t JOIN claim_subject AS s USING (series),
LATERAL (SELECT CASE WHEN t.adds THEN 'sum' ELSE 'avg' END AS many,
                CASE s.unit WHEN '%' THEN 'avg' ELSE 'sum' END AS paired) AS f
WHERE t.change IS NOT NULL AND t.days >= 5 AND (NOT t.adds OR t.known = t.days) AND s.compare <> 'date'
  AND round(t.mean, s.decimals) > 0;

-- The highest or lowest since when: no day in between was as high, or as low. Four weeks and ninety days make it worth
-- telling.
CREATE OR REPLACE VIEW claim_rank AS
WITH past AS (
    SELECT s.series, count(*) AS n, min(l.day) AS first_day,
           max(l.day) FILTER (WHERE l.value >= s.compared) AS as_high,
           max(l.day) FILTER (WHERE l.value <= s.compared) AS as_low
    FROM claim_subject AS s JOIN daily_level AS l ON l.series = s.series AND l.day < s.day
    WHERE s.compare <> 'month'
    GROUP BY s.series
)
SELECT 'rank.' || s.series || '.' || b.side AS id, 'rank' AS kind, s.series AS subject, 'país' AS scope,
       MAP {'value': s.compared, 'days': CAST(s.day - coalesce(b.last, p.first_day) AS DOUBLE),
            'span': CAST(span AS DOUBLE)} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(s.words, MAP {'side': b.side, 'record': CASE WHEN b.last IS NULL THEN 'yes' ELSE '' END}) AS words,
       MAP {'since': coalesce(b.last, p.first_day)} AS days, s.unit, s.decimals, s.day, s.period, s.quality, s.metrics,
       CASE WHEN b.last IS NULL THEN 1 ELSE least(1, 0.4 + (s.day - b.last) / 730) END AS odd,
       level_sql(s.series, span) || 'SELECT h.valor, coalesce(max(b.fecha) FILTER (WHERE b.valor '
           || CASE b.side WHEN 'high' THEN '>=' ELSE '<=' END || ' h.valor), min(b.fecha)) AS desde, '
           || 'CAST(h.fecha AS DATE) - CAST(desde AS DATE) AS dias FROM nivel AS h JOIN nivel AS b '
           || 'ON b.fecha < h.fecha WHERE h.fecha = ' || told_day(s.period, s.day)
           || ' GROUP BY h.fecha, h.valor' AS sql
FROM claim_subject AS s JOIN past AS p USING (series),
LATERAL (VALUES ('high', p.as_high), ('low', p.as_low)) AS b (side, last)
WHERE p.n >= 90 AND s.compared > 0 AND (b.last IS NULL OR s.day - b.last >= 28);

-- Days in a row on the same side of the day that each is compared with, a year before. `open`: it began before the
-- past does.
CREATE OR REPLACE VIEW claim_run AS
WITH sided AS (
    SELECT p.series, p.day, p.side, last_value(p.side) OVER past AS now, max(p.day) OVER past AS until
    FROM claim_pair AS p WHERE p.basis = 'year'
    WINDOW past AS (PARTITION BY p.series ORDER BY p.day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), counted AS (
    SELECT d.series, d.now, b.broke, d.until, count(*) AS days, min(d.day) AS since
    FROM sided AS d
    JOIN (SELECT series, max(day) FILTER (WHERE side <> now) AS broke FROM sided GROUP BY series) AS b USING (series)
    WHERE d.now <> 0 AND d.day > coalesce(b.broke, DATE '1900-01-01')
    GROUP BY ALL HAVING count(*) = d.until - min(d.day) + 1
)
SELECT 'run.' || s.series || '.' || CASE WHEN c.now > 0 THEN 'above' ELSE 'below' END AS id, 'run' AS kind,
       s.series AS subject, 'país' AS scope,
       MAP {'days': CAST(c.days AS DOUBLE), 'value': s.compared, 'span': CAST(span AS DOUBLE)} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(s.words, MAP {
           'side': CASE WHEN c.now > 0 THEN 'above' ELSE 'below' END,
           'open': CASE WHEN c.broke IS NULL THEN 'yes' ELSE '' END,
           'basis': CASE s.compare WHEN 'like_day' THEN 'el día comparable de un año antes'
                                   ELSE 'la misma fecha de un año antes' END}) AS words,
       MAP {'since': c.since} AS days, s.unit, s.decimals, s.day, s.period, s.quality, s.metrics,
       least(1, c.days / 60) * 0.8 AS odd,
       level_sql(s.series, span) || 'SELECT count(*) AS dias, max_by(h.valor, h.fecha) AS valor FROM nivel AS h'
           || year_before_sql(s.compare, 'nivel') || ' WHERE h.fecha BETWEEN ' || told_day('day', c.since) || ' AND '
           || told_day('day', s.day) || ' AND h.valor ' || CASE WHEN c.now > 0 THEN '> b.valor' ELSE '< b.valor' END
           AS sql
FROM counted AS c JOIN claim_subject AS s ON s.series = c.series AND s.day = c.until
WHERE c.days >= 7;

-- The record that stands, once a year of days is there to compare with.
CREATE OR REPLACE VIEW claim_record AS
SELECT 'record.' || r.series || '.' || r.side AS id, 'rank' AS kind, r.series AS subject, 'país' AS scope,
       MAP {'value': r.value, 'days': CAST(r.days_since AS DOUBLE), 'span': 0.0} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(s.words, MAP {'side': r.side, 'standing': 'yes'}) AS words,
       MAP {'at': r.day, 'since': r.since} AS days, s.unit,
       s.decimals, r.last_day AS day, s.period, s.quality, s.metrics, 0.3 AS odd,
       level_sql(r.series, 1) || 'SELECT valor, fecha, DATE ' || told_day('day', r.last_day)
           || ' - CAST(fecha AS DATE) AS dias FROM nivel ORDER BY valor'
           || CASE r.side WHEN 'high' THEN ' DESC' ELSE '' END || ', fecha LIMIT 1' AS sql
FROM record_now AS r JOIN claim_subject AS s USING (series)
WHERE r.days > 365 AND r.value > 0 AND r.days_since > 0;

-- A record that fell in the last thirty days.
CREATE OR REPLACE VIEW claim_record_event AS
SELECT 'event.record.' || e.series || '.' || e.side AS id, 'event' AS kind, e.series AS subject, 'país' AS scope,
       MAP {'value': e.value, 'previous': e.previous, 'span': 0.0} AS figures, MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       map_concat(s.words, MAP {'event': 'record', 'side': e.side}) AS words,
       MAP {'previous': e.previous_day, 'from': r.since} AS days, s.unit,
       s.decimals, e.day, s.period, s.quality, s.metrics, greatest(0.1, 0.95 - 0.05 * (s.day - e.day)) AS odd,
       level_sql(e.series, 1) || 'SELECT h.valor, b.valor AS anterior FROM nivel AS h, nivel AS b WHERE h.fecha = '
           || told_day('day', e.day) || ' AND b.fecha = ' || told_day('day', e.previous_day) AS sql
FROM record_event AS e JOIN claim_subject AS s USING (series) JOIN record_now AS r USING (series, side)
WHERE e.value > 0 AND s.day - e.day <= 30
QUALIFY row_number() OVER (PARTITION BY e.series, e.side ORDER BY e.day DESC) = 1;

-- What is expected of the next days, with its band of 80 %.
CREATE OR REPLACE VIEW claim_forecast AS
WITH known (forecast, series) AS (
    VALUES ('demand_daily', 'demand'), ('generation_total_daily', 'generation'), ('hydro_daily', 'gen_hydro'),
           ('thermal_daily', 'gen_thermal'), ('solar_daily', 'gen_solar'), ('wind_daily', 'gen_wind'),
           ('cogeneration_daily', 'gen_cogeneration'), ('price_daily', 'price'), ('inflow_daily', 'inflows'),
           ('volume_daily', 'reserves_gwh'), ('losses_daily', 'losses'), ('exports_daily', 'exports')
)
SELECT 'forecast.' || k.series || CASE b.span WHEN 1 THEN '.day' ELSE '' END AS id, 'forecast' AS kind,
       k.series AS subject,
       'país' AS scope,
       CASE b.span WHEN 1 THEN MAP {'value': o.value, 'low': o.low, 'high': o.high}
                   ELSE MAP {'value': o.week_mean, 'known': o.known_mean,
                             'change': pct_change(o.week_mean, o.known_mean)} END AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts, s.words, MAP {'issued': o.issued, 'first': CAST(o.first AS DATE)} AS days,
       s.unit, s.decimals,
       CAST(o.first AS DATE) AS day, CASE b.span WHEN 1 THEN 'day' ELSE 'next_week' END AS period, 'ok' AS quality,
       s.metrics,
       least(1, 0.3 + abs(coalesce(o.change, 0)) / 50) * 0.8 AS odd,
       CASE b.span WHEN 7 THEN level_sql(k.series, 7) ELSE '' END
           || CASE b.span WHEN 1 THEN 'SELECT pronostico AS valor, bajo_80 AS bajo, alto_80 AS alto FROM pronosticos'
                          ELSE 'SELECT avg(p.pronostico) AS valor, any_value(h.valor) AS conocido, '
                               || change_sql('', 'avg(p.pronostico)', 'any_value(h.valor)')
                               || ' FROM pronosticos AS p, (FROM nivel ORDER BY fecha DESC LIMIT 1) AS h' END
           || ' WHERE serie = ''' || k.forecast || ''' AND coalesce(escenario, '''') = '''' AND left(instante, 10) '
           || CASE b.span WHEN 1 THEN '= ' || told_day('day', o.first)
                          ELSE 'BETWEEN ' || told_day('day', o.first) || ' AND '
                              || told_day('day', o.first + INTERVAL 6 DAY) END
           AS sql
FROM known AS k
JOIN forecast_outlook AS o USING (forecast)
JOIN claim_subject AS s USING (series), (VALUES (1), (7)) AS b (span)
WHERE o.shown AND o.value > 0 AND o.low IS NOT NULL AND (b.span = 1 OR o.week_n = 7 AND o.known_mean > 0);
