/** What every page of Prilavok does in the browser. */
import "./style.css";
import htmx from "htmx.org";
import { bell } from "./bell";
import { blanks } from "./blanks";
import { $, on } from "./dom";
import { forgetSent, forms } from "./forms";
import { mountIslands } from "./islands";
import { keys } from "./keys";
import { lists } from "./lists";
import { live } from "./live";
import { palette } from "./palette";
import { pickers } from "./pickers";
import { popovers } from "./pop";
import { sidePanel } from "./side";
import { tabs } from "./tabs";
import { toasts } from "./toasts";
import { values } from "./values";

htmx.config.allowEval = false;
forgetSent();
popovers();
toasts();
palette();
keys();
pickers();
lists();
forms();
tabs();
blanks();
sidePanel();
values();
bell();
live();
mountIslands();
menu();

function menu(): void {
  on("click", "[data-menu-open]", () => toggle());
  document.addEventListener("click", (event) => {
    if (document.body.classList.contains("menu-open") && !(event.target as Element).closest("#menu, [data-menu-open]")) toggle(false);
  });
}

function toggle(open = !document.body.classList.contains("menu-open")): void {
  document.body.classList.toggle("menu-open", open);
  document.querySelectorAll("[data-menu-open]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
  if (open) $("#menu a")?.focus();
}
