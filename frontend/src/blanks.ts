/** Cells of a table that say nothing are marked: where its rows lie down as cards, they would take a line each. */
import { $$, forEvery } from "./dom";

const SAYS_NOTHING = /^[\s—–-]*$/;
const SHOWS = "img, svg, input, select, textarea, button, canvas, meter, progress, [style]";

export function blanks(): void {
  forEvery(":is(.table-rows, .table-cards):not(.table-compared) > tbody > tr > [data-label]", mark);
  document.addEventListener("htmx:afterSettle", (event) => {
    const cell = (event.target as HTMLElement).closest?.<HTMLElement>(".blank, [data-label]");
    if (cell) mark(cell);
  });
}

function mark(cell: HTMLElement): void {
  cell.classList.toggle("blank", SAYS_NOTHING.test(cell.textContent ?? "") && !$$(SHOWS, cell).length);
}
