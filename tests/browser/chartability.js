// What Chartability calls critical, as far as a machine can see it: faults of the page by heuristic, empty lists for a clean page.
() => {
  const faults = { contrast: [], visual: [], small: [], seizure: [], input: [], cues: [], override: [], purpose: [], title: [], table: [], density: [], tedious: [] };
  const SERIES = 12; // of one drawing: more cannot be told apart
  const TINTS = /accent-soft|band|heat|land|soft|rule|vessel|context/; // what lies behind the marks, or is as dark as its number
  const say = (kind, element, what) => faults[kind].push(`${element.closest("[id]")?.id ?? element.tagName}: ${what}`);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getBoundingClientRect().width > 0;
  const spoken = (ids) => (ids ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();

  const channels = (colour) => colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = getComputedStyle(document.body).backgroundColor;

  const drawings = [...document.querySelectorAll('.plot-box > svg, .day-panel > svg, .strip-row')].filter(shown);
  for (const drawing of drawings) {
    const stop = drawing.closest('[role="application"]');
    const holder = drawing.closest("figure.chart, .kpi, .strip") ?? drawing;
    if (!stop || stop.tabIndex !== 0) say("input", drawing, "cannot be reached by keys");
    else {
      if (!/Flechas/.test(spoken(stop.getAttribute("aria-describedby")))) say("cues", drawing, "does not say its keys");
      const name = spoken(stop.getAttribute("aria-labelledby")) || stop.getAttribute("aria-label");
      if (!name) say("title", drawing, "has no name");
    }
    if (!holder.querySelector("h1, h2, h3, figcaption")) say("title", drawing, "has no heading");
    if (!holder.querySelector(".sub, .note, .day-panel p, .heat-key")) say("purpose", drawing, "says neither unit nor span");
    const told = holder.querySelector("table, a[download], .legend li, .strip title");
    if (!told) say("visual", drawing, "has no words for its values");
    if (holder.matches("figure.chart") && !holder.querySelector("table, a[download]")) say("table", drawing, "has neither table nor file");
    const named = new Set([...holder.querySelectorAll(".legend li")].map((item) => item.textContent));
    if (named.size > SERIES) say("density", drawing, `${named.size} series`);
    for (const mark of drawing.querySelectorAll("path, circle, rect")) {
      const kinds = [mark, mark.parentNode].map((each) => each.getAttribute("class") ?? "").join(" ");
      const style = getComputedStyle(mark);
      const inks = [style.fill, style.stroke].filter((ink) => ink !== "none");
      const box = mark.getBoundingClientRect();
      // A layer of less than a hundredth is thinner than the edge that would mark it (pipeline/site/charts/stack.py).
      const thin = Math.min(box.width, box.height) < 4 || (drawing.closest(".k-stack") && !/ s-/.test(kinds));
      if (thin || TINTS.test(kinds) || !inks.length || !/[fs]-\w/.test(kinds)) continue;
      if (Math.max(...inks.map((ink) => contrast(ink, ground))) < 2.95) say("contrast", mark, `a mark (${kinds.trim()}) has ${Math.max(...inks.map((ink) => contrast(ink, ground))).toFixed(2)}:1`);
    }
  }
  for (const element of document.querySelectorAll("article :is(p, li, td, th, dd, dt, small, span, a, button, summary, text, tspan)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own || !shown(element)) continue;
    const scale = element.ownerSVGElement && element.getScreenCTM ? Math.hypot(element.getScreenCTM()?.a ?? 1, element.getScreenCTM()?.b ?? 0) : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < 11.9) say("small", element, `${size.toFixed(1)} px («${element.textContent.trim().slice(0, 24)}»)`);
  }
  for (const moving of document.getAnimations()) say("seizure", moving.effect?.target ?? document.body, "moves by itself");
  for (const moving of document.querySelectorAll("video, marquee, blink, img[src$='.gif']")) say("seizure", moving, "may flash");

  // Keys belong to a drawing only while it has the focus, and those of the browser never.
  const taken = (target, key, more = {}) => !target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  for (const key of ["ArrowDown", "ArrowRight", " ", "Home", "Tab"]) if (taken(document.body, key)) say("override", document.body, `takes ${key} from the page`);
  const stop = document.querySelector('[role="application"]');
  if (stop) {
    if (taken(stop, "Tab")) say("override", stop, "keeps the focus");
    if (taken(stop, "ArrowRight", { altKey: true })) say("override", stop, "takes a key of the browser");
  }
  const first = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")].find((each) => each.checkVisibility({ visibilityProperty: true }));
  if (!document.body.matches(".pe-embed") && !first?.matches(".pe-skip")) say("tedious", document.body, "the first stop does not lead to the content");
  for (const drawing of drawings) if (drawing.querySelectorAll("[tabindex], a[href]").length) say("tedious", drawing, "has stops inside");
  return faults;
}
