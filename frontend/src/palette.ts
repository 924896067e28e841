/** Ctrl-K: any customer, receipt or page. */
import { $, $$, on } from "./dom";

let asked: AbortController | null = null;

export function palette(): void {
  const dialog = $<HTMLDialogElement>("#palette");
  const form = $<HTMLFormElement>("[data-palette-form]");
  const input = form?.querySelector("input");
  if (!dialog || !form || !input) return;
  on("click", "[data-palette]", () => open(dialog, input));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
      event.preventDefault();
      if (!dialog.open) open(dialog, input);
    }
  });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => find(form.action, input), 120);
  });
  input.addEventListener("keydown", (event) => steer(event, input));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    $<HTMLAnchorElement>("#found [aria-selected=true]")?.click();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function open(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  dialog.showModal();
  input.select();
  void find(input.form!.action, input);
}

async function find(url: string, input: HTMLInputElement): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${url}?q=${encodeURIComponent(input.value)}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    $("#found")!.innerHTML = await answer.text();
    hits().forEach((hit, index) => (hit.id = `hit-${index}`));
    select(0, input);
  } catch {
    /* a newer question is under way, or there is no connection: what is shown stays */
  }
}

const hits = () => $$("#found a[role=option]");

function steer(event: KeyboardEvent, input: HTMLInputElement): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = hits();
  const at = all.findIndex((hit) => hit.ariaSelected === "true");
  if (all.length) select((at + step + all.length) % all.length, input);
}

function select(index: number, input: HTMLInputElement): void {
  hits().forEach((hit, at) => hit.setAttribute("aria-selected", String(at === index)));
  const hit = hits()[index];
  input.setAttribute("aria-activedescendant", hit?.id ?? "");
  hit?.scrollIntoView({ block: "nearest" });
}
