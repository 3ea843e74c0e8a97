/* Choose a version of torch, or a processor: the rows that do not hold there, and its column alone. Without this
   script the table is the same, whole. */
(() => {
  const frame = document.querySelector(".held");
  if (!frame) return; // nothing differs
  const [groups, heads] = frame.querySelectorAll("thead tr");
  const rows = [...frame.querySelectorAll("tbody tr")];
  const names = [...heads.cells].map((head) => head.textContent);
  names[0] = "all";

  const box = frame.previousElementSibling;
  const choice = (name, i) => `<label><input type="radio" name="column" value="${name}"${i ? "" : " checked"}>${name}</label>`;
  box.innerHTML = `<legend>Yours</legend>${names.map(choice).join("")}<output aria-live="polite"></output>`;

  /* What a row says in a column, in the words that a screen reader hears. */
  const said = (row, column) => row.cells[column].firstChild.ariaLabel;

  const show = () => {
    const name = box.querySelector(":checked").value;
    const column = names.indexOf(name);
    groups.hidden = column > 0;
    for (const row of [heads, ...rows])
      [...row.cells].forEach((cell, i) => {
        cell.hidden = column > 0 && i > 0 && i !== column;
      });
    const counts = {};
    for (const row of rows) {
      const state = column ? said(row, column) : "";
      row.hidden = state === "holds";
      counts[state] = (counts[state] ?? 0) + 1;
    }
    const all = Number(frame.dataset.claims);
    const away = (counts.false ?? 0) + (counts["cannot run there"] ?? 0);
    const missing = Number(heads.cells[column].dataset.missing ?? 0);
    box.querySelector("output").textContent = column
      ? `${name}: ${counts.false ?? 0} false, ${counts["cannot run there"] ?? 0} cannot run there, ${missing} not measured; the other ${all - away - missing} of ${all} claims hold.`
      : "";
  };
  box.addEventListener("change", show);
  box.hidden = false;
  show();
})();
