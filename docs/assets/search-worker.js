// Stands in for Material's search worker until the first message: then it loads the one named after the "?", and has
// it rank as search-ranking.js does. A number leads to the lab as well, which reads its bits.
const MATERIAL = /^\?(javascripts\/workers\/[\w.]+\.js)$/;
const QUERY = 2;
const RESULT = 3;
const NUMBER = /^[-−+]?(?=\S*[.e])\d*\.?\d+(e[-−+]?\d+)?$/i;
let loaded = false;
let number = "";

const post = postMessage;
self.postMessage = (message) => {
  if (message.type === RESULT && number) message.data.items.splice(1, 0, [reading(number)]);
  post(message);
};

function reading(pasted) {
  const location = `lab/?${new URLSearchParams({ number: pasted })}#what-is-this-number`;
  return { location, title: `What is this number? ${pasted}`, text: "The lab reads its bits.", score: 1, terms: {} };
}

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
    number = NUMBER.exec(message.data.trim())?.[0];
    const data = words(message.data);
    dispatchEvent(new MessageEvent("message", { data: { ...message, data, plain: true } }));
  } else if (!seen) {
    event.stopImmediatePropagation();
    dispatchEvent(new MessageEvent("message", { data: message }));
  }
});
