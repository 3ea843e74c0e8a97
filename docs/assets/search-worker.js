// Stands in for Material's search worker until the first message: then it loads the one named after the "?", and has
// it rank as search-ranking.js does.
const MATERIAL = /^\?(javascripts\/workers\/[\w.]+\.js)$/;
const QUERY = 2;
let loaded = false;

addEventListener("message", (event) => {
  const message = event.data;
  const seen = loaded;
  if (!loaded) {
    importScripts(MATERIAL.exec(decodeURIComponent(location.search))?.[1], "search-ranking.js");
    lunr.TokenSet.prototype.toString = key;
    lunr.Index.prototype.search = ranked;
    loaded = true;
  }
  if (message.type === QUERY && !message.plain) {
    event.stopImmediatePropagation();
    const data = words(message.data);
    dispatchEvent(new MessageEvent("message", { data: { ...message, data, plain: true } }));
  } else if (!seen) {
    event.stopImmediatePropagation();
    dispatchEvent(new MessageEvent("message", { data: message }));
  }
});
