// Sorts a table by a click on a head: up, down, and as it was. Numbers are compared as numbers; what is none comes last.
"use strict";
(() => {
  const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const NUMBER = /^([−+-]?[\d,]*\.?\d+)(?:e([+-]?\d+)|×10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?: (?:±.*|\+.*−.*|%|σ|\(fixed\)))?$/;
  const collator = new Intl.Collator("en", { numeric: true });
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  function shown(cell) {
    const parts = [...cell.childNodes].filter((node) => node.nodeName !== "SMALL");
    return cell.dataset.value ?? parts.map((node) => node.textContent).join("").trim();
  }

  function number(text) {
    const found = NUMBER.exec(text);
    if (!found) return NaN;
    const power = found[4] ? (found[3] ? "-" : "") + [...found[4]].map((digit) => DIGITS.indexOf(digit)).join("") : found[2] ?? "0";
    return Number(`${found[1].replaceAll(",", "").replace("−", "-")}e${power}`);
  }

  function order(rows, column, direction) {
    const texts = new Map(rows.map((row) => [row, shown(row.cells[column])]));
    const numbers = new Map(rows.map((row) => [row, number(texts.get(row))]));
    const known = rows.filter((row) => !Number.isNaN(numbers.get(row)));
    // Names that begin with a digit do not make a column one of numbers.
    const asNumbers = known.length > 0 && rows.every((row) => known.includes(row) || /^(|–|free|fixed|unknown|blinded)$/i.test(texts.get(row)));
    const compared = asNumbers ? known : rows;
    const compare = (a, b) => (asNumbers ? numbers.get(a) - numbers.get(b) : collator.compare(texts.get(a), texts.get(b)));
    const sorted = [...compared].sort((a, b) => (direction === "descending" ? compare(b, a) : compare(a, b)));
    return [...sorted, ...rows.filter((row) => !compared.includes(row))];
  }

  function makeSortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const last = original.filter((row) => row.classList.contains("total"));
    const movable = original.filter((row) => !last.includes(row));
    const heads = [...table.tHead.rows[0].cells];
    if (movable.length < 2 || movable.some((row) => row.cells.length !== heads.length)) return;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const direction = NEXT[head.getAttribute("aria-sort") ?? "none"];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (direction !== "none") head.setAttribute("aria-sort", direction);
        body.append(...(direction === "none" ? movable : order(movable, column, direction)), ...last);
      });
    });
  }

  // A box that scrolls is reached by the keyboard, too.
  function reachable() {
    for (const box of document.querySelectorAll(".wide")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  for (const table of document.querySelectorAll("table")) if (table.tHead) makeSortable(table);
  reachable();
  window.addEventListener("resize", reachable);
})();
