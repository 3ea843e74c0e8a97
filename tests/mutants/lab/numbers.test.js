// The drawn and printed numbers: torch's, bit for bit and character by character.

import assert from "node:assert/strict";
import { bits, floats, same, testing, vectors } from "./page.js";

describe("float32", () => {
  const test = testing("float32");
  test("multiplies and adds with one rounding", ({ fma }) => {
    for (const [a, b, c, sum] of vectors.fma) assert.equal(fma(a, b, c), sum, `${a} · ${b} + ${c}`);
  });
});

describe("normal", () => {
  const test = testing("normal");
  test("knows no negative zero", ({ transform }) => {
    const values = new Float32Array(16); // the logarithm of 1 is 0, and so is the radius
    transform(values, 0);
    for (const value of values) assert.ok(Object.is(value, 0));
  });
});

describe("torch-random", () => {
  const test = testing("torch-random");
  test("draws small scripts", (random) => {
    for (const { seed, calls, bits: wanted } of vectors.scripts) {
      const generator = new random.Generator(seed);
      const made = calls.flatMap(([name, given]) => {
        const found = generator[name](given);
        return found.weight ? [...found.weight, ...(found.bias ?? [])] : [...found];
      });
      same(bits(made), wanted, JSON.stringify([seed, calls]));
    }
  });

  test("reads seeds as torch does", (random) => {
    for (const [seed, wanted] of vectors.seeds) {
      for (const given of [seed, BigInt(seed), `\t${seed} `]) assert.deepEqual(bits(random.rand({ shape: [3], seed: given })), wanted);
    }
    const is = (a, b) => assert.equal(random.readSeed(a), b);
    is(true, 1n);
    is(false, 0n);
    is(1.9, 1n);
    is(-1.9, -1n);
    is("1_000", 1000n);
    is(" +5", 5n);
    is("12 ", 12n);
    is(2 ** 60, 2n ** 60n);
  });

  const refused = (make, kind, message) => assert.throws(make, (error) => error instanceof kind && error.message === message);

  test("refuses the seeds that torch refuses", (random) => {
    for (const seed of [2n ** 64n, "-9223372036854775809", 1e30]) refused(() => random.readSeed(seed), RangeError, "Overflow when unpacking long long");
    for (const seed of ["1.9", "", "x5", "5x", "1__0", "_1", NaN, Infinity, null, undefined]) {
      refused(() => random.readSeed(seed), TypeError, `invalid literal for int() with base 10: '${seed}'`);
    }
  });

  test("refuses shapes and padding rows that do not exist", (random) => {
    refused(() => random.rand({ shape: [2, -1], seed: 0 }), RangeError, "no tensor has the shape 2,-1");
    refused(() => random.rand({ shape: [2.5], seed: 0 }), RangeError, "no tensor has the shape 2.5");
    refused(() => random.linear({ inFeatures: -1, outFeatures: 2, seed: 0 }), RangeError, "no tensor has the shape 2,-1");
    for (const paddingIdx of [3, -4, 0.5 / 0]) {
      refused(() => random.embedding({ numEmbeddings: 3, embeddingDim: 2, paddingIdx, seed: 0 }), RangeError, "Padding_idx must be within num_embeddings");
    }
    assert.equal(random.count([]), 1);
    assert.equal(random.count([0, 3]), 0);
    assert.deepEqual([random.paddingSpan(5, 3, 0), random.paddingSpan(5, 3, -1), random.paddingSpan(5, 3, -5)], [[0, 3], [12, 15], [0, 3]]);
    assert.deepEqual(random.paddingSpan(5, 3, null), [0, 0]);
  });

  test("gives functions that seed anew", (random) => {
    const hex = (values) => [...values].map((v) => bits([v])[0].toString(16));
    const { weight, bias } = random.linear({ inFeatures: 3, outFeatures: 2, seed: 0 });
    assert.deepEqual(hex(bias), ["bc3b6b40", "3eea617a"]);
    assert.equal(weight.length, 6);
    assert.equal(random.linear({ inFeatures: 3, outFeatures: 2, bias: false, seed: 0 }).bias, null);
    assert.deepEqual(random.randn({ shape: [5], seed: 42 }), new random.Generator(42n).randn({ shape: [5] }));
    assert.deepEqual([...random.embedding({ numEmbeddings: 3, embeddingDim: 1, paddingIdx: -1, seed: 42 }).weight].at(-1), 0);
  });

  test("keeps the second number of a pair until a new seed", (random) => {
    const generator = new random.Generator(7);
    const first = generator.randn({ shape: [5] });
    const again = generator.manualSeed(7).randn({ shape: [5] });
    assert.deepEqual(again, first);
    assert.equal(generator.manualSeed(7), generator);
    assert.deepEqual(new random.Generator().rand({ shape: [2] }), random.rand({ seed: 67280421310721, shape: [2] }));
  });

  test("excludes the end of a range and knows no negative zero", (random) => {
    const generator = new random.Generator(0);
    generator.engine = { uniform: () => 1 - 2 ** -24 };
    assert.equal(generator.uniform(new Float32Array(1), 1, 1 + 2 ** -23)[0], 1);
    generator.engine = { uniform: () => 0 };
    assert.ok(Object.is(generator.uniform(new Float32Array(1), -0, 0)[0], 0));
  });
});

describe("print", () => {
  const test = testing("print");
  test("prints as torch prints", ({ digits, formatTensor }) => {
    const options = { prefix: "Parameter containing:\n", requiresGrad: true };
    for (const [patterns, shape, plain, parameter] of vectors.printed) {
      const values = floats(patterns);
      same(formatTensor(values, shape), plain, plain);
      same(formatTensor(values, shape, options), parameter, parameter);
    }
  });

  test("writes ties to the even digit and signs", ({ digits, formatTensor }) => {
    assert.equal(digits(0.125, 2, "toFixed"), "0.12");
    assert.equal(digits(0.375, 2, "toFixed"), "0.38");
    assert.equal(digits(2.5, 0, "toFixed"), "2");
    assert.equal(digits(-0, 1, "toFixed"), "-0.0");
    assert.equal(digits(2.5e20, 0, "toExponential"), "2e+20");
    assert.equal(digits(2 ** -31, 30, "toFixed"), "0.000000000465661287307739257812");
    assert.equal(digits(2 ** -149, 12, "toExponential"), "1.401298464325e-45");
    assert.equal(digits(-Infinity, 4, "toFixed"), "-inf");
    assert.equal(digits(NaN, 4, "toFixed"), "nan");
    assert.equal(formatTensor([], [2, 0], { prefix: "Parameter containing:" }), "Parameter containing:\ntensor([], size=(2, 0))");
  });
});

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)), `${found}, not ${wanted}`);

describe("run", () => {
  const test = testing("run");
  test("draws and measures as torch does", ({ run }) => {
    for (const { seed, layer, results } of vectors.drawn) {
      const [found] = run({ seed, layers: [layer] });
      assert.equal(found.length, results.length);
      results.forEach((wanted, i) => {
        same(found[i].text, wanted.text, JSON.stringify(layer));
        assert.equal(found[i].n, wanted.n);
        if (!wanted.counts) return;
        for (const name of ["min", "max", "mean"]) near(found[i][name], wanted[name]);
        if (wanted.std !== null) near(found[i].std, wanted.std);
        assert.deepEqual(found[i].counts, wanted.counts);
      });
    }
  });

  test("keeps up to 29 values to be drawn one by one", ({ run }) => {
    const values = (shape) => run({ seed: 0n, layers: [{ layer: "zeros", shape }] })[0][0].values;
    assert.deepEqual(values([29]), Array(29).fill(0));
    assert.equal(values([30]), false);
  });

  test("draws layers in turn from one stream, and nothing for torch.empty", ({ run }) => {
    const [linear, randn] = [{ layer: "linear", in: 3, out: 2, bias: true }, { layer: "randn", shape: [3] }];
    const [old, first, second] = run({ seed: 1n, layers: [{ layer: "empty", shape: [2] }, linear, randn] });
    assert.deepEqual(old, [{}]);
    assert.deepEqual(first, run({ seed: 1n, layers: [linear] })[0]);
    assert.notDeepEqual(second, run({ seed: 1n, layers: [randn] })[0]);
  });
});

describe("layers", () => {
  const test = testing("layers");
  const linear = { layer: "linear", in: 4, out: 3, bias: true };
  const embedding = { layer: "embedding", num: 5, dim: 3, padding: null };

  test("knows the tensors and their laws", ({ call, doubled, python, tensors, total }) => {
    const [weight, bias] = tensors(linear);
    assert.deepEqual([weight.name, weight.shape, bias.name, bias.shape], ["weight", [3, 4], "bias", [3]]);
    assert.equal(tensors({ ...linear, bias: false }).length, 1);
    const { low, high, std, spread, range, text, chance } = weight.law;
    assert.deepEqual([low, high, range, text], [-0.5, 0.5, "−0.5 to 0.5", "U(−0.5, 0.5)"]);
    near(std, 1 / Math.sqrt(12));
    near(spread, Math.sqrt(0.8));
    near(chance(-0.25, 0.25), 0.5);
    near(tensors({ ...linear, in: 1 })[0].law.chance(-1, 0), 0.5);
    const [table] = tensors({ ...embedding, padding: 1 });
    assert.deepEqual([table.name, table.shape, table.zeros, table.law.text], ["weight", [5, 3], [3, 6], "N(0, 1)"]);
    assert.deepEqual([table.law.low, table.law.high, table.law.std, table.law.range], [-4, 4, 1, undefined]);
    near(table.law.spread, Math.sqrt(2));
    near(table.law.chance(-0.1, 0.1), 0.0796557);
    near(table.law.chance(1, 1.2), 0.0435856);
    assert.deepEqual(tensors({ layer: "rand", shape: [2] })[0].law.text, "U(0, 1)");
    assert.deepEqual(tensors({ layer: "rand", shape: [2] })[0].name, "");
    assert.equal(tensors({ layer: "zeros", shape: [2] })[0].law.text, "zeros");
    assert.equal(tensors({ layer: "empty", shape: [2] })[0].law, undefined);
    assert.equal(total({ layers: [linear, embedding, { layer: "zeros", shape: [] }] }), 31);
  });

  test("writes the program", ({ call, doubled, python, tensors, total }) => {
    assert.equal(call(linear), "nn.Linear(4, 3)");
    assert.equal(call({ ...linear, bias: false }), "nn.Linear(4, 3, bias=False)");
    assert.equal(call(embedding), "nn.Embedding(5, 3)");
    assert.equal(call({ ...embedding, padding: -1 }), "nn.Embedding(5, 3, padding_idx=-1)");
    assert.equal(call({ layer: "randn", shape: [2, 3] }), "nn.Parameter(torch.randn(2, 3))");
    assert.equal(call({ layer: "rand", shape: [] }), "nn.Parameter(torch.rand(()))");
    assert.equal(
      python({ seed: 7n, layers: [linear, { layer: "zeros", shape: [2] }] }),
      'import torch\ntorch.manual_seed(7)\nprint(*torch.nn.Linear(4, 3).parameters(), sep="\\n")\nprint(torch.nn.Parameter(torch.zeros(2)))',
    );
  });

  test("says what stays when the rows double", ({ call, doubled, python, tensors, total }) => {
    for (const { layer, n, same } of vectors.doubled) {
      const wanted = `, beginning with ${same.toLocaleString("en-US")} of these ${n.toLocaleString("en-US")} numbers.`;
      assert.ok(doubled(layer).endsWith(wanted), `${JSON.stringify(layer)}: ${doubled(layer)}, not ${wanted}`);
    }
    assert.equal(
      doubled(linear),
      "Twice the in_features: U(−0.3536, 0.3536). Twice the rows: still U(−0.5, 0.5), beginning with 12 of these 12 numbers.",
    );
    assert.equal(doubled({ layer: "rand", shape: [3] }), "Twice the rows: still U(0, 1), beginning with 3 of these 3 numbers.");
  });
});
