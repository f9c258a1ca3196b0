-- What the pages of the forecasts and of their record say: a row for each series, for each figure that is quoted, for each
-- holiday ahead. Backtests and live forecasts are never put together: every row says its run_kind.

-- A figure that is no number is one that nobody knows.
CREATE OR REPLACE MACRO known(value) AS CASE WHEN NOT isnan(value) THEN value END;

-- A title without the words that many share, for charts and chips: 'Demanda diaria de energía' is 'Demanda' there.
CREATE OR REPLACE MACRO without_shared(title) AS
    regexp_replace(regexp_replace(title, ' (diari[ao]s?|de energía|de los embalses)\b', '', 'g'), '^Generación con ', '');
CREATE OR REPLACE MACRO short_title(title) AS upper(without_shared(title)[1]) || without_shared(title)[2:];

-- The name of a model in the vocabulary of models; the seasonal naive is called by what it repeats.
CREATE OR REPLACE MACRO model_word(model, again) AS
    CASE WHEN model = 'seasonal_naive' THEN 'repeat_' || again ELSE model END;

-- What is forecast, in the order of the model stage, and which model is shown; agents have a table of their own.
-- near: the lead quoted first, a week of days or a day of hours. again: what the seasonal naive repeats.
CREATE OR REPLACE VIEW forecast_told AS
SELECT row_number() OVER (ORDER BY p.rowid) AS ordinal, p.series AS forecast, coalesce(p.title_es, p.series) AS title,
       short_title(coalesce(p.title_es, p.series)) AS short, p.metric, p.unit, p.grain = 'hourly' AS hourly,
       CASE WHEN p.grain = 'hourly' THEN '1-24' ELSE '1-7' END AS near,
       coalesce(m.model, '') AS model, coalesce(p.reason, '') AS reason,
       coalesce(i.again, 'week') AS again, model_word(coalesce(m.model, ''), coalesce(i.again, 'week')) AS model_word,
       coalesce(c.kind = 'stock', FALSE) AS stock, coalesce(i.line, TRUE) AS line, i.subject,
       coalesce(i.answers, FALSE) AS answers, coalesce(i.feed, FALSE) AS feed, coalesce(i.by_lead, FALSE) AS by_lead,
       coalesce(i.misses, FALSE) AS misses, coalesce(i.drivers, []) AS drivers
FROM forecast_policy AS p
LEFT JOIN forecast_shown_model AS m USING (series)
LEFT JOIN forecast_info AS i USING (series)
LEFT JOIN catalog_metric AS c ON c.id = p.metric
WHERE NOT contains(p.series, ':')
ORDER BY ordinal;

-- Scores; error: the relative one that means something for the series, MAPE, or WAPE where days are near zero [%].
CREATE OR REPLACE VIEW forecast_scored AS
SELECT series, model, run_kind, lead, n, origins, known(mape) AS mape, known(wape) AS wape,
       coalesce(known(mape), known(wape)) AS error, known(mase) AS mase, known(mae) AS mae, known(bias) AS bias,
       known(wis) AS wis, known(crps) AS crps,
       known(cov80) AS cov80, known(cov95) AS cov95, known(skill) AS skill, known(t) AS t,
       coalesce(published, FALSE) AS published
FROM forecast_score;

-- The figures quoted of each series: the published model at the nearest leads and over the whole horizon (whole_…), and
-- the seasonal naive at the same leads (naive_error; rival where the naive is not itself what is published).
CREATE OR REPLACE VIEW forecast_mark AS
SELECT f.*, own.run_kind, own.n, own.origins, own.mape, own.error, own.skill, own.t, own.cov80, own.cov95, own.mae,
       own.wis, own.crps, naive.wis AS naive_wis, naive.error AS naive_error, CASE WHEN f.model <> 'seasonal_naive' THEN naive.error END AS rival,
       whole.error AS whole_error, whole.cov80 AS whole80, whole.cov95 AS whole95, whole.origins AS whole_origins
FROM forecast_told AS f
JOIN forecast_scored AS own ON own.series = f.forecast AND own.model = f.model AND own.lead = f.near
LEFT JOIN forecast_scored AS naive ON naive.series = f.forecast AND naive.run_kind = own.run_kind
                                  AND naive.model = 'seasonal_naive' AND naive.lead = f.near
LEFT JOIN forecast_scored AS whole ON whole.series = f.forecast AND whole.run_kind = own.run_kind
                                  AND whole.model = f.model AND whole.lead = 'all'
ORDER BY own.run_kind, f.ordinal;

-- What is expected of each series from tomorrow on; where nothing reaches that far, of what there is. Without a forecast
-- `shown` is false.
--   moment, value, low, high the first day, or the peak hour of the first day
--   week_…                   the next seven days: mean, last band, highest and lowest day
--   known_mean, change       mean of the last seven days that are known, and the change from it [%]
--   issued, origin, until    day of issue, last day known, last day forecast
CREATE OR REPLACE VIEW forecast_outlook AS
WITH future AS (
    SELECT c.series, f.hourly, c.x, c.mean, c.lo80, c.hi80, CAST(r.today + 1 AS TIMESTAMP) AS tomorrow
    FROM forecast_chart AS c JOIN forecast_told AS f ON f.forecast = c.series, run_info AS r
    WHERE c.mean IS NOT NULL
), reach AS (
    SELECT series, date_diff('day', min(x), max(x)) + 1 AS days FROM future GROUP BY series
), ahead AS (
    FROM future QUALIFY x >= tomorrow OR max(x) OVER (PARTITION BY series) < tomorrow
), numbered AS (
    SELECT *, min(x) OVER (PARTITION BY series) AS first FROM ahead
), headline_row AS (
    SELECT series, first, x AS moment, mean AS value, lo80 AS low, hi80 AS high
    FROM numbered WHERE x < date_trunc('day', first) + INTERVAL 1 DAY
    QUALIFY row_number() OVER (PARTITION BY series ORDER BY CASE WHEN hourly THEN mean END DESC, x) = 1
), week AS (
    SELECT series, count(*) AS week_n, avg(mean) AS week_mean,
           last(lo80 ORDER BY x) AS week_lo80, last(hi80 ORDER BY x) AS week_hi80,
           first(x ORDER BY mean DESC, x) AS week_high_at, max(mean) AS week_high,
           first(x ORDER BY mean, x) AS week_low_at, min(mean) AS week_low
    FROM numbered WHERE x < first + INTERVAL 7 DAY GROUP BY series
), recent AS (
    FROM forecast_chart WHERE actual IS NOT NULL
    QUALIFY x > max(x) OVER (PARTITION BY series) - INTERVAL 7 DAY
), past AS (
    SELECT series, avg(actual) AS known_mean FROM recent GROUP BY series
), issue AS (
    SELECT series, any_value(issued) AS issued, any_value(origin) AS origin, max(target) AS until
    FROM forecast_latest GROUP BY series
)
SELECT f.*, h.moment IS NOT NULL AS shown, bool_or(h.moment IS NOT NULL) OVER () AS any_shown,
       h.first, h.moment, h.value, h.low, h.high, r.days,
       w.week_n, w.week_mean, w.week_lo80, w.week_hi80, w.week_high_at, w.week_high, w.week_low_at, w.week_low,
       p.known_mean, pct_change(w.week_mean, p.known_mean) AS change, i.issued, i.origin, i.until
FROM forecast_told AS f
LEFT JOIN headline_row AS h ON h.series = f.forecast
LEFT JOIN reach AS r ON r.series = f.forecast
LEFT JOIN week AS w ON w.series = f.forecast
LEFT JOIN past AS p ON p.series = f.forecast
LEFT JOIN issue AS i ON i.series = f.forecast
ORDER BY f.ordinal;

-- The classes of the calendar that a holiday belongs to; their effects add up. A Sunday holiday changes nothing. Holy
-- Week moves and is found by its name.
CREATE OR REPLACE MACRO holiday_classes(date, name) AS [c FOR c IN [
    CASE isodow(date) WHEN 1 THEN 'monday_holiday' WHEN 6 THEN 'saturday_holiday' WHEN 7 THEN NULL
                    ELSE 'midweek_holiday' END,
    CASE WHEN strftime(date, '%m-%d') = '01-01' THEN 'new_year' WHEN strftime(date, '%m-%d') = '12-25' THEN 'christmas'
         WHEN strftime(date, '%m-%d') = '05-01' THEN 'labour_day' WHEN contains(name, 'Viernes Santo') THEN 'good_friday'
         WHEN contains(name, 'Jueves Santo') THEN 'maundy_thursday' END] IF c IS NOT NULL];

-- The next three holidays within 45 days and what each takes or adds [stored unit]; low, high: its 95 % band in size,
-- where one class alone is behind it.
CREATE OR REPLACE VIEW forecast_holiday AS
WITH coming AS (
    SELECT o.forecast, o.unit, CAST(f.code AS DATE) AS day, f.name
    FROM forecast_outlook AS o
    JOIN "Festivos" AS f ON CAST(f.code AS DATE) BETWEEN CAST(o.first AS DATE) AND CAST(o.first AS DATE) + 45
    WHERE list_contains(o.drivers, 'holidays')
    QUALIFY row_number() OVER (PARTITION BY o.forecast ORDER BY f.code) <= 3
)
SELECT c.forecast, c.unit, c.day, c.name, sum(e.effect) AS effect,
       CASE WHEN count(*) = 1 THEN min(least(abs(e.lo), abs(e.hi))) END AS low,
       CASE WHEN count(*) = 1 THEN max(greatest(abs(e.lo), abs(e.hi))) END AS high
FROM coming AS c
JOIN forecast_effect AS e ON e.series = c.forecast AND list_contains(holiday_classes(c.day, c.name), e.class)
GROUP BY c.forecast, c.unit, c.day, c.name
ORDER BY c.forecast, c.day;

-- Which parts of the lake each table of forecasts comes from, so that a figure can be found again: the last three.
CREATE OR REPLACE VIEW forecast_version AS
SELECT name, array_to_string(list_sort(list(DISTINCT left(sha256, 8)))[-3:], ', ') AS version
FROM forecast_part WHERE sha256 <> '' GROUP BY name;

-- The facts of the page of forecasts, in one row: the issue, and where reservoirs [%], rivers [%] and the Pacific [°C] stand.
CREATE OR REPLACE VIEW forecast_page AS
SELECT (SELECT max(issued) FROM forecast_latest) AS issued, (SELECT max(origin) FROM forecast_latest) AS origin,
       (SELECT version FROM forecast_version WHERE name = 'forecast_value') AS version,
       coalesce((SELECT bool_or(shown) FROM forecast_outlook), FALSE) AS any_shown,
       max(value) FILTER (WHERE series = 'reserves') AS reserves, max(day) FILTER (WHERE series = 'reserves') AS reserves_day,
       max(value) FILTER (WHERE series = 'inflows_pct') AS inflows, max(day) FILTER (WHERE series = 'inflows_pct') AS inflows_day,
       max(value) FILTER (WHERE series = 'oni') AS oni, max(day) FILTER (WHERE series = 'oni') AS oni_day
FROM headline;

-- Our forecast of demand and XM's official one on the same days, live and made afterwards apart; t: of the paired test
-- over weeks, negative where ours is better.
CREATE OR REPLACE VIEW official_duel AS
SELECT o.run_kind, o.days, o.weeks, o.first, o.last, o.mape AS ours, x.mape AS official, x.t
FROM official_score AS o JOIN official_score AS x ON x.run_kind = o.run_kind AND x.who = 'official'
WHERE o.who = 'ours'
ORDER BY o.run_kind DESC;

-- Mean absolute error of each whole enough week of that comparison [%]; ahead: weeks in which ours was smaller.
CREATE OR REPLACE VIEW official_week AS
WITH weekly AS (
    SELECT run_kind, week, avg(abs(ours / actual - 1)) * 100 AS ours, avg(abs(official / actual - 1)) * 100 AS official,
           avg(abs(naive / actual - 1)) * 100 AS naive
    FROM official_comparison GROUP BY run_kind, week HAVING count(*) >= 5
)
SELECT *, count(*) OVER (PARTITION BY run_kind) AS weeks,
       count(*) FILTER (WHERE ours < official) OVER (PARTITION BY run_kind) AS ahead
FROM weekly;

-- The facts of the page of the record, in one row: the first series whose error is known, how long there are live
-- forecasts, whether any can be compared, and why there is no official one.
CREATE OR REPLACE VIEW record_page AS
WITH best AS (
    SELECT title, near, hourly, again, origins, error, rival FROM forecast_mark
    WHERE run_kind = 'backtest' AND error IS NOT NULL ORDER BY ordinal LIMIT 1
)
SELECT b.*, l.*, EXISTS (FROM forecast_mark WHERE run_kind = 'live') AS due,
       EXISTS (FROM official_duel) AS compared, o.*,
       (SELECT version FROM forecast_version WHERE name = 'forecast_score') AS version
FROM (SELECT min(first_issued) AS since, max(nights) AS nights FROM forecast_live) AS l
CROSS JOIN (SELECT first(reason ORDER BY entity) FILTER (WHERE rows = 0) AS official_why,
                   coalesce(sum(rows), 0) > 0 AS official_kept
            FROM series_status WHERE metric = 'PronSIN') AS o
LEFT JOIN best AS b ON TRUE;
