// What an eye would complain about, asked of the layout: returns a list of complaints, empty for a clean page.
() => {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  const say = (element, what) => {
    const holder = element.closest("[id]");
    const words = element.textContent.trim().slice(0, 40);
    faults.push(`${holder ? holder.id : element.tagName}: ${what}${words ? ` («${words}»)` : ""}`);
  };
  const shown = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return style.visibility !== "hidden" && style.display !== "none" && box.width > 0 && box.height > 0;
  };

  if (document.documentElement.scrollWidth > wide) faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);

  for (const figure of document.querySelectorAll("figure.chart")) {
    if (figure.querySelector(".empty")) continue;
    const plot = figure.querySelector(".plot");
    const marks = [...plot.querySelectorAll("svg :is(path, rect, circle)")].filter((mark) => {
      const box = mark.getBoundingClientRect();
      return shown(mark) && box.width + box.height > 2 && getComputedStyle(mark).opacity !== "0";
    });
    if (!marks.length) say(figure, "nothing is drawn");
    // Names on a map are placed beside their circles by the drawing itself, in units that shrink with it: they count too.
    const texts = [...plot.querySelectorAll("svg text")].filter((text) => shown(text) && text.textContent.trim() && !text.closest(".hoverlayer, .modebar"));
    const boxes = texts.map((text) => text.getBoundingClientRect());
    boxes.forEach((box, index) => {
      if (box.left < -1 || box.right > wide + 1) say(texts[index], "runs out of the page");
      for (let other = index + 1; other < boxes.length; other += 1) {
        const next = boxes[other];
        const across = Math.min(box.right, next.right) - Math.max(box.left, next.left);
        const down = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
        // A line's box is taller than its letters by about a third.
        if (across > 1 && down > 0.34 * Math.min(box.height, next.height)) say(texts[index], `overlaps «${texts[other].textContent.trim()}»`);
      }
    });
  }

  for (const value of document.querySelectorAll(".kpi-value, .kpi h2, .deltas li, .legend li, .answer, .sub, h1")) {
    if (!shown(value)) continue;
    const range = document.createRange();
    range.selectNodeContents(value);
    const words = range.getBoundingClientRect();
    const room = (value.closest(".kpi, .legend, .portal") ?? document.body).getBoundingClientRect();
    if (words.right > room.right + 1.5) say(value, `is ${Math.round(words.right - room.right)} px wider than its place`);
  }

  if (wide > 1200) {
    for (const table of document.querySelectorAll("table.data")) {
      const numbers = [...table.classList].flatMap((name) => (/^n\d+$/.test(name) ? [Number(name.slice(1))] : []));
      for (const row of table.rows) {
        const wrong = [...row.cells].find((cell, at) => (getComputedStyle(cell).textAlign === "right") !== numbers.includes(at + 1));
        if (wrong && shown(wrong)) say(wrong, "is not aligned as its column");
      }
    }
    for (const holder of document.querySelectorAll(".portal:not(.portal--metric) :is(.tableblock, .chart--map) .scroll")) {
      if (shown(holder) && holder.scrollWidth > holder.clientWidth + 1) say(holder, `its table is ${holder.scrollWidth - holder.clientWidth} px too wide`);
    }
  }

  for (const holder of document.querySelectorAll(".portal :is(h1, h2, h3, tbody th, tbody td:not(:has(code)))")) {
    if (!shown(holder)) continue;
    const texts = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/\p{L}{4,18}/gu)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        const rows = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (rows.size > 1) say(holder, `breaks the word ${word[0]}`);
      }
    }
  }

  // One row of cards stands on one line: their figures share it.
  for (const row of document.querySelectorAll(".kpis, .cards")) {
    const lines = new Map();
    for (const card of row.querySelectorAll(":scope > .kpi:not(.kpi--mix)")) {
      const top = Math.round(card.getBoundingClientRect().top);
      const at = Math.round(card.querySelector(".kpi-value").getBoundingClientRect().top);
      if (lines.has(top) && Math.abs(lines.get(top) - at) > 1) say(card, "its figure stands off the line of its row");
      lines.set(top, lines.get(top) ?? at);
    }
  }
  return faults;
}
