// A small line of values by day, drawn as it is; a day without a value is a gap.

const NAMESPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, EDGE] = [320, 56, 4];

/**
 * @param {[day: string, value: number][]} points in their order, at least two
 * @returns {{ path: string, last: [number, number] }}
 */
export function linePath(points) {
  const times = points.map(([day]) => Date.parse(day));
  const values = points.map(([, value]) => value);
  const [first, least, most] = [times[0] ?? 0, Math.min(...values), Math.max(...values)];
  const x = (/** @type {number} */ time) => EDGE + ((time - first) / ((times.at(-1) ?? 0) - first || 1)) * (WIDTH - 2 * EDGE);
  const y = (/** @type {number} */ value) => HEIGHT - EDGE - ((value - least) / (most - least || 1)) * (HEIGHT - 2 * EDGE);
  const step = Math.min(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
  const at = (/** @type {number} */ i) => `${x(times[i] ?? 0).toFixed(1)} ${y(values[i] ?? 0).toFixed(1)}`;
  const path = times.map((time, i) => `${i > 0 && time - (times[i - 1] ?? 0) <= step * 1.1 ? "L" : "M"}${at(i)}`).join("");
  return { path, last: [x(times.at(-1) ?? 0), y(values.at(-1) ?? 0)] };
}

/** @param {[day: string, value: number][]} points */
export function sparkline(points) {
  const { path, last } = linePath(points);
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "pe-ask__line");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(NAMESPACE, "path");
  line.setAttribute("d", path);
  const dot = document.createElementNS(NAMESPACE, "circle");
  for (const [name, value] of [["cx", last[0]], ["cy", last[1]], ["r", 3]]) dot.setAttribute(String(name), String(value));
  svg.append(line, dot);
  return svg;
}
