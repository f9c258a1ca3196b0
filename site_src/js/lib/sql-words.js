// What the SQL page says: faults in Spanish, what a query will fetch, a first query for each metric.

/** @type {[RegExp, (found: RegExpMatchArray) => string][]} */
const MEANINGS = [
  [/Table with name (\S+) does not exist/i, (m) => `No existe la tabla ${m[1]}. Use el código de una métrica entre comillas, por ejemplo "PrecBolsNaci".`],
  [/Referenced column "([^"]+)" not found/i, (m) => `No existe la columna «${m[1]}». Las columnas son entity, code, ts, value y quality.`],
  [/syntax error at or near ";"/i, () => "Aquí corre una consulta a la vez: deje solo una, sin punto y coma en medio."],
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

/** @param {number} bytes */
const megabytes = (bytes) => (bytes < 1e5 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toLocaleString("es-CO", { maximumFractionDigits: 1 })} MB`);

/**
 * What a query will fetch before it answers.
 * @param {{ tables: string[], bytes: number, ranged: boolean }} cost
 */
export function fetchNote({ tables, bytes, ranged }) {
  if (!tables.length) return "";
  const names = tables.filter((name) => !name.endsWith("_daily")).join(", ");
  if (!bytes) return `Descargará ${names}.`;
  return ranged ? `Leerá por partes ${names}: hasta ${megabytes(bytes)}.` : `Descargará ${names}: ${megabytes(bytes)}.`;
}
