/** Tabs of a card: the panel's space is kept while another one loads. */
import { $, $$, on } from "./dom";

export function tabs(): void {
  $("[data-tab][aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  on("click", "[data-tab]", (tab) => {
    $$("[data-tab]", tab.parentElement!).forEach((other) => other.removeAttribute("aria-current"));
    tab.setAttribute("aria-current", "true");
    const panel = $("#panel");
    if (panel) panel.style.minHeight = `${panel.offsetHeight}px`;
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const panel = event.target as HTMLElement;
    if (panel.id === "panel") panel.style.minHeight = "";
  });
}
