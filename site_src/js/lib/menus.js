// One open menu at a time; Escape and a click elsewhere close it.
import { find } from "./dom.js";

export function keepOneMenuOpen() {
  const menus = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll(".pe-menu, .pe-drawer")]);
  const close = (/** @type {HTMLDetailsElement} */ menu) => { menu.open = false; };
  for (const menu of menus) {
    menu.addEventListener("toggle", () => {
      if (menu.open) menus.filter((other) => other !== menu).forEach(close);
    });
  }
  document.addEventListener("click", ({ target }) => {
    menus.filter((menu) => !(target instanceof Node && menu.contains(target))).forEach(close);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus.filter((each) => each.open)) {
      close(menu);
      find("summary", menu)?.focus();
    }
  });
}
