// The form and the address hold a script: {seed, layers: [{layer, in, out, bias}, …]}.

import { total } from "./layers.js";

const MOST_LAYERS = 5;
const MOST_NUMBERS = 4e7;

const inside = (text, low, high) => /^[+-]?\d+$/.test(text) && text >= low && text <= high;
const size = (text) => (inside(text, 0, MOST_NUMBERS) ? Number(text) : undefined);

/** By data-type: the value of a field, undefined for a wrong one. */
const READ = {
  size,
  shape(text) {
    const shape = text === "()" ? [] : text.split(/[\s,x×]+/).map(size);
    return shape.includes(undefined) || shape.length > 4 ? undefined : shape;
  },
  index: (text, { num }) => (text ? (inside(text, -num, num - 1) ? Number(text) : undefined) : null),
  seed: (text) => (inside(text, -(2n ** 63n), 2n ** 64n - 1n) ? BigInt(text) : undefined),
  kind: (text) => text || undefined,
  flag: (text) => ({ 1: true, 0: false })[text],
};

const layersOf = (form) => [...form.querySelectorAll("fieldset")];
const fieldsOf = (part) => part.querySelectorAll(".lab-field > :enabled");

function add(form) {
  if (layersOf(form).length < MOST_LAYERS)
    form.querySelector(".lab-layers").append(form.querySelector("template").content.cloneNode(true));
}

export function connect(form, changed) {
  add(form);
  form.oninput = changed;
  form.elements.more.onclick = () => changed(add(form));
  form.elements.less.onclick = () => changed(layersOf(form).slice(1).at(-1)?.remove());
}

/** The script, or null after showing what is wrong. */
export function read(form) {
  let wrong = false;
  const check = (field, value) => {
    const [label, , sentence] = field.parentElement.children;
    label.htmlFor = field.id ||= `lab-${Math.random()}`;
    sentence.id = `${field.id}-wrong`;
    sentence.hidden = value !== undefined;
    field.setAttribute("aria-describedby", sentence.id);
    field.ariaInvalid = !sentence.hidden;
    wrong ||= !sentence.hidden;
    return value;
  };
  const valuesOf = (part) => {
    const values = {};
    for (const field of fieldsOf(part)) {
      const text = field.value.replace("−", "-").trim();
      values[field.name] = check(field, READ[field.dataset.type](text, values));
    }
    return values;
  };
  const layers = layersOf(form);
  layers.forEach((layer, i) => {
    layer.querySelector("legend").textContent = `Layer ${i + 1}`;
    for (const part of layer.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.includes(layer.elements.layer.value || "none");
      part.children[1].disabled = part.hidden;
    }
  });
  form.elements.more.ariaDisabled = layers.length === MOST_LAYERS;
  form.elements.less.ariaDisabled = layers.length === 1;
  const script = { ...valuesOf(form.querySelector(".lab-seed")), layers: layers.map(valuesOf) };
  if (!wrong && total(script) > MOST_NUMBERS) check(fieldsOf(layers.at(-1))[1]);
  return wrong ? null : script;
}

/** Takes ?layer=linear&in=2&out=2&seed=0; each `layer` but the first adds one. */
export function fill(form, query) {
  let layers = 0;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "layer" && layers++) add(form);
    const part = name === "seed" ? form : layersOf(form)[Math.max(layers - 1, 0)];
    const field = part?.elements.namedItem(name);
    if (field) field.value = value;
  }
}

export const address = (form) => `?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`;
