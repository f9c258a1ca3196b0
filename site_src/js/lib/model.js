// A language model of the same host, where the portal names one, may read a question that the rules could not: it fills the
// question object and nothing else. What it writes is checked by the same lists; no word and no figure of it is ever shown.

/** @typedef {import("./question.js").Question} Question */
/** @typedef {import("./lexicon.js").Lexicon} Lexicon */

const LONGEST = 300; // letters of a question
const PATIENCE = 30_000; // [ms]
const KINDS = /** @type {const} */ (["value", "total", "mean", "high", "low", "compare", "versus", "forecast", "state", "definition"]);
const BASES = /** @type {const} */ (["week", "year", "last"]);

/**
 * What is sent: the question, the day, and the names of what can be asked. Nothing of the page or of the reader.
 * @param {string} text
 * @param {Lexicon} lexicon
 * @param {string} today
 */
export function messagesFor(text, { vocabulary }, today) {
  const shape = `{"kind": ${KINDS.map((kind) => `"${kind}"`).join(" | ")} | "refuse", "series": id, "from": day, "to": day, "other_from": day, "other_to": day, "basis": "week" | "year" | "last", "term": string}`;
  const rules = [
    `You turn a question in Spanish about Colombia's electricity system into one JSON object: ${shape}. Leave out what the question does not say.`,
    `Days are YYYY-MM-DD; today is ${today}. Answer "refuse" when no series below is what is asked. Never write a figure.`,
    `Series: ${vocabulary.series.map(({ id, label }) => `${id} = ${label}`).join("; ")}.`,
    `Terms: ${vocabulary.terms.map(([term]) => term).join("; ")}.`,
  ];
  return [{ role: "system", content: rules.join("\n") }, { role: "user", content: text.slice(0, LONGEST) }];
}

/** @param {unknown} value */
const isDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && new Date(Date.parse(value) || 0).toISOString().startsWith(value);

/**
 * @param {unknown} from
 * @param {unknown} to
 * @returns {import("./when.js").Span | undefined}
 */
function spanOf(from, to) {
  const last = to ?? from;
  if (typeof from !== "string" || typeof last !== "string" || !isDay(from) || !isDay(last) || from > last) return undefined;
  return { from, to: last, grain: from === last ? "day" : "span", back: "" };
}

/**
 * The question that a reply of a model tells; null where it is none that can be answered.
 * @param {string} reply
 * @param {Lexicon} lexicon
 * @returns {Question | null}
 */
export function checkedQuestion(reply, { vocabulary }) {
  /** @type {Record<string, unknown>} */
  let told;
  try {
    told = JSON.parse(reply);
  } catch {
    return null;
  }
  const kind = KINDS.find((each) => each === told?.kind);
  if (!kind) return null;
  if (kind === "state") return { kind };
  const term = vocabulary.terms.find(([each]) => each === told.term)?.[0];
  if (kind === "definition") return term ? { kind, term } : null;
  const series = vocabulary.series.find(({ id }) => id === told.series)?.id;
  const period = spanOf(told.from, told.to);
  const other = spanOf(told.other_from, told.other_to);
  const basis = BASES.find((each) => each === told.basis);
  const dated = [told.from, told.to, told.other_from, told.other_to].some((day) => day !== undefined && day !== null);
  if (!series || (dated && !period)) return null;
  if ((kind === "versus" && !(period && other)) || (kind === "compare" && !basis)) return null;
  if (["total", "mean", "high", "low"].includes(kind) && !period) return null;
  return { kind, series, ...(period ? { period } : {}), ...(kind === "versus" ? { other } : {}), ...(kind === "compare" ? { basis } : {}) };
}

/**
 * @param {string} text
 * @param {Lexicon} lexicon
 * @param {string} today
 * @param {{ address: string, key: string }} server of the same origin: the page policy lets no other answer
 * @returns {Promise<Question | null>}
 */
export async function modelQuestion(text, lexicon, today, { address, key }) {
  const reply = await fetch(`${address}/chat/completions`, {
    method: "POST", credentials: "omit", signal: AbortSignal.timeout(PATIENCE),
    headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ messages: messagesFor(text, lexicon, today), temperature: 0, response_format: { type: "json_object" } }),
  });
  if (!reply.ok) throw new Error(`${reply.status} ${address}`);
  const told = (await reply.json())?.choices?.[0]?.message?.content;
  return typeof told === "string" ? checkedQuestion(told, lexicon) : null;
}
