// A question in Spanish becomes an object: what is asked, of what, when, against what. Nothing here reads a figure, and a word
// that is in no list makes the question one that is not answered.
import { nearest, simple, tellingWords, thingWords } from "./lexicon.js";
import { plus, plusMonths, timesOf } from "./when.js";

/** @typedef {import("./when.js").Span} Span */
/** @typedef {import("./when.js").Told} Told */
/** @typedef {import("./lexicon.js").Lexicon} Lexicon */
/** @typedef {import("./lexicon.js").Kind} Kind */
/** @typedef {"value" | "total" | "mean" | "high" | "low" | "compare" | "versus" | "rank" | "forecast" | "state" | "definition" | "summary" | "refuse"} Asked */
/**
 * @typedef {object} Question
 * @property {Asked} kind
 * @property {string} [series] headline series
 * @property {{ kind: Kind, code: string, name: string, metric: string }} [named] a plant, a reservoir, a river and what is asked of it
 * @property {Span} [period] none: the last day known
 * @property {Span} [other] what the period is set against
 * @property {"week" | "year" | "last"} [basis] what a day is compared with
 * @property {Kind | "source"} [of] what is ranked
 * @property {string} [metric] by what
 * @property {number} [top] how many
 * @property {boolean} [least] the smallest first
 * @property {string} [term] that is explained
 * @property {string} [board] whose text is told
 * @property {string} [topic] of a refusal
 * @property {string[]} [unknown] words that are in no list
 * @property {string[]} [mended] words that were read otherwise than written
 * @property {string[]} [words] that named the series
 * @property {Asked} [op] what was asked for in so many words
 */
/** @typedef {{ lexicon: Lexicon, now: Omit<import("./when.js").Now, "future">, board?: string, series?: string, before?: Question }} Setting */

const LONGEST = 300; // letters
const FUTURE = /\b(?:pronostic\w*|se espera\w*|esperad[ao]s?|previst[ao]s?|preve|proyecta\w*|proyeccion\w*|estimad[ao]s?|sera|seran|habra|tendra|tendremos|llegara|estara|estaran|va a|van a|proxim[oa]s?|dentro de|que viene|manana)\b/;
const STATE = /\b(?:apagon\w*|racionamiento\w*|desabastecimiento|crisis energetica|riesgo|alerta\w*|estado del sistema|como (?:esta|anda|va|sigue) (?:hoy )?el sistema)\b/;
const SUMMARY = /\b(?:resum\w*|analiz\w*|analisis|anomal\w*|que paso|que hay de nuevo|novedades|que cambio hoy|lo mas importante|interpret\w*|destacad\w*)\b/;
const DEFINE = /\b(?:que (?:es|son|significa|significan|quiere decir)|definicion|defin[ea]|significado|explica\w*|se entiende por)\b/;
const HIGH = /\b(?:maxim[oa]s?|record|pico|mayor(?:es)?|(?:mas|muy) (?:alt[oa]s?|car[oa]s?|llen[oa]s?|grandes?)|mas)\b/;
const LOW = /\b(?:minim[oa]s?|menor(?:es)?|(?:mas|muy) (?:baj[oa]s?|barat[oa]s?|vaci[oa]s?|pequen[oa]s?)|menos)\b/;
const MEAN = /\b(?:promedi\w*|medi[ao](?! historic))\b/;
const TOTAL = /\b(?:total(?:es)?|suma|acumulad[oa])\b/;
const CHANGE = /\b(?:sub(?:io|ieron|ido|e|iendo)|baj(?:o|aron|ado|ando)|crec\w+|ca(?:yo|yeron|ido)|aument\w+|disminuy\w+|vari\w+|cambi\w+|diferencia|compar\w+)\b/;
const AGAINST = /\b(?:frente|respecto|comparad[oa]s?|contra|versus|vs|relacion|desde|que|con)(?: (?:a|al|de|del|con|el|la|lo|los|en))*$/;
const UNTIL = /\b(?:hasta|antes|despues)\b(?! ahora)/;
const HISTORIC = /\b(?:records?|(?<!media )historic[oa]s?|de la historia|de todos los tiempos)\b/;
const HOUR = /\ba las? (?:\d|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)|\b\d{1,2} ?(?:am|pm)\b|\ba esta hora\b|\ben tiempo real\b/;
const OPERATIONS = [HIGH, LOW, MEAN, TOTAL, CHANGE];
const KINDS = /** @type {[Kind | "source", RegExp][]} */ ([
  ["plant", /\b(?:plantas?|centrales|central)\b/], ["reservoir", /\b(?:embalses?|represas?)\b/], ["river", /\brios?\b/], ["source", /\b(?:fuentes?|tecnologias?)\b/],
]);

/**
 * @param {string} text as it was written
 * @param {Setting} setting
 * @returns {Question}
 */
export function understand(text, setting) {
  const { lexicon, now } = setting;
  const said = simple(text.slice(0, LONGEST));
  const follows = setting.before && /^(?:y|e|entonces|pero)\b/.test(said) ? setting.before : undefined;
  const term = DEFINE.test(said) ? termOf(said, lexicon) : null;
  const refused = refusalOf(said, lexicon, setting);
  if (refused && !(term && refused.topic !== "injection")) return refused;
  if (term) return { kind: "definition", term };
  if (HOUR.test(said)) return { kind: "refuse", topic: "hour", series: matched(tellingWords(said, lexicon.same), lexicon)?.series.id };
  if (STATE.test(said)) return { kind: "state" };
  const boardAsked = setting.board ?? boardNamed(said, lexicon);
  if (SUMMARY.test(said)) return boardAsked ? { kind: "summary", board: boardAsked } : { kind: "summary", board: "inicio" };
  const future = FUTURE.test(said);
  const times = timesOf(said, { ...now, future });
  const bare = times.reduceRight((left, { start, end }) => `${left.slice(0, start)} ${left.slice(end)}`, said).replace(/\s+/g, " ").trim();
  const { words, mended, unknown } = spelled(bare, lexicon);
  const found = subjectOf(words, setting, follows, times.some(({ grain }) => grain !== "day"));
  const of = found.what.named ? undefined : KINDS.find(([, sign]) => sign.test(bare))?.[0];
  const ranked = of ? rankOf(bare, of, words, setting) : null;
  const left = unknown.filter((word) => !(ranked ?? found).used.has(word));
  if (left.length > 0) return { kind: "refuse", topic: "unknown", unknown: left };
  if (times.some(({ from }) => !from)) return { kind: "refuse", topic: "nodate" };
  const { period, other, basis } = periodsOf(times, said, { ...now, future }, follows);
  if (times.length > 1 && !other && !basis) return { kind: "refuse", topic: "twotimes" };
  /** @type {Question} */
  const shared = { kind: "value", ...found.what, ...(mended.length > 0 ? { mended } : {}), ...(period ? { period } : {}) };
  const besides = words.filter((word) => !(ranked ?? found).used.has(word) && isTelling(word, lexicon));
  if (besides.length > 0 || UNTIL.test(bare)) return { kind: "refuse", topic: "besides", unknown: besides };
  if (ranked) return { ...shared, series: undefined, ...ranked.what };
  if (!period && HISTORIC.test(said)) return { kind: "refuse", topic: "records" };
  if (!found.what.series && !found.what.named) return { kind: "refuse", topic: "unknown", unknown: [] };
  const isFuture = future || (period && period.from > now.today);
  const edge = HIGH.test(without(bare, found.opless)) || LOW.test(without(bare, found.opless));
  if (isFuture && found.what.series && !edge) return { ...shared, kind: "forecast" };
  if (isFuture) return { kind: "refuse", topic: "noforecast" };
  return { ...shared, ...kindOf(bare, found.opless, { period, other, basis }, follows, now.today) };
}

/**
 * Whether a word tells of a series, so that an answer about another one would be wrong.
 * @param {string} word
 * @param {Lexicon} lexicon
 */
const isTelling = (word, { parts, fillers }) => parts.has(word) && !fillers.has(word) && !GENERAL.has(word) && !OPERATIONS.some((sign) => sign.test(word));

/**
 * @param {string} said
 * @param {Lexicon} lexicon
 * @param {Setting} setting
 * @returns {Question | null}
 */
function refusalOf(said, lexicon, { now, board }) {
  const horizon = /\b20[3-9]\d\b|\bdentro de (?:\S+) anos?\b|\ben (?:dos|tres|cinco|diez) anos\b|\bproximos (?:\S+) anos\b/.exec(said);
  const found = lexicon.refusals.find(([, pattern]) => pattern.test(said));
  const topic = found?.[0].topic;
  if (topic === "place" || topic === "country") {
    const words = spelled(said, lexicon).words;
    const thing = thingIn(said, lexicon, kindsMeant(words, lexicon));
    if (thing && topic === "place") return null;
  }
  if (topic === "cause") {
    const series = matched(tellingWords(said, lexicon.same), lexicon)?.series;
    return { kind: "refuse", topic, series: series?.id, board: series?.board || board || "inicio" };
  }
  if (topic) return { kind: "refuse", topic };
  return horizon && !(horizon[0] <= now.today.slice(0, 4)) ? { kind: "refuse", topic: "horizon" } : null;
}

/**
 * The words of a question by what is known of them.
 * @param {string} bare
 * @param {Lexicon} lexicon
 */
function spelled(bare, lexicon) {
  /** @type {string[]} */
  const words = [];
  /** @type {string[]} */
  const mended = [];
  /** @type {string[]} */
  const unknown = [];
  for (const word of bare.split(" ").filter(Boolean)) {
    const [telling] = tellingWords(word, lexicon.same);
    if (telling !== undefined && lexicon.parts.has(telling)) words.push(telling);
    else if (lexicon.fillers.has(word) || telling === undefined || lexicon.fillers.has(telling) || lexicon.same.has(word) || word === "%") words.push(telling ?? "");
    else {
      const meant = /\d/.test(word) ? null : nearest(word, lexicon.known);
      if (meant) {
        mended.push(meant);
        words.push(tellingWords(meant, lexicon.same)[0] ?? "");
      } else {
        unknown.push(word);
        words.push(word);
      }
    }
  }
  return { words: words.filter(Boolean), mended, unknown };
}

/** Words of names that tell little. */
const GENERAL = new Set(["energia", "electricidad", "pais", "nacional", "sistema", "sin", "total", "diaria", "colombia"]);
/** Words of a question that tell the unit. @type {[word: string, unit: RegExp][]} */
const UNITS = [["gwh", /^GWh$/], ["porcentaje", /^%$/], ["kwh", /kWh$/]];
const KIND_WORDS = ["planta", "embalse", "rio", "rios", "fuente"];

/**
 * The series whose name has most of its words in a question, in the unit that it names; of equals the one declared first,
 * of a question about many days one that has a value for them.
 * @param {string[]} words
 * @param {Lexicon} lexicon
 * @param {boolean} [spanned]
 */
function matched(words, lexicon, spanned = false) {
  const there = new Set(words);
  const fits = lexicon.names.filter((name) => name.words.every((word) => there.has(word)));
  const unit = UNITS.find(([word]) => there.has(word))?.[1];
  const inUnit = fits.filter(({ series }) => unit?.test(series.unit));
  const weight = (/** @type {import("./lexicon.js").Name} */ name) => [...new Set(name.words)].reduce((sum, word) => sum + (GENERAL.has(word) ? 0.1 : 1), 0);
  const left = (/** @type {import("./lexicon.js").Name} */ name) => words.filter((word) => !name.words.includes(word) && isTelling(word, lexicon)).length;
  const sorted = (inUnit.length > 0 ? inUnit : fits).map((name) => ({ name, size: weight(name) - left(name) })).sort((a, b) => b.size - a.size);
  const best = sorted.filter(({ size }) => size === sorted[0]?.size).map(({ name }) => name);
  return (spanned && best.find(({ series }) => series.measure)) || best[0] || null;
}

/**
 * The kinds of things that the words speak of, by the words for them or for what is asked of them.
 * @param {string[]} words
 * @param {Lexicon} lexicon
 * @returns {Kind[]}
 */
function kindsMeant(words, { vocabulary, same }) {
  /** @type {[Kind, string[]][]} */
  const signs = [["plant", ["planta"]], ["reservoir", ["embalse"]], ["river", ["rio", "rios"]]];
  const plainly = signs.filter(([, own]) => own.some((word) => words.includes(word))).map(([kind]) => kind);
  if (plainly.length > 0) return plainly;
  return [...new Set(vocabulary.figures.filter((figure) => figure.words.some((word) => words.includes(tellingWords(simple(word), same)[0] ?? "-"))).map(({ kind }) => kind))];
}

/**
 * @param {string} said
 * @param {Lexicon} lexicon
 * @param {Kind[]} kinds
 */
function thingIn(said, lexicon, kinds) {
  const words = thingWords(said);
  const fits = (/** @type {string} */ a, /** @type {string} */ b) => a === b || (a.length > 4 && nearest(a, [b]) === b);
  const holds = (/** @type {string[]} */ name) => words.some((_, i) => name.every((each, j) => fits(words[i + j] ?? "", each)));
  const found = lexicon.things.filter((thing) => kinds.includes(thing.kind) && holds(thing.words));
  const exact = (/** @type {import("./lexicon.js").Thing} */ thing) => thing.words.every((word) => words.includes(word));
  return found.sort((a, b) => b.words.length - a.words.length || Number(exact(b)) - Number(exact(a)) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind))[0] ?? null;
}

/**
 * Of what a question asks: a thing with a name, a series, that of the page, or that of the question before.
 * @param {string[]} words
 * @param {Setting} setting
 * @param {Question | undefined} follows
 * @param {boolean} spanned
 * @returns {{ what: Pick<Question, "series" | "named" | "words">, used: Set<string>, opless: string[] }}
 */
function subjectOf(words, { lexicon, board, series: read }, follows, spanned) {
  const kinds = kindsMeant(words, lexicon);
  const meant = kinds.length > 0 ? kinds : follows?.named ? [follows.named.kind] : [];
  const thing = meant.length > 0 ? thingIn(words.join(" "), lexicon, meant) : null;
  if (thing) {
    const figures = lexicon.vocabulary.figures.filter(({ kind }) => kind === thing.kind);
    const asked = (/** @type {import("./lexicon.js").NamedFigure} */ figure) => figure.words.filter((word) => tellingWords(simple(word), lexicon.same).every((each) => words.includes(each))).length;
    const figure = figures.reduce((best, each) => (asked(each) > asked(best) ? each : best));
    const own = [...figure.words.flatMap((word) => tellingWords(simple(word), lexicon.same)), ...KIND_WORDS];
    const used = new Set(words.filter((word) => own.includes(word) || thing.words.some((each) => each === word || nearest(word, [each]) === each || thingWords(word)[0] === each)));
    return { what: { named: { kind: thing.kind, code: thing.code, name: thing.name, metric: figure.metric } }, used, opless: [] };
  }
  const own = matched(words, lexicon, spanned);
  const telling = words.filter((word) => !OPERATIONS.some((sign) => sign.test(word)));
  const joined = follows?.words && !own ? matched([...telling, ...follows.words], lexicon, spanned) : null;
  const name = own ?? joined;
  const covered = (/** @type {import("./lexicon.js").Askable} */ { id, unit }) => new Set([
    ...lexicon.names.filter(({ series }) => series.id === id).flatMap((each) => each.words), ...UNITS.flatMap(([word, of]) => (of.test(unit) ? [word] : [])),
  ]);
  if (name) return { what: { series: name.series.id, words: name.words }, used: covered(name.series), opless: name.words };
  if (follows?.named) return { what: { named: follows.named }, used: new Set(), opless: [] };
  const [first] = lexicon.vocabulary.boards.find(([slug]) => slug === board)?.[3] ?? [];
  const series = follows?.series ?? read ?? first;
  const main = lexicon.vocabulary.series.find(({ id }) => id === series);
  return { what: main ? { series: main.id, words: tellingWords(simple(main.label), lexicon.same) } : {}, used: new Set(), opless: [] };
}

/**
 * The times of a question: what it is about, and what that is set against.
 * @param {Told[]} times
 * @param {string} said
 * @param {import("./when.js").Now} now
 * @param {Question} [follows]
 * @returns {{ period?: Span, other?: Span, basis?: Question["basis"] }}
 */
function periodsOf(times, said, now, follows) {
  const spanOf = (/** @type {Told} */ { from, to, grain, back }) => ({ from, to, grain, back });
  const aside = (/** @type {Told} */ time) => AGAINST.test(said.slice(0, time.start).trim()) && (CHANGE.test(said) || /\b(?:frente|respecto|contra|versus|vs|mas|menos|mayor|menor|relacion)\b/.test(said));
  const [first, second] = times;
  const against = times.find((time) => aside(time) && (times.length > 1 || time.back));
  const main = times.find((time) => time !== against);
  if (times.length > 1 && !against && CHANGE.test(said) && first && second) return { period: spanOf(first), other: spanOf(second) };
  if (against && main) {
    const before = against.back === "year" ? yearBack(spanOf(main)) : spanOf(against);
    return main.grain === "day" && against.back === "year" ? { period: spanOf(main), basis: "year" } : { period: spanOf(main), other: before };
  }
  if (against?.back === "month") {
    const month = `${now.today.slice(0, 7)}-01`;
    return { period: { from: month, to: now.today, grain: "month", back: "" }, other: spanOf(against) };
  }
  if (against) return { basis: against.back === "year" ? "year" : against.back === "week" ? "week" : "last" };
  if (!main) return follows?.period && !now.future ? { period: follows.period } : {};
  if (main.grain === "day" && /\bdesde(?: el| la)?$/.test(said.slice(0, main.start).trim())) return { period: { from: main.from, to: plus(now.today, -1), grain: "span", back: "" } };
  if (main.back === "year" && follows?.period && follows.period.grain !== "year") return { period: yearBack(follows.period) };
  return { period: spanOf(main) };
}

/** @param {Span} span the same dates of the year before */
function yearBack(span) {
  const whole = plus(span.to, 1).slice(8) === "01";
  const to = whole ? plus(plusMonths(plus(span.to, 1), -12), -1) : plusMonths(span.to, -12);
  return { ...span, from: plusMonths(span.from, -12), to, back: /** @type {const} */ ("") };
}

/**
 * What is asked of a series or a thing.
 * @param {string} bare
 * @param {string[]} named words that are part of the name: «máximo» of «precio máximo»
 * @param {{ period?: Span, other?: Span, basis?: Question["basis"] }} times
 * @param {Question | undefined} follows
 * @param {string} today
 * @returns {Partial<Question> & { kind: Asked }}
 */
function kindOf(bare, named, { period, other, basis }, follows, today) {
  if (other) return { kind: "versus", other };
  if (basis) return { kind: "compare", basis };
  const rest = without(bare, named);
  const op = /** @type {[Asked, RegExp][]} */ ([["low", LOW], ["high", HIGH], ["mean", MEAN], ["total", TOTAL]]).find(([, sign]) => sign.test(rest))?.[0];
  if (!op && CHANGE.test(rest)) {
    if (period?.grain === "month") return { kind: "versus", other: monthBefore(period) };
    return { kind: "compare", basis: period?.grain === "year" ? "year" : "week", period: period?.grain === "day" ? period : undefined };
  }
  const chosen = op ?? follows?.op;
  if (chosen === "high" || chosen === "low") return { kind: chosen, op: chosen, period: period ?? { from: plus(today, -365), to: today, grain: "span", back: "" } };
  if (chosen === "mean" && !period) return { kind: "refuse", topic: "noperiod" };
  return { kind: chosen && period && period.grain !== "day" ? chosen : "value", op: chosen };
}

/**
 * @param {string} bare
 * @param {string[]} named
 */
const without = (bare, named) => bare.split(" ").filter((word) => !named.some((each) => each.slice(0, 5) === word.slice(0, 5))).join(" ");

/** @param {Span} span */
function monthBefore(span) {
  const from = plusMonths(span.from, -1);
  return { ...span, from, to: plus(span.from, -1) };
}

/**
 * A question of which is most or least; null where it is none.
 * @param {string} bare
 * @param {Kind | "source"} of
 * @param {string[]} words
 * @param {Setting} setting
 * @returns {{ what: Partial<Question> & { kind: "rank" }, used: Set<string> } | null}
 */
function rankOf(bare, of, words, { lexicon }) {
  const top = /\b(?:top|las|los) (\d{1,2})\b/.exec(bare)?.[1];
  const which = /\b(?:que|cual|cuales)\b/.test(bare) || of === "source" || top || /\branking\b|\b(?:planta|central|embalse|represa|rio)\b/.test(bare);
  if (!which || !(HIGH.test(bare) || LOW.test(bare) || top || /\branking\b/.test(bare))) return null;
  const figures = lexicon.vocabulary.figures.filter(({ kind }) => kind === of);
  const asked = figures.find((figure) => figure.words.some((word) => tellingWords(simple(word), lexicon.same).every((each) => words.includes(each)))) ?? figures[0];
  const own = asked ? asked.words.flatMap((word) => tellingWords(simple(word), lexicon.same)) : tellingWords("generacion energia", lexicon.same);
  const many = top ? Math.min(Number(top), 10) : of === "source" ? 8 : 3;
  return { what: { kind: "rank", of, top: many, least: LOW.test(bare), ...(asked ? { metric: asked.metric } : {}) }, used: new Set([...own, ...KIND_WORDS, top ?? ""]) };
}

/**
 * @param {string} said
 * @param {Lexicon} lexicon
 */
function termOf(said, { vocabulary, same }) {
  const words = new Set([...tellingWords(said, same), ...said.split(" ")]);
  const names = vocabulary.terms.flatMap(([term, short]) => [term, short].filter(Boolean).map((name) => ({ term, own: tellingWords(simple(name), same) })));
  return names.filter(({ own }) => own.every((word) => words.has(word))).sort((a, b) => b.own.length - a.own.length)[0]?.term ?? null;
}

/**
 * @param {string} said
 * @param {Lexicon} lexicon
 */
const boardNamed = (said, { vocabulary }) => vocabulary.boards.find(([, title]) => said.includes(simple(title)))?.[0];
