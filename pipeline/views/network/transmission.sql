-- Transmission: lines by voltage, age, expansion, operators; substations.
--
-- Lines: SIMEM 7538fd (list LineasTransmision) where it has a whole network, else PARATEC (ref_line); column `source`
-- says which. A row is a circuit: a double line counts twice, as XM counts it. The longest lines are long, not
-- critical: XM's field of participation is only length over total length.
-- Dates of commissioning: near 4 in 10 are 1 January, a filler for an unknown day, so ages are right to the year.
-- STN: 220 kV and more; STR: under that (Res. CREG 097/2008 and 011/2009).

CREATE OR REPLACE MACRO voltage_class(kilovolts) AS
    CASE WHEN kilovolts >= 400 THEN '500 kV' WHEN kilovolts >= 200 THEN '220 y 230 kV'
         WHEN kilovolts >= 100 THEN '110 a 138 kV' ELSE 'menos de 100 kV' END;

CREATE OR REPLACE MACRO operator_name(name) AS regexp_replace(company_name(name), '^Isa ', 'ISA ');

CREATE OR REPLACE TABLE line AS
WITH simem AS (
    SELECT name, operator, 'Operación' AS state, TRY_CAST(in_operation_since AS TIMESTAMP)::DATE AS in_service,
           TRY_CAST(kilovolts AS DOUBLE) AS kilovolts, TRY_CAST(kilometres AS DOUBLE) AS kilometres,
           ts::DATE AS seen, 'SIMEM' AS source
    FROM "LineasTransmision"
), paratec AS (
    SELECT name, operator_name(operator) AS operator, state, in_service, kilovolts, kilometres,
           DATE '2026-10-20' AS seen, 'PARATEC' AS source
    FROM ref_line
), chosen AS (
    -- a list with less than half of the reference is no network
    SELECT CASE WHEN (SELECT count(*) FROM simem) * 2 > (SELECT count(*) FROM paratec) THEN 'SIMEM' ELSE 'PARATEC' END AS source
)
SELECT trim(l.name) AS name, l.operator, l.state = 'Operación' AS in_operation, l.in_service,
       coalesce(month(l.in_service) = 1 AND day(l.in_service) = 1, FALSE) AS filler_date,
       l.kilovolts, voltage_class(l.kilovolts) AS voltage, l.kilovolts >= 220 AS national, l.kilometres, l.seen, l.source
FROM (FROM simem UNION ALL FROM paratec) AS l
JOIN chosen USING (source)
WHERE l.kilometres > 0
ORDER BY l.name;

-- Network of the day of the list, and what of it was already in service one year before.
CREATE OR REPLACE VIEW network_now AS
SELECT max(seen) AS day, any_value(source) AS source, CAST(count(*) AS INTEGER) AS lines,
       tidy(sum(kilometres)) AS kilometres, tidy(sum(kilometres) FILTER (WHERE national)) AS national_km,
       CAST(count(*) FILTER (WHERE national) AS INTEGER) AS national_lines,
       tidy(sum(kilometres) FILTER (WHERE in_service <= seen - INTERVAL 1 YEAR OR in_service IS NULL)) AS kilometres_before,
       tidy(sum(kilometres) FILTER (WHERE national AND (in_service <= seen - INTERVAL 1 YEAR OR in_service IS NULL)))
           AS national_before,
       tidy(avg(date_diff('day', in_service, seen) / 365.25)) AS age_years,
       tidy(count(*) FILTER (WHERE filler_date) / nullif(count(in_service), 0) * 100) AS filler_pct
FROM line
WHERE in_operation
HAVING count(*) > 0;

-- Age [years], by voltage: weighted by length and plain.
CREATE OR REPLACE VIEW network_by_voltage AS
SELECT voltage, CAST(count(*) AS INTEGER) AS lines, tidy(sum(kilometres)) AS kilometres,
       tidy(sum(kilometres) / sum(sum(kilometres)) OVER () * 100) AS share_pct,
       tidy(avg(date_diff('day', in_service, seen) / 365.25)) AS age_years,
       tidy(sum(kilometres * date_diff('day', in_service, seen) / 365.25)
            / nullif(sum(kilometres) FILTER (WHERE in_service IS NOT NULL), 0)) AS age_km_years,
       max(kilovolts) AS kilovolts
FROM line WHERE in_operation GROUP BY voltage
ORDER BY max(kilovolts) DESC;

-- Kilometres that entered each year, of the lines still in service: a line replaced since then left no trace.
CREATE OR REPLACE VIEW network_expansion AS
SELECT make_date(CAST(year(in_service) AS INTEGER), 1, 1) AS year, voltage, CAST(count(*) AS INTEGER) AS lines,
       tidy(sum(kilometres)) AS kilometres
FROM line WHERE in_operation AND in_service IS NOT NULL
GROUP BY ALL ORDER BY year, voltage;

CREATE OR REPLACE VIEW network_decade AS
SELECT CAST(year(in_service) // 10 * 10 AS INTEGER) AS decade, CAST(count(*) AS INTEGER) AS lines,
       tidy(sum(kilometres)) AS kilometres
FROM line WHERE in_operation AND in_service IS NOT NULL
GROUP BY ALL ORDER BY decade;

CREATE OR REPLACE VIEW network_operator AS
SELECT operator, CAST(count(*) AS INTEGER) AS lines, tidy(sum(kilometres)) AS kilometres,
       tidy(coalesce(sum(kilometres) FILTER (WHERE national), 0)) AS national_km,
       tidy(sum(kilometres) / sum(sum(kilometres)) OVER () * 100) AS share_pct
FROM line WHERE in_operation GROUP BY operator
ORDER BY kilometres DESC, operator;

-- Substations and lines on the map. The trace is straight between both ends; lines of less than 220 kV carry no words.
CREATE OR REPLACE VIEW map_network AS
WITH wire AS (
    SELECT name, kilovolts, kilometres, operator_name(operator) AS operator,
           format('{} {},{} {}', round(lon1, 3), round(lat1, 3), round(lon2, 3), round(lat2, 3)) AS path
    FROM ref_line WHERE lon1 IS NOT NULL AND (lon1, lat1) <> (lon2, lat2)
)
SELECT 'area' AS layer, name, NULL AS series, NULL AS label, NULL AS lon, NULL AS lat, path, 0 AS rank
FROM ref_department
UNION ALL
SELECT 'line', trim(name), CASE WHEN kilovolts < 200 THEN 'líneas de 138 kV o menos' ELSE 'líneas de ' || voltage_class(kilovolts) END,
       CASE WHEN kilovolts >= 400 THEN trim(name) || ': ' || es_number(kilometres, '{:,.0f}') || ' km, ' || operator END,
       NULL, NULL, path,
       CASE WHEN kilovolts < 200 THEN 1 WHEN kilovolts < 400 THEN 2 ELSE 3 END
FROM wire
UNION ALL
SELECT 'point', name, 'subestación de 220 kV o más', NULL, lon, lat, NULL, 1000
FROM ref_substation WHERE lon IS NOT NULL AND kilovolts >= 220
ORDER BY rank, name;

