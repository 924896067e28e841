/**
 * Tabs of a card: the panel's space is kept while another one loads. They stand in one line; those that it has no room
 * for stand under «More», in their order. On a phone the line is drawn sideways instead, and without scripts it wraps.
 */
import { $, $$, forEvery, on } from "./dom";

const sideways = matchMedia("(max-width: 760px)");
const EDGE = 2; // what a line's width is rounded by

export function tabs(): void {
  const current = $("[data-tab][aria-current]");
  const line = current?.parentElement;
  // Only the line moves, unless the address asks for a tab: the page stays where the card says who it is.
  if (current && line) {
    line.scrollLeft = current.offsetLeft - line.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
    if (new URLSearchParams(location.search).has("tab")) line.scrollIntoView({ block: "nearest" });
  }
  on("click", "[data-tab]", (tab) => {
    const all = tab.closest<HTMLElement>("[data-tabs]")!;
    $$("[data-tab]", all).forEach((other) => other.removeAttribute("aria-current"));
    tab.setAttribute("aria-current", "true");
    const folded = $(".tab-rest", all)?.contains(tab);
    const panel = $("#panel");
    if (panel) panel.style.minHeight = `${panel.offsetHeight}px`;
    if (folded) setTimeout(() => (fold($(".tab-line", all)!), tab.focus({ preventScroll: true })));
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const panel = event.target as HTMLElement;
    if (panel.id === "panel") panel.style.minHeight = "";
  });
  forEvery(".tab-line:has(> .tab-more)", (line) => {
    $$("[data-tab]", line).forEach((tab, place) => (tab.dataset.place ||= String(place)));
    new ResizeObserver(() => fold(line)).observe(line);
    fold(line);
  });
}

/** Lays all tabs out anew; the one that is open always stands in the line. */
function fold(line: HTMLElement): void {
  const more = $(".tab-more", line)!;
  const rest = $(".tab-rest", more)!;
  const every = $$("[data-tab]", line).sort((one, other) => Number(one.dataset.place) - Number(other.dataset.place));
  every.forEach((tab) => (tab.classList.remove("pop-item"), line.insertBefore(tab, more)));
  more.hidden = false;
  const gap = parseFloat(getComputedStyle(line).columnGap) || 0;
  const style = getComputedStyle(line);
  const room = line.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + EDGE;
  const widths = every.map((tab) => tab.offsetWidth + gap);
  const whole = widths.reduce((sum, width) => sum + width, 0);
  more.hidden = sideways.matches || whole - gap <= room;
  if (more.hidden) return;
  const open = every.findIndex((tab) => tab.hasAttribute("aria-current"));
  let left = room - more.offsetWidth - (widths[open] ?? 0);
  let full = false;
  every.forEach((tab, place) => {
    if (place === open) return;
    full ||= widths[place] > left;
    if (full) tab.classList.add("pop-item"), rest.append(tab);
    else left -= widths[place];
  });
}
