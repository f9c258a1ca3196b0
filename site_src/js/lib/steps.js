// From hours, days or months to the steps that a reader asks for. How parts make a whole is declared by metric: flows are
// summed, a stock is its last value, a price is the mean of its hours, a ratio is weighed. A step without rows has no value.

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const PRELIMINARY = 3;
/** The step of a value as it is published. @type {Record<Known["grain"], Step>} */
export const OWN = { hourly: "hora", daily: "dia", monthly: "mes" };
const MONTHS_OF = { mes: 1, anio: 12, "12m": 1 };

/**
 * The start of the step that holds a moment.
 * @param {Step} step
 * @param {number} at [ms]
 */
export function floor(step, at) {
  if (step === "hora") return Math.floor(at / HOUR) * HOUR;
  const day = Math.floor(at / DAY);
  if (step === "dia") return day * DAY;
  if (step === "semana") return (day - ((((day + 3) % 7) + 7) % 7)) * DAY; // Monday
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), step === "anio" ? 0 : date.getUTCMonth(), 1);
}

/**
 * The start of a step so many further.
 * @param {Step} step
 * @param {number} start [ms]
 * @param {number} count
 */
export function shifted(step, start, count) {
  if (step === "hora") return start + count * HOUR;
  if (step === "dia") return start + count * DAY;
  if (step === "semana") return start + count * 7 * DAY;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count * MONTHS_OF[step], 1);
}

/**
 * The starts of all steps that touch a span, and the end of the last.
 * @param {Step} step
 * @param {number} from [ms]
 * @param {number} until [ms] not included
 */
export function edgesOf(step, from, until) {
  const first = floor(step, from);
  const length = { hora: HOUR, dia: DAY, semana: 7 * DAY, mes: 0, anio: 0, "12m": 0 }[step];
  if (length) {
    const even = new Float64Array(Math.max(0, Math.ceil((until - first) / length)) + 1);
    for (let i = 0; i < even.length; i += 1) even[i] = first + i * length;
    return even;
  }
  const edges = [first];
  while (/** @type {number} */ (edges[edges.length - 1]) < until) edges.push(shifted(step, /** @type {number} */ (edges[edges.length - 1]), 1));
  return Float64Array.from(edges);
}

/**
 * Why a series cannot be shown by a step; nothing where it can.
 * @param {Known} series
 * @param {Step} step
 */
export function unfit({ name, grain, adds }, step) {
  if (step === "hora" && grain !== "hourly") return `«${name}» no tiene valores por hora.`;
  if (grain === "monthly" && (step === "dia" || step === "semana")) return `«${name}» es mensual: escoja por mes o por año.`;
  const own = OWN[grain];
  if (adds === "none" && step !== own) return `«${name}» no se suma ni se promedia entre días: solo se muestra ${own === "mes" ? "por mes" : "por día"}.`;
  return "";
}

/** @param {number} size */
const cellsOf = (size) => ({
  rows: new Int32Array(size), sum: new Float64Array(size), weight: new Float64Array(size), weighed: new Int32Array(size),
  last: new Float64Array(size).fill(NaN), known: new Int32Array(size), covered: new Float64Array(size), state: new Uint8Array(size),
});

/**
 * Add the rows of a series up by cell.
 * @param {Values} values
 * @param {Known} series
 * @param {Float64Array} edges
 */
function gathered({ at, value, state, weight }, { grain, events, blanks }, edges) {
  const cells = cellsOf(edges.length - 1);
  let cell = 0;
  for (let i = 0; i < at.length;) {
    const moment = /** @type {number} */ (at[i]);
    if (moment < /** @type {number} */ (edges[0])) { i += 1; continue; }
    while (cell < cells.rows.length && moment >= /** @type {number} */ (edges[cell + 1])) cell += 1;
    if (cell === cells.rows.length) break;
    // The rows of one day, or the one of a day or a month.
    const end = grain === "hourly" ? Math.floor(moment / DAY) * DAY + DAY : moment + 1;
    let rows = 0;
    for (; i < at.length && /** @type {number} */ (at[i]) < end; i += 1) {
      const [v, w] = [value[i] ?? NaN, weight?.[i] ?? NaN];
      rows += 1;
      cells.last[cell] = v;
      cells.state[cell] = Math.max(cells.state[cell] ?? 0, state[i] ?? 0);
      cells.sum[cell] = (cells.sum[cell] ?? 0) + (weight ? (Number.isNaN(w) ? 0 : v * w) : v);
      if (weight && !Number.isNaN(w)) {
        cells.weight[cell] = (cells.weight[cell] ?? 0) + w;
        cells.weighed[cell] = (cells.weighed[cell] ?? 0) + 1;
      }
    }
    cells.rows[cell] = (cells.rows[cell] ?? 0) + rows;
    const whole = grain !== "hourly" || rows === 24 || blanks;
    if (!whole && !events) cells.state[cell] = PRELIMINARY; // a day of the country without its 24 hours
    cells.known[cell] = (cells.known[cell] ?? 0) + (whole ? 1 : 0);
    cells.covered[cell] = (cells.covered[cell] ?? 0) + (grain === "monthly" ? (shifted("mes", moment, 1) - moment) / DAY : whole ? 1 : rows / 24);
  }
  return cells;
}

/**
 * Twelve months behind each month; none where one of them has nothing.
 * @param {ReturnType<typeof cellsOf>} months
 */
function rolled(months) {
  const whole = cellsOf(months.rows.length);
  for (let i = 11; i < whole.rows.length; i += 1) {
    let every = true;
    for (let j = i - 11; j <= i; j += 1) every &&= (months.rows[j] ?? 0) > 0;
    if (!every) continue;
    whole.last[i] = months.last[i] ?? NaN;
    for (let j = i - 11; j <= i; j += 1) {
      for (const key of /** @type {const} */ (["rows", "sum", "weight", "weighed", "known", "covered"])) {
        whole[key][i] = (whole[key][i] ?? 0) + (months[key][j] ?? 0);
      }
      whole.state[i] = Math.max(whole.state[i] ?? 0, months.state[j] ?? 0);
    }
  }
  return whole;
}

/**
 * The days that a step has, the months of a monthly series, the hours of a day of an hourly one.
 * @param {Known} series
 * @param {Step} step
 * @param {number} start
 */
function expected({ grain, events, blanks }, step, start) {
  if (events || (blanks && step === "dia")) return 0;
  if (step === "dia") return grain === "hourly" ? 24 : 1;
  const first = step === "12m" ? shifted("mes", start, -11) : start;
  const end = shifted(step, start, 1);
  return grain === "monthly" ? (step === "mes" ? 1 : 12) : Math.round((end - first) / DAY);
}

/** Where rows have to begin for a step: the twelve months behind the first.
 * @param {Step} step
 * @param {number} from
 */
export const firstNeeded = (step, from) => (step === "12m" ? shifted("mes", floor(step, from), -11) : floor(step, from));

/**
 * Hours as they are published.
 * @param {Values} values
 * @param {Known} series
 * @param {Float64Array} edges
 * @returns {Omit<Line, "name" | "series">}
 */
function byHour({ at, value, state }, { unit, adds }, edges) {
  const size = edges.length - 1;
  const first = edges[0] ?? 0;
  const line = { value: new Float64Array(size).fill(NaN), state: new Uint8Array(size), known: new Int32Array(size), covered: new Float64Array(size) };
  for (let i = 0; i < at.length; i += 1) {
    const place = ((at[i] ?? 0) - first) / HOUR;
    if (place < 0 || place >= size) continue;
    line.value[place] = value[i] ?? NaN;
    line.state[place] = state[i] ?? 0;
    line.known[place] = 1;
    line.covered[place] = 1 / 24;
  }
  const starts = edges.subarray(0, size);
  return { ...line, unit, adds, x: starts, at: starts, of: new Int32Array(size).fill(1), counts: "hour" };
}

/**
 * A series by step.
 * @param {Values} values from `firstNeeded` on
 * @param {Known} series
 * @param {Step} step
 * @param {Float64Array} edges of the steps shown
 * @returns {Omit<Line, "name" | "series">}
 */
export function byStep(values, series, step, edges) {
  if (step === "hora") return byHour(values, series, edges);
  const lead = step === "12m" ? edgesOf("mes", firstNeeded(step, edges[0] ?? 0), edges[edges.length - 1] ?? 0) : edges;
  const cells = gathered(values, series, lead);
  const { rows, sum, weight, weighed, last, known, covered, state } = step === "12m" ? rolled(cells) : cells;
  const skip = lead.length - edges.length;
  const size = edges.length - 1;
  const at = edges.slice(0, size);
  const value = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    const n = rows[i + skip] ?? 0;
    const total = sum[i + skip] ?? 0;
    if (!n) value[i] = NaN;
    else if (series.adds === "sum") value[i] = total;
    else if (series.adds === "last") value[i] = last[i + skip] ?? NaN;
    else if (series.adds === "none" || step === OWN[series.grain]) value[i] = last[i + skip] ?? NaN;
    else if (!values.weight) value[i] = total / n;
    else value[i] = weighed[i + skip] === n && weight[i + skip] ? total / (weight[i + skip] ?? NaN) : NaN;
  }
  const hours = step === "dia" && series.grain === "hourly";
  const counted = hours ? rows : known;
  return {
    unit: series.unit, adds: series.adds, x: at, at, value, state: state.slice(skip), known: Int32Array.from(counted.subarray(skip)),
    of: Int32Array.from(at, (start) => expected(series, step, start)), covered: covered.slice(skip),
    counts: hours ? "hour" : series.grain === "monthly" ? "month" : "day",
  };
}
