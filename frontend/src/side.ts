/** The side panel: a row's page beside its list, kept in the address as ?side=/its/address/. */
import htmx from "htmx.org";
import { $, $$, on } from "./dom";

const wide = matchMedia("(min-width: 900px)");
let cameFrom: HTMLElement | null = null;

export function sidePanel(): void {
  on("click", "a[data-side]", (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button || !wide.matches) return;
    event.preventDefault();
    cameFrom = link;
    const url = new URL(location.href);
    url.searchParams.set("side", link.getAttribute("href")!);
    history.pushState({ side: true }, "", url);
    show();
  });
  on("click", "[data-side-close]", leave);
  window.addEventListener("popstate", show);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if ((event.target as HTMLElement).id === "side-body") $("#side")?.focus({ preventScroll: true });
  });
  show();
}

export const sideIsOpen = () => !$("#side")?.hidden;

export function leave(): void {
  const url = new URL(location.href);
  url.searchParams.delete("side");
  history.pushState({}, "", url);
  show();
  cameFrom?.focus();
}

function show(): void {
  const panel = $("#side");
  const href = new URL(location.href).searchParams.get("side");
  if (!panel) return;
  const own = href && new URL(href, location.origin).origin === location.origin ? href : null;
  panel.hidden = !own;
  document.body.classList.toggle("with-side", Boolean(own));
  $$("tr.in-side").forEach((row) => row.classList.remove("in-side"));
  if (!own) return $("#side-body")!.replaceChildren();
  $<HTMLAnchorElement>("#side-full")!.href = own;
  $$<HTMLAnchorElement>("a[data-side]").find((link) => link.getAttribute("href") === own)?.closest("tr")?.classList.add("in-side");
  void htmx.ajax("get", own, { target: "#side-body", swap: "innerHTML" });
}
