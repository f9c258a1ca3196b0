// Colour scheme: the visitor's choice, else the system's. Loaded before the page is painted; the body takes the
// attribute as soon as it exists, so nothing flashes. Charts listen to the "portal:scheme" event.
(() => {
  const KEY = "portal.scheme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const current = () => stored() || (system.matches ? "slate" : "default");

  const apply = () => {
    const scheme = current();
    document.documentElement.dataset.scheme = scheme;
    if (!document.body) return false;
    if (document.body.getAttribute("data-md-color-scheme") !== scheme) {
      document.body.setAttribute("data-md-color-scheme", scheme);
      document.dispatchEvent(new CustomEvent("portal:scheme", { detail: { scheme } }));
    }
    return true;
  };

  if (!apply()) {
    new MutationObserver((_, observer) => { if (apply()) observer.disconnect(); })
      .observe(document.documentElement, { childList: true });
  }
  system.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("pe-scheme");
    if (!button) return;
    const label = () => {
      const next = current() === "slate" ? "claro" : "oscuro";
      button.setAttribute("aria-label", `Cambiar a modo ${next}`);
      button.title = `Cambiar a modo ${next}`;
    };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      try {
        localStorage.setItem(KEY, current() === "slate" ? "default" : "slate");
      } catch { /* private window: not kept */ }
      apply();
      label();
    });
  });
})();
