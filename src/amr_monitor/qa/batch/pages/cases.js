"use strict";
(() => {
  const table = document.getElementById("cases");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const text = (row, column) => row.cells[column].textContent.trim();

  function compared(column, isFigure) {
    return (a, b) => {
      const one = text(a, column), other = text(b, column);
      // What is not known stands last, whichever way round.
      if (one === "" || other === "") return 0;
      return isFigure ? Number(one) - Number(other) : one.localeCompare(other, "en", { numeric: true });
    };
  }

  function sort(head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    const order = compared(column, head.classList.contains("figure"));
    const known = rows.filter((row) => text(row, column) !== "");
    const unknown = rows.filter((row) => text(row, column) === "");
    known.sort((a, b) => (down ? order(b, a) : order(a, b)));
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...known, ...unknown);
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head, column));
    head.replaceChildren(button);
  });

  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  words.addEventListener("input", () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const line = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => line.includes(word));
      n += row.hidden ? 0 : 1;
    }
    shown.textContent = wanted.length ? `${n} of ${rows.length} cases` : "";
  });
  document.getElementById("how").hidden = false;
  document.getElementById("search").hidden = false;
})();
