-- Demand in detail: day types, growth, peaks, and who consumes it.
--
-- Four ways to split the same energy, each with the metric that allows it (XM):
--   agent     DemaCome/Agente                    retailers (and, for a trifle, generators' own consumption)
--   market    DemaCome/MercadoComercializacion   retail market | REGULADO or NO REGULADO
--   activity  DemaComeNoReg/CIIU                 section | division | class of the CIIU; non-regulated users only
--   operator  DemaOR/Agente                      inside the network of each operator, without STN losses; leaves out
--                                                users connected to the STN, so it is about 90 % of the demand
-- They are compared over four whole weeks, against the four weeks 364 days before: the same weekdays, so that a Sunday
-- more or less does not look like growth.

CREATE OR REPLACE MACRO day_type(day) AS
    CASE WHEN day IN (SELECT h.day FROM holiday AS h) THEN 'Festivo'
         WHEN isodow(day) = 7 THEN 'Domingo'
         WHEN isodow(day) = 6 THEN 'Sábado'
         ELSE 'Ordinario' END;

-- Mean power of each hour by day type over the last 365 settled days of DemaReal [MW]: 1 GWh in one hour = 1000 MW.
-- ratio: against the mean of that type's day. Reference, 2023 shape of a weekday: 1.137 at 19 h, 0.808 at 3 h.
CREATE OR REPLACE TABLE demand_hour_shape AS
WITH settled AS (
    SELECT d.day, CASE WHEN h.day IS NOT NULL THEN 'Festivo' WHEN isodow(d.day) = 7 THEN 'Domingo'
                       WHEN isodow(d.day) = 6 THEN 'Sábado' ELSE 'Ordinario' END AS day_type
    FROM demand_real_daily AS d
    LEFT JOIN holiday AS h USING (day)
    WHERE quotable(d.quality) AND d.day > (SELECT max(day) - 365 FROM demand_real_daily WHERE quotable(quality))
), shaped AS (
    SELECT s.day_type, CAST(hour(r.ts) AS INTEGER) AS hour, avg(r.value) * 1000 AS mw, count(*) AS days
    FROM "DemaReal" AS r
    JOIN settled AS s ON s.day = CAST(r.ts AS DATE)
    WHERE r.entity = 'Sistema'
    GROUP BY ALL
)
SELECT day_type, hour, tidy(mw) AS mw, tidy(mw / avg(mw) OVER (PARTITION BY day_type)) AS ratio,
       CAST(days AS INTEGER) AS days
FROM shaped
ORDER BY day_type, hour;

-- Growth of the demand: the mean of the last 28 days against the mean of the 28 days that end 364 days before, both
-- with all their days settled.
CREATE OR REPLACE TABLE demand_growth_daily AS
WITH settled AS (
    SELECT day, gwh FROM demand_daily WHERE quotable(quality)
), weeks AS (
    SELECT a.day, avg(b.gwh) AS gwh, count(*) AS days
    FROM settled AS a JOIN settled AS b ON b.day > a.day - 28 AND b.day <= a.day
    GROUP BY a.day
)
SELECT n.day, tidy(n.gwh) AS gwh_per_day, tidy(b.gwh) AS gwh_per_day_before, tidy(pct_change(n.gwh, b.gwh)) AS growth_pct
FROM weeks AS n
JOIN weeks AS b ON b.day = n.day - 364 AND b.days = 28
WHERE n.days = 28
ORDER BY n.day;

-- Months of the demand from settled days; whole = every day of the month. Growth against the same month of the year
-- before only between whole months, by mean day (February has 28 or 29).
CREATE OR REPLACE TABLE demand_monthly AS
WITH months AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month, sum(gwh) AS gwh, avg(gwh) AS gwh_per_day,
           CAST(count(*) AS INTEGER) AS days, CAST(day(last_day(min(day))) AS INTEGER) AS days_in_month
    FROM demand_daily
    WHERE quotable(quality)
    GROUP BY 1
)
SELECT n.month, tidy(n.gwh) AS gwh, tidy(n.gwh_per_day) AS gwh_per_day, n.days, n.days_in_month,
       n.days = n.days_in_month AS whole,
       CASE WHEN n.days = n.days_in_month AND b.days = b.days_in_month
                THEN tidy(pct_change(n.gwh_per_day, b.gwh_per_day)) END AS growth_pct
FROM months AS n
LEFT JOIN months AS b ON b.month = CAST(n.month - INTERVAL 1 YEAR AS DATE)
ORDER BY n.month;

-- UPME's three projections against what happened (DemaSIN), whole months only [GWh].
CREATE OR REPLACE VIEW demand_scenarios AS
WITH projected AS (
    SELECT CAST(ts AS DATE) AS month, 'Alto' AS scenario, value AS gwh FROM "EscDemUPMEAlto" WHERE entity = 'Sistema'
    UNION ALL SELECT CAST(ts AS DATE), 'Medio', value FROM "EscDemUPMEMedio" WHERE entity = 'Sistema'
    UNION ALL SELECT CAST(ts AS DATE), 'Bajo', value FROM "EscDemUPMEBajo" WHERE entity = 'Sistema'
)
SELECT p.month,
       max(p.gwh) FILTER (WHERE scenario = 'Alto') AS high_gwh,
       max(p.gwh) FILTER (WHERE scenario = 'Medio') AS medium_gwh,
       max(p.gwh) FILTER (WHERE scenario = 'Bajo') AS low_gwh,
       max(m.gwh) AS actual_gwh,
       tidy(pct_change(max(m.gwh), max(p.gwh) FILTER (WHERE scenario = 'Medio'))) AS deviation_pct
FROM projected AS p
LEFT JOIN demand_monthly AS m ON m.month = p.month AND m.whole
GROUP BY p.month
ORDER BY p.month;

-- DemaMaxPot (XM): highest power of the day, of any instant [MW]; stored in MW since XM publishes kW.
CREATE OR REPLACE VIEW demand_max_power_daily AS
SELECT day, value AS mw, day_quality(hours, quality) AS quality FROM "DemaMaxPot_daily" WHERE entity = 'Sistema';

-- Both markets and the share of the regulated one in the whole commercial demand. They do not add up to it: exports and
-- the own consumption of generators are in neither. Reference: 2024-04-30, 157.273 of 233.861 GWh (67.3 %).
CREATE OR REPLACE VIEW demand_market_daily AS
SELECT r.day, r.value AS regulated_gwh, n.value AS non_regulated_gwh, tidy(c.gwh - r.value - n.value) AS other_gwh,
       tidy(r.value / nullif(c.gwh, 0) * 100) AS regulated_pct,
       worse_quality(c.quality, worse_quality(day_quality(r.hours, r.quality), day_quality(n.hours, n.quality)))
           AS quality
FROM "DemaComeReg_daily" AS r
JOIN "DemaComeNoReg_daily" AS n ON n.day = r.day AND n.entity = 'Sistema'
JOIN demand_commercial_daily AS c ON c.day = r.day
WHERE r.entity = 'Sistema';

-- Names of companies as a person writes them: without the legal form, with accents, in lower case where it is due.
CREATE OR REPLACE MACRO company_spelling() AS MAP {
    'PUBLICAS': 'Públicas', 'MEDELLIN': 'Medellín', 'ENERGIA': 'Energía', 'ELECTRICA': 'Eléctrica',
    'ELECTRICAS': 'Eléctricas', 'ELECTRICO': 'Eléctrico', 'HIDROELECTRICA': 'Hidroeléctrica', 'BOYACA': 'Boyacá',
    'COMPANIA': 'Compañía', 'CIA.': 'Cía.', 'CAQUETA': 'Caquetá', 'NARINO': 'Nariño', 'CHOCO': 'Chocó',
    'QUINDIO': 'Quindío', 'ENERGETICA': 'Energética', 'PACIFICO': 'Pacífico', 'TULUA': 'Tuluá', 'POPAYAN': 'Popayán', 'CORDOBA': 'Córdoba', 'TERMICA': 'Térmica',
    'ISAGEN': 'Isagen', 'AES': 'AES', 'EPSA': 'EPSA', 'DISPAC': 'Dispac', 'CARIBEMAR': 'Caribemar', 'ENERTOTAL': 'Enertotal',
    'GENERACION': 'Generación', 'COMERCIALIZACION': 'Comercialización', 'DISTRIBUCION': 'Distribución', '&': 'y',
    'LA': 'la', 'ATLANTICO': 'Atlántico', 'GCM': 'GCM', 'CQR': 'CQR', 'BOLIVAR': 'Bolívar',
    'DEFINIDA': 'definida'};

CREATE OR REPLACE MACRO legal_form() AS
    '([\s,.-]+(S\.? ?A\.?( ?S\.?)?|S\.? ?A\.? ?S\.?|E\.? ?S\.? ?P\.?|E\.?I\.?C\.?E\.?|S\.? ?C\.? ?A\.?|LTDA\.?|BIC|& CIA\.?|SOCIEDAD ANONIMA))+[\s,.-]*$';

CREATE OR REPLACE MACRO capitalized(text) AS upper(text[1]) || text[2:];

CREATE OR REPLACE MACRO company_name(name) AS
    capitalized(array_to_string([
        CASE WHEN map_contains(company_spelling(), folded(w)) THEN company_spelling()[folded(w)]
             WHEN regexp_full_match(w, '[A-ZÁÉÍÓÚÑ]{2,}-[A-Z]') THEN upper(w[1]) || lower(w[2:])
             ELSE proper_name(w) END
        FOR w IN string_split(trim(regexp_replace(replace(one_spelling(name), 'AIR- E', 'AIR-E'), legal_form(), '', 'i')), ' ')
        IF w <> ''], ' '));

-- What people call them, for charts: the trade name of the larger ones, else the name itself.
CREATE OR REPLACE MACRO company_short(name) AS
    CASE WHEN name LIKE 'Empresas Públicas de Medellín%' THEN 'EPM'
         WHEN name LIKE 'Empresas Municipales de Cali%' THEN 'Emcali'
         WHEN name LIKE 'Central Hidroeléctrica de Caldas%' THEN 'CHEC'
         WHEN name LIKE 'Centrales Eléctricas del Norte%' THEN 'CENS'
         WHEN name LIKE 'Centrales Eléctricas de Nariño%' THEN 'Cedenar'
         WHEN name LIKE 'Electrificadora de Santander%' THEN 'ESSA'
         WHEN name LIKE 'Electrificadora del Huila%' THEN 'Electrohuila'
         WHEN name LIKE 'Electrificadora del Meta%' THEN 'EMSA'
         WHEN name LIKE 'Electrificadora del Caquetá%' THEN 'Electrocaquetá'
         WHEN name LIKE 'Empresa de Energía de Boyacá%' THEN 'EBSA'
         WHEN name LIKE 'Empresa de Energía del Quindío%' THEN 'EDEQ'
         WHEN name LIKE 'Empresa de Energía de Pereira%' THEN 'EEP'
         WHEN name LIKE 'Empresa de Energía de Casanare%' THEN 'Enerca'
         WHEN name LIKE 'Compañía Energética de Occidente%' THEN 'CEO'
         WHEN name LIKE 'Caribemar%' THEN 'Afinia (Caribemar)'
         WHEN name LIKE 'Empresa de Energía de Arauca%' THEN 'Enelar'
         WHEN name LIKE 'Empresa Distribuidora del Pacífico%' THEN 'Dispac'
         WHEN name LIKE 'Compañía de Electricidad de Tuluá%' THEN 'Cetsa'
         WHEN name LIKE 'Empresa de Energía del Putumayo%' THEN 'EEP Putumayo'
         WHEN name LIKE 'Empresa de Energía del Bajo Putumayo%' THEN 'EE Bajo Putumayo'
         WHEN name LIKE 'Empresa de Energía del Valle de Sibundoy%' THEN 'EE Sibundoy'
         WHEN name LIKE 'Empresa de Energía Eléctrica del Departamento del Guaviare%' THEN 'Energuaviare'
         WHEN name LIKE 'Empresa Municipal de Energía Eléctrica%' THEN 'EMEE Popayán'
         ELSE name END;

-- Sections of the CIIU as a chart can hold them.
CREATE OR REPLACE MACRO section_short(section) AS
    CASE WHEN section LIKE 'Explotación de minas%' THEN 'Minas y canteras'
         WHEN section LIKE 'Industrias manufactureras%' THEN 'Industria'
         WHEN section LIKE 'Comercio%' THEN 'Comercio'
         WHEN section LIKE 'Agricultura%' THEN 'Agro y pesca'
         WHEN section LIKE 'Distribución de agua%' THEN 'Agua y saneamiento'
         WHEN section LIKE 'Administración pública%' THEN 'Gobierno y defensa'
         WHEN section LIKE 'Actividades de atención de la salud%' THEN 'Salud'
         WHEN section LIKE 'Alojamiento%' THEN 'Hoteles y comida'
         WHEN section LIKE 'Información y com%' THEN 'Comunicaciones'
         WHEN section LIKE 'Suministro de electricidad%' THEN 'Electricidad y gas'
         WHEN section LIKE 'Transporte%' THEN 'Transporte'
         WHEN section LIKE 'Actividades financieras%' THEN 'Finanzas y seguros'
         WHEN section LIKE 'Actividades inmobiliarias%' THEN 'Inmobiliarias'
         WHEN section LIKE 'Actividades profesionales%' THEN 'Profesionales'
         WHEN section LIKE 'Actividades de servicios administrativos%' THEN 'Servicios de apoyo'
         WHEN section LIKE 'Actividades artísticas%' THEN 'Arte y recreación'
         WHEN section LIKE 'Actividades de los hogares%' THEN 'Hogares'
         WHEN section LIKE 'Actividades de organizaciones%' THEN 'Organismos'
         WHEN section LIKE 'Otras actividades%' THEN 'Otros servicios'
         ELSE section END;

-- Agents of the market. The same company has a code for each activity (ENDC sells to users, ENDD distributes, ENDG
-- generates), so a name may stand for several codes.
CREATE OR REPLACE TABLE agent AS
SELECT DISTINCT ON (code)
       code, coalesce(nullif(company_name(name), ''), code) AS name,
       CASE WHEN folded(activity) LIKE 'COMERCIALIZ%' THEN 'retailer'
            WHEN folded(activity) LIKE 'DISTRIB%' THEN 'operator'
            WHEN folded(activity) LIKE 'GENERA%' THEN 'generator'
            WHEN folded(activity) LIKE 'TRANS%' THEN 'transmitter' END AS activity
FROM "ListadoAgentes"
WHERE entity = 'Sistema'
ORDER BY code, ts DESC, name;

CREATE OR REPLACE VIEW demand_split_daily AS
SELECT 'agent' AS dimension, code, day, value AS gwh, quality FROM "DemaCome_daily" WHERE entity = 'Agente'
UNION ALL SELECT 'market', code, day, value, quality FROM "DemaCome_daily" WHERE entity = 'MercadoComercializacion'
UNION ALL SELECT 'activity', code, day, value, quality FROM "DemaComeNoReg_daily" WHERE entity = 'CIIU'
UNION ALL SELECT 'operator', code, day, value, quality FROM "DemaOR_daily" WHERE entity = 'Agente';

-- Days that a split may be read on: the system's total of the same metric is settled; DemaOR has no total, so there a
-- day is settled when every row of it is quotable.
CREATE OR REPLACE VIEW demand_split_day AS
SELECT d.dimension, c.day FROM demand_commercial_daily AS c, (VALUES ('agent'), ('market')) AS d (dimension)
WHERE quotable(c.quality)
UNION ALL
SELECT 'activity', day FROM "DemaComeNoReg_daily" WHERE entity = 'Sistema' AND quotable(day_quality(hours, quality))
UNION ALL
SELECT 'operator', day FROM "DemaOR_daily" WHERE entity = 'Agente'
GROUP BY day HAVING bool_and(quotable(quality));

-- Energy of the last four settled weeks by agent, market, activity or operator, its share, and its growth against the
-- four weeks of a year before (only when both windows have their 28 days).
CREATE OR REPLACE TABLE demand_by AS
WITH days AS (
    SELECT s.dimension, s.day, w.until
    FROM demand_split_day AS s
    JOIN (SELECT x.dimension, max(x.day) AS until
          FROM demand_split_day AS x
          JOIN (SELECT DISTINCT dimension, day FROM demand_split_daily) AS p USING (dimension, day)
          GROUP BY x.dimension) AS w USING (dimension)
    WHERE (s.day > w.until - 28 AND s.day <= w.until) OR (s.day > w.until - 392 AND s.day <= w.until - 364)
), counted AS (
    SELECT dimension, until, CAST(count(*) FILTER (WHERE day > until - 28) AS INTEGER) AS days,
           count(*) FILTER (WHERE day <= until - 364) AS days_before
    FROM days GROUP BY dimension, until
), summed AS (
    SELECT v.dimension, v.code,
           sum(v.gwh) FILTER (WHERE v.day > d.until - 28) AS gwh,
           sum(v.gwh) FILTER (WHERE v.day <= d.until - 364) AS gwh_before
    FROM demand_split_daily AS v
    JOIN days AS d USING (dimension, day)
    GROUP BY v.dimension, v.code
)
SELECT s.dimension, s.code, c.until, c.days, tidy(s.gwh) AS gwh, tidy(s.gwh / nullif(c.days, 0)) AS gwh_per_day,
       tidy(s.gwh / nullif(sum(s.gwh) OVER (PARTITION BY s.dimension), 0) * 100) AS share_pct,
       CASE WHEN c.days = 28 AND c.days_before = 28 THEN tidy(pct_change(s.gwh, s.gwh_before)) END AS growth_pct,
       CAST(row_number() OVER (PARTITION BY s.dimension ORDER BY s.gwh DESC, s.code) AS INTEGER) AS rank
FROM summed AS s
JOIN counted AS c USING (dimension)
WHERE s.gwh IS NOT NULL
ORDER BY s.dimension, rank;

-- A retail market or an activity in words: 'BOGOTA - CUNDINAMARCA' reads 'Bogotá - Cundinamarca', and an activity in
-- capitals reads as a sentence, up to its first semicolon.
CREATE OR REPLACE MACRO market_name(name) AS
    array_to_string([CASE WHEN map_contains(company_spelling(), folded(w)) THEN company_spelling()[folded(w)]
                          ELSE proper_name(w) END FOR w IN string_split(trim(name), ' ')], ' ');
CREATE OR REPLACE MACRO sentence_case(text) AS
    upper(trim(split_part(text, ';', 1))[1]) || lower(trim(split_part(text, ';', 1))[2:]);

CREATE OR REPLACE VIEW demand_by_retailer AS
SELECT d.rank, d.code, coalesce(a.name, d.code) AS name,
       company_short(coalesce(a.name, d.code)) AS short_name, d.gwh, d.gwh_per_day, d.share_pct, d.growth_pct, d.days, d.until
FROM demand_by AS d LEFT JOIN agent AS a USING (code)
WHERE d.dimension = 'agent';

CREATE OR REPLACE VIEW demand_by_operator AS
SELECT d.rank, d.code, coalesce(a.name, d.code) AS name,
       company_short(coalesce(a.name, d.code)) AS short_name, d.gwh, d.gwh_per_day, d.share_pct, d.growth_pct, d.days, d.until
FROM demand_by AS d LEFT JOIN agent AS a USING (code)
WHERE d.dimension = 'operator';

CREATE OR REPLACE VIEW demand_by_market AS
SELECT market_name(split_part(code, '|', 1)) AS market,
       CASE folded(split_part(code, '|', 2)) WHEN 'REGULADO' THEN 'Regulado' WHEN 'NO REGULADO' THEN 'No regulado'
            ELSE sentence_case(split_part(code, '|', 2)) END AS kind,
       gwh, gwh_per_day, share_pct, until
FROM demand_by
WHERE dimension = 'market';

CREATE OR REPLACE VIEW demand_by_activity AS
SELECT d.rank, section_short(sentence_case(split_part(code, '|', 1))) AS section,
       sentence_case(split_part(code, '|', 2)) AS activity,
       split_part(code, '|', 3) AS ciiu, gwh, gwh_per_day, share_pct, growth_pct, until
FROM demand_by AS d
WHERE dimension = 'activity';
