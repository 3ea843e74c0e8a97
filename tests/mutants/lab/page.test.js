// The lab's page: what the form holds, refuses and keeps in the address; what the page shows of it.

import assert from "node:assert/strict";
import { open, start, testing, vectors } from "./page.js";

function openForm({ connect }, query) {
  const page = open(query);
  const form = page.one("#lab form");
  const changes = [];
  connect(form, (given) => changes.push(given));
  return { ...page, form, changes, field: (name) => form.elements.namedItem(name) };
}

const START = { layer: "linear", in: 2, out: 2, bias: true };

describe("form", () => {
  const test = testing("form");
  test("starts with one layer", (lab) => {
    const { form, all, field, changes } = openForm(lab);
    assert.deepEqual(lab.read(form), { seed: 0n, layers: [START] });
    assert.deepEqual(all("legend").map((legend) => legend.textContent), ["Layer 1"]);
    assert.equal(field("less").ariaDisabled, "true");
    assert.equal(field("more").ariaDisabled, "false");
    assert.deepEqual(changes, []);
  });

  test("shows the fields of the layer and labels them", (lab) => {
    const { form, all, one, field } = openForm(lab);
    const shown = () => all("fieldset [data-for]").filter((part) => !part.hidden).map((part) => part.children[1].name);
    lab.read(form);
    assert.deepEqual(shown(), ["in", "out", "bias"]);
    field("layer").value = "embedding";
    assert.deepEqual(lab.read(form).layers, [{ layer: "embedding", num: 5, dim: 3, padding: null }]);
    assert.deepEqual(shown(), ["num", "dim", "padding"]);
    assert.deepEqual(all("[data-for]").map((part) => part.hidden), all("[data-for]").map((part) => part.children[1].disabled));
    field("layer").value = "zeros";
    assert.deepEqual(lab.read(form).layers, [{ layer: "zeros", shape: [2, 2] }]);
    field("layer").value = "";
    assert.equal(lab.read(form), null);
    assert.deepEqual(shown(), []);
    assert.equal(one("fieldset .lab-field small").hidden, false);
    for (const part of all(".lab-seed .lab-field")) {
      const [label, input, sentence] = part.children;
      assert.match(input.id, /^lab-0\.\d+$/);
      assert.equal(label.htmlFor, input.id);
      assert.equal(sentence.id, `${input.id}-wrong`);
      assert.equal(input.getAttribute("aria-describedby"), sentence.id);
    }
    const { id } = field("seed");
    lab.read(form);
    assert.equal(field("seed").id, id);
  });

  const takes = (lab, layer, name, good, bad) => {
    const { form, field } = openForm(lab);
    field("layer").value = layer;
    for (const [text, value] of good) {
      field(name).value = text;
      const script = lab.read(form);
      assert.deepEqual(name === "seed" ? script.seed : script?.layers[0][name], value, `${name} ${text}`);
      assert.equal(field(name).ariaInvalid, "false", text);
      assert.equal(field(name).parentElement.children[2].hidden, true, text);
    }
    for (const text of bad) {
      field(name).value = text;
      assert.equal(lab.read(form), null, `${name} ${text}`);
      assert.equal(field(name).ariaInvalid, "true", text);
      assert.equal(field(name).parentElement.children[2].hidden, false, text);
    }
  };
  const WRONG = [" ", "2.5", "1e3", "NaN", "two", "²", "--2", "0x10x", "5 6", "x1"];

  test("takes sizes", (lab) => {
    takes(lab, "linear", "in", [["3", 3], [" 4 ", 4], ["0", 0], ["+5", 5]], [...WRONG, "", "-1", "−2", "40000001", "1,5", "0x10"]);
    takes(lab, "linear", "out", [["12", 12]], ["", "-1"]);
    takes(lab, "linear", "bias", [["0", false], ["1", true]], [""]);
  });

  test("takes shapes", (lab) => {
    const good = [["()", []], ["7", [7]], ["2, 3", [2, 3]], ["2x3", [2, 3]], ["1×2 3,4", [1, 2, 3, 4]], ["0", [0]]];
    takes(lab, "rand", "shape", good, [...WRONG.filter((text) => text !== "5 6" && !text.includes("x")), "", "2, -1", "2,,x", "1,1,1,1,1"]);
  });

  test("takes padding rows", (lab) => {
    takes(lab, "embedding", "padding", [["", null], [" ", null], ["0", 0], ["4", 4], ["-5", -5], ["−1", -1]], [...WRONG.slice(1), "5", "-6"]);
    takes(lab, "embedding", "num", [["6", 6]], ["", "-1"]);
  });

  test("takes seeds", (lab) => {
    takes(lab, "linear", "seed", [["-1", -1n], ["18446744073709551615", 2n ** 64n - 1n], ["-9223372036854775808", -(2n ** 63n)]], [
      ...WRONG,
      "",
      "18446744073709551616",
      "-9223372036854775809",
    ]);
  });

  test("refuses more than 40 million numbers beside the last layer's second field", (lab) => {
    const { form, field, all } = openForm(lab);
    field("bias").value = "0";
    field("in").value = field("out").value = "6324";
    assert.equal(lab.read(form).layers[0].in, 6324);
    field("in").value = "40000000";
    field("out").value = "1";
    assert.notEqual(lab.read(form), null);
    field("out").value = "2";
    assert.equal(lab.read(form), null);
    const marked = () => all("[aria-invalid=true]").map((found) => found.name);
    assert.deepEqual(marked(), ["in"]);
    field("in").value = "";
    assert.equal(lab.read(form), null);
    assert.deepEqual(marked(), ["in"]);
  });

  test("adds up to five layers and removes all but one, and tells", (lab) => {
    const { form, all, field, changes, window } = openForm(lab);
    for (const count of [2, 3, 4, 5, 5]) {
      field("more").click();
      assert.equal(lab.read(form).layers.length, count);
      assert.equal(field("more").ariaDisabled, String(count === 5));
      assert.equal(field("less").ariaDisabled, "false");
    }
    assert.deepEqual(all("legend").map((legend) => legend.textContent), [1, 2, 3, 4, 5].map((n) => `Layer ${n}`));
    assert.equal(changes.length, 5);
    all("fieldset")[3].querySelector("[name=in]").value = "9";
    for (const count of [4, 3, 2, 1, 1]) {
      field("less").click();
      assert.equal(all("fieldset").length, count);
      if (count === 4) assert.equal(lab.read(form).layers[3].in, 9);
    }
    assert.equal(changes.length, 10);
    form.dispatchEvent(new window.Event("input"));
    assert.equal(changes.length, 11);
  });

  test("is filled from an address and writes it", (lab) => {
    const filled = (query) => {
      const { form } = openForm(lab);
      lab.fill(form, query);
      return [lab.read(form), lab.address(form)];
    };
    const several = "?layer=linear&in=3&out=2&bias=1&layer=embedding&num=3&dim=2&padding=-1&layer=randn&shape=5&seed=42";
    assert.deepEqual(filled(several), [
      {
        seed: 42n,
        layers: [
          { layer: "linear", in: 3, out: 2, bias: true },
          { layer: "embedding", num: 3, dim: 2, padding: -1 },
          { layer: "randn", shape: [5] },
        ],
      },
      several,
    ]);
    assert.deepEqual(filled("in=3&out=1&layer=linear&seed=2&unknown=1")[0], { seed: 2n, layers: [{ ...START, in: 3, out: 1 }] });
    assert.equal(filled("layer=embedding&num=4&dim=3&seed=1")[1], "?layer=embedding&num=4&dim=3&seed=1");
    assert.equal(filled("layer=rand&layer=rand&layer=rand&layer=rand&layer=rand&layer=zeros&shape=7")[0].layers.length, 5);
    assert.deepEqual(filled("")[0].layers, [START]);
  });
});

async function openLab(query, asBundle = false) {
  const page = open(query);
  globalThis.lab = asBundle ? function lab() {} : undefined;
  await start();
  const text = (selector) => page.one(selector).textContent;
  return { ...page, text, status: () => text(".lab-status"), code: () => text("#lab-python code"), printed: () => text("#lab-prints code") };
}

describe("lab", () => {
  it("reads numbers once the page is there to its end", async () => {
    const { text } = await openLab("?number=1.4013e-45");
    assert.match(text("#odd-number .lab-readings"), /1\.4013e-45/);
  });

  it("shows what the form asks for", async () => {
    const { code, printed, status, one, later, replaced } = await openLab();
    assert.equal(code(), 'import torch\ntorch.manual_seed(0)\nprint(*torch.nn.Linear(2, 2).parameters(), sep="\\n")');
    assert.match(printed(), /^Parameter containing:\ntensor\(\[\[-0\.0053,  0\.3793\],[^]*\nParameter containing:\ntensor\(\[/);
    assert.match(status(), /^6 numbers in [\d,.]+ ms\.$/);
    assert.equal(one("progress").hidden, true);
    assert.equal(one(".lab-empty").hidden, true);
    assert.equal(one(".lab-result").className, "lab-result");
    assert.deepEqual(later(), [300]);
    assert.deepEqual(replaced, []);
  });

  it("says how long it took, and shows nothing between the layers", async () => {
    const kept = globalThis.performance;
    let now = 1000;
    globalThis.performance = { now: () => (now += 7) };
    const { status, one } = await openLab("?layer=linear&in=2&out=2&layer=rand&shape=0&layer=zeros&shape=1");
    globalThis.performance = kept;
    assert.equal(status(), "7 numbers in 7 ms.");
    const parts = [...one(".lab-details").childNodes];
    assert.deepEqual(parts.filter((part) => part.nodeType !== 1), []);
    assert.equal(parts.length, 10);
  });

  it("draws lines for 29 numbers and bars for 30", async () => {
    const caption = async (n) => (await openLab(`?layer=rand&shape=${n}`)).text(".lab-details figcaption");
    assert.match(await caption(29), /^29 of 29 numbers, a line each/);
    assert.match(await caption(30), /^30 numbers against U/);
  });

  it("has no worker where it is no bundle: then it draws at once", async () => {
    const { status, later, workers } = await openLab("?layer=zeros&shape=65537");
    assert.match(status(), /^65,537 numbers in/);
    later();
    assert.equal(workers.length, 0);
  });

  it("takes the address, and writes it once typing rests", async () => {
    const { code, one, later, replaced, type } = await openLab("?layer=linear&in=3&out=2&seed=5");
    assert.match(code(), /manual_seed\(5\)\nprint\(\*torch\.nn\.Linear\(3, 2\)/);
    type(one("[name=seed]"), "6");
    type(one("[name=seed]"), "7");
    assert.match(code(), /manual_seed\(7\)/);
    assert.deepEqual(later(), [300]);
    assert.deepEqual(replaced, [[null, "", "?layer=linear&in=3&out=2&bias=1&seed=7"]]);
    one("[name=more]").click();
    assert.equal(code().match(/nn\.Linear/g).length, 2);
  });

  it("keeps the last result when the input is wrong", async () => {
    const { code, printed, one, later, replaced, status, type } = await openLab();
    const before = [code(), printed()];
    later();
    type(one("[name=in]"), "x");
    assert.deepEqual([code(), printed()], before);
    assert.equal(status(), "Below is the last result.");
    assert.equal(one("progress").hidden, true);
    assert.equal(one(".lab-result").className, "lab-result lab-stale");
    assert.deepEqual(later(), []);
    assert.deepEqual(replaced, []);
    type(one("[name=in]"), "3");
    assert.equal(one(".lab-result").className, "lab-result");
    assert.match(status(), /^8 numbers/);
  });

  it("invents no old memory", async () => {
    const { one, all, printed, text } = await openLab("?layer=empty&shape=3&layer=zeros&shape=2");
    assert.equal(printed(), "(old memory)\nParameter containing:\ntensor([0., 0.], requires_grad=True)");
    assert.equal(one(".lab-empty").hidden, false);
    assert.deepEqual(all(".lab-title").map((title) => title.textContent), [
      "nn.Parameter(torch.empty(3))  (3): old memory",
      "nn.Parameter(torch.zeros(2))  (2): zeros",
    ]);
    assert.equal(all(".lab-details figure").length, 0);
    assert.equal(text(".lab-details p:last-child"), "Twice the rows: still zeros, beginning with 2 of these 2 numbers.");
  });

  it("measures", async () => {
    const { all, one } = await openLab("?layer=linear&in=4&out=25&seed=0");
    assert.deepEqual(all(".lab-title").map((title) => title.textContent), [
      "nn.Linear(4, 25) weight (25, 4): U(−0.5, 0.5), fan_in 4",
      "nn.Linear(4, 25) bias (25): U(−0.5, 0.5), fan_in 4",
    ]);
    assert.equal(all(".lab-details figure").length, 2);
    const rows = all(".lab-details > .lab-scroll")[0].querySelectorAll("tr");
    const cells = [...rows].map((row) => [...row.children].map((cell) => cell.textContent));
    assert.deepEqual(cells[0], ["of these", "measured", "theory", "expected within"]);
    assert.deepEqual([cells[1][0], cells[1][2], cells[1][3]], ["mean", "0", "± 0.05774"]);
    assert.deepEqual([cells[2][0], cells[2][2], cells[2][3]], ["std", "0.2887", "± 0.02582"]);
    assert.deepEqual([cells[3][0], cells[3][2], cells[3][3]], ["range", "−0.5 to 0.5", ""]);
    assert.match(cells[3][1], /^−0\.\d+ to 0\.\d+$/);
    assert.match(one(".lab-details > p:last-child").textContent, /^Twice the in_features/);
  });

  it("measures a normal layer, and says nothing of an empty one", async () => {
    const normal = await openLab("?layer=randn&shape=100");
    assert.match(normal.text(".lab-details > .lab-scroll"), /theory.*range.*all numbers/);
    assert.equal(normal.text(".lab-title"), "nn.Parameter(torch.randn(100))  (100): N(0, 1)");
    const rand = await openLab("?layer=rand&shape=100");
    const row = rand.one(".lab-details > .lab-scroll tbody tr");
    assert.equal(row.children[2].textContent, "0.5");
    const none = await openLab("?layer=rand&shape=0");
    assert.equal(none.all(".lab-details > *").length, 1);
  });

  it("draws large layers in a worker, and the last wish counts", async () => {
    const { one, type, later, workers, status, printed, replaced } = await openLab("?layer=rand&shape=65536", true);
    assert.match(status(), /^65,536 numbers in/);
    later();
    assert.equal(workers.length, 0);
    const before = printed();
    type(one("[name=shape]"), "65537");
    assert.equal(one("progress").hidden, false);
    assert.equal(one(".lab-result").className, "lab-result lab-stale");
    assert.equal(status(), "Drawing 65,537 numbers.");
    assert.equal(workers.length, 0);
    later();
    assert.equal(replaced.length, 1);
    assert.equal(workers.length, 1);
    assert.match(await (await fetch(workers[0].url)).text(), /^\(function lab\(\) \{\}\)\(\)$/);
    assert.deepEqual(workers[0].script, { seed: 0n, layers: [{ layer: "rand", shape: [65537] }] });
    assert.equal(printed(), before);
    type(one("[name=seed]"), "1");
    assert.equal(workers[0].ended, true);
    later();
    const [, worker] = workers;
    assert.equal(worker.ended, false);
    worker.onmessage({ data: [[{ n: 0, text: "drawn" }]] });
    assert.equal(printed(), "drawn");
    assert.equal(one("progress").hidden, true);
    assert.match(status(), /^65,537 numbers in/);
    worker.onerror();
    assert.equal(status(), "This browser cannot: choose smaller sizes.");
  });

  it("is the worker's program too", async () => {
    open();
    const kept = globalThis.document;
    delete globalThis.document;
    globalThis.self = {};
    const posted = [];
    globalThis.postMessage = (data) => posted.push(data);
    await start();
    globalThis.self.onmessage({ data: { seed: 0n, layers: [{ layer: "zeros", shape: [1] }] } });
    assert.equal(posted[0][0][0].text, "Parameter containing:\ntensor([0.], requires_grad=True)");
    globalThis.document = kept;
    delete globalThis.self;
  });
});

describe("number", () => {
  const test = testing("number");
  const openTool = ({ numbers }, query) => {
    const page = open(query);
    numbers(page.one("#odd-number"));
    const text = (selector) => page.one(`#odd-number ${selector}`).textContent;
    return { ...page, text, pasted: page.one("#odd-pasted"), typed: page.one("#odd-text") };
  };

  test("reads what stands there, with the page's rule", (lab) => {
    const { text, one, all, pasted, type } = openTool(lab);
    assert.equal(text(".lab-verdict"), one("#rule-text").textContent);
    const cells = () => all(".lab-readings tr").map((row) => [...row.children].map((cell) => cell.textContent));
    assert.deepEqual(cells()[0], ["printed", "could be", "kind", "integer", "bits"]);
    assert.equal(cells().length, 5);
    assert.deepEqual(cells()[1], ["4.6837e-39", "possibly 16-bit characters '·3'", "subnormal", "one of 71", "0x0033001d to 0x00330063"]);
    assert.deepEqual(cells()[4], ["1.4013e-45", "possibly the upper half of an address (macOS: the program or a library); possibly a size, a count or another small integer", "subnormal", "1", "0x00000001"]);
    type(pasted, "tensor([1.6395e-43, 1.3873e-43, 1.4574e-43, 4.4842e-44])");
    assert.equal(text(".lab-across"), "likely 32-bit characters 'uch '");
    const floats = (text, Kind) => [...new Float32Array(Kind.from([...text], (c) => c.charCodeAt(0)).buffer)].map((v) => v.toExponential(8));
    type(pasted, [...floats("Parameter!!!", Uint8Array), "1.00000000e+00", ...floats("torch!", Uint16Array)].join(" "));
    assert.equal(text(".lab-across"), "likely 8-bit characters 'Parameter!!!'; likely 16-bit characters 'torch!'");
    type(pasted, "4.4842e-44");
    assert.equal(cells()[1][1], "possibly a size, a count or another small integer; possibly 32-bit characters ' '");
    type(pasted, Array(201).fill("1").join(" "));
    assert.equal(cells().length, 201);
  });

  test("marks what is no number and keeps the readings", (lab) => {
    const { text, one, pasted, type } = openTool(lab);
    type(pasted, "1.0");
    assert.equal(one("#odd-pasted-wrong").hidden, true);
    const before = text(".lab-readings");
    type(pasted, "hello");
    assert.equal(one("#odd-pasted-wrong").hidden, false);
    assert.equal(text(".lab-readings"), before);
    type(pasted, "2.0");
    assert.equal(one("#odd-pasted-wrong").hidden, true);
  });

  test("can be linked", (lab) => {
    const { pasted, window, replaced } = openTool(lab, "?number=4.5750e-41");
    assert.equal(pasted.value, "4.5750e-41");
    pasted.dispatchEvent(new window.Event("change"));
    assert.deepEqual(replaced, [[null, "", "?number=4.5750e-41"]]);
  });

  test("shows a text as floats", (lab) => {
    const { text, one, typed, type } = openTool(lab);
    for (const [given, shown] of vectors.texts) {
      type(typed, given);
      assert.equal(text("pre code"), shown);
    }
    assert.equal(text("pre code"), vectors.texts.at(-1)[1]);
    for (const wrong of ["né", "én", "\t"]) {
      type(typed, wrong);
      assert.equal(one("#odd-text-wrong").hidden, false);
      assert.equal(text("pre code"), vectors.texts.at(-1)[1]);
    }
    type(typed, "~ ~");
    assert.equal(one("#odd-text-wrong").hidden, true);
  });
});
