/** Menus, «Why?» and filters: native popovers, placed beside the button that opens them. */
import { $, on } from "./dom";

const openers = new WeakMap<HTMLElement, HTMLElement>();

export function popovers(): void {
  on("click", "[data-pop], [data-why]", (button) => {
    const pop = button.nextElementSibling;
    if (pop instanceof HTMLElement && pop.popover) {
      openers.set(pop, button);
      pop.togglePopover();
    }
  });
  document.addEventListener("beforetoggle", place, true);
  document.addEventListener("toggle", settle, true);
  on("click", ".pop a, .pop .pop-item:not(label)", (item) => item.closest<HTMLElement>("[popover]")?.hidePopover());
  window.addEventListener("resize", hideAll);
  window.addEventListener("scroll", hideAll, { passive: true });
  on("keydown", ".pop", walk);
}

function place(event: Event): void {
  const pop = event.target as HTMLElement;
  if (!(pop instanceof HTMLElement) || !pop.popover) return;
  pop.style.visibility = (event as ToggleEvent).newState === "open" ? "hidden" : "";
}

function settle(event: Event): void {
  const pop = event.target as HTMLElement;
  if (!(pop instanceof HTMLElement) || !pop.popover) return;
  const opened = (event as ToggleEvent).newState === "open";
  const opener = openers.get(pop) ?? $(`[popovertarget="${pop.id}"]`);
  opener?.setAttribute("aria-expanded", String(opened));
  if (!opened) return;
  if (opener) beside(pop, opener.getBoundingClientRect());
  pop.style.visibility = "";
  if (!pop.matches(".why-pop")) pop.querySelector<HTMLElement>("input:not([type=hidden]), select, .pop-item")?.focus({ preventScroll: true });
}

function beside(pop: HTMLElement, at: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = pop;
  const end = "anchorEnd" in pop.dataset || at.left + width > innerWidth - 8;
  const left = end ? at.right - width : at.left;
  const below = at.bottom + 4 + height <= innerHeight || at.top < height;
  pop.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  pop.style.top = `${below ? at.bottom + 4 : at.top - height - 4}px`;
}

function hideAll(): void {
  document.querySelectorAll<HTMLElement>("[popover]:popover-open").forEach((pop) => {
    if (!pop.contains(document.activeElement) || !pop.matches(".chip-pop")) pop.hidePopover();
  });
}

function walk(pop: HTMLElement, event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const items = [...pop.querySelectorAll<HTMLElement>(".pop-item, input[type=checkbox]")].filter((item) => item.offsetParent !== null || item.isConnected);
  const at = items.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
}
