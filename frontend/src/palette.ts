/** Ctrl-K: any customer, receipt or page. */
import { $, $$, csrf, on } from "./dom";

let asked: AbortController | null = null;

export function palette(): void {
  const dialog = $<HTMLDialogElement>("#palette");
  const form = $<HTMLFormElement>("[data-palette-form]");
  const input = form?.querySelector("input");
  if (!dialog || !form || !input) return;
  on("click", "[data-palette]", () => open(dialog, input));
  on("click", "[data-deeds]", (line) => open(dialog, input, line.dataset.deeds));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
      event.preventDefault();
      if (!dialog.open) open(dialog, input);
    }
  });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => find(input), 120);
  });
  input.addEventListener("keydown", (event) => steer(event, input));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    $<HTMLAnchorElement>("#found [aria-selected=true]")?.click();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  on("click", "#found a[data-post]", (hit, event) => {
    event.preventDefault();
    send((hit as HTMLAnchorElement).href, JSON.parse(hit.dataset.post!));
  });
}

let asks = "";

/** Everything, or what `url` knows: a card's deeds. */
function open(dialog: HTMLDialogElement, input: HTMLInputElement, url = input.form!.action): void {
  if (url !== asks) input.value = "";
  asks = url;
  dialog.showModal();
  input.select();
  void find(input);
}

/** Does what a hit says, as its own form would. */
function send(url: string, values: Record<string, string>): void {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url, hidden: true });
  for (const [name, value] of Object.entries({ ...values, csrfmiddlewaretoken: csrf() })) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

async function find(input: HTMLInputElement): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${asks}?q=${encodeURIComponent(input.value)}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
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
