/** Lists: filter chips, saved views, selected rows and the bulk bar. */
import { $, $$, forEvery, on, post, word } from "./dom";

type Control = HTMLInputElement | HTMLSelectElement;

export function lists(): void {
  document.body.addEventListener("htmx:configRequest", (event) => {
    const { elt, formData } = (event as CustomEvent).detail;
    if (!(elt as HTMLElement).matches("[data-toolbar]")) return;
    for (const [name, value] of [...formData.entries()]) if (value === "") formData.delete(name);
  });
  on("change", "[data-chip]", showChosen);
  on("click", "[data-chip-clear]", (button) => {
    const chip = button.closest<HTMLElement>("[data-chip]")!;
    $$<Control>("input, select", chip).forEach(clear);
    chip.dispatchEvent(new Event("change", { bubbles: true }));
    chip.querySelector<HTMLElement>("[popover]")?.hidePopover();
  });
  on("click", "[data-save-view] button", (button) => void saveView(button.closest<HTMLElement>("[data-save-view]")!));
  on("keydown", "[data-save-view] input", (field, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the toolbar is a form: Enter here saves the view, it does not search
    void saveView(field.closest<HTMLElement>("[data-save-view]")!);
  });
  on("click", "[data-forget-view]", async (button) => {
    const answer = await post(button.dataset.forgetView!).catch(() => null);
    if (answer?.ok) button.closest(".pop-line")?.remove();
  });
  on("click", "[data-export]", (link) => {
    const url = new URL((link as HTMLAnchorElement).href);
    new URLSearchParams(location.search).forEach((value, name) => name !== "side" && url.searchParams.set(name, value));
    (link as HTMLAnchorElement).href = url.href;
  });
  on("change", "[data-tick]", count);
  on("change", "[data-tick-all]", (all) => {
    $$<HTMLInputElement>("[data-tick]").forEach((box) => (box.checked = (all as HTMLInputElement).checked));
    count();
  });
  on("click", "[data-bulk-clear]", () => {
    $$<HTMLInputElement>("[data-tick], [data-tick-all]").forEach((box) => (box.checked = false));
    count();
  });
  on("submit", "[data-bulk]", (form) => {
    $$("input[name=selected]", form).forEach((old) => old.remove());
    ticked().forEach((box) => form.append(hidden("selected", box.value)));
  });
  forEvery("[data-bulk]", count);
}

const ticked = () => $$<HTMLInputElement>("[data-tick]:checked");

function count(): void {
  const bar = $("[data-bulk]");
  if (!bar) return;
  const many = ticked().length;
  bar.hidden = many === 0;
  bar.querySelector("output")!.textContent = many ? word("selected", many) : "";
  ticked().forEach((box) => box.closest("tr")?.classList.add("ticked"));
  $$("[data-tick]:not(:checked)").forEach((box) => box.closest("tr")?.classList.remove("ticked"));
}

function showChosen(chip: HTMLElement): void {
  const words = $$<Control>("select, input:not([type=hidden])", chip).flatMap((control) => {
    if (control instanceof HTMLSelectElement) return [...control.selectedOptions].filter((o) => o.value).map((o) => o.text.trim());
    if (control.matches("[type=checkbox], [type=radio]")) return control.checked && control.value ? [control.closest("label")?.textContent?.trim() ?? ""] : [];
    return control.value ? [control.type === "date" ? day(control.value) : control.value] : [];
  });
  chip.querySelector(".chip-value")!.textContent = words.length ? `: ${words.join(", ")}` : "";
  chip.querySelector(".chip")!.classList.toggle("chip-on", words.length > 0);
}

/** A day as the server writes it: 18 окт 2026. */
function day(value: string): string {
  const parts = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })
    .formatToParts(new Date(`${value}T00:00Z`));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value.replace(".", "") ?? "";
  return `${part("day")} ${part("month")} ${part("year")}`;
}

function clear(control: Control): void {
  if (control instanceof HTMLSelectElement) control.selectedIndex = control.multiple ? -1 : 0;
  else if (control.matches("[type=checkbox], [type=radio]")) control.checked = false;
  else control.value = "";
}

async function saveView(box: HTMLElement): Promise<void> {
  const name = box.querySelector<HTMLInputElement>("input:not([type=checkbox])")!;
  if (!name.value.trim()) return name.focus();
  const said = new FormData();
  const query = new URLSearchParams(location.search);
  query.delete("side");
  said.set("name", name.value.trim());
  said.set("query", query.toString());
  if (box.querySelector<HTMLInputElement>("[type=checkbox]")!.checked) said.set("shared", "on");
  const answer = await post(box.dataset.saveView!, said).catch(() => null);
  if (answer?.ok) location.reload();
}

function hidden(name: string, value: string): HTMLInputElement {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  return input;
}
