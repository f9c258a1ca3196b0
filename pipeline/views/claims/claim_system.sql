-- Claims that are about no single series: thresholds, what a whole is made of, balances, reservoirs, plants, events.
-- Their columns are those of claim_series.sql.

-- The price of scarcity of each month, as a part of a query: any of its days will do (market/prices.sql).
CREATE OR REPLACE MACRO scarcity_sql() AS
    '(SELECT left(fecha, 7) AS mes, max_by(valor, fecha) AS valor FROM titulares WHERE serie = ''scarcity'' '
    || 'GROUP BY mes) AS e';
CREATE OR REPLACE MACRO dear_hours_sql(since, until) AS
    'SELECT count(*) FILTER (WHERE h.value > e.valor) AS valor, max(e.valor) AS umbral FROM "PrecBolsNaci" AS h JOIN '
    || scarcity_sql() || ' ON e.mes = strftime(h.ts, ''%Y-%m'') WHERE h.entity = ''Sistema'' '
    || 'AND CAST(h.ts AS DATE) BETWEEN ' || told_day('day', since) || ' AND ' || told_day('day', until);

-- How full each reservoir is, by two metrics of XM or SIMEM, as a query that more conditions may follow.
CREATE OR REPLACE MACRO filled_sql(volume, capacity, day) AS
    'SELECT v.code AS codigo, 100 * v.value / nullif(c.value, 0) AS valor FROM "' || volume || '_daily" AS v JOIN "'
    || capacity || '_daily" AS c ON c.day = v.day AND c.entity = v.entity AND c.code = v.code '
    || 'WHERE v.entity = ''Embalse'' AND v.day = ' || told_day('day', day);
-- Shares of an entity's codes in their sum on a day, the largest first.
CREATE OR REPLACE MACRO shares_sql(metric, entity, day) AS
    'SELECT code AS codigo, value AS gwh, 100 * value / sum(value) OVER () AS parte, sum(value) OVER () AS total FROM "'
    || metric || '_daily" WHERE entity = ''' || entity || ''' AND day = ' || told_day('day', day)
    || ' ORDER BY value DESC';
-- The minimum that SIMEM publishes beside the volume of a reservoir, or of all that have one.
CREATE OR REPLACE MACRO minimum_sql(volume, minimum, day, rest) AS
    'SELECT ' || volume || ' AS valor, ' || minimum || ' AS umbral FROM "VolumenUtilDiarioEnergia_daily" AS v '
    || 'JOIN "CapacidadUtilEnergia_daily" AS c ON c.day = v.day AND c.entity = v.entity AND c.code = v.code '
    || 'JOIN "MinimoOperativoSuperior_daily" AS s ON s.day = v.day AND s.entity = v.entity AND s.code = v.code '
    || 'JOIN "MinimoOperativoInferior_daily" AS i ON i.day = v.day AND i.entity = v.entity AND i.code = v.code '
    || 'WHERE v.entity = ''Embalse'' AND s.value > 0 AND v.day = ' || told_day('day', day) || rest;

-- What was not served in the thirty days up to one, by area [MWh]: the sum of one kind.
CREATE OR REPLACE MACRO unserved_sql(metric, day) AS
    '(SELECT coalesce(1000 * sum(value), 0) FROM "' || metric || '_daily" WHERE entity = ''Area'' AND day BETWEEN '
    || told_day('day', day - 29) || ' AND ' || told_day('day', day) || ')';

-- Where a published threshold is crossed or kept, and whose it is. `manner` count: the value is a number of days or
-- hours.
CREATE OR REPLACE VIEW claim_threshold AS
WITH wording (id, said, share_of, manner, what, whose) AS (
    VALUES ('system_light', 'la energía guardada en los embalses', '', 'stock', 'el mínimo operativo superior',
            'que publica XM'),
           ('hsin', 'los aportes de las últimas cuatro semanas', 'de su media histórica', 'stock', 'el nivel',
            'que fija la Resolución CREG 026 de 2014'),
           ('pbp', 'el precio promedio de bolsa', '', 'days', 'el precio de escasez', 'que fija la CREG'),
           ('scarcity_hours', 'el precio de bolsa', '', 'hours', 'el precio de escasez', 'que fija la CREG')
)
SELECT 'threshold.' || i.id AS id, 'threshold' AS kind, 'threshold_' || i.id AS subject, 'país' AS scope,
       MAP {'value': i.value, 'threshold': CASE WHEN w.manner IN ('days', 'hours') THEN i.reference ELSE i.watch END,
            'of': CASE w.manner WHEN 'days' THEN 7.0 ELSE 24.0 END} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       MAP {'said': w.said, 'share_of': w.share_of, 'manner': w.manner, 'what': w.what, 'whose': w.whose,
            'side': CASE WHEN i.sense = 'below' AND i.level = 'normal' OR i.sense = 'above' AND i.level <> 'normal'
                         THEN 'above' ELSE 'below' END,
            'crossed': CASE WHEN i.level <> 'normal' THEN 'yes' ELSE '' END} AS words,
       MAP {}::MAP(VARCHAR, DATE) AS days,
       CASE WHEN w.manner IN ('days', 'hours') THEN 'COP/kWh' ELSE i.unit END AS unit,
       CASE WHEN w.manner IN ('days', 'hours') THEN 0 ELSE i.decimals END AS decimals, i.day, 'day' AS period,
       'ok' AS quality, i.metric AS metrics,
       CASE WHEN i.level <> 'normal' THEN 1 ELSE 0.2 END AS odd,
       CASE i.id
           WHEN 'hsin' THEN 'SELECT 100 * sum(a.value) / sum(m.value) AS valor, ' || i.watch || ' AS umbral '
               || 'FROM "AporEner_daily" AS a '
               || 'JOIN "AporEnerMediHist_daily" AS m ON m.day = a.day AND m.entity = a.entity '
               || 'WHERE a.entity = ''Sistema'' AND a.day BETWEEN ' || told_day('day', i.day - 27) || ' AND '
               || told_day('day', i.day)
           WHEN 'pbp' THEN 'SELECT count(*) FILTER (WHERE p.valor >= e.valor) AS valor, avg(e.valor) AS umbral '
               || 'FROM titulares AS p JOIN ' || scarcity_sql() || ' ON e.mes = left(p.fecha, 7) '
               || 'WHERE p.serie = ''price'' AND p.fecha BETWEEN ' || told_day('day', i.day - 6)
               || ' AND ' || told_day('day', i.day)
           WHEN 'scarcity_hours' THEN dear_hours_sql(i.day, i.day)
           ELSE minimum_sql('sum(v.value)', 'sum(s.value)', i.day, '') END AS sql
FROM state_index AS i JOIN wording AS w USING (id)
WHERE i.value IS NOT NULL AND i.level IS NOT NULL AND (w.manner NOT IN ('days', 'hours') OR i.value > 0)
UNION ALL
-- NOAA speaks of El Niño from five seasons in a row on
SELECT 'threshold.oni', 'threshold', 'threshold_oni', 'océano Pacífico',
       MAP {'value': o.oni, 'threshold': 0.5, 'of': 5.0, 'days': CAST(n.seasons AS DOUBLE)}, MAP {},
       MAP {'said': 'el índice oceánico de El Niño (ONI)', 'share_of': '', 'manner': 'seasons', 'what': 'el nivel',
            'whose': 'con el que la NOAA define El Niño', 'side': CASE WHEN n.seasons > 0 THEN 'above' ELSE 'below' END,
            'crossed': CASE WHEN n.seasons > 0 THEN 'yes' ELSE '' END},
       MAP {}, '°C', 1, n.month, 'month', 'ok', 'ONI', CASE WHEN n.seasons > 0 THEN 1 ELSE 0.4 END,
       level_sql('oni', 1)
           || 'SELECT max_by(valor, fecha) AS valor, 0.5 AS umbral, count(*) FILTER (WHERE fecha > coalesce('
           || '(SELECT max(fecha) FROM nivel WHERE valor < 0.5), '''')) AS dias FROM nivel'
FROM nino_now AS n JOIN oni_monthly AS o USING (month)
UNION ALL
SELECT 'threshold.reservoir.' || lower(code), 'threshold', 'reservoir_' || lower(code), 'embalse',
       MAP {'value': pct, 'threshold': upper_pct, 'of': 0.0}, MAP {},
       MAP {'said': 'el embalse ' || proper_name(reservoir), 'share_of': 'de su capacidad útil', 'manner': 'stock',
            'what': 'el mínimo operativo superior', 'whose': 'que publica XM',
            'side': CASE light WHEN 'good' THEN 'above' ELSE 'below' END,
            'crossed': CASE light WHEN 'good' THEN '' ELSE 'yes' END},
       MAP {}, '%', 1, day, 'day', quality, 'VolumenUtilDiarioEnergia,MinimoOperativoSuperior',
       CASE light WHEN 'good' THEN 0.05 ELSE 0.8 END,
       minimum_sql('100 * v.value / c.value', '100 * s.value / c.value', day, ' AND v.code = ''' || code || '''')
FROM reservoir_light
WHERE light IS NOT NULL AND upper_pct IS NOT NULL AND pct IS NOT NULL AND quotable(quality)
  AND day = (SELECT day FROM light_last_day)
UNION ALL
SELECT 'threshold.scarcity_month', 'threshold', 'threshold_scarcity_month', 'país',
       MAP {'value': CAST(above_upper AS DOUBLE), 'threshold': upper_price, 'of': CAST(hours AS DOUBLE)},
       MAP {},
       MAP {'said': 'el precio de bolsa', 'share_of': '', 'manner': 'hours', 'what': 'el precio de escasez',
           'whose': 'que fija la CREG',
            'side': 'above', 'crossed': 'yes'},
       MAP {}, 'COP/kWh', 0, CAST(month AS DATE), 'month', 'ok', 'PrecBolsNaci,PrecEscaAct,PrecEscaSup', 0.6,
       dear_hours_sql(CAST(month AS DATE), last_day(CAST(month AS DATE)))
FROM scarcity_last_month WHERE above_upper > 0 AND upper_price IS NOT NULL;

-- Queries of what is a whole of headline series: their values and shares; and of one that is a percentage, with the
-- rest.
CREATE OR REPLACE MACRO whole_sql(series, day) AS
    'SELECT nombre, valor, 100 * valor / sum(valor) OVER () AS parte, sum(valor) OVER () AS total FROM titulares '
    || 'WHERE serie IN (' || series || ') AND fecha = ' || told_day('day', day) || ' ORDER BY valor DESC';
CREATE OR REPLACE MACRO rest_sql(series, day) AS
    'SELECT unnest([valor, 100 - valor]) AS parte, 100 AS total FROM titulares WHERE serie = ''' || series
    || ''' AND fecha = ' || told_day('day', day);

-- The heat that was burnt, by kind of fuel: each name under which it came that day stands in the query with its kind.
CREATE OR REPLACE MACRO fuel_sql(on_day) AS
    'SELECT nombre, sum(value) AS valor, 100 * sum(value) / sum(sum(value)) OVER () AS parte, '
    || 'sum(sum(value)) OVER () AS total FROM (SELECT day, split_part(code, ''|'', 1) AS combustible, value '
    || 'FROM "ConsCombustibleMBTU_daily" WHERE entity = ''Recurso'' UNION ALL SELECT day, split_part(code, ''|'', 2), '
    || 'value FROM "ConsCombAprox_daily" WHERE entity = ''RecursoComb'') JOIN (VALUES ' || (
        SELECT string_agg('(''' || name || ''', ''' || fuel || ''')', ', ' ORDER BY name)
        FROM (SELECT DISTINCT name, fuel FROM fuel_burnt) WHERE fuel IN ('Gas', 'Carbón', 'Líquidos'))
    || ') AS t (combustible, nombre) USING (combustible) WHERE day = ' || told_day('day', on_day)
    || ' GROUP BY nombre ORDER BY valor DESC';

-- What a whole is made of: one row a part. A part has its article; `total` is in `unit`, the share in per cent.
CREATE OR REPLACE TABLE claim_part AS
WITH mix AS (
    SELECT m.*,
           CASE m.source WHEN 'Hidráulica' THEN 'la hidráulica' WHEN 'Térmica' THEN 'la térmica'
                         WHEN 'Solar' THEN 'la solar'
                         WHEN 'Eólica' THEN 'la eólica' WHEN 'Biomasa y cogeneración' THEN 'la cogeneración' END AS part
    FROM generation_mix_daily AS m JOIN mix_last_day USING (day) WHERE split = 'technology' AND quotable(quality)
), cost AS (
    SELECT * FROM unit_cost_last, LATERAL (VALUES
        ('la generación', g), ('la transmisión nacional', t), ('la transmisión regional', str),
        ('las pérdidas del STN', pr), ('las restricciones', r)) AS p (part, cost)
), fuel AS (
    SELECT f.day, 'el ' || CASE f.fuel WHEN 'Gas' THEN 'gas' WHEN 'Carbón' THEN 'carbón' ELSE f.fuel END AS part,
           f.fuel, f.mbtu
    FROM fuel_use_daily AS f JOIN claim_subject AS s ON s.series = 'fuel_heat' AND s.day = f.day
    WHERE f.fuel IN ('Gas', 'Carbón', 'Líquidos')
), water AS (
    SELECT 'la región ' || CASE region WHEN 'VALLE' THEN 'del Valle' ELSE proper_name(region) END AS part,
           volume_gwh, day
    FROM region_reserves
    WHERE day = (SELECT day FROM headline WHERE series = 'reserves_gwh')
)
SELECT 'generation' AS whole, 'la generación del país' AS said, part, gwh AS amount, sum(gwh) OVER () AS total,
       'GWh' AS unit, 1 AS decimals, day,
       'day' AS period, 'Gene,ListadoRecursos' AS metrics,
       whole_sql('''gen_hydro'', ''gen_thermal'', ''gen_solar'', ''gen_wind'', ''gen_cogeneration''', day) AS sql
FROM mix WHERE part IS NOT NULL
UNION ALL
SELECT 'plants', 'la generación del país', proper_name(plant), gwh, gwh / nullif(share_pct, 0) * 100, 'GWh', 1, day,
       'day', 'Gene,ListadoRecursos',
       shares_sql('Gene', 'Recurso', day) || ' LIMIT 5'
FROM plant_ranking WHERE rank <= 5
UNION ALL
SELECT 'demand', 'la demanda comercial', b.part, b.pct, 100, '%', 1, h.day, 'day', 'DemaComeReg,DemaComeNoReg,DemaCome',
       rest_sql('market_regulated_share', h.day)
FROM headline AS h,
LATERAL (VALUES ('el mercado regulado', h.value), ('los demás mercados', 100 - h.value)) AS b (part, pct)
WHERE h.series = 'market_regulated_share'
UNION ALL
SELECT 'users', 'la demanda real', b.part, b.pct, 100, '%', 1, h.day, 'day', 'DemaRealReg,DemaRealNoReg',
       rest_sql('users_regulated_share', h.day)
FROM headline AS h,
LATERAL (VALUES ('los usuarios regulados', h.value), ('los no regulados', 100 - h.value)) AS b (part, pct)
WHERE h.series = 'users_regulated_share'
UNION ALL
SELECT 'purchases', 'la energía comprada en bolsa y en contratos', b.part, b.gwh, w.spot_gwh + w.contract_gwh, 'GWh', 1,
       w.day, 'day', 'CompBolsNaciEner,CompContEner',
       whole_sql('''contract_energy'', ''spot_energy''', w.day)
FROM (SELECT * FROM wholesale_energy_daily WHERE quotable(quality) ORDER BY day DESC LIMIT 1) AS w,
LATERAL (VALUES ('los contratos', w.contract_gwh), ('la bolsa', w.spot_gwh)) AS b (part, gwh)
UNION ALL
SELECT 'network', 'la red de transmisión', b.part, b.km, n.kilometres, 'km', 0, n.day, 'day', 'LineasTransmision',
       'SELECT unnest([nacional, todo - nacional]) AS valor, 100 * valor / todo AS parte, todo AS total FROM (SELECT '
           || 'sum(kilometros) AS todo, sum(kilometros) FILTER (WHERE kilovoltios >= 220) AS nacional FROM lineas '
           || 'WHERE en_operacion)'
FROM network_now AS n, LATERAL (VALUES ('el Sistema de Transmisión Nacional', n.national_km),
    ('los sistemas regionales', n.kilometres - n.national_km)) AS b (part, km)
UNION ALL
SELECT 'unit_cost', 'el costo unitario que los datos de XM permiten calcular', part, cost, known, 'COP/kWh', 0,
       CAST(month AS DATE), 'month',
       'PrecPromContRegu,PPPrecBolsNaci,CargoUsoSTN,CargoUsoSTR,PerdidasEner,RestAliv,DemaCome',
       'SELECT nombre, valor, 100 * valor / sum(valor) OVER () AS parte, sum(valor) OVER () AS total FROM (UNPIVOT '
           || '(FROM costo_unitario WHERE mes = ' || told_day('month', CAST(month AS DATE))
           || ') ON g, t, str, pr, r INTO NAME nombre VALUE valor) ORDER BY valor DESC'
FROM cost WHERE cost > 0
UNION ALL
SELECT 'fuel', 'el combustible fósil quemado por las térmicas', replace(part, 'el Líquidos', 'los líquidos'), mbtu,
       sum(mbtu) OVER (), 'MBTU', 0, day, 'day', 'ConsCombustibleMBTU,ConsCombAprox',
       fuel_sql(day)
FROM fuel
UNION ALL
SELECT 'reservoirs', 'la energía guardada en los embalses', part, volume_gwh, sum(volume_gwh) OVER (), 'GWh', 0, day,
       'day', 'VoluUtilDiarEner',
       'SELECT e.region, sum(v.value) AS valor, 100 * sum(v.value) / sum(sum(v.value)) OVER () AS parte, '
           || 'sum(sum(v.value)) OVER () AS total FROM "VoluUtilDiarEner_daily" AS v LEFT JOIN (SELECT '
           || 'upper(strip_accents(name)) AS embalse, max_by(region, ts) AS region FROM "ListadoEmbalses" GROUP BY embalse) '
           || 'AS e ON e.embalse = upper(strip_accents(v.code)) '
           || 'WHERE v.entity = ''Embalse'' AND v.day = ' || told_day('day', day) || ' GROUP BY e.region ORDER BY valor DESC'
FROM water
UNION ALL
SELECT 'unserved', 'la demanda no atendida de los últimos treinta días',
       CASE kind WHEN 'Programada' THEN 'la parte programada' ELSE 'la parte no programada' END, mwh,
       sum(mwh) OVER (), 'MWh', 0, day, 'month_past', 'DemaNoAtenProg,DemaNoAtenNoProg',
       'WITH nivel AS (SELECT unnest([' || unserved_sql('DemaNoAtenProg', day) || ', '
           || unserved_sql('DemaNoAtenNoProg', day) || ']) AS mwh) '
           || 'SELECT mwh, 100 * mwh / sum(mwh) OVER () AS parte, sum(mwh) OVER () AS total FROM nivel'
FROM unserved_last_30
UNION ALL
SELECT 'links', 'la energía exportada', 'el enlace ' || proper_name(l.link), l.export_gwh, sum(l.export_gwh) OVER (),
       'GWh', 2, l.day, 'day', 'ExpoEner',
       shares_sql('ExpoEner', 'Enlace', l.day)
FROM exchange_link_daily AS l JOIN claim_subject AS s ON s.series = 'exports' AND s.day = l.day WHERE l.export_gwh > 0;

CREATE OR REPLACE VIEW claim_composition AS
WITH ranked AS (
    SELECT *, amount / nullif(total, 0) * 100 AS pct FROM claim_part WHERE amount > 0
)
SELECT 'composition.' || whole AS id, 'composition' AS kind, 'whole_' || whole AS subject, 'país' AS scope,
       MAP {'total': any_value(total), 'listed': sum(pct)} AS figures,
       map_from_entries(list({'k': part, 'v': CAST(pct AS DOUBLE)} ORDER BY pct DESC, part)) AS parts,
       MAP {'said': any_value(said),
            'manner': CASE WHEN whole IN ('network', 'reservoirs', 'unit_cost') THEN 'stock' ELSE 'flow' END} AS words,
       MAP {}::MAP(VARCHAR, DATE) AS days, any_value(unit) AS unit, any_value(decimals) AS decimals,
       any_value(day) AS day,
       any_value(period) AS period, 'ok' AS quality, any_value(metrics) AS metrics, 0.45 AS odd, any_value(sql) AS sql
FROM ranked GROUP BY whole HAVING count(*) > 1 AND any_value(total) > 0;

-- Two figures of one day in the same unit, and how far apart they are; the second may be the mean of some days.
CREATE OR REPLACE MACRO balance_sql(l, r, span, day) AS
    level_sql(r, span) || 'SELECT t.valor AS primero, h.valor AS segundo, abs(t.valor - h.valor) AS diferencia '
    || 'FROM titulares AS t, nivel AS h WHERE t.serie = ''' || l || ''' AND t.fecha = ' || told_day('day', day)
    || ' AND h.fecha = ' || told_day('day', day);

CREATE OR REPLACE VIEW claim_balance AS
WITH pairs AS (
    SELECT 'firm' AS id, 'la energía firme de las plantas (ENFICC)' AS said, 'la demanda media de siete días' AS other,
           enficc_gwh AS "left", demand_gwh AS "right", 'GWh' AS unit, 1 AS decimals, day, 'ENFICC,DemaSIN' AS metrics,
           balance_sql('enficc', 'demand', 7, day) AS sql, 0.9 AS weight
    FROM firm_margin WHERE quotable(quality)
    UNION ALL
    SELECT 'oef', 'el total de las obligaciones de energía firme', 'la demanda media de siete días', oef_gwh,
           demand_gwh, 'GWh', 1, day,
           'ObligEnerFirme,DemaSIN', balance_sql('oef', 'demand', 7, day), 0.7
    FROM firm_margin WHERE quotable(quality)
    UNION ALL
    -- on the last day that has both
    SELECT b.id, l.said, r.said, x.value, y.value, l.unit, greatest(l.decimals, r.decimals), x.day,
           l.metrics || ',' || r.metrics, balance_sql(b.l, b.r, 1, x.day), b.weight
    FROM (VALUES ('trade', 'exports', 'imports', 0.7), ('spot_contract', 'price', 'contract_price', 0.8),
                 ('hours', 'price_max', 'price_min', 0.6),
                 ('markets', 'contract_price_regulated', 'contract_price_free', 0.4),
                 ('firm_oef', 'enficc', 'oef', 0.4),
                 ('restrictions', 'rest_charged_unit', 'rest_before_unit', 0.3)) AS b (id, l, r, weight)
    JOIN claim_subject AS l ON l.series = b.l
    JOIN claim_subject AS r ON r.series = b.r
    JOIN daily_series AS x ON x.series = b.l AND x.complete AND x.day = least(l.day, r.day)
    JOIN daily_series AS y ON y.series = b.r AND y.complete AND y.day = x.day
)
SELECT 'balance.' || id AS id, 'balance' AS kind, 'balance_' || id AS subject, 'país' AS scope,
       MAP {'left': "left", 'right': "right", 'difference': tidy(abs("left" - "right"))} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       MAP {'said': said, 'other': other, 'side': CASE WHEN "left" >= "right" THEN 'above' ELSE 'below' END} AS words,
       MAP {}::MAP(VARCHAR, DATE) AS days, unit, decimals, day, 'day' AS period, 'ok' AS quality, metrics,
       weight AS odd, sql
FROM pairs WHERE round("left", decimals) > 0 AND round("right", decimals) > 0
  AND round("left" - "right", decimals) <> 0;

-- Reservoirs, plants, months, and what else is said in one figure.
CREATE OR REPLACE VIEW claim_other_value AS
WITH told AS (
    SELECT 'reservoir.' || lower(replace(reservoir, ' ', '_')) AS id, 'el embalse ' || proper_name(reservoir) AS said,
           'de su capacidad útil' AS share_of, 'stock' AS manner,
           pct AS value, '%' AS unit, 1 AS decimals, day, 'day' AS period,
           'VoluUtilDiarEner,CapaUtilDiarEner' AS metrics, 'embalse' AS scope,
           filled_sql('VoluUtilDiarEner', 'CapaUtilDiarEner', day)
               || ' AND v.code = ''' || replace(reservoir, '''', '''''') || '''' AS sql
    FROM reservoir_latest WHERE pct IS NOT NULL
    UNION ALL
    SELECT 'plant.' || lower(code), 'la planta ' || proper_name(plant), 'de la generación del país', 'flow', share_pct,
           '%', 1, day, 'day', 'Gene,ListadoRecursos', 'planta',
           'SELECT parte AS valor, gwh FROM (' || shares_sql('Gene', 'Recurso', day) || ') WHERE codigo = ''' || code
               || ''''
    FROM plant_ranking WHERE rank <= 10
    UNION ALL
    SELECT 'unserved.' || CASE kind WHEN 'Programada' THEN 'planned' ELSE 'forced' END,
           'la demanda no atendida ' || lower(kind), '', 'flow', mwh, 'MWh', 0, day,
           'month_past', 'DemaNoAtenProg,DemaNoAtenNoProg', 'país',
           'SELECT ' || unserved_sql('DemaNoAten' || CASE kind WHEN 'Programada' THEN 'Prog' ELSE 'NoProg' END, day)
               || ' AS valor'
    FROM unserved_last_30
    UNION ALL
    SELECT 'network.age', 'la edad media de las líneas', '', 'size', age_years, 'años', 0, day, 'day',
           'LineasTransmision', 'país', 'SELECT avg(date_diff(''day'', CAST(en_servicio AS DATE), DATE ' || told_day('day', day)
               || ') / 365.25) AS valor FROM lineas WHERE en_operacion' FROM network_now
    UNION ALL
    SELECT 'network.km', 'la longitud de la red', '', 'size', kilometres, 'km', 0, day, 'day', 'LineasTransmision',
           'país', 'SELECT sum(kilometros) AS valor FROM lineas WHERE en_operacion' FROM network_now
    UNION ALL
    SELECT 'losses_month', 'las pérdidas del STN', 'de la demanda comercial', 'flow', sum(l.gwh) / sum(d.gwh) * 100,
           '%', 2, max(l.day), 'month_past', 'PerdidasEner,DemaCome', 'país',
           'SELECT 100 * sum(l.value) / sum(d.value) AS valor FROM "PerdidasEner_daily" AS l '
               || 'JOIN "DemaCome_daily" AS d ON d.day = l.day AND d.entity = l.entity WHERE l.entity = ''Sistema'' '
               || 'AND l.day BETWEEN ' || told_day('day', min(l.day)) || ' AND ' || told_day('day', max(l.day))
    FROM losses_daily AS l JOIN demand_commercial_daily AS d USING (day)
    JOIN losses_last_day AS e ON l.day > e.day - 30 AND l.day <= e.day
    WHERE quotable(l.quality) HAVING count(*) = 30
    UNION ALL
    -- the same date of the last strong episodes, in the seasons of drought.sql
    SELECT 'reserves_then.' || c.start_year, 'las reservas de los embalses', 'de su capacidad útil', 'stock', d.value,
           '%', 1, d.day, 'then', 'VoluUtilDiarEner,CapaUtilDiarEner', 'país',
           'SELECT valor FROM titulares WHERE serie = ''reserves'' AND fecha = ' || told_day('day', d.day)
    FROM drought_cycle AS c CROSS JOIN (SELECT start_year FROM drought_cycle WHERE current) AS n
    CROSS JOIN (SELECT day FROM headline WHERE series = 'reserves') AS h
    JOIN daily_series AS d ON d.series = 'reserves' AND d.complete
      AND d.day = CAST(h.day - to_years(CAST(n.start_year - c.start_year AS INTEGER)) AS DATE)
    WHERE c.start_year IN (2015, 2023) AND NOT c.current
)
SELECT 'value.' || id AS id, 'value' AS kind, replace(id, '.', '_') AS subject, scope,
       MAP {'value': value, 'span': 1.0} AS figures, MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       MAP {'said': said, 'share_of': share_of, 'manner': manner,
            'alone': CASE WHEN period = 'day' AND scope = 'país' OR period IN ('month_past', 'then') THEN 'yes'
                          ELSE '' END} AS words,
       MAP {}::MAP(VARCHAR, DATE) AS days, unit, decimals, day, period, 'ok' AS quality, metrics, 0.3 AS odd, sql
FROM told WHERE value IS NOT NULL
UNION ALL
-- the fullest and the emptiest reservoir
SELECT 'rank.reservoir.' || b.side, 'rank', 'reservoir_extreme_' || b.side, 'embalse',
       MAP {'value': r.pct, 'of': CAST(r.n AS DOUBLE), 'span': 1.0}, MAP {},
       MAP {'said': 'el embalse ' || proper_name(r.reservoir), 'share_of': 'de su capacidad útil', 'manner': 'stock',
            'side': b.side, 'extreme': 'los embalses'}, MAP {}, '%', 1, r.day,
       'day', 'ok', 'VoluUtilDiarEner,CapaUtilDiarEner', 0.5,
       filled_sql('VoluUtilDiarEner', 'CapaUtilDiarEner', r.day)
           || ' ORDER BY valor ' || CASE b.side WHEN 'high' THEN 'DESC' ELSE 'ASC' END || ' LIMIT 1'
FROM (SELECT *, count(*) OVER () AS n, row_number() OVER (ORDER BY pct DESC, reservoir) AS high,
             row_number() OVER (ORDER BY pct, reservoir) AS low FROM reservoir_latest WHERE pct IS NOT NULL) AS r,
(VALUES ('high'), ('low')) AS b (side)
WHERE CASE b.side WHEN 'high' THEN r.high ELSE r.low END = 1 AND r.n > 2;

-- The charges of the network and the cost of a kWh, month against the month before.
CREATE OR REPLACE VIEW claim_month AS
WITH told AS (
    SELECT u.month, b.id, b.said, b.value, lag(b.value) OVER (PARTITION BY b.id ORDER BY u.month) AS before,
           lag(u.month) OVER (PARTITION BY b.id ORDER BY u.month) AS before_month, b.sql
    FROM unit_cost_monthly AS u,
    LATERAL (VALUES ('known', 'el costo unitario que los datos de XM permiten calcular', u.known, 'total'),
                    ('stn', 'el cargo por uso del STN', u.t, 't'),
                    ('str', 'el cargo por uso del STR', u.str, 'str')) AS b (id, said, value, sql)
    WHERE b.value IS NOT NULL
)
SELECT 'compare.unit_cost.' || id AS id, 'comparison' AS kind, 'unit_cost_' || id AS subject, 'país' AS scope,
       MAP {'value': value, 'base': before, 'change': tidy(pct_change(value, before)), 'span': 1.0} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       MAP {'said': said, 'share_of': '', 'manner': 'flow', 'basis': 'el mes anterior', 'against': 'last'} AS words,
       MAP {'base': CAST(before_month AS DATE)} AS days,
       'COP/kWh' AS unit, 1 AS decimals, CAST(month AS DATE) AS day, 'month' AS period, 'ok' AS quality,
       CASE id WHEN 'stn' THEN 'CargoUsoSTN,DemaCome' WHEN 'str' THEN 'CargoUsoSTR,DemaCome'
           ELSE 'PrecPromContRegu,CargoUsoSTN,CargoUsoSTR,RestAliv,DemaCome' END AS metrics,
       least(1, 0.3 + abs(pct_change(value, before)) / 30) AS odd,
       'SELECT h.' || sql || ' AS valor, b.' || sql || ' AS base, ' || change_sql('', 'h.' || sql, 'b.' || sql)
           || ' FROM costo_unitario AS h, costo_unitario AS b WHERE h.mes = ' || told_day('month', CAST(month AS DATE))
           || ' AND b.mes = ' || told_day('month', CAST(before_month AS DATE)) AS sql
FROM told WHERE before > 0 AND date_diff('month', before_month, month) = 1
QUALIFY row_number() OVER (PARTITION BY id ORDER BY month DESC) = 1;

-- The state of the system, by its one rule (headlines/system_state.sql).
CREATE OR REPLACE VIEW claim_event AS
SELECT 'event.state' AS id, 'event' AS kind, 'state' AS subject, 'país' AS scope,
       MAP {'days': CAST(days AS DOUBLE), 'span': 0.0} AS figures,
       MAP {}::MAP(VARCHAR, DOUBLE) AS parts,
       MAP {'event': 'state', 'state': state, 'before': coalesce(before, ''),
            'whole': CASE WHEN whole THEN 'yes' ELSE '' END} AS words, MAP {'since': since} AS days, 'días' AS unit,
       0 AS decimals, day, 'day' AS period, 'ok' AS quality, 'PrecBolsNaci,AporEner,MinimoOperativoSuperior' AS metrics,
       CASE state WHEN 'normal' THEN 0.3 ELSE 1 END AS odd,
       'SELECT estado, desde, dias FROM estados_del_sistema ORDER BY desde DESC LIMIT 1' AS sql
FROM system_state WHERE state IN ('normal', 'watch', 'risk') AND since IS NOT NULL;
