/** What the keyboard does on every page. */
import { $, $$, isTyping, on } from "./dom";
import { leave, sideIsOpen } from "./side";
import { edit } from "./values";

export function keys(): void {
  on("click", "[data-keys-help]", help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return escape(event);
    if (isTyping(event.target) || $("dialog[open]")) return;
    const act = acts[event.key] ?? byPlace[event.code];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  on("click", "tr", (row, event) => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, input, label, summary, [popover]") || getSelection()?.toString()) return;
    const link = row.querySelector<HTMLAnchorElement>("a[data-row]");
    if (link) link.dispatchEvent(new MouseEvent("click", event));
  });
}

const deeds = () => $("[data-deeds]")?.click();
const acts: Record<string, () => void> = { "/": search, "?": help, ".": deeds, ":": deeds };
// By the place of the key, so that they work in a Russian layout too.
const byPlace: Record<string, () => void> = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyE: edit,
  KeyX: tick,
  KeyT: () => (document.activeElement?.closest<HTMLElement>("[data-chart]") ?? $("[data-chart]"))?.dispatchEvent(new Event("table")),
};

function escape(event: KeyboardEvent): void {
  if ($("dialog[open]") || $("[popover]:popover-open")) return;
  if (isTyping(event.target)) (event.target as HTMLElement).blur();
  else if (sideIsOpen()) leave();
  else document.body.classList.remove("menu-open");
}

function search(): void {
  const field = $<HTMLInputElement>("[data-search]");
  if (field) field.select();
  else $("[data-palette]")?.click();
}

const rows = () => $$<HTMLAnchorElement>("a[data-row]").filter((row) => row.offsetParent !== null);

function step(by: number): void {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.closest("tr")?.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function tick(): void {
  document.activeElement?.closest("tr")?.querySelector<HTMLInputElement>("[data-tick]")?.click();
}

function help(): void {
  $<HTMLDialogElement>("#keys")?.showModal();
}
