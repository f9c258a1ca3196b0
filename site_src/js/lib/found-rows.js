// The results of the search as the page shows them: options of a list box, in groups. What is found is written as text.
import { element } from "./dom.js";

/** @typedef {{ title: string, said: string | Node, href: string }} Row */

/**
 * A group of options under its heading.
 * @param {string} id
 * @param {string} label
 * @param {HTMLElement[]} options
 */
export function group(id, label, options) {
  const heading = element("p", { id: `pe-group-${id}`, className: "pe-search__group", textContent: label });
  heading.setAttribute("role", "presentation");
  const made = element("div", {}, heading, ...options);
  made.setAttribute("role", "group");
  made.setAttribute("aria-labelledby", heading.id);
  made.dataset["group"] = id;
  return made;
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 */
function option(node, name = "") {
  node.setAttribute("role", "option");
  node.setAttribute("aria-selected", "false");
  node.tabIndex = -1;
  if (name) node.setAttribute("aria-label", name);
  return node;
}

/** @param {Row} row */
export const page = ({ title, said, href }) => option(element("a", { href, className: "pe-search__hit" },
  element("strong", { textContent: title }), ...(said ? [element("span", { className: "pe-search__said" }, said)] : [])));

/**
 * An option that does something on this page.
 * @param {string} text
 * @param {() => void} act
 */
export function action(text, act) {
  const made = element("button", { type: "button", className: "pe-search__hit" }, element("strong", { textContent: text }));
  made.addEventListener("click", act);
  return option(made);
}

/**
 * @param {import("./first-answer.js").FirstAnswer} found
 * @param {string} href
 */
export function answerRow({ name, figure, day, note }, href) {
  const parts = [
    ...(name ? [element("span", { className: "pe-search__said", textContent: name })] : []),
    ...(figure ? [element("strong", { className: "pe-search__figure", textContent: figure }), " ", element("span", { className: "pe-search__day", textContent: day })] : []),
    ...(note ? [element("span", { className: figure ? "pe-search__said" : "pe-search__told", textContent: note })] : []),
  ];
  const spoken = [figure ? `${name}: ${figure}, ${day}.` : "", note].filter(Boolean).join(" ");
  return option(element("a", { href, className: "pe-search__hit pe-search__answer" }, ...parts), spoken);
}

/**
 * Pagefind marks the words found with <mark>; the excerpt is rebuilt as text nodes, so that no markup can slip in.
 * @param {string} html
 */
export function excerpt(html) {
  const parts = [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
  return element("span", {}, ...parts.map((node) => {
    const text = node.textContent ?? "";
    return node.nodeName === "MARK" ? element("mark", { textContent: text }) : text;
  }));
}
