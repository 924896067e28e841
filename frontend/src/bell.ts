/** The bell: long work, its progress, and a word when it ends. */
import { $, $$ } from "./dom";
import { toast } from "./toasts";

const RUNNING = 3000;
const IDLE = 60000;
const states = new Map<string, string>();

export function bell(): void {
  const list = $("#bell-list");
  if (!list) return;
  let timer = 0;
  let looks = 0;
  const look = async () => {
    clearTimeout(timer);
    const mine = ++looks;
    const answer = await fetch(list.dataset.url!, { headers: { "HX-Request": "true" } }).catch(() => null);
    const said = answer?.ok ? await answer.text() : null;
    if (mine !== looks) return; // a later look is on its way: it knows more
    if (said !== null) list.innerHTML = said;
    timer = window.setTimeout(look, document.hidden ? IDLE : tell() ? RUNNING : IDLE);
  };
  $("#bell")?.addEventListener("toggle", (event) => (event as ToggleEvent).newState === "open" && void look());
  document.body.addEventListener("work-started", () => void look());
  list.addEventListener("live", () => document.body.dataset.liveUrl && void look());
  timer = window.setTimeout(look, 800);
}

/** Says what has ended since the last look; returns whether anything still runs. */
function tell(): boolean {
  const works = $$("#bell-list .work");
  for (const work of works) {
    const now = work.dataset.state!;
    if (states.get(work.dataset.work!) === "running" && now !== "running") {
      const title = work.querySelector(".work-line :first-child")!.textContent!;
      toast({ text: `${title}: ${work.querySelector(".state")!.textContent}`, bad: now === "failed" });
    }
    states.set(work.dataset.work!, now);
  }
  const running = works.some((work) => work.dataset.state === "running");
  const dot = $(".bell-dot");
  if (dot) dot.hidden = !running;
  $("[popovertarget=bell]")?.setAttribute("data-state", running ? "running" : "");
  return running;
}

