// The few steps over the document that every part takes.

/**
 * @param {string} selector
 * @param {ParentNode} root
 */
export const all = (selector, root = document) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);

/**
 * @param {string} selector
 * @param {ParentNode} root
 */
export const find = (selector, root = document) => /** @type {HTMLElement | null} */ (root.querySelector(selector));

/**
 * The one element that the page must have.
 * @param {string} selector
 * @param {ParentNode} root
 */
export function one(selector, root = document) {
  const found = find(selector, root);
  if (!found) throw new Error(`La página no tiene ${selector}`);
  return found;
}

/**
 * The field that the page must have.
 * @param {string} selector
 * @param {ParentNode} root
 */
export const field = (selector, root = document) => /** @type {HTMLInputElement} */ (one(selector, root));

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<HTMLElementTagNameMap[K]>} properties
 * @param {(Node | string)[]} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

/**
 * Save what is at an address under a name.
 * @param {string} address
 * @param {string} name
 */
export const save = (address, name) => element("a", { href: address, download: name }).click();

/**
 * Save what the page made.
 * @param {BlobPart[]} content
 * @param {string} name
 */
export function saveMade(content, name) {
  const address = URL.createObjectURL(new Blob(content));
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
