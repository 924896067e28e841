/** Parts that fetch themselves again when the server says that what they show has changed. */
import htmx from "htmx.org";
import { $$, forEvery } from "./dom";

let source: EventSource | null = null;

export function live(): void {
  forEvery("[data-live]", listen);
  window.addEventListener("pagehide", () => source?.close());
}

function listen(): void {
  const keys = [...new Set($$("[data-live]").map((part) => part.dataset.live!))].sort();
  const base = document.body.dataset.liveUrl;
  if (!base) return poll();
  const url = base + keys.map((key) => `&key=${encodeURIComponent(key)}`).join("");
  if (source?.url === url) return;
  source?.close();
  source = new EventSource(url);
  source.onmessage = ({ data }) => $$(`[data-live="${CSS.escape(data)}"]`).forEach((part) => htmx.trigger(part, "live", {}));
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED) poll();
  };
}

/** Where no live process runs, ask every few seconds. */
let polling = 0;
function poll(): void {
  polling ||= window.setInterval(() => {
    if (!document.hidden) $$("[data-live]").forEach((part) => htmx.trigger(part, "live", {}));
  }, 5000);
}
