// The checker: finds every figure of a Spanish text, says of whom, when and against what it is told, and holds it against
// what the portal published (book.js). It accuses only when series, day and kind of figure are plain.
import { atDay, changesAt, reachedBefore, recordAt, runAt } from "./book.js";
import { datesOf, figuresOf, flat, measure, sentencesOf, TIMES } from "./figures.js";
import { shortDay } from "./text.js";

/** @typedef {import("./figures.js").Figure} Figure */
/** @typedef {import("./book.js").Book} Book */
/** @typedef {import("./book.js").Fact} Fact */
/** @typedef {import("./book.js").Day} Day */
/** @typedef {"right" | "old" | "wrong" | "absent" | "unknown"} Verdict */
/**
 * @typedef {object} Mark
 * @property {number} start
 * @property {number} end
 * @property {string} text
 * @property {Verdict} verdict
 * @property {string} note one sentence in Spanish
 * @property {string} link page of the portal with the right value, from its root; empty without one
 */
/** @typedef {{ start: number, end: number, names: number[] }} Mention */
/**
 * @typedef {object} Place what a figure stands in
 * @property {string} text the sentence, flat
 * @property {string} bare the same without names of series
 * @property {Mention[]} mentions
 * @property {Day} day
 * @property {boolean} dated whether the sentence names its day itself
 * @property {string} period
 * @property {string} around words beside the figure, which is `#`
 * @property {number} side 1 more, -1 less, 0 not said
 * @property {string} kind valor, cambio or racha
 * @property {string} basis
 */

export const VERDICTS = Object.freeze({
  right: "Correcta", old: "Versión anterior", wrong: "Errada", absent: "Sin dato de ese día", unknown: "No se reconoce",
});
/** @type {[string, RegExp][]} the span of days a sentence speaks of, the plainest sign first */
const PERIODS = [
  ["forecast", /pronostic|se espera|preve|proyect/],
  ["future", /(?:llegar|crecer|ser|tendr|habr|alcanzar|subir|bajar|aumentar|estar|sumar|contar|entrar)an?\b|\b20(?:2[89]|[3-9]\d)\b/],
  ["then", /fecha de 20\d\d,? (?:tambien )?ano de el nino|ano de el nino como/],
  ["record", /sigue siendo|no han? tenido|(?:mayor|menor) valor del? |, es el (?:maximo|minimo) del? /],
  ["7", /ultim[oa]s (?:siete|7) dias|ultima semana|(?:promedio|media) de (?:siete|7) dias/],
  ["28", /ultimas (?:cuatro|4) semanas|ultimos 28 dias|cuatro semanas/],
  ["month_past", /(?:treinta|30) dias(?! seguid)/],
  ["twelve_to_date", /(?:doce|12) meses/],
  ["month_to_date", /primeros \S+ dias de|corrido del mes|va del mes/],
  ["year_to_date", /corrido de|va del ano/],
  ["other", /mensual|semanal|\banual|del mes\b(?! anterior| pasado)|\btrimestre\b|semestre|horari[ao]|a las \d|entre el \d|\bdel \d+ al \d|en el ano/],
];
/** @type {[string, RegExp][]} what a value is compared with; a year is told by its number, too */
const BASES = [
  ["week", /semana|siete dias anteriores/], ["last", /(?:dia|mes|valor) anterior|\bayer\b|en un dia|(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo) \d/],
  ["year", /\bano\b|anual|20\d\d|misma fecha|mism[oa]s? (?:\S+ )?(?:semana|mes|dia)s? de 20|comparable/],
];
const UP = "mas|por encima|superior(?:es)?|mayor(?:es)?";
const DOWN = "menos|por debajo|inferior(?:es)?|menor(?:es)?";
const RISE = "alza|aumento|incremento|subid?[ao]?|subieron|subio|crecio|crecieron|aumento|aumentaron|gano|ganaron|supero|superaron|mayor(?:es)?|crecimiento";
const FALL = "caida|reduccion|descenso|disminucion|bajo|bajaron|cayo|cayeron|disminuyo|disminuyeron|perdio|perdieron|menor(?:es)?|redujo|redujeron";
const FILL = "(?: (?:en|de|del|un|una|casi|cerca|el|hasta))* ?";
const [AFTER_UP, AFTER_DOWN] = [UP, DOWN].map((words) => new RegExp(`^ (?:${words})\\b(?! bien)`));
const [BEFORE_UP, BEFORE_DOWN] = [RISE, FALL].map((words) => new RegExp(`\\b(?:${words})${FILL}$`));
// What follows a name and makes it another: «las reservas de Antioquia», «el precio de bolsa máximo».
const OTHER = /^ (?:del? (?:la |los |las |el )?(?!\d|esta |este |ese |hoy|ayer|colombia|pais|energia|electricidad|lunes|martes|miercoles|jueves|viernes|sabado|domingo|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|su |lo que )[a-z]|(?:maxim|minim|horari|mensual|semanal|anual|regional|industrial|residencial|brut|net|futur|previst)[a-z]*)/;

// «el 67 % de la demanda comercial»: the whole of a part, of which nothing else is told.
const WHOLE = /(?:%|puntos) del? (?:l[ao]s? |el )?$/;
const EXTREME = /(maxim|mayor|mas alto)|minim|menor|mas bajo/;
const PLACE = /^ (?:en|de|del|a) (?:(?:la|el|los|las) )?(?!Colombia|SIN\b|XM\b)\p{Lu}/u;
// «entre 820 y 1.400», «un pico de 11.000»: the edges of a day, not its value.
const EDGE = /(?:entre|pico|maxim[oa]|minim[oa])(?: de| en)?(?: el)? #/;
const ROUGH = /(?:cerca de|casi|un[oa]s|alrededor del?|aproximadamente|cercan[oa]s? al?|mas del?|menos del?) #/;

/**
 * The marks of a text, one a figure, in their order.
 * @param {string} text
 * @param {Book} book
 * @returns {Mark[]}
 */
export function check(text, book) {
  if (!book.until) return [];
  const whole = flat(text);
  const dates = datesOf(whole, book.until);
  const figures = figuresOf(whole).filter((each) => !dates.some((date) => each.start < date.end && date.start < each.end));
  /** @type {Day} */
  let day = null;
  /** @type {Mark[]} */
  const marks = [];
  for (const [start, end] of sentencesOf(text)) {
    const named = dates.filter((date) => date.start >= start && date.end <= end && !date.aside);
    day = named[0] ?? day;
    const sentence = { ...sentenceOf(text.slice(start, end), book), dated: named.length > 0 };
    /** @type {Set<string>} */
    const told = new Set();
    for (const figure of figures.filter((each) => each.start >= start && each.end <= end)) {
      const own = { ...figure, start: figure.start - start, end: figure.end - start };
      if (sentence.mentions.some((each) => own.start >= each.start && own.end <= each.end)) continue; // of its name
      const judged = judge(own, placeOf(own, { ...sentence, day: dayOf(figure, named, whole) ?? day }), book, told);
      marks.push({ ...judged, start: figure.start, end: figure.end, text: text.slice(figure.start, figure.end) });
    }
    for (const date of dates.filter((each) => each.aside && each.start >= start && each.end <= end)) {
      const judged = since(date, { ...sentence, day }, start, book);
      if (judged) marks.push({ ...judged, start: date.start, end: date.end, text: text.slice(date.start, date.end) });
    }
  }
  return marks.sort((a, b) => a.start - b.start);
}

/**
 * The mark of a day since when nothing was as high or as low; none where it says something else.
 * @param {import("./figures.js").When} date
 * @param {ReturnType<typeof sentenceOf> & { dated: boolean, day: Day }} sentence
 * @param {number} start of the sentence
 * @param {Book} book
 */
function since(date, sentence, start, book) {
  const before = sentence.bare.slice(0, date.start - start);
  const found = /(mas alto|mayor|maximo)|(?:mas bajo|menor|minimo)/.exec(before.slice(-60));
  if (!found || !/desde(?: el)? $/.test(before) || sentence.period === "record" || !sentence.day) return null;
  const place = { ...sentence, around: "", side: 0, kind: "fecha", basis: "" };
  const mention = sentence.mentions.findLast((each) => each.end <= before.length && !WHOLE.test(sentence.text.slice(0, each.start)));
  if (!mention) return null;
  const side = found[1] ? 1 : -1;
  const facts = known(mention, place, book).filter((fact) => fact.d === sentence.day?.day && fact.s === side);
  const length = date.month ? 7 : 10;
  const told = (/** @type {string} */ day, /** @type {number[]} */ names) => `desde el ${shortDay(day)}: ${book.spoken[names[0] ?? 0]}, ${shortDay(sentence.day?.day ?? "")}.`;
  const right = facts.find((fact) => fact.t?.slice(0, length) === date.day.slice(0, length));
  const fact = right ?? facts[0];
  if (fact) return { verdict: /** @type {Verdict} */ (right ? "right" : "wrong"), note: `${right ? "Es" : "Lo es"} ${told(fact.t ?? "", fact.n)}`, link: fact.e };
  return date.month || sentence.day.month ? null : sinceOf(mention, sentence.day.day, date.day, side, book, told);
}

/**
 * The same of a day that no claim of tonight is about, from the values themselves: right or wrong of every series that the name may be.
 * @param {Mention} mention
 * @param {string} iso
 * @param {string} other
 * @param {number} side
 * @param {Book} book
 * @param {(day: string, names: number[]) => string} told
 */
function sinceOf(mention, iso, other, side, book, told) {
  const series = mention.names.flatMap((name) => book.series.get(name) ?? []);
  const reached = series.map((each) => ({ each, day: reachedBefore(each, iso, other, side, book) })).filter(({ day }) => day !== null);
  const right = reached.find(({ day }) => day === other);
  const first = right ?? reached[0];
  if (!first || (!right && reached.length < series.length)) return null;
  const [name, extreme] = [book.spoken[first.each.n[0] ?? 0], side > 0 ? "alto" : "bajo"];
  const note = right ? `Es ${told(other, first.each.n)}` : first.day ? `Ya el ${shortDay(first.day)} había estado tan ${extreme}: ${name}.` : `Lo es desde antes: ese día no había estado tan ${extreme}: ${name}.`;
  return { verdict: /** @type {Verdict} */ (right ? "right" : "wrong"), note, link: first.each.e };
}

/**
 * The day of a figure where its sentence names several: the one beside it, else the last one before it.
 * @param {Figure} figure
 * @param {import("./figures.js").When[]} named
 * @param {string} text
 */
function dayOf(figure, named, text) {
  const beside = named.find((date) => date.start >= figure.end && /^,? (?:el|del|en) $/.test(text.slice(figure.end, date.start)));
  return beside ?? named.findLast((date) => date.end <= figure.start) ?? named[0];
}

/**
 * @param {string} written
 * @param {Book} book
 */
function sentenceOf(written, book) {
  const text = flat(written);
  const mentions = [...text.matchAll(book.pattern)].flatMap((found) => {
    const end = found.index + found[0].length;
    if (/\d $/.test(text.slice(0, found.index))) return []; // «18 embalses»: some of them
    const other = OTHER.test(text.slice(end)) || PLACE.test(written.slice(end));
    return [{ start: found.index, end, names: other ? [] : book.names.get(found[0]) ?? [] }];
  });
  const bare = mentions.reduce((left, { start, end }) => left.slice(0, start) + "~".repeat(end - start) + left.slice(end), text);
  return { text, bare, mentions, period: PERIODS.find(([, sign]) => sign.test(bare))?.[0] ?? "day" };
}

/**
 * @param {Figure} figure
 * @param {ReturnType<typeof sentenceOf> & { dated: boolean, day: Day }} sentence
 * @returns {Place}
 */
function placeOf(figure, sentence) {
  const before = sentence.text.slice(Math.max(0, figure.start - 60), figure.start);
  const after = sentence.text.slice(figure.end, figure.end + 100);
  const next = after.replace(/^ (?:seguidos|seguidas)/, "");
  const side = AFTER_UP?.test(next) || BEFORE_UP?.test(before) ? 1 : AFTER_DOWN?.test(next) || BEFORE_DOWN?.test(before) ? -1 : 0;
  const counted = TIMES.includes(figure.family) && figure.family !== "años";
  const moved = side !== 0 || figure.family === "veces" || /^ de diferencia/.test(after);
  const later = sentence.bare.slice(figure.end, figure.end + 100).split(/[;.]| y /)[0] ?? "";
  const compared = AFTER_UP?.test(next) || AFTER_DOWN?.test(next) || /^ (?:frente|respecto|contra|que)/.test(later); // what follows says than what
  const basis = basisOf(later, sentence.day) || (compared ? "" : basisOf(sentence.bare.slice(0, figure.start), sentence.day));
  return { ...sentence, around: `${before}#${after.slice(0, 40)}`, side, kind: counted ? "racha" : moved ? "cambio" : "valor", basis };
}

/**
 * What the words compare with: what is named first, but for the year of the sentence itself.
 * @param {string} text
 * @param {Day} day
 */
function basisOf(text, day) {
  const words = day ? text.replaceAll(day.day.slice(0, 4), "~") : text;
  const found = BASES.map(([basis, sign]) => ({ basis, at: words.search(sign) })).filter(({ at }) => at >= 0);
  return found.sort((a, b) => a.at - b.at)[0]?.basis ?? "";
}

/**
 * Who a figure may be about, the likeliest first: what was named last before it, then what comes after, then the rest.
 * @param {Figure} figure
 * @param {Mention[]} mentions
 */
function near(figure, mentions) {
  const before = mentions.filter((each) => each.end <= figure.start).reverse();
  return [...before.slice(0, 1), ...mentions.filter((each) => each.start >= figure.end), ...before.slice(1)];
}

/**
 * What the portal says of a mention, in the kind of the figure: facts of the claims, and the series at that day.
 * @param {Mention} mention
 * @param {Place} place
 * @param {Book} book
 */
function known(mention, place, book) {
  const said = new Set(place.mentions.flatMap((each) => each.names));
  const facts = mention.names.flatMap((name) => book.facts.get(name) ?? [])
    .filter((fact) => fact.c === place.kind && (fact.w === undefined || said.has(fact.w)));
  const series = mention.names.flatMap((name) => book.series.get(name) ?? []);
  if (place.kind === "cambio") return [...facts, ...series.flatMap((each) => changesAt(each, place.day, book))];
  if (place.kind === "racha" && !facts.some((fact) => fact.d === place.day?.day)) return [...facts, ...series.flatMap((each) => runAt(each, place.day, book))];
  const { day } = place;
  const side = place.kind === "valor" && place.period === "record" && place.dated && day ? EXTREME.exec(place.bare) : null;
  // Nobody knows when it was written: a record has to have been one when it was set.
  const records = side && day ? series.flatMap((each) => recordAt(each, day.month ? `${day.day.slice(0, 7)}-31` : day.day, side[1] ? "high" : "low", book)) : [];
  if (records.length) return records;
  return place.kind === "valor" ? [...facts, ...series.flatMap((each) => atDay(each, place.day))] : facts;
}

/**
 * Whether a fact speaks of the day of the sentence; without a day, of the last ones known.
 * @param {Fact} fact
 * @param {Place} place
 */
const sameDay = (fact, place) => !place.day || fact.d === place.day.day || (["record", "then"].includes(fact.p) && place.period === fact.p)
  || (!place.dated && !["day", "7", "28", "month"].includes(fact.p));

/**
 * Whether a fact may be of the span that the sentence speaks of: a mean is no value of its day.
 * @param {Fact} fact
 * @param {Place} place
 */
const sameSpan = (fact, place) => (place.kind === "cambio" && place.period.endsWith("_to_date") ? fact.p === place.period : ["day", "month", place.period].includes(fact.p))
  || fact.w !== undefined
  || (fact.p !== "forecast" && /promedi|\bmedia\b/.test(place.bare));

/**
 * Whether a figure is a fact, rounded to the digits it is written with.
 * @param {Figure} figure
 * @param {Fact} fact
 * @param {Place} place
 */
function equal(figure, fact, place) {
  const unit = measure(` ${flat(fact.u)}`);
  if (!unit || unit.family !== figure.family) return false;
  const sides = fact.s === undefined || fact.s === 0 || place.side === 0 || fact.s === place.side;
  const bases = !fact.b || !place.basis || fact.b === place.basis;
  const [value, told] = fact.c === "valor" ? [fact.v, figure.value] : [fact.v, Math.abs(figure.value)];
  const slack = ROUGH.test(place.around) ? 0.05 : 1e-9;
  if (fact.least && sides && told <= value && /(?:al menos|mas de) #/.test(place.around)) return true;
  return sides && bases && Math.abs(value * unit.factor - told) <= figure.step / 2 + Math.abs(told) * slack + 1e-9;
}

/**
 * The facts a figure must be one of, when it is about this mention; none when that is not plain.
 * @param {Figure} figure
 * @param {Fact[]} facts of the mention, of its day
 * @param {Place} place
 */
function due(figure, facts, place) {
  const beside = facts.filter((fact) => fact.m && new RegExp(fact.m).test(place.around));
  if (beside.length) return beside;
  const after = place.text.slice(figure.end);
  if (ROUGH.test(place.around) || (EDGE.test(place.around) && !place.text.includes("datos del portal"))) return [];
  const plain = facts.filter((fact) => !fact.m && !(fact.least && fact.s === place.side && figure.value > fact.v) && fact.until === undefined);
  if (place.kind === "racha") return /^ seguid/.test(after) || place.text.includes("escasez") ? plain.filter((fact) => measure(` ${flat(fact.u)}`)?.family === figure.family) : [];
  if (place.kind === "cambio") return plain.filter((fact) => (fact.b ? fact.b === place.basis : true) && (fact.p === place.period || fact.p === "month" || place.period === "day"));
  const part = /^ del? /.test(after) && figure.family === "%";
  const ofDay = place.period === "record" && place.dated; // a record is the value of the day that it names
  return plain.filter((fact) => (fact.p === place.period || (ofDay && fact.p === "day") || fact.w !== undefined || (fact.p === "month" && place.period !== "other"))
    && (!part || fact.w !== undefined || after.startsWith(` ${flat(fact.g ?? "")}`)));
}

/**
 * @param {Figure} figure
 * @param {Place} place
 * @param {Book} book
 * @param {Set<string>} told what the sentence already said of whom, in which kind of unit
 */
function judge(figure, place, book, told) {
  const mentions = near(figure, place.mentions);
  const facts = mentions.map((mention) => known(mention, place, book).filter((fact) => sameDay(fact, place)));
  const same = facts.flat().filter((fact) => equal(figure, fact, place) && sameSpan(fact, place));
  const first = mentions[0];
  const key = `${first?.start} ${place.kind} ${figure.family}`;
  const again = told.has(key) && place.kind === "valor";
  told.add(key);
  const fresh = same.find((fact) => fact.until === undefined);
  if (fresh) return mark("right", fresh, book, figure);
  const old = same[0];
  if (old) return mark("old", facts.flat().find((fact) => fact.until === undefined && fact.d === old.d && fact.n === old.n && fact.p === old.p) ?? old, book, figure, old.until);
  if (!first) return mark("unknown");
  if (!place.day) return mark("unknown");
  const index = mentions.findIndex((_, i) => due(figure, facts[i] ?? [], place).some((fact) => comparable(figure, fact)));
  const wanted = index < 0 ? [] : due(figure, facts[index] ?? [], place).filter((fact) => comparable(figure, fact));
  const [likely] = [...wanted].sort((a, b) => distance(figure, a) - distance(figure, b));
  if (likely && (index === 0 || !mentions[0]?.names.length || first.start >= figure.end || place.kind !== "valor") && first.names.length && (!again || likely.m)) return mark("wrong", likely, book, figure);
  if (!likely && first.names.length && isAbsent(figure, first, place, book)) return mark("absent");
  return mark("unknown");
}

/**
 * Whether a figure and a fact measure the same, or have the same digits and the unit is at fault.
 * @param {Figure} figure
 * @param {Fact} fact
 */
function comparable(figure, fact) {
  const unit = measure(` ${flat(fact.u)}`);
  return unit !== null && (unit.family === figure.family || Math.abs(fact.v - figure.number) <= figure.step / figure.factor / 2 + 1e-9);
}

/**
 * @param {Figure} figure
 * @param {Fact} fact
 */
const distance = (figure, fact) => Math.abs(Math.log(Math.abs(fact.v / figure.number) || 1e-9));

/**
 * @param {Figure} figure
 * @param {Mention} mention
 * @param {Place} place
 * @param {Book} book
 */
function isAbsent(figure, mention, place, book) {
  const series = mention.names.flatMap((name) => book.series.get(name) ?? []).filter((each) => measure(` ${flat(each.u)}`)?.family === figure.family);
  return place.kind === "valor" && place.period === "day" && series.length > 0 && series.every((each) => !atDay(each, place.day).length);
}

/**
 * @param {Verdict} verdict
 * @param {Fact} [fact]
 * @param {Book} [book]
 * @param {Figure} [figure]
 * @param {string} [seen] day a newer value came
 */
function mark(verdict, fact, book, figure, seen) {
  if (!fact || !book || !figure) {
    const note = verdict === "absent" ? "El portal no tiene dato de esa serie para ese día." : "No se sabe de qué serie, día o comparación se trata.";
    return { verdict, note, link: "" };
  }
  const decimals = Math.max(fact.k, Math.round(-Math.log10(figure.step / figure.factor)));
  const size = fact.v.toLocaleString("es-CO", { minimumFractionDigits: fact.k, maximumFractionDigits: Math.min(decimals, 6), useGrouping: true });
  const side = fact.s && fact.c !== "racha" ? (fact.s > 0 ? " más" : " menos") : "";
  const value = `${fact.least ? "al menos " : ""}${size} ${fact.u}${side}`;
  const told = `${book.spoken[fact.n[0] ?? 0]}, ${fact.p === "month" ? fact.d.slice(0, 7) : shortDay(fact.d)}`;
  const notes = { right: `${value}: ${told}.`, wrong: `Es ${value}: ${told}.`, old: `Hoy es ${value}; ${seen ? `la cifra cambió el ${shortDay(seen)}` : "así salió en el informe de ese día"}: ${told}.` };
  return { verdict, note: notes[/** @type {"right" | "wrong" | "old"} */ (verdict)], link: fact.e };
}
