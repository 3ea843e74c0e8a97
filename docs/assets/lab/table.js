// Numbers and tables, to be read.

/** Four digits, a true minus sign. */
export const short = (v) => v.toLocaleString("en-US", { maximumSignificantDigits: 4 }).replace("-", "−");
export const grouped = (n) => n.toLocaleString("en-US");

/** A table as HTML; the first text of a row heads it. */
export function table(head, rows) {
  const cell = (text, tag) => `<${tag}>${String(text).replace(/[&<]/g, (c) => `&#${c.charCodeAt()};`)}</${tag.slice(0, 2)}>`;
  const line = ([first, ...rest]) => `<tr>${cell(first, 'th scope="row"')}${rest.map((text) => cell(text, "td")).join("")}</tr>`;
  const top = head.map((text) => cell(text, 'th scope="col"')).join("");
  return `<div class="lab-scroll" tabindex="0" role="group" aria-label="${head.join(" ")}"><table class="lab-table">
<thead><tr>${top}</tr></thead><tbody>${rows.map(line).join("")}</tbody></table></div>`;
}
