// "What is this number?", and the floats that a text looks like.

import { decodeAll, split } from "./bits.js";
import { formatTensor } from "./print.js";
import { table } from "./table.js";

const hex = (bits) => `0x${bits.toString(16).padStart(8, "0")}`;

/** The id of the page's rule. */
export function rule({ readings, guesses }) {
  const kinds = readings.map(({ kind, low }) => (low % 2 ** 31 > 0x7149f2ca ? kind.replace("normal", "huge") : kind)).join();
  const all = [...guesses, ...readings.flatMap((reading) => reading.guesses)];
  if (all.some((guess) => guess.startsWith("likely"))) return "rule-text";
  return `rule-${["subnormal", "NaN", "infinite", "huge", "normal"].find((kind) => kinds.includes(kind)) ?? "zero"}`;
}

function asFloats(text, Kind) {
  const n = Math.ceil((text.length * Kind.BYTES_PER_ELEMENT) / 4);
  const values = new Float32Array(n);
  new Kind(values.buffer).set([...text].map((c) => c.charCodeAt(0)));
  return `${8 * Kind.BYTES_PER_ELEMENT}-bit characters:\n${formatTensor(values, [n])}`;
}

export function numbers(root) {
  const [pasted, text] = root.querySelectorAll("textarea, input");
  const [wrong, strange] = root.querySelectorAll("small");
  const [verdict, across] = root.querySelectorAll("p");
  pasted.oninput = () => {
    const found = split(pasted.value).slice(0, 200);
    const memory = decodeAll(found);
    wrong.hidden = memory !== null;
    if (!memory) return;
    verdict.textContent = document.getElementById(rule(memory)).textContent;
    across.textContent = memory.guesses.join("; ");
    const rows = memory.readings.map(({ low, high, kind, integer, guesses }, i) => [
      found[i],
      guesses.join("; "),
      kind,
      integer === null ? `one of ${high - low + 1}` : integer,
      low === high ? hex(low) : `${hex(low)} to ${hex(high)}`,
    ]);
    root.querySelector(".lab-readings").innerHTML = table(["printed", "could be", "kind", "integer", "bits"], rows);
  };
  text.oninput = () => {
    strange.hidden = /^[ -~]*$/.test(text.value);
    if (strange.hidden)
      root.querySelector("code").textContent = [Uint8Array, Uint16Array, Uint32Array].map((Kind) => asFloats(text.value, Kind)).join("\n\n");
  };
  pasted.onchange = () => history.replaceState(null, "", `?${new URLSearchParams({ number: pasted.value })}`);
  pasted.value = new URLSearchParams(location.search).get("number") ?? pasted.value;
  pasted.oninput();
  text.oninput();
}
