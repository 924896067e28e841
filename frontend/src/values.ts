/** Values corrected where they stand: click or `e` opens one, Enter keeps it, Esc leaves it. */
import { $, on } from "./dom";

let edited = "";

export function values(): void {
  on("click", "dd[data-value]", (place, event) => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, form, label") || getSelection()?.toString()) return;
    $("a.in-place", place)?.click();
  });
  on("keydown", "form[data-in-place]", (form, event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    $("a[data-leave]", form)?.click();
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const form = $("form[data-in-place]");
    if (form) {
      edited = form.dataset.inPlace!;
      const field = $<HTMLInputElement>(".field-bad input, .field-bad select", form) ?? $<HTMLInputElement>("input:not([type=hidden]), select", form);
      field?.focus({ preventScroll: true });
      if (field?.matches("input:not([type=date])")) field.select();
    } else if (edited) {
      const place = $(`dd[data-value="${edited}"]`) ?? $("dd[data-value]");
      edited = "";
      $("a.in-place", place ?? document)?.focus({ preventScroll: true });
    }
  });
}

/** The value under hand: of the row that has the focus, else the first that may be corrected. */
export function edit(): void {
  const row = document.activeElement?.closest("dl.facts > div, tr");
  (row && $("[data-edit]", row) ? $("[data-edit]", row) : $("[data-edit]"))?.click();
}
