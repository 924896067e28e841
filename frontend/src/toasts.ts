/** Short words after something was done, with a way back. */
import { $, post, word } from "./dom";

interface Toast {
  text: string;
  undo?: string;
  bad?: boolean;
}

const SHOWN = 8000;

export function toasts(): void {
  const now: Toast[] = JSON.parse(document.getElementById("toasts-now")?.textContent || "[]");
  now.forEach(toast);
  document.body.addEventListener("toasts", (event) => ((event as CustomEvent).detail.value as Toast[]).forEach(toast));
}

export function toast({ text, undo, bad }: Toast): void {
  const line = document.createElement("div");
  line.className = bad ? "toast-line toast-bad" : "toast-line";
  const said = document.createElement("span");
  said.textContent = text;
  line.append(said);
  if (undo) line.append(button(word("undo"), "toast-undo", () => takeBack(undo, line)));
  line.append(button("×", "toast-close", () => line.remove(), word("close")));
  $("#toasts")?.append(line);
  fade(line, bad ? SHOWN * 2 : SHOWN);
}

function button(text: string, name: string, act: () => void, label = ""): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

async function takeBack(url: string, line: HTMLElement): Promise<void> {
  line.remove();
  const answer = await post(url).catch(() => null);
  if (answer?.ok) location.reload();
  else toast({ text: word("failed"), bad: true });
}

function fade(line: HTMLElement, after: number): void {
  let timer = setTimeout(() => line.remove(), after);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(() => line.remove(), 2500));
  for (const event of ["mouseenter", "focusin"]) line.addEventListener(event, hold);
  for (const event of ["mouseleave", "focusout"]) line.addEventListener(event, release);
}
