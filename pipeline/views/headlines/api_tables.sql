-- What the static API publishes. Stable: a column or a metric key is added, never renamed.

-- Long table of the daily headline series. What may not be quoted is here too, marked.
CREATE OR REPLACE VIEW api_daily_headlines AS
SELECT d.day, d.series AS metric, i.label, d.value, i.unit, d.quality
FROM daily_series AS d
JOIN series_info AS i USING (series)
ORDER BY d.day, i.ordinal;

-- The same as it is published (datos/csv/titulares). Under the names of their files this and the views with Spanish names
-- that follow, and `pronosticos` (forecasts/forecasts.sql), are tables of the console in the browser too: a query over them
-- runs in both.
CREATE OR REPLACE VIEW titulares AS
SELECT left(CAST(d.day AS VARCHAR), CASE i.compare WHEN 'month' THEN 7 ELSE 10 END) AS fecha, d.series AS serie,
       i.label AS nombre, round(d.value, 6) AS valor, i.unit AS unidad, lower(quality_word(d.quality)) AS estado
FROM daily_series AS d
JOIN series_info AS i USING (series);

-- The day of the year before that each day is compared with, where both are of one kind (rules/calendar.sql). Whole years,
-- so that the file is written once a year.
CREATE OR REPLACE VIEW comparables AS
SELECT CAST(l.day AS VARCHAR) AS fecha, CAST(l.year_day AS VARCHAR) AS comparable
FROM like_day AS l, run_info AS r
WHERE l.year_day IS NOT NULL AND year(l.day) BETWEEN 2000 AND year(r.today);

-- The parts of the unit cost that XM's data let anyone compute, by month (market/unit_cost.sql) [COP/kWh].
CREATE OR REPLACE VIEW costo_unitario AS
SELECT strftime(month, '%Y-%m') AS mes, round(g, 6) AS g, round(t, 6) AS t, round(str, 6) AS str, round(pr, 6) AS pr,
       round(r, 6) AS r, round(known, 6) AS total
FROM unit_cost_monthly;

-- The network, a row a circuit (network/transmission.sql).
CREATE OR REPLACE VIEW lineas AS
SELECT name AS nombre, operator AS operador, in_operation AS en_operacion, CAST(in_service AS VARCHAR) AS en_servicio,
       kilovolts AS kilovoltios, kilometres AS kilometros
FROM line;

-- The states of the system, a row a span of days (headlines/system_state.sql).
CREATE OR REPLACE VIEW estados_del_sistema AS
SELECT CAST(day AS VARCHAR) AS desde, CAST(until AS VARCHAR) AS hasta, days AS dias,
       CASE state WHEN 'watch' THEN 'vigilancia' WHEN 'risk' THEN 'riesgo' WHEN 'normal' THEN 'normal'
                  ELSE 'sin datos suficientes' END AS estado
FROM system_state_span;

-- Years, from quotable days only. A year is whole when days = days_in_year; otherwise the total is of those days.
CREATE OR REPLACE VIEW api_yearly AS
WITH every_year (year, ordinal, metric, label, value, unit, days) AS (
    SELECT year, 1, 'demand', 'Demanda del SIN', gwh, 'GWh', days FROM demand_yearly
    UNION ALL
    SELECT year, 2, 'generation', 'Generación total', gwh, 'GWh', days FROM generation_yearly
    UNION ALL
    SELECT year, 3, 'gen_' || technology_key(source), 'Generación: ' || source, gwh, 'GWh', days FROM generation_mix_yearly
    UNION ALL
    SELECT year, 4, 'price', 'Precio de bolsa, promedio de los días', price, 'COP/kWh', days FROM price_yearly
)
SELECT year, metric, label, value, unit, days,
       CAST(date_diff('day', make_date(year, 1, 1), make_date(year + 1, 1, 1)) AS INTEGER) AS days_in_year
FROM every_year
ORDER BY year, ordinal, metric;

-- What can be asked about by its name, under the code that the figures have: plants, reservoirs and rivers. `thing` tells it
-- apart as its page does (entities/named.sql).
CREATE OR REPLACE VIEW named_thing AS
SELECT 'plant' AS kind, code AS thing, code, proper_name(name) AS shown FROM plant
UNION SELECT 'reservoir', folded(reservoir), reservoir, proper_name(reservoir) FROM reservoir_name
UNION SELECT 'river', folded(name), name, proper_name(name) FROM ListadoRios;

-- What each headline series is over a span of days (reports/report_period.sql); NULL where that has no sense.
CREATE OR REPLACE VIEW series_measure AS SELECT series, span_measure(series, unit, compare) AS measure FROM series_info;
