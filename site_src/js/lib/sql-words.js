// What the SQL page says and offers: faults in Spanish, a first query for each metric, examples.

/** @type {[RegExp, (found: RegExpMatchArray) => string][]} */
const MEANINGS = [
  [/Table with name (\S+) does not exist/i, (m) => `No existe la tabla ${m[1]}. Use el código de una métrica entre comillas, por ejemplo "PrecBolsNaci".`],
  [/Referenced column "([^"]+)" not found/i, (m) => `No existe la columna «${m[1]}». Las columnas son entity, code, ts, value y quality.`],
  [/syntax error at or near "([^"]*)"/i, (m) => `Hay un error de sintaxis cerca de «${m[1]}».`],
  [/syntax error at end of input/i, () => "La consulta está incompleta."],
  [/must appear in the GROUP BY clause/i, () => "Una columna del SELECT no está en GROUP BY ni dentro de una función de agregación."],
  [/Could not convert|Conversion Error/i, () => "Un valor no se pudo convertir al tipo pedido."],
  [/Out of Memory|memory/i, () => "La consulta necesita más memoria de la que tiene la pestaña. Pida menos filas."],
  [/(?:function|aggregate)[^"]*with name (\S+) does not exist|No function matches/i, (m) => `La función ${m[1] ?? "pedida"} no existe o recibe otros argumentos.`],
  [/NetworkError|Failed to (?:load|execute|open|fetch)|HTTP|IO Error/i, () => "La consulta pidió un archivo que no se puede leer. Aquí solo se consultan los datos del portal."],
];

/**
 * What a fault of the engine means.
 * @param {string} text
 */
export function meaning(text) {
  for (const [pattern, say] of MEANINGS) {
    const found = text.match(pattern);
    if (found) return say(found);
  }
  return "La consulta no se pudo ejecutar.";
}

/** @param {Metric} metric */
export function queryFor(metric) {
  if (metric.granularidad === "lista") return `SELECT *\nFROM "${metric.id}"\nLIMIT 100`;
  const national = metric.entidades.includes("Sistema");
  return `SELECT day, ${national ? "" : "code, "}round(value, 2) AS valor, quality\nFROM "${metric.id}_daily"\nWHERE entity = '${national ? "Sistema" : metric.entidades[0]}'\nORDER BY day DESC\nLIMIT 100`;
}

/** @type {[label: string, metrics: string[], sql: string][]} */
const EXAMPLES = [
  ["Precio de bolsa por día", ["PrecBolsNaci"], `SELECT day, round(value, 2) AS cop_kwh\nFROM "PrecBolsNaci_daily"\nORDER BY day DESC\nLIMIT 31`],
  ["Perfil horario de la demanda", ["DemaReal"], `SELECT hour(ts) AS hora, round(avg(value) * 1000, 0) AS mw\nFROM "DemaReal"\nWHERE entity = 'Sistema'\nGROUP BY hora\nORDER BY hora`],
  ["Los diez recursos que más generan", ["Gene"], `SELECT code AS recurso, round(sum(value), 1) AS gwh\nFROM "Gene"\nWHERE entity = 'Recurso'\nGROUP BY recurso\nORDER BY gwh DESC\nLIMIT 10`],
  ["Volumen útil por embalse", ["PorcVoluUtilDiar"], `SELECT code AS embalse, day, round(value, 1) AS porcentaje\nFROM "PorcVoluUtilDiar_daily"\nWHERE entity = 'Embalse'\nQUALIFY row_number() OVER (PARTITION BY code ORDER BY day DESC) = 1\nORDER BY porcentaje DESC`],
  ["Métricas del catálogo", [], "SELECT id, title, unit, grain\nFROM catalog_metric\nORDER BY title"],
];

/**
 * The examples whose metrics have data.
 * @param {Metric[]} metrics
 */
export function usableExamples(metrics) {
  const known = new Set(metrics.map((metric) => metric.id));
  return EXAMPLES.filter(([, needed]) => needed.every((id) => known.has(id))).map(([label, , sql]) => ({ label, sql }));
}
