// Numbers against their distribution.

import { grouped, short, table } from "./table.js";

const label = (v, x, y, anchor) => `<text class="quiet" x="${x}" y="${y}" text-anchor="${anchor}">${short(v)}</text>`;
const place = (v, { low, high }) => (72 + ((v - low) / (high - low)) * 528).toFixed(1);
const axis = ({ low, high }, y) =>
  `<path class="axis" d="M60,${y}H612"/>` +
  [0, 1, 2, 3, 4].map((k) => label(low + (k / 4) * (high - low), 72 + k * 132, y + 22, "middle")).join("");

/** As HTML: a line for each value. */
export function strip(law, { values }) {
  const shown = values.filter((v) => v >= law.low && v <= law.high);
  const caption = `${shown.length} of ${values.length} numbers, a line each: too few for bars.`;
  return `<figure class="figure"><svg viewBox="0 0 640 60" font-size="13" role="img" aria-label="${caption} ${shown.map(short).join(" ")}">
<path class="line" d="${shown.map((v) => `M${place(v, law)},6V28`).join("")}"/>${axis(law, 34)}</svg><figcaption>${caption}</figcaption></figure>`;
}

/** As HTML: bars, expected line, band. */
export function histogram(law, { n, counts }) {
  const { low, high, chance, text } = law;
  const edge = (i) => low + (i / counts.length) * (high - low);
  const bars = counts.map((count, i) => {
    const [from, to] = [edge(i), edge(i + 1)];
    const p = chance(from, to);
    const two = 2 * Math.sqrt(n * p * (1 - p));
    return { from, to, count, expected: n * p, least: Math.max(0, n * p - two), most: n * p + two };
  });
  const beyond = n - counts.reduce((a, b) => a + b);
  const inside = bars.filter(({ count, least, most }) => count >= least && count <= most).length;
  const top = Math.max(...bars.flatMap(({ count, most }) => [count, most]));
  const x = (v) => place(v, law);
  const y = (v) => (200 - (v / top) * 190).toFixed(1);
  const draw = (name, shape) => `<path class="${name}" d="${bars.map(shape).join("")}"/>`;
  const box = ({ from, to }, a, b) => `M${x(from)},${y(a)}V${y(b)}H${x(to)}V${y(a)}Z`;
  const caption =
    `${grouped(n)} numbers against ${text}: ${inside} of ${bars.length} bars end in the band of two standard deviations.` +
    (beyond ? ` Beyond ±4: ${grouped(beyond)}.` : "");
  const svg = [
    `<svg viewBox="0 0 640 230" font-size="13" role="img" aria-label="Histogram. ${caption}">`,
    draw("bar", (bar) => box(bar, 0, bar.count)),
    draw("lab-band", (bar) => box(bar, bar.least, bar.most)),
    draw("line", ({ from, to, expected }, i) => `${i ? "L" : "M"}${x(from)},${y(expected)}H${x(to)}`),
    axis(law, 200),
    ...[0, Math.max(...counts)].map((v) => label(v, 56, +y(v) + 4, "end")),
  ].join("");
  const head = ["from", "to", "numbers", "expected", "band from", "band to"];
  const data = table(head, bars.map((bar) => Object.values(bar).map(short)));
  return `<figure class="figure">${svg}</svg><figcaption>${caption}
<details><summary>The data of this figure</summary>${data}</details></figcaption></figure>`;
}
