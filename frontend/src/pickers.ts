/**
 * Pickers by keyboard: Enter takes the first that was found, arrows walk through them, Escape closes.
 * A fieldset marked `data-hold` that the server is drawing anew takes no second click meanwhile: it would be lost.
 * What somebody unfolded in it stays unfolded.
 */

import { $, $$, on } from "./dom";

export function pickers(): void {
  references();
  let focused = "";
  let unfolded: string[] = [];
  let saved: { form: HTMLFormElement; by: HTMLElement | null } | null = null; // pressed while rows were being drawn
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target: place, elt } = (event as CustomEvent<{ target: Element; elt: Element }>).detail;
    // A count that was still waiting for the last letter would send an empty form; the new rows count themselves.
    if (elt.closest("fieldset[data-hold]:disabled")) return event.preventDefault();
    if (!place.matches("fieldset[data-hold]")) return;
    const active = document.activeElement as HTMLElement | null;
    focused = active?.dataset.then || active?.id || "";
    unfolded = $$("details[open][id]", place).map((one) => one.id);
    (place as HTMLFieldSetElement).disabled = true;
  });
  // Only its own answer frees it: the count's answer may come between a click and the rows that it asked for.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { target: place, successful } = (event as CustomEvent<{ target: Element; successful: boolean }>).detail;
    if (!place.matches("fieldset[data-hold]")) return;
    (place as HTMLFieldSetElement).disabled = false;
    if (!successful) saved = null; // the rows did not come: whoever pressed sees what stands there, and presses again
  });
  // Whoever saves meanwhile saves the rows as they will be drawn: what is held would be sent as nothing at all.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      if (!$("fieldset[data-hold]:disabled", form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      saved = { form, by: event.submitter };
    },
    true,
  );
  document.addEventListener("htmx:afterSwap", () => {
    unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  });
  document.addEventListener("htmx:afterSettle", () => {
    if ($("fieldset[data-hold]:disabled")) return; // some other answer settled: the rows are still being drawn
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
    focused = "";
    const pressed = saved;
    saved = null;
    pressed?.form.requestSubmit(pressed.by);
  });
  // What was found for other letters is gone at once, and what is still on its way does not come: Enter must not take it.
  document.addEventListener("input", (event) => {
    const picker = (event.target as HTMLElement).closest?.("[data-picker]");
    if (!picker) return;
    event.target!.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: {} }));
    picker.querySelectorAll(".picker-found button, .picker-further").forEach((one) => one.remove());
  });
  document.addEventListener("keydown", (event) => {
    const at = event.target as HTMLElement;
    const picker = at.closest?.<HTMLElement>("[data-picker]");
    if (picker && walked(picker, at, event.key)) event.preventDefault();
    // A closed list would take the first arrow or letter for a choice: it opens instead.
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (at.matches?.("select[data-opens]") && (event.key === "ArrowDown" || event.key === "ArrowUp" || plain)) {
      event.preventDefault();
      (at as HTMLSelectElement).showPicker();
    }
  });
}

/** What a reference leads to: the key that was picked stands unseen beside its name; other letters forget it. */
function references(): void {
  const parts = (place: Element) => [...place.querySelectorAll<HTMLInputElement>("input")];
  on("click", "[data-pick]", (button) => {
    const place = button.closest("[data-reference]")!;
    const [key, typed] = parts(place);
    key.value = button.dataset.pick!;
    typed.value = button.textContent!.trim();
    place.querySelector(".picker-found")!.innerHTML = "";
    typed.focus();
    key.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("input", (event) => {
    const place = (event.target as HTMLElement).closest?.("[data-reference]");
    if (place) parts(place)[0].value = "";
  });
  // Letters alone are no choice yet: a list waits until one is picked, or until there are none.
  document.addEventListener(
    "change",
    (event) => {
      const typed = event.target as HTMLInputElement;
      if (typed.type === "search" && typed.closest("[data-reference]") && typed.value) event.stopPropagation();
    },
    true,
  );
}

function walked(picker: HTMLElement, at: HTMLElement, key: string): boolean {
  const input = picker.querySelector("input")!;
  const found = [...picker.querySelectorAll<HTMLElement>("button")];
  const number = found.indexOf(at);
  if (key === "Enter" && at === input) found[0]?.focus(), found[0]?.click();
  else if (key === "ArrowDown") {
    (found[number + 1] ?? at).focus();
    if (number + 2 >= found.length) picker.querySelector(".picker-further")?.scrollIntoView({ block: "nearest" }); // the next page comes
  }
  else if (key === "ArrowUp") (found[number - 1] ?? input).focus();
  else if (key === "Escape") input.blur();
  else return false;
  return true;
}
