// Every stop of the keyboard in view must show that it is one: returns those that do not, and how many there are.
() => {
  const unseen = [];
  const channels = (colour) => colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element.parentElement; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled);
  for (const stop of stops) {
    stop.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== stop) continue;
    const style = getComputedStyle(stop);
    const name = `${stop.tagName.toLowerCase()}.${stop.getAttribute("class") ?? ""} «${(stop.textContent ?? "").trim().slice(0, 30)}»`;
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) unseen.push(`${name}: no outline`);
    else {
      const [light, dark] = [luminance(style.outlineColor), luminance(ground(stop))].sort((a, b) => b - a);
      if ((light + 0.05) / (dark + 0.05) < 3) unseen.push(`${name}: ${style.outlineColor} on ${ground(stop)}`);
    }
  }
  document.activeElement?.blur();
  return { unseen, stops: stops.length };
}
