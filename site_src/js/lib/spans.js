// The last days of a time series. Ranges and shifts of labels come with the figure (pipeline/site/drawing/spans.py).

/** @param {string | number} x */
export const moment = (x) => (typeof x === "number" ? x : Date.parse(`${x.replace(" ", "T")}${x.length > 10 ? "" : "T00:00"}Z`));

/**
 * Positions of a trace [ms since 1970].
 * @param {Trace} trace
 */
export const places = (trace) => trace.x?.map(moment) ?? trace.y.map((_, index) => moment(trace.x0 ?? 0) + index * (trace.dx ?? 1));

/**
 * Keep the points of the span and put its axes and labels in the layout.
 * @param {Trace[]} data
 * @param {Layout} layout changed in place
 * @param {Span} span
 */
export function narrowed(data, layout, span) {
  const start = moment(span.x[0]);
  const kept = data.map((trace) => {
    const at = places(trace);
    const { x0, dx, ...rest } = trace;
    const chosen = at.flatMap((place, index) => (place >= start ? [index] : []));
    return {
      ...rest,
      x: chosen.map((index) => new Date(/** @type {number} */ (at[index])).toISOString().slice(0, 10)),
      y: chosen.map((index) => trace.y[index] ?? null),
    };
  });
  layout.xaxis = { ...layout.xaxis, range: span.x };
  // With a series switched off, what is left fills the drawing: the axis is already free.
  if (!layout.yaxis?.autorange) layout.yaxis = { ...layout.yaxis, range: span.y };
  layout.shapes = (layout.shapes ?? []).filter((shape) => moment(shape.x0) >= start);
  let end = 0;
  layout.annotations = (layout.annotations ?? [])
    .filter((note) => note.xref === "paper" || moment(note.x ?? 0) >= start)
    .map((note) => (note.name && note.xref === "paper" ? { ...note, yshift: span.shifts[end++] ?? 0 } : note));
  return kept;
}
