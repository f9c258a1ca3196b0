// What the reader of the Explorer asks for, as an address says it. Whatever an address holds, a question comes out that
// can be answered; what it does not say takes its usual value.

export const MOST = 8; // series
const FIRST_DAY = "1995-01-01";
const LAST_DAY = "2100-12-31";

/** @type {Record<Step, string>} */
export const STEPS = { hora: "por hora", dia: "por día", semana: "por semana", mes: "por mes", anio: "por año", "12m": "últimos 12 meses" };
/** @type {Record<Question["compare"], string>} */
export const COMPARISONS = {
  nada: "no comparar",
  anterior: "con el año anterior",
  parecidos: "con el día parecido del año anterior",
  periodo: "con otro período",
  anios: "los años superpuestos",
  pronostico: "con su pronóstico",
};
/** @type {Record<Question["transform"], string>} */
export const TRANSFORMS = {
  valor: "el valor",
  porcentaje: "la parte de cada una en la suma",
  indice: "un índice (primer dato = 100)",
  media: "la media móvil",
  acumulado: "el acumulado",
  pordia: "el promedio por día",
  diferencia: "la diferencia con la primera",
  residuo: "lo que queda de la primera sin las demás",
};
/** @type {Record<Question["chart"], string>} */
export const CHARTS = {
  linea: "líneas",
  barras: "barras",
  pilas: "áreas apiladas",
  calor: "hora por día",
  duracion: "curva de duración",
  dispersion: "una contra otra",
  tabla: "tabla",
};

/** @type {Question} */
export const USUAL = {
  series: ["DemaSIN.Sistema.Sistema", "PrecBolsNaci.Sistema.Sistema"],
  from: "",
  until: "",
  last: 90,
  step: "dia",
  compare: "nada",
  with: "",
  transform: "valor",
  window: 7,
  chart: "linea",
  framed: false,
};

/** @param {string | null} text */
function day(text) {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text) || text < FIRST_DAY || text > LAST_DAY) return "";
  const found = new Date(`${text}T00:00Z`);
  return !Number.isNaN(found.getTime()) && found.toISOString().slice(0, 10) === text ? text : "";
}

/**
 * @param {string | null} text
 * @param {number} least
 * @param {number} most
 * @param {number} usual
 */
function whole(text, least, most, usual) {
  const found = /^\d{1,5}$/.test(text ?? "") ? Number(text) : NaN;
  return found >= least && found <= most ? found : usual;
}

/**
 * @template {string} K
 * @param {string | null} text
 * @param {Record<K, string>} known
 * @param {K} usual
 * @returns {K}
 */
const among = (text, known, usual) => (text !== null && Object.hasOwn(known, text) ? /** @type {K} */ (text) : usual);

/** @param {string} ref */
export function isRef(ref) {
  return ref.length <= 200 && /^(?:titulares\.[a-z][a-z0-9_]*|[A-Za-z][A-Za-z0-9_]*\.[A-Za-z]+\.\P{Cc}+)$/u.test(ref);
}

/**
 * The question of a fragment, with or without its `#`.
 * @param {string} fragment
 * @returns {Question}
 */
export function read(fragment) {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const series = [...new Set(said.getAll("s").filter(isRef))].slice(0, MOST);
  let [from, until] = [day(said.get("desde")), day(said.get("hasta"))];
  if (from && until && from > until) [from, until] = [until, from];
  const compare = among(said.get("comparar"), COMPARISONS, USUAL.compare);
  const second = day(said.get("con"));
  return {
    series: series.length || said.has("s") ? series : USUAL.series,
    from,
    until,
    last: from ? 0 : whole(said.get("ultimos"), 1, 40_000, USUAL.last),
    step: among(said.get("paso"), STEPS, USUAL.step),
    compare: compare === "periodo" && !second ? "anterior" : compare,
    with: compare === "periodo" ? second : "",
    transform: among(said.get("ver"), TRANSFORMS, USUAL.transform),
    window: whole(said.get("ventana"), 2, 400, USUAL.window),
    chart: among(said.get("grafico"), CHARTS, USUAL.chart),
    framed: said.get("marco") === "si",
  };
}

/**
 * The fragment of a question, without `#`; `read` gives the question back.
 * @param {Question} question
 */
export function write(question) {
  const said = new URLSearchParams();
  for (const ref of question.series) said.append("s", ref);
  if (!question.series.length) said.append("s", "");
  /** @type {[string, string | number, string | number][]} */
  const rest = [
    ["desde", question.from, ""],
    ["hasta", question.until, ""],
    ["ultimos", question.from ? "" : question.last, question.from ? "" : USUAL.last],
    ["paso", question.step, USUAL.step],
    ["comparar", question.compare, USUAL.compare],
    ["con", question.with, ""],
    ["ver", question.transform, USUAL.transform],
    ["ventana", question.window, USUAL.window],
    ["grafico", question.chart, USUAL.chart],
    ["marco", question.framed ? "si" : "", ""],
  ];
  for (const [key, value, usual] of rest) if (value !== usual) said.append(key, String(value));
  return said.toString();
}
