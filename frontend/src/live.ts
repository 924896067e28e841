/** Parts that fetch themselves again when the server says that what they show has changed. */
import htmx from "htmx.org";
import { $$, forEvery } from "./dom";

let source: EventSource | null = null;
let polling = 0;

export function live(): void {
  forEvery("[data-live]", listen);
  window.addEventListener("pagehide", () => source?.close());
  // A page that nobody sees holds no connection; seen again, it catches up.
  document.addEventListener("visibilitychange", () => {
    if (polling || !$$("[data-live]").length) return;
    if (document.hidden) return source?.close();
    listen();
    again($$("[data-live]"));
  });
}

function listen(): void {
  if (document.hidden) return;
  const keys = [...new Set($$("[data-live]").map((part) => part.dataset.live!))].sort();
  const base = document.body.dataset.liveUrl;
  if (!base) return poll();
  const url = base + keys.map((key) => `&key=${encodeURIComponent(key)}`).join("");
  if (source?.url === url && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  source = new EventSource(url);
  source.onopen = () => (document.body.dataset.listening = "yes");
  source.onmessage = ({ data }) => again($$(`[data-live="${CSS.escape(data)}"]`));
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED) poll();
  };
}

const again = (parts: HTMLElement[]) => parts.forEach((part) => htmx.trigger(part, "live", {}));

/** Where no live process runs, ask every few seconds. */
function poll(): void {
  polling ||= window.setInterval(() => {
    if (!document.hidden) again($$("[data-live]"));
  }, 5000);
}
