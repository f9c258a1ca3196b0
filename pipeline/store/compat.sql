-- The seven tables of the system that this portal replaces, by name and meaning, over schema `portal`. Each query is
-- read by PostgreSQL (the view) and by DuckDB (to compare it with the lake): no function here is of one of them alone.
-- Before each: its name, the columns that tell its rows apart, and what people read about it.

--: metrics (metrica, entidad, recurso, fecha)
--: Valores por día, como la tabla metrics del sistema anterior. La unidad de valor_gwh es la de la columna unidad: GWh solo donde la métrica es energía.
SELECT fecha, metrica, entidad, recurso, valor AS valor_gwh, unidad, estado, horas, origen FROM ({days}) d
UNION ALL
SELECT CAST(ts AS date), metric, entity, code, value, unit, 'legacy', NULL, 'sistema anterior'
FROM portal.legacy_value WHERE grain <> 'hourly';

--: metrics_hourly (metrica, entidad, recurso, fecha, hora)
--: Valores por hora (1 a 24), como la tabla metrics_hourly del sistema anterior. La unidad de valor_mwh es la de la columna unidad: MWh solo donde la métrica es energía.
SELECT fecha, metrica, entidad, recurso, hora, valor AS valor_mwh, unidad, estado, origen FROM ({hours}) h
UNION ALL
SELECT CAST(ts AS date), metric, entity, code, CAST(extract(hour FROM ts) AS integer) + 1,
       CASE unit WHEN 'GWh' THEN value * 1000 ELSE value END, CASE unit WHEN 'GWh' THEN 'MWh' ELSE unit END,
       'legacy', 'sistema anterior'
FROM portal.legacy_value WHERE grain = 'hourly';

--: commercial_metrics (metric_code, entidad, codigo, fecha)
--: Precios y transacciones del mercado por día, como la tabla commercial_metrics del sistema anterior.
SELECT metrica AS metric_code, fecha, valor, unidad,
       CASE WHEN entidad = 'Agente' AND metrica LIKE 'Comp%' THEN recurso END AS agente_comprador,
       CASE WHEN entidad = 'Agente' AND metrica LIKE 'Vent%' THEN recurso END AS agente_vendedor,
       CASE WHEN metrica LIKE '%NoReg%' THEN 'no regulado' WHEN metrica LIKE '%Cont%Reg%' THEN 'regulado' END AS tipo_contrato,
       entidad, recurso AS codigo, estado
FROM ({commercial}) d;

--: distribution_metrics (metric_code, entidad, codigo, fecha)
--: Demanda, pérdidas y restricciones por día, como la tabla distribution_metrics del sistema anterior.
SELECT metrica AS metric_code, fecha, valor, unidad, CASE WHEN entidad = 'Agente' THEN recurso END AS agente,
       entidad, recurso AS codigo, estado
FROM ({distribution}) d;

--: lineas_transmision (codigo_linea, fecha)
--: Líneas de transmisión del conjunto 7538fd de SIMEM, como la tabla del sistema anterior, con la última lista publicada. El portal no guarda la fecha de publicación.
SELECT CAST(NULL AS timestamp) AS fecha_publicacion, CAST(ts AS date) AS fecha, code AS codigo_linea,
       name AS nombre_linea, operator AS codigo_operador, in_operation_since AS fpo, system AS sistema,
       {number:kilovolts} AS tension, {number:kilometres} AS longitud,
       {number:share_of_level} AS participacion_linea_nivel_tension,
       {number:share_of_total} AS participacion_linea_total, {number:level_kilometres} AS longitud_nivel_tension,
       {number:total_kilometres} AS longitud_total, subarea AS codigo_sub_area_operativa, area AS codigo_area_operativa,
       from_substation AS codigo_subestacion_origen, from_area AS codigo_area_operativa_origen,
       from_subarea AS codigo_sub_area_operativa_origen, to_substation AS codigo_subestacion_destino,
       to_area AS codigo_area_operativa_destino, to_subarea AS codigo_sub_area_operativa_destino,
       'P1D' AS codigo_duracion
FROM portal."LineasTransmision";

--: catalogos (catalogo, codigo)
--: Listas de XM, como la tabla catalogos del sistema anterior. La capacidad es la de CapEfecNeta (MW) del último día que XM publica.
SELECT l.catalogo, l.codigo, l.nombre, l.tipo, l.region, c.capacidad, l.agente, l.fuente, l.estado
FROM (
    SELECT 'ListadoRecursos' AS catalogo, code AS codigo, name AS nombre, type AS tipo, NULL AS region,
           agent_code AS agente, energy_source AS fuente, state AS estado
    FROM portal."ListadoRecursos" WHERE entity = 'Sistema'
    UNION ALL
    SELECT 'ListadoAgentes', code, name, activity, NULL, NULL, NULL, state FROM portal."ListadoAgentes"
    UNION ALL
    SELECT 'ListadoEmbalses', code, name, NULL, region, NULL, NULL, state FROM portal."ListadoEmbalses"
    UNION ALL
    SELECT 'ListadoRios', code, name, NULL, region, NULL, NULL, state FROM portal."ListadoRios"
    UNION ALL
    SELECT 'ListadoMetricas', code || '/' || of_entity, name, type, NULL, NULL, unit, NULL
    FROM portal."ListadoMetricas"
) l
LEFT JOIN (
    SELECT v.code, max(v.value) AS capacidad FROM portal."CapEfecNeta" v
    JOIN (
        SELECT code, max(ts) AS ts FROM portal."CapEfecNeta" WHERE entity = 'Recurso' GROUP BY code
    ) newest ON newest.code = v.code AND newest.ts = v.ts
    WHERE v.entity = 'Recurso' GROUP BY v.code
) c ON l.catalogo = 'ListadoRecursos' AND c.code = l.codigo;

--: predictions (fuente, fecha_prediccion, modelo)
--: El último pronóstico publicado de cada serie diaria, como la tabla predictions del sistema anterior. Todas las emisiones, con su acierto, están en portal.forecast_value y portal.forecast_score.
SELECT CAST(v.target AS date) AS fecha_prediccion, v.issued AS fecha_generacion,
       coalesce(o.fuente, v.series) AS fuente, v.mean AS valor_gwh_predicho, v.lo95 AS intervalo_inferior,
       v.hi95 AS intervalo_superior, v.h AS horizonte_dias, v.model AS modelo,
       CAST(0.95 AS double precision) AS confianza, s.mape, CAST(NULL AS double precision) AS rmse, p.unit AS unidad
FROM portal.forecast_value v
JOIN (
    SELECT series, max(issued) AS issued FROM portal.forecast_value
    WHERE run_kind = 'live' AND coalesce(scenario, '') = '' GROUP BY series
) last ON last.series = v.series AND last.issued = v.issued
JOIN portal.forecast_policy p ON p.series = v.series AND p.published = v.model AND p.grain = 'daily'
LEFT JOIN portal.forecast_score s
    ON s.series = v.series AND s.model = v.model AND s.run_kind = 'backtest' AND s.lead = 'all'
LEFT JOIN (VALUES ('hydro_daily', 'Hidráulica'), ('thermal_daily', 'Térmica'), ('solar_daily', 'Solar'),
    ('wind_daily', 'Eólica'), ('cogeneration_daily', 'Biomasa'), ('generation_total_daily', 'GENE_TOTAL'),
    ('demand_daily', 'DEMANDA'), ('price_daily', 'PRECIO_BOLSA'), ('inflow_daily', 'APORTES_HIDRICOS'),
    ('volume_daily', 'EMBALSES'), ('losses_daily', 'PERDIDAS')) AS o(series, fuente) ON o.series = v.series
WHERE v.run_kind = 'live' AND coalesce(v.scenario, '') = '';
