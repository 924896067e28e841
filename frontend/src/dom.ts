/** Small words of the DOM that every module speaks. */

export const $ = <T extends HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<T>(selector);
export const $$ = <T extends HTMLElement>(selector: string, root: ParentNode = document) => [...root.querySelectorAll<T>(selector)];

/** Calls `handler` for `event` on whatever matches `selector`, now or later in the page. */
export function on<K extends keyof HTMLElementEventMap>(
  event: K,
  selector: string,
  handler: (element: HTMLElement, event: HTMLElementEventMap[K]) => void,
): void {
  document.addEventListener(event, (e) => {
    const found = (e.target as Element | null)?.closest?.<HTMLElement>(selector);
    if (found) handler(found, e as HTMLElementEventMap[K]);
  });
}

const said: Record<string, string> = JSON.parse(document.getElementById("words")?.textContent || "{}");

/** A word of the page's language; `{}` in it is replaced by `value`. */
export const word = (key: string, value: string | number = "") => (said[key] ?? key).replace("{}", String(value));

export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"));

export function csrf(): string {
  const headers = document.body.getAttribute("hx-headers");
  return headers ? (JSON.parse(headers)["X-CSRFToken"] ?? "") : "";
}

export function post(url: string, body?: FormData): Promise<Response> {
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf(), "HX-Request": "true" } });
}

/** Runs `calls` for every element of `selector`, now and in whatever htmx brings. */
export function forEvery(selector: string, call: (element: HTMLElement) => void): void {
  const seen = new WeakSet<Element>();
  const walk = (root: ParentNode) =>
    $$(selector, root).forEach((element) => {
      if (!seen.has(element)) {
        seen.add(element);
        call(element);
      }
    });
  walk(document);
  document.addEventListener("htmx:load", (event) => {
    const root = (event as CustomEvent).detail.elt as HTMLElement;
    walk(root.parentNode ?? root);
  });
}

export const language = document.documentElement.lang || "ru";
