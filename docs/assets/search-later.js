// The search index loads on first use: Material's request for it waits until somebody reaches for the search.
// And the search begins with a text that no key has written, too.
(() => {
  const wanted = new Promise((resolve) => {
    const kinds = ["focusin", "pointerdown", "keydown"];
    const look = ({ type, key, target }) => {
      const typed = type === "keydown" && ["/", "f", "s"].includes(key);
      if (!typed && !target.closest?.(".md-search, [for=__search]")) return;
      for (const kind of kinds) document.removeEventListener(kind, look, true);
      resolve();
    };
    for (const kind of kinds) document.addEventListener(kind, look, true);
    if (new URLSearchParams(location.search).has("q")) resolve();
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches(".md-search__input")) target.dispatchEvent(new Event("keyup")); // of a paste, a drop, a voice
  });
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.waits = String(url).endsWith("search/search_index.json");
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.waits) wanted.then(() => send.apply(this, body));
    else send.apply(this, body);
  };
})();
