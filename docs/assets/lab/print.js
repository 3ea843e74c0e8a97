// Tensors as torch/_tensor_str.py prints them.

/** As in Python, where a tie goes to the even digit; `method` is toFixed or toExponential. */
export function digits(value, places, method) {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  const write = (more) => Math.abs(value)[method](places + more).split("e");
  let [number, power] = write(0);
  if (places > 9 || /50*(e|$)/.test(value)) {
    const [exact, below] = write(30);
    const cut = exact.slice(0, -30).replace(/\.$/, "");
    if (/50{29}$/.test(exact) && cut.at(-1) % 2 === 0) [number, power] = [cut, below];
  }
  if (power) number += `e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return (value < 0 || Object.is(value, -0) ? "-" : "") + number;
}

const numel = (shape) => shape.reduce((a, b) => a * b, 1);

/** `write(i)` in brackets for the elements shown: up to 1,000, else corners. */
function layout(shape, write, width = 1) {
  const summarize = numel(shape) > 1000;
  const inner = ([size, ...rest], at, depth) => {
    if (size === undefined) return write(at);
    const step = numel(rest);
    const n = summarize && size > 6 ? 6 : size;
    const item = (_, i) => inner(rest, at + (i < 3 ? i : size - n + i) * step, depth + 1);
    const items = Array.from({ length: n }, item);
    if (items.length < size) items.splice(3, 0, rest.length ? "..." : " ...");
    const perLine = rest.length ? 1 : Math.max(1, Math.floor((73 - depth) / (width + 2)));
    const line = "\n".repeat(rest.length || 1) + " ".repeat(depth + 8);
    return `[${items.map((text, i) => (i ? (i % perLine ? ", " : "," + line) : "") + text).join("")}]`;
  };
  return inner(shape, 0, 0);
}

/** `str(tensor)`; with {prefix: "Parameter containing:\n", requiresGrad: true} a Parameter's `repr`. */
export function formatTensor(values, shape, { prefix = "", requiresGrad = false } = {}) {
  const size = numel(shape);
  const seen = size ? shape : [0];
  const numbers = [];
  layout(seen, (i) => Number.isFinite(values[i]) && values[i] && numbers.push(values[i]));
  const sizes = Float64Array.from(numbers, Math.abs).sort();
  const [least, most] = [sizes[0], sizes.at(-1)];
  let write = (v) => digits(v, 4, "toFixed");
  if (most / least > 1000 || most > 1e8 || least < 1e-4) write = (v) => digits(v, 4, "toExponential");
  else if (numbers.every(Number.isInteger)) write = (v) => digits(v, 0, "toFixed") + (Number.isFinite(v) ? "." : "");
  const width = numbers.reduce((widest, v) => Math.max(widest, write(v).length), 1);
  let text = `tensor(${layout(seen, (i) => write(values[i]).padStart(width), width)}`;
  let length = text.length - text.lastIndexOf("\n") + 1;
  const add = (suffix) => {
    const fits = length + suffix.length + 2 <= 80;
    text += (fits ? ", " : ",\n       ") + suffix;
    length = (fits ? length + 2 : 7) + suffix.length;
  };
  if (!size && shape.length !== 1) add(`size=(${shape.join(", ")})`);
  if (requiresGrad) add("requires_grad=True");
  return `${prefix.replace(/:$/, ":\n")}${text})`;
}
