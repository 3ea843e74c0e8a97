// Shows what the form asks for.

import { histogram, strip } from "./chart.js";
import { address, connect, fill, read } from "./form.js";
import { call, doubled, python, tensors, total } from "./layers.js";
import { numbers } from "./number.js";
import { run } from "./run.js";
import { grouped, short, table } from "./table.js";

// The build makes one function `lab` of all modules; its text is the worker's program.
const AT_ONCE = typeof lab === "function" ? 2 ** 16 : Infinity;

function start(root) {
  const [form, progress, status, result] = root.children;
  const [code, text] = result.querySelectorAll("code");
  const [empty, details] = result.querySelectorAll(".lab-empty, .lab-details");
  const say = (sentence) => (status.textContent = sentence);
  let worker, later;
  const draw = (typed) => {
    const script = read(form);
    const n = script ? total(script) : 0;
    let begin = performance.now();
    const done = (results) => {
      const texts = results.flat().map((found) => found.text ?? "(old memory)");
      code.textContent = python(script);
      text.textContent = texts.join("\n");
      empty.hidden = !texts.includes("(old memory)");
      details.innerHTML = script.layers.map((layer, i) => describe(layer, results[i])).join("");
      progress.hidden = true;
      result.classList.remove("lab-stale");
      say(`${grouped(n)} numbers in ${short(performance.now() - begin)} ms.`);
    };
    clearTimeout(later);
    worker?.terminate();
    progress.hidden = n <= AT_ONCE;
    result.classList.add("lab-stale");
    say(script ? `Drawing ${grouped(n)} numbers.` : "Below is the last result.");
    if (!script) return;
    if (n <= AT_ONCE) done(run(script));
    later = setTimeout(() => {
      if (typed) history.replaceState(null, "", address(form)); // browsers refuse one at each key
      if (n <= AT_ONCE) return;
      begin = performance.now();
      worker = new Worker(URL.createObjectURL(new Blob([`(${lab})()`])));
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = () => say("This browser cannot: choose smaller sizes.");
      worker.postMessage(script);
    }, 300);
  };
  connect(form, () => draw(true));
  draw();
  fill(form, location.search);
  draw();
}

/** A layer as HTML. */
function describe(layer, results) {
  const parts = tensors(layer).map(({ name, shape, law }, i) => {
    const { n, min, max, mean, std, values } = results[i];
    const fan = layer.in === undefined ? "" : `, fan_in ${layer.in}`;
    const title = `<p class="lab-title">${call(layer)} ${name} (${shape.join(", ")}): ${law?.text ?? "old memory"}${fan}</p>`;
    if (!n || !law.std) return title;
    const near = (factor) => `± ${short((factor * law.std) / Math.sqrt(n))}`;
    const facts = [
      ["mean", short(mean), short((law.low + law.high) / 2), near(2)],
      ["std", short(std), short(law.std), near(law.spread)],
      ["range", `${short(min)} to ${short(max)}`, law.range ?? "all numbers", ""],
    ];
    return title + table(["of these", "measured", "theory", "expected within"], facts) + (values ? strip : histogram)(law, results[i]);
  });
  return parts.join("") + (results[0].n ? `<p>${doubled(layer)}</p>` : "");
}

if (typeof document === "undefined") self.onmessage = ({ data }) => postMessage(run(data));
else {
  start(document.getElementById("lab"));
  document.addEventListener("DOMContentLoaded", () => numbers(document.getElementById("odd-number")));
}
