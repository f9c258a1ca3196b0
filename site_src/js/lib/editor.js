// The editor of queries: a plain text area until CodeMirror is there, and for good where it cannot come.
//
// It lives in a shadow root: there its styles are adopted sheets, which the page's policy allows.
import { ROOT } from "./site.js";

/** @typedef {{ label: string, apply?: string, detail?: string, type: string }} Word a word that the editor completes */

const THEME = {
  "&": { border: "1px solid var(--pe-muted)", borderRadius: "8px", background: "var(--pe-code)", color: "var(--pe-ink)", fontSize: "14px" },
  "&.cm-focused": { outline: "2px solid var(--pe-accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--pe-mono)", lineHeight: "1.6", minHeight: "14em", maxHeight: "32em", overflow: "auto" },
  ".cm-content": { padding: "12px 4px", caretColor: "var(--pe-ink)" },
  ".cm-cursor": { borderLeftColor: "var(--pe-ink)" },
  ".cm-gutters": { background: "var(--pe-code)", color: "var(--pe-muted)", border: "0", borderRadius: "8px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--pe-rule)" },
  ".cm-tooltip": { background: "var(--pe-ground)", color: "var(--pe-ink)", border: "1px solid var(--pe-rule)", borderRadius: "8px", overflow: "hidden" },
  ".cm-tooltip-autocomplete ul li": { padding: "4px 8px", maxWidth: "min(520px, 90vw)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--pe-accent)", color: "var(--pe-ground)" },
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: "8px", opacity: "0.85" },
  ".cm-matchingBracket": { background: "var(--pe-rule) !important" },
};

export class QueryEditor {
  #area;
  /** @type {EditorView | null} */
  #view = null;

  /**
   * @param {HTMLTextAreaElement} area
   * @param {{ onRun: () => void, onChange: () => void }} does
   */
  constructor(area, does) {
    this.#area = area;
    this.does = does;
    area.addEventListener("input", does.onChange);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        does.onRun();
      }
    });
  }

  get value() {
    return this.#view ? this.#view.state.doc.toString() : this.#area.value;
  }

  set value(text) {
    if (this.#view) this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
    else this.#area.value = text;
    this.does.onChange();
  }

  focus() {
    (this.#view ?? this.#area).focus();
  }

  /**
   * Put CodeMirror in the place of the text area, with the words it completes.
   * @param {Record<string, { self: Word, children: Word[] }>} tables
   */
  async enhance(tables) {
    /** @type {CodeMirror} */
    const cm = await import(new URL("assets/vendor/editor.js", ROOT).href);
    const host = document.createElement("div");
    host.className = "pe-sql__code";
    const root = host.attachShadow({ mode: "open" });
    const colours = cm.HighlightStyle.define([
      { tag: cm.tags.keyword, color: "var(--pe-accent)", fontWeight: "600" },
      { tag: [cm.tags.string, cm.tags.special(cm.tags.string)], color: "var(--pe-good)" },
      { tag: cm.tags.number, color: "var(--pe-warn)" },
      { tag: cm.tags.comment, color: "var(--pe-muted)", fontStyle: "italic" },
    ]);
    const run = () => { this.does.onRun(); return true; };
    this.#view = new cm.EditorView({
      doc: this.#area.value,
      parent: root,
      root,
      extensions: [
        cm.Prec.highest(cm.keymap.of([{ key: "Mod-Enter", run }])),
        cm.keymap.of([...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.historyKeymap, ...cm.defaultKeymap]),
        cm.history(), cm.lineNumbers(), cm.drawSelection(), cm.bracketMatching(), cm.closeBrackets(), cm.autocompletion(),
        cm.sql({ dialect: cm.PostgreSQL, schema: tables, upperCaseKeywords: true }),
        cm.syntaxHighlighting(colours),
        cm.EditorView.theme(THEME),
        cm.EditorView.contentAttributes.of({ "aria-label": "Consulta", id: "sql-code" }),
        cm.EditorView.updateListener.of((update) => { if (update.docChanged) this.does.onChange(); }),
      ],
    });
    this.#area.after(host);
    this.#area.hidden = true;
  }
}
