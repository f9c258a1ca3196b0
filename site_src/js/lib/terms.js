// Words of the glossary say what they mean under the pointer; its page is read when the first is pointed at.

/** @type {Promise<Document> | undefined} */
let glossary;

/** @param {HTMLAnchorElement} term */
const meaningOf = async (term) => {
  glossary ??= fetch(term.href).then(async (reply) => new DOMParser().parseFromString(await reply.text(), "text/html"));
  const place = (await glossary).getElementById(decodeURIComponent(term.hash.slice(1)));
  return place?.querySelector("dd")?.firstChild?.textContent?.trim() ?? "";
};

/** Explain the terms of the page as they are pointed at or come into focus. */
export const explainTerms = () => {
  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, ({ target }) => {
      const term = target instanceof Element ? target.closest("a.term") : null;
      if (!(term instanceof HTMLAnchorElement) || term.title) return;
      // Without the glossary, as offline, the word stays a link to it.
      meaningOf(term).then((meaning) => { term.title = meaning; }).catch(() => { glossary = undefined; });
    });
  }
};
