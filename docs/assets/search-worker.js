// Stands in for Material's search worker until something is asked: then it loads the worker named after the "?" and
// the sections of the site, and has it rank as search-ranking.js does. A number leads to the lab as well, which reads
// its bits.
const SETUP = 0;
const READY = 1;
const QUERY = 2;
const RESULT = 3;
const NUMBER = /^[-−+]?(?=\S*[.e])\d*\.?\d+(e[-−+]?\d+)?$/i;
let asked; // the set-up that Material asked for, without the sections
let loaded;
let ready;
let number = "";

const post = postMessage;
self.postMessage = (message) => {
  if (message.type === READY) return ready();
  if (message.type === RESULT && number) message.data.items.splice(1, 0, [reading(number)]);
  post(message);
};

function reading(pasted) {
  const location = `lab/?${new URLSearchParams({ number: pasted })}#what-is-this-number`;
  return { location, title: `What is this number? ${pasted}`, text: "The lab reads its bits.", score: 1, terms: {} };
}

async function load() {
  importScripts(`javascripts/workers/${location.search.slice(1)}`, "search-ranking.js");
  const { lunr } = self;
  self.lunr = Object.assign((build) => withRanking(lunr(build)), lunr);
  const { docs } = await (await fetch("../search/sections.json")).json();
  const done = new Promise((resolve) => (ready = resolve));
  dispatchEvent(new MessageEvent("message", { data: { ...asked, data: { ...asked.data, docs }, plain: true } }));
  await done;
}

addEventListener("message", async (event) => {
  const message = event.data;
  if (message.plain) return; // for Material's worker
  event.stopImmediatePropagation();
  if (message.type === SETUP) {
    asked = message;
    post({ type: READY });
  } else if (message.type === QUERY && !message.data.trim()) {
    post({ type: RESULT, data: { items: [] } });
  } else if (message.type === QUERY) {
    await (loaded ??= load());
    number = NUMBER.exec(message.data.trim())?.[0];
    dispatchEvent(new MessageEvent("message", { data: { ...message, data: words(message.data), plain: true } }));
  }
});
