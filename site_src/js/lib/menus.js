// One open menu at a time; Escape and a click elsewhere close it. On a small screen the drawer holds them all.
import { all, find } from "./dom.js";

export function keepOneMenuOpen() {
  const menus = /** @type {HTMLDetailsElement[]} */ (all(".pe-menu"));
  const drawer = /** @type {HTMLDetailsElement | null} */ (find(".pe-drawer"));
  const folds = drawer ? [...menus, drawer] : menus;
  const close = (/** @type {HTMLDetailsElement} */ menu) => { menu.open = false; };
  const holds = (/** @type {HTMLDetailsElement} */ menu, /** @type {EventTarget | null} */ target) =>
    target instanceof Node && [menu, menu === drawer && menu.nextElementSibling].some((part) => part && part.contains(target));
  for (const menu of menus) {
    menu.addEventListener("toggle", () => {
      if (menu.open) menus.filter((other) => other !== menu).forEach(close);
    });
  }
  document.addEventListener("click", ({ target }) => {
    folds.filter((menu) => !holds(menu, target)).forEach(close);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const innermost = folds.find((each) => each.open);
    if (!innermost) return;
    close(innermost);
    find("summary", innermost)?.focus();
  });
}
