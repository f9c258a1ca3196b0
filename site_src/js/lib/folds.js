// What an address asks for shows, though it lies in a closed fold: its fragment, and the charts and tables whose choice it holds.
import { all } from "./dom.js";

/** @param {Element | null} target */
function unfold(target) {
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
}

/**
 * Ids of what the query of an address chooses: of `filtro-camino=peñol` the table `camino`.
 * @param {string} search
 */
export const chosen = (search) => [...new URLSearchParams(search).keys()].map((key) => key.slice(key.indexOf("-") + 1));

function revealFragment() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("details:not([open])")) return;
  unfold(target);
  target.scrollIntoView();
}

export function openFolds() {
  if (!all("details.fold").length) return;
  chosen(location.search).forEach((id) => unfold(document.getElementById(id)));
  revealFragment();
  addEventListener("hashchange", revealFragment);
}
