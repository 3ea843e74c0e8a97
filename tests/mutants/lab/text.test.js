// What is shown of numbers: readings of odd ones, tables, the figure.

import assert from "node:assert/strict";
import { testing, vectors } from "./page.js";

describe("bits", () => {
  const test = testing("bits");
  test("reads numbers as the snippet does", (read) => {
    for (const [text, wanted] of vectors.readings) {
      const found = text.includes("[") ? read.decodeAll(read.split(text)) : read.decode(text);
      const shown = !found || found.readings ? found : { readings: [found], guesses: [] };
      assert.deepEqual(JSON.parse(JSON.stringify(shown)), wanted, text);
    }
  });

  test("splits a tensor or words", (read) => {
    assert.deepEqual(read.split("tensor([1., -2e5,\n nan], dtype=x1)"), ["1.", "-2e5", "nan"]);
    assert.deepEqual(read.split(" 1;2, 3\t4 "), ["1", "2", "3", "4"]);
    assert.deepEqual(read.split("[]"), []);
    assert.deepEqual(read.split("[INF 1E5]"), ["inf", "1e5"]);
    assert.equal(read.decodeAll([]), null);
    assert.equal(read.decodeAll(["1.", "x"]), null);
  });
});

describe("rule", () => {
  const test = testing("number");
  test("is the first that fits", ({ rule }) => {
    const of = (kinds, guesses = [], across = []) => rule({ readings: kinds.map((kind) => ({ kind, guesses })), guesses: across });
    assert.equal(of(["normal"], ["likely x"]), "rule-text");
    assert.equal(of(["normal"], [], ["likely x"]), "rule-text");
    assert.equal(of(["normal", "NaN", "infinite", "subnormal"], ["possibly likely"]), "rule-subnormal");
    assert.equal(of(["normal", "infinite", "NaN", "zero"]), "rule-NaN");
    assert.equal(of(["normal", "infinite"]), "rule-infinite");
    assert.equal(of(["zero", "normal"]), "rule-normal");
    assert.equal(of(["zero"]), "rule-zero");
    const at = (low) => rule({ readings: [{ kind: "normal", guesses: [], low }], guesses: [] });
    assert.equal(at(0x3f800000), "rule-normal");
    assert.equal(at(0x7149f2ca), "rule-normal"); // 1e30
    assert.equal(at(0x7149f2cb), "rule-huge");
    assert.equal(at(0xf149f2cb), "rule-huge");
  });
});

describe("table", () => {
  const test = testing("table");
  test("writes numbers to be read", ({ grouped, short, table }) => {
    assert.deepEqual([short(-0.123456), short(1234.56), short(0.5), grouped(1234567)], ["−0.1235", "1,235", "0.5", "1,234,567"]);
  });

  test("heads rows and columns, and lets no markup in", ({ grouped, short, table }) => {
    assert.equal(
      table(["a", "b<"], [["<i>", "x&y", 3], [1, 2]]),
      '<div class="lab-scroll" tabindex="0" role="group" aria-label="a b<"><table class="lab-table">\n' +
        '<thead><tr><th scope="col">a</th><th scope="col">b&#60;</th></tr></thead><tbody>' +
        '<tr><th scope="row">&#60;i></th><td>x&#38;y</td><td>3</td></tr><tr><th scope="row">1</th><td>2</td></tr></tbody></table></div>',
    );
  });
});

describe("chart", () => {
  const test = testing("chart", "layers", "run", "table");
  test("draws bars, line and band where they belong", ({ histogram, run, short, table, tensors }) => {
    const law = { low: 0, high: 2, chance: (a, b) => (b - a) / 4, text: "a law" };
    const figure = histogram(law, { n: 16, counts: [3, 10] }); // 4 and 4 expected, 3 beyond; ±2√3
    const caption = "16 numbers against a law: 1 of 2 bars end in the band of two standard deviations. Beyond ±4: 3.";
    const [low, high] = [4 - 2 * Math.sqrt(3), 4 + 2 * Math.sqrt(3)];
    const y = (v) => (200 - v * 19).toFixed(1);
    const box = (x0, x1, a, b) => `M${x0},${a}V${b}H${x1}V${a}Z`;
    const label = (text, x, at, anchor) => `<text class="quiet" x="${x}" y="${at}" text-anchor="${anchor}">${text}</text>`;
    const data = [0, 1].map((i) => [i, i + 1, [3, 10][i], 4, low, high].map(short));
    assert.equal(
      figure,
      `<figure class="figure"><svg viewBox="0 0 640 230" font-size="13" role="img" aria-label="Histogram. ${caption}">` +
        `<path class="bar" d="${box("72.0", "336.0", "200.0", y(3))}${box("336.0", "600.0", "200.0", "10.0")}"/>` +
        `<path class="lab-band" d="${box("72.0", "336.0", y(low), y(high))}${box("336.0", "600.0", y(low), y(high))}"/>` +
        `<path class="line" d="M72.0,${y(4)}H336.0L336.0,${y(4)}H600.0"/>` +
        '<path class="axis" d="M60,200H612"/>' +
        [0, 0.5, 1, 1.5, 2].map((v, k) => label(v, 72 + 132 * k, 222, "middle")).join("") +
        `${label(0, 56, 204, "end")}${label(10, 56, 14, "end")}` +
        `</svg><figcaption>${caption}\n<details><summary>The data of this figure</summary>` +
        `${table(["from", "to", "numbers", "expected", "band from", "band to"], data)}</details></figcaption></figure>`,
    );
  });

  test("says nothing of numbers beyond when there are none, and keeps the band above zero", ({ histogram, run, short, table, tensors }) => {
    const law = { low: -1, high: 1, chance: (a, b) => (b - a) / 2, text: "U(−1, 1)" };
    const figure = histogram(law, { n: 2, counts: [2, 0] });
    assert.ok(figure.includes("2 of 2 bars end in the band of two standard deviations.\n<details>"));
    assert.ok(figure.includes("<td>2</td><td>1</td><td>0</td><td>2.414</td>"));
    const wide = histogram({ ...law, chance: () => 0.5 }, { n: 2, counts: [1, 1] });
    assert.ok(wide.includes(`V${(200 - 190).toFixed(1)}`), "the band's top is the figure's top");
    const edge = histogram({ ...law, chance: () => 0.5 }, { n: 4, counts: [4, 0] }); // 2 ± 2
    assert.ok(edge.includes("2 of 2 bars"), "the ends of the band belong to it");
    const outside = histogram({ low: 0, high: 2, chance: () => 0.25, text: "" }, { n: 16, counts: [0, 8] });
    assert.ok(outside.includes("0 of 2 bars"), "below the band and above it");
    assert.ok(wide.includes('y="125.3" text-anchor="end">1<'), "the highest bar's label is beside its end");
  });

  test("draws every kind of layer", ({ histogram, run, short, table, tensors }) => {
    const layer = { layer: "embedding", num: 20, dim: 10, padding: null };
    const [[results]] = run({ seed: 0n, layers: [layer] });
    assert.match(histogram(tensors(layer)[0].law, results), /^<figure class="figure"><svg .*<\/details><\/figcaption><\/figure>$/s);
  });

  test("writes the middle of a range as 0", ({ histogram, tensors }) => {
    const drawn = { randn: { layer: "randn", shape: [200] }, linear: { layer: "linear", in: 3, out: 70, bias: false } };
    for (const layer of Object.values(drawn)) {
      const figure = histogram(tensors(layer)[0].law, { n: 200, counts: Array(20).fill(10) });
      assert.match(figure, /<td>0<\/td><td>10<\/td>/, "the end of one bar");
      assert.match(figure, /<th scope="row">0<\/th>/, "the start of the next");
    }
  });

  test("draws a line for each of few values, those beyond the range counted out", ({ strip }) => {
    const caption = "4 of 6 numbers, a line each: too few for bars.";
    const label = (text, x) => `<text class="quiet" x="${x}" y="56" text-anchor="middle">${text}</text>`;
    assert.equal(
      strip({ low: -4, high: 4 }, { values: [-4, 5, 0, 2, 4, -4.5] }),
      `<figure class="figure"><svg viewBox="0 0 640 60" font-size="13" role="img" aria-label="${caption} −4 0 2 4">\n` +
        '<path class="line" d="M72.0,6V28M336.0,6V28M468.0,6V28M600.0,6V28"/><path class="axis" d="M60,34H612"/>' +
        ["−4", "−2", 0, 2, 4].map((v, k) => label(v, 72 + 132 * k)).join("") +
        `</svg><figcaption>${caption}</figcaption></figure>`,
    );
  });
});
