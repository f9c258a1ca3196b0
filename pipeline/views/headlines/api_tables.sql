-- What the static API publishes. Stable: a column or a metric key is added, never renamed.

-- Long table of the daily headline series. What may not be quoted is here too, marked.
CREATE OR REPLACE VIEW api_daily_headlines AS
SELECT d.day, d.series AS metric, i.label, d.value, i.unit, d.quality
FROM daily_series AS d
JOIN series_info AS i USING (series)
ORDER BY d.day, i.ordinal;

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
