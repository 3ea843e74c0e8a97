// The lab's page without a browser: its markup from docs/lab.md, in jsdom.

import { readFileSync } from "node:fs";
import { register } from "node:module";
import { JSDOM } from "jsdom";

register("./fresh.js", import.meta.url);
let loads = 0;

/** Loads lab.js, which looks for its page, with all that it imports; then the page is read to its end. */
export async function start() {
  await import(`../modules/lab.js?load=${++loads}`);
  globalThis.document?.dispatchEvent(new document.defaultView.Event("DOMContentLoaded"));
}

/** Makes tests that are given what these modules export, loaded anew: so each runs their constants too. */
export const testing =
  (...names) =>
  (title, body) =>
    it(title, async () => {
      loads += 1;
      const modules = await Promise.all(names.map((name) => import(`../modules/${name}.js?load=${loads}`)));
      await body(Object.assign({}, ...modules));
    });

const source = readFileSync(new URL("./lab.md", import.meta.url), "utf-8");
const sections = source.match(/<section class="lab"[^]*?^<\/section>/gm).join("\n");
const rules = [...source.matchAll(/^- (.*)\n\{: #(rule-\w+) \}$/gm)].map(([, text, id]) => `<li id="${id}">${text}</li>`);

/** Opens the page at this query; globals are those of its window, time stands still until `later()`. */
export function open(query = "") {
  const { window } = new JSDOM(`<body>${sections}<ul>${rules.join("")}</ul></body>`, { url: `https://lab.example/lab/${query}` });
  const timers = new Map();
  const seen = { replaced: [], workers: [] };
  class Worker {
    constructor(url) {
      Object.assign(this, { url, ended: false });
      seen.workers.push(this);
    }
    postMessage(script) {
      this.script = script;
    }
    terminate() {
      this.ended = true;
    }
  }
  Object.assign(globalThis, {
    document: window.document,
    location: window.location,
    FormData: window.FormData,
    Worker,
    history: { replaceState: (...given) => seen.replaced.push(given) },
    setTimeout: (act, wait) => {
      const id = timers.size + 1;
      timers.set(id, { act, wait });
      return id;
    },
    clearTimeout: (id) => timers.delete(id),
  });
  const later = () => {
    const waiting = [...timers.values()];
    timers.clear();
    waiting.forEach(({ act }) => act());
    return waiting.map(({ wait }) => wait);
  };
  const one = (selector) => window.document.querySelector(selector);
  const all = (selector) => [...window.document.querySelectorAll(selector)];
  const errors = [];
  window.addEventListener("error", (event) => {
    event.preventDefault();
    errors.push(event.error);
  });
  const type = (field, value) => {
    field.value = value;
    field.dispatchEvent(new window.Event("input", { bubbles: true }));
    if (errors.length) throw errors[0]; // what a handler throws does not come back by itself
  };
  return { ...seen, one, all, type, later, window };
}

export const vectors = JSON.parse(readFileSync(new URL("./vectors.json", import.meta.url), "utf-8"));
export const floats = (bits) => new Float32Array(Uint32Array.from(bits).buffer);
export const bits = (values) => [...new Uint32Array(Float32Array.from(values).buffer)];

/** Fails without a comparison word by word, which takes seconds for long arrays. */
export function same(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`other numbers: ${what}`);
}
