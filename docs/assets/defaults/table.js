/* Filter and sort the table of defaults. Without this script it is the same table, whole and in its own order. */
(() => {
  const frame = document.querySelector(".defaults");
  const body = frame.querySelector("tbody");
  const rows = [...body.rows];
  const heads = [...frame.querySelectorAll("thead th")];
  const texts = rows.map((row) => row.textContent.toLowerCase());

  const box = frame.previousElementSibling;
  box.innerHTML =
    '<label>Filter <input type="search" placeholder="e.g. lstm bias" autocomplete="off" spellcheck="false"></label>' +
    '<output aria-live="polite"></output><button type="button"></button>';
  const input = box.querySelector("input");
  const count = box.querySelector("output");
  const across = box.querySelector("button");

  /* More columns than the frame shows: a button names the hidden ones and leads there and back. */
  const last = heads.slice(-4).map((head) => head.textContent).join(", ");
  const measure = () => {
    const room = frame.scrollWidth - frame.clientWidth;
    const away = frame.scrollLeft > room / 2;
    across.hidden = room < 2;
    across.textContent = away ? "← Layer to Source" : `${last} →`;
    return away ? 0 : room;
  };
  across.addEventListener("click", () => frame.scrollTo(measure(), frame.scrollTop));
  frame.addEventListener("scroll", measure);
  frame.addEventListener("contentvisibilityautostatechange", measure);
  addEventListener("resize", measure);

  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      shown += !row.hidden;
    });
    count.textContent = shown ? `${shown} of ${rows.length} rows` : "no row; try a class name such as LSTM";
    measure();
    if (!location.protocol.startsWith("http")) return; // a page opened from a file keeps its address
    const address = new URL(location.href);
    if (words.length) address.searchParams.set("rows", words.join(" "));
    else address.searchParams.delete("rows");
    history.replaceState(history.state, "", address);
  };

  /* A column sorts by its numbers where a cell is one (a shape counts its values), else by its words. */
  const key = (cell) => {
    const text = cell.textContent.replaceAll("−", "-").replace(/^p = /, "").trim();
    if (/^\d+( × \d+)*$/.test(text)) return text.split(" × ").reduce((a, b) => a * b, 1);
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    return typeof a === "number" ? -1 : 1;
  };
  heads.forEach((head, column) => {
    if (head.textContent === "Drawn") return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = { none: "ascending", ascending: "descending", descending: "none" };
      const next = order[head.getAttribute("aria-sort") || "none"];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      const sorted = [...rows];
      if (next !== "none") {
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        const keys = new Map(rows.map((row) => [row, key(row.cells[column])]));
        sorted.sort((a, b) => sign * compare(keys.get(a), keys.get(b)));
      }
      body.append(...sorted);
    });
  });

  /* The search leads to a layer's first row by the layer's name. */
  for (const row of rows) {
    const name = /^\w+/.exec(row.cells[0].textContent)[0];
    if (!document.getElementById(name)) row.id = name;
  }

  input.value = new URL(location.href).searchParams.get("rows") || "";
  input.addEventListener("input", filter);
  box.hidden = false;
  filter();
  rows.find((row) => location.hash === "#" + row.id)?.scrollIntoView();
})();
