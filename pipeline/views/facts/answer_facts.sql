-- Facts with which a board answers the question that it asks, with the columns of facts.sql, which adds them to the others.
-- A label may depend on its value: it is the answer in words, and the figure behind it is the reason.

-- Months in a row, up to the newest one, with the ONI at 0.5 °C or more. NOAA speaks of El Niño from five on.
CREATE OR REPLACE VIEW nino_now AS
WITH months AS (
    SELECT month, oni, max(month) FILTER (WHERE oni < 0.5) OVER () AS broken, max(month) OVER () AS until
    FROM oni_monthly WHERE quotable(quality)
)
SELECT any_value(until) AS month, CAST(count(*) FILTER (WHERE month > coalesce(broken, DATE '1800-01-01')) AS INTEGER) AS seasons
FROM months HAVING count(*) > 0;

-- Firm energy and obligations against the mean demand of the seven days up to theirs, so that a Sunday is no surplus [GWh].
CREATE OR REPLACE VIEW firm_margin AS
SELECT f.day, f.enficc_gwh, f.oef_gwh, tidy(d.gwh) AS demand_gwh, worse_quality(f.enficc_quality, f.oef_quality) AS quality,
       tidy(f.enficc_gwh - d.gwh) AS enficc_margin_gwh, tidy(f.oef_gwh - d.gwh) AS oef_margin_gwh,
       tidy(f.enficc_gwh / nullif(d.gwh, 0) * 100) AS enficc_cover_pct
FROM firm_daily AS f
JOIN firm_last_day USING (day)
CROSS JOIN (
    SELECT avg(n.gwh) AS gwh FROM demand_daily AS n JOIN firm_last_day AS l ON n.day > l.day - 7 AND n.day <= l.day
    WHERE quotable(n.quality) HAVING count(*) = 7
) AS d;

CREATE OR REPLACE VIEW answer_facts AS
SELECT 'sequia', 'nino_seasons',
       CASE WHEN seasons >= 5 THEN 'Hay El Niño según la regla de la NOAA, que pide cinco'
            WHEN seasons > 0 THEN 'Aún no hay El Niño según la regla de la NOAA, que pide cinco'
            ELSE 'No hay El Niño según la regla de la NOAA, que pide cinco' END
           || '; trimestres seguidos con el índice en 0,5 °C o más', seasons, '#', 0, month, 'ok', 'level', 'ONI'
FROM nino_now
UNION ALL
-- the same date of the two last strong episodes, in the seasons of drought.sql
SELECT 'sequia', 'reserves_' || c.start_year, 'Reservas hídricas, en un año de El Niño', d.value, '%', 1, d.day, 'ok', 'level',
       'VoluUtilDiarEner,CapaUtilDiarEner'
FROM drought_cycle AS c
CROSS JOIN (SELECT start_year FROM drought_cycle WHERE current) AS n
CROSS JOIN (SELECT day FROM headline WHERE series = 'reserves') AS h
JOIN daily_series AS d ON d.series = 'reserves' AND d.complete
                      AND d.day = CAST(h.day - to_years(CAST(n.start_year - c.start_year AS INTEGER)) AS DATE)
WHERE c.start_year IN (2015, 2023) AND NOT c.current
UNION ALL
SELECT 'confiabilidad', 'firm_margin',
       'La energía firme ' || CASE WHEN enficc_margin_gwh >= 0 THEN 'alcanza' ELSE 'no alcanza' END
           || ' para la demanda media de los últimos siete días; le ' || CASE WHEN enficc_margin_gwh >= 0 THEN 'sobran' ELSE 'faltan' END,
       abs(enficc_margin_gwh), 'GWh', 1, day, quality, 'level', 'ENFICC,DemaSIN'
FROM firm_margin
UNION ALL
SELECT 'confiabilidad', 'firm_cover_week', 'Energía firme frente a la demanda media de siete días', enficc_cover_pct, '%', 1, day,
       quality, 'share', 'ENFICC,DemaSIN'
FROM firm_margin
UNION ALL
SELECT 'confiabilidad', 'oef_margin',
       'A las obligaciones les ' || CASE WHEN oef_margin_gwh >= 0 THEN 'sobran' ELSE 'faltan' END
           || ', frente a esa demanda media', abs(oef_margin_gwh), 'GWh', 1, day, quality, 'level', 'ObligEnerFirme,DemaSIN'
FROM firm_margin
UNION ALL
SELECT 'generacion', 'generation_record', 'Récord de generación total', value, 'GWh', 1, day, 'ok', 'level', 'Gene'
FROM record_now WHERE series = 'generation' AND side = 'high' AND days > 365;
