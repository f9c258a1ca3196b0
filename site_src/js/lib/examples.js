// Queries to begin with, by subject. Only tables of metrics stand in double quotes: by them an example knows whether it
// has data. A test runs each one here and in native DuckDB.

/** @typedef {{ subject: string, label: string, sql: string }} Example */

/** @type {[subject: string, examples: [label: string, sql: string][]][]} */
const BY_SUBJECT = [
  ["Precio", [
    ["Precio de bolsa por día", `SELECT day, round(value, 2) AS cop_kwh, quality\nFROM "PrecBolsNaci_daily"\nORDER BY day DESC\nLIMIT 31`],
    ["La hora más cara de cada mes", `SELECT date_trunc('month', ts)::DATE AS mes, max_by(ts, value) AS hora, round(max(value), 2) AS cop_kwh\nFROM "PrecBolsNaci"\nGROUP BY mes\nORDER BY mes DESC`],
    ["Curva de duración del precio del último año", `SELECT unnest([1, 5, 10, 25, 50, 75, 90, 99]) AS porcentaje_de_horas, unnest(precios) AS precio_superado\nFROM (SELECT quantile_disc(round(value, 2), [0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.01]) AS precios\n      FROM "PrecBolsNaci" WHERE ts >= (SELECT max(ts) - INTERVAL 1 YEAR FROM "PrecBolsNaci"))`],
    ["Horas sobre el precio de escasez, por mes", `SELECT date_trunc('month', b.ts)::DATE AS mes, count(*) FILTER (WHERE b.value > e.value) AS horas, count(*) AS de\nFROM "PrecBolsNaci" AS b JOIN "PrecEsca_daily" AS e ON e.day = b.ts::DATE\nGROUP BY mes\nORDER BY mes DESC`],
    ["Precio de bolsa frente al de contratos", `SELECT p.day, round(p.value, 2) AS contratos, round(b.value, 2) AS bolsa\nFROM "PrecPromCont_daily" AS p JOIN "PrecBolsNaci_daily" AS b USING (day)\nORDER BY day DESC\nLIMIT 31`],
    ["Perfil del precio en las 24 horas", `SELECT hour(ts) AS hora, round(avg(value), 2) AS medio, round(min(value), 2) AS menor, round(max(value), 2) AS mayor\nFROM "PrecBolsNaci"\nGROUP BY hora\nORDER BY hora`],
  ]],
  ["Demanda", [
    ["Perfil horario de la demanda", `SELECT hour(ts) AS hora, round(avg(value) * 1000, 0) AS mw\nFROM "DemaReal"\nWHERE entity = 'Sistema'\nGROUP BY hora\nORDER BY hora`],
    ["Demanda por día de la semana", `SELECT dayofweek(day) AS dia, round(avg(value), 1) AS gwh, count(*) AS dias\nFROM "DemaReal_daily"\nWHERE entity = 'Sistema' AND hours = 24\nGROUP BY dia\nORDER BY dia`],
    ["Los días de mayor demanda", `SELECT day, round(value, 2) AS gwh\nFROM "DemaReal_daily"\nWHERE entity = 'Sistema' AND quality NOT IN ('provisional', 'doubtful')\nORDER BY value DESC\nLIMIT 10`],
    ["Cada día frente a su comparable de hace un año", `SELECT d.day, c.comparable, round(d.value, 1) AS gwh, round(100 * (d.value / a.value - 1), 1) AS cambio_pct\nFROM "DemaReal_daily" AS d\nJOIN comparables AS c ON c.fecha = d.day::VARCHAR\nJOIN "DemaReal_daily" AS a ON a.entity = d.entity AND a.code = d.code AND a.day::VARCHAR = c.comparable\nWHERE d.entity = 'Sistema' AND d.hours = 24 AND a.hours = 24 AND d.quality NOT IN ('provisional', 'doubtful')\nORDER BY d.day DESC\nLIMIT 31`],
    ["Demanda no regulada por actividad económica", `SELECT code AS ciiu, round(sum(value), 1) AS gwh\nFROM "DemaComeNoReg"\nWHERE entity = 'CIIU'\nGROUP BY ciiu\nORDER BY gwh DESC\nLIMIT 15`],
    ["Participación de los comercializadores", `SELECT code AS agente, round(100 * sum(value) / sum(sum(value)) OVER (), 2) AS porcentaje\nFROM "DemaCome"\nWHERE entity = 'Agente'\nGROUP BY agente\nORDER BY porcentaje DESC\nLIMIT 15`],
  ]],
  ["Generación", [
    ["Los diez recursos que más generan", `SELECT g.code, any_value(l.name) AS recurso, any_value(l.energy_source) AS fuente, round(sum(g.value), 1) AS gwh\nFROM "Gene" AS g LEFT JOIN "ListadoRecursos" AS l ON l.code = g.code AND l.entity = 'Sistema'\nWHERE g.entity = 'Recurso'\nGROUP BY g.code\nORDER BY gwh DESC\nLIMIT 10`],
    ["Generación por fuente y mes", `SELECT date_trunc('month', g.day)::DATE AS mes, l.energy_source AS fuente, round(sum(g.value), 1) AS gwh\nFROM "Gene_daily" AS g JOIN "ListadoRecursos" AS l ON l.code = g.code AND l.entity = 'Sistema'\nWHERE g.entity = 'Recurso'\nGROUP BY mes, fuente\nORDER BY mes DESC, gwh DESC`],
    ["El sol hora por hora", `SELECT hour(g.ts) AS hora, round(1000 * sum(g.value) / count(DISTINCT g.ts::DATE), 0) AS mw\nFROM "Gene" AS g JOIN "ListadoRecursos" AS l ON l.code = g.code AND l.entity = 'Sistema'\nWHERE g.entity = 'Recurso' AND l.energy_source = 'RAD SOLAR'\nGROUP BY hora\nORDER BY hora`],
    ["Factor de planta del último mes completo", `SELECT g.code, round(sum(g.value) * 1e3 / (max(c.value) * 24 * count(DISTINCT g.day)), 3) AS factor\nFROM "Gene_daily" AS g\nJOIN (SELECT code, arg_max(value, day) AS value FROM "CapEfecNeta_daily" GROUP BY code) AS c USING (code)\nWHERE g.entity = 'Recurso' AND date_trunc('month', g.day) = (SELECT date_trunc('month', max(day)) - INTERVAL 1 MONTH FROM "Gene_daily")\nGROUP BY g.code\nHAVING max(c.value) > 0\nORDER BY factor DESC\nLIMIT 20`],
    ["Rampa horaria más fuerte de cada día", `SELECT ts::DATE AS dia, round(1000 * max(cambio), 0) AS mw\nFROM (SELECT ts, value - lag(value) OVER (ORDER BY ts) AS cambio FROM "Gene" WHERE entity = 'Sistema')\nGROUP BY dia\nORDER BY dia DESC\nLIMIT 31`],
    ["Generación por seguridad y fuera de mérito", `SELECT s.day, round(sum(s.value), 2) AS seguridad_gwh, round(max(f.gwh), 2) AS fuera_de_merito_gwh\nFROM "GeneSeguridad_daily" AS s\nJOIN (SELECT day, sum(value) AS gwh FROM "GeneFueraMerito_daily" GROUP BY day) AS f USING (day)\nGROUP BY s.day\nORDER BY s.day DESC\nLIMIT 31`],
  ]],
  ["Agua", [
    ["Volumen útil por embalse", `SELECT v.code AS embalse, any_value(l.region) AS region, max(v.day) AS dia, round(arg_max(v.value, v.day), 1) AS porcentaje\nFROM "PorcVoluUtilDiar_daily" AS v LEFT JOIN "ListadoEmbalses" AS l ON l.name = v.code\nWHERE v.entity = 'Embalse'\nGROUP BY v.code\nORDER BY porcentaje DESC`],
    ["Reservas y aportes día a día", `SELECT v.day, round(v.value, 1) AS reservas_pct, round(a.value, 1) AS aportes_gwh, round(m.value, 1) AS media_gwh\nFROM "PorcVoluUtilDiar_daily" AS v\nJOIN "AporEner_daily" AS a USING (entity, day)\nJOIN "AporEnerMediHist_daily" AS m USING (entity, day)\nWHERE v.entity = 'Sistema'\nORDER BY v.day DESC\nLIMIT 31`],
    ["Los ríos que más aportan", `SELECT a.code AS rio, any_value(l.region) AS region, round(sum(a.value), 1) AS gwh\nFROM "AporEner_daily" AS a LEFT JOIN "ListadoRios" AS l ON l.name = a.code\nWHERE a.entity = 'Rio'\nGROUP BY rio\nORDER BY gwh DESC\nLIMIT 15`],
    ["Aportes de cada región frente a su media", `SELECT l.region, round(100 * sum(a.value) / sum(m.value), 1) AS porcentaje_de_la_media\nFROM "AporEner_daily" AS a\nJOIN "AporEnerMediHist_daily" AS m USING (entity, code, day)\nJOIN "ListadoRios" AS l ON l.name = a.code\nWHERE a.entity = 'Rio' AND a.day > (SELECT max(day) - 30 FROM "AporEner_daily")\nGROUP BY l.region\nORDER BY porcentaje_de_la_media`],
    ["Vertimientos por embalse y mes", `SELECT date_trunc('month', day)::DATE AS mes, code AS embalse, round(sum(value), 2) AS gwh\nFROM "VertEner_daily"\nWHERE entity = 'Embalse'\nGROUP BY mes, embalse\nHAVING sum(value) > 0\nORDER BY mes DESC, gwh DESC`],
    ["Índice ONI de El Niño", `SELECT day AS mes, value AS grados\nFROM "ONI_daily"\nORDER BY mes DESC\nLIMIT 24`],
  ]],
  ["Restricciones y pérdidas", [
    ["Restricciones por mes", `SELECT date_trunc('month', day)::DATE AS mes, round(sum(value) / 1e3, 1) AS miles_de_mcop\nFROM "RestAliv_daily"\nGROUP BY mes\nORDER BY mes DESC`],
    ["Pérdidas como parte de la demanda comercial", `SELECT p.day, round(100 * p.value / d.value, 2) AS porcentaje\nFROM "PerdidasEner_daily" AS p JOIN "DemaCome_daily" AS d USING (entity, day)\nWHERE p.entity = 'Sistema'\nORDER BY day DESC\nLIMIT 31`],
    ["Reconciliaciones por recurso", `SELECT code AS recurso, round(sum(value), 0) AS mcop\nFROM "RecoPosMoneda"\nWHERE entity = 'Recurso'\nGROUP BY recurso\nORDER BY mcop DESC\nLIMIT 15`],
    ["Demanda no atendida por área", `SELECT code AS area, round(sum(value) * 1e3, 1) AS mwh\nFROM "DemaNoAtenNoProg_daily"\nWHERE entity = 'Area'\nGROUP BY area\nORDER BY mwh DESC`],
  ]],
  ["Intercambios, emisiones y combustibles", [
    ["Intercambios con los vecinos", `SELECT day, code AS enlace, round(value, 3) AS gwh\nFROM "ImpoEner_daily"\nWHERE entity = 'Enlace'\nORDER BY day DESC, gwh DESC\nLIMIT 60`],
    ["Importación neta por mes", `SELECT date_trunc('month', i.day)::DATE AS mes, round(sum(i.value) - sum(e.value), 1) AS gwh\nFROM "ImpoEner_daily" AS i JOIN "ExpoEner_daily" AS e USING (entity, day)\nWHERE i.entity = 'Sistema'\nGROUP BY mes\nORDER BY mes DESC`],
    ["Emisiones por recurso", `SELECT code AS recurso, round(sum(value), 0) AS toneladas_co2e\nFROM "EmisionesCO2Eq"\nGROUP BY recurso\nORDER BY toneladas_co2e DESC\nLIMIT 15`],
    ["Factor de emisión, medio de cada hora", `SELECT hour(ts) AS hora, round(avg(value), 1) AS gco2e_kwh\nFROM "factorEmisionCO2e"\nGROUP BY hora\nORDER BY hora`],
    ["Consumo de combustible", `SELECT code AS combustible, date_trunc('month', day)::DATE AS mes, round(sum(value), 0) AS mbtu\nFROM "ConsCombustibleMBTU_daily"\nWHERE entity = 'Combustible'\nGROUP BY combustible, mes\nORDER BY mes DESC, mbtu DESC`],
  ]],
  ["Cifras principales y pronósticos", [
    ["Las cifras del último día", `SELECT nombre, valor, unidad, estado, fecha\nFROM titulares\nQUALIFY row_number() OVER (PARTITION BY serie ORDER BY fecha DESC) = 1\nORDER BY nombre`],
    ["Doce meses de una cifra", `SELECT left(fecha, 7) AS mes, round(avg(valor), 1) AS medio, round(min(valor), 1) AS menor, round(max(valor), 1) AS mayor\nFROM titulares\nWHERE serie = 'price'\nGROUP BY mes\nORDER BY mes DESC\nLIMIT 12`],
    ["El pronóstico de los próximos días", `SELECT nombre, instante, round(pronostico, 1) AS pronostico, round(bajo_80, 1) AS bajo, round(alto_80, 1) AS alto, unidad\nFROM pronosticos\nWHERE coalesce(escenario, '') = ''\nORDER BY nombre, instante\nLIMIT 200`],
    ["Qué modelo acierta más", `SELECT serie, modelo, anticipacion, round(avg(wape_pct), 2) AS error_pct, se_publica\nFROM puntajes\nGROUP BY ALL\nORDER BY serie, anticipacion, error_pct`],
  ]],
  ["Los datos", [
    ["Métricas del catálogo", `SELECT id, title, unit, grain\nFROM catalog_metric\nORDER BY title`],
    ["Hasta qué día llega cada métrica", `SELECT 'Precio de bolsa' AS metrica, max(day) AS dia FROM "PrecBolsNaci_daily"\nUNION ALL SELECT 'Generación', max(day) FROM "Gene_daily"\nUNION ALL SELECT 'Demanda', max(day) FROM "DemaReal_daily"\nUNION ALL SELECT 'Volumen útil', max(day) FROM "PorcVoluUtilDiar_daily"\nUNION ALL SELECT 'Pérdidas', max(day) FROM "PerdidasEner_daily"\nORDER BY dia DESC, metrica`],
    ["Qué hay de una métrica", `SELECT entity AS entidad, count(DISTINCT code) AS codigos, count(*) AS valores, min(ts) AS desde, max(ts) AS hasta\nFROM "DemaReal"\nGROUP BY entidad\nORDER BY entidad`],
    ["Agentes y su actividad", `SELECT activity AS actividad, count(*) AS agentes\nFROM "ListadoAgentes"\nGROUP BY actividad\nORDER BY agentes DESC`],
  ]],
];

/** @type {Example[]} */
export const EXAMPLES = BY_SUBJECT.flatMap(([subject, examples]) => examples.map(([label, sql]) => ({ subject, label, sql })));

/**
 * The examples whose metrics have data.
 * @param {Metric[]} metrics
 */
export function usableExamples(metrics) {
  const known = new Set(metrics.map((metric) => metric.id));
  return EXAMPLES.filter(({ sql }) => [...sql.matchAll(/"(\w+?)(?:_daily)?"/g)].every(([, id]) => known.has(id ?? "")));
}
