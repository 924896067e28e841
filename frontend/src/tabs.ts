/** Tabs of a card: the panel's space is kept while another one loads. */
import { $, $$, on } from "./dom";

export function tabs(): void {
  const current = $("[data-tab][aria-current]");
  const line = current?.parentElement;
  // Only the line moves, unless the address asks for a tab: the page stays where the card says who it is.
  if (current && line) {
    line.scrollLeft = current.offsetLeft - line.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
    if (new URLSearchParams(location.search).has("tab")) line.scrollIntoView({ block: "nearest" });
  }
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
