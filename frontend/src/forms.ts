/** Forms: fields are checked on leaving them, what was typed is kept, the irrevocable is asked about. */
import { $, $$, csrf, forEvery, on, word } from "./dom";
import { toast } from "./toasts";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function forms(): void {
  document.addEventListener("focusout", (event) => {
    const control = event.target as Control;
    const field = control.closest?.<HTMLElement>("[data-field]");
    if (field && "validity" in control && (touched.has(control) || field.matches(".field-bad"))) void check(field, control);
  });
  document.addEventListener("input", (event) => {
    touched.add(event.target as Control);
    const form = (event.target as Control).form;
    if (form?.matches("[data-keep]")) keep(form);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-keep]"); // what a picker put there is typed, too
    if (form && $(".picked", form)) keep(form);
  });
  on("submit", "form", sending);
  forEvery("form[data-keep]", (form) => restore(form as HTMLFormElement));
  forEvery(".field fieldset > div:has(> :nth-child(13)):not(:has(> div > div))", narrowed); // as long as in forms.css
  confirmations();
  document.body.addEventListener("htmx:sendError", () => toast({ text: word("offline"), bad: true }));
  document.body.addEventListener("htmx:responseError", () => toast({ text: word("failed"), bad: true }));
  on("click", "[data-copy]", (button) => void copy(button));
}

/** Browsers give the clipboard to pages that came by https only; elsewhere the text is selected, as a hand would. */
async function copy(button: HTMLElement): Promise<void> {
  const text = button.dataset.copy!;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else if (!copiedByHand(button, text)) return;
  toast({ text: word("copied") });
}

function copiedByHand(button: HTMLElement, text: string): boolean {
  const held = Object.assign(document.createElement("textarea"), { value: text });
  button.after(held);
  held.select();
  const done = document.execCommand("copy");
  held.remove();
  button.focus();
  return done;
}

const touched = new WeakSet<Control>();

async function check(field: HTMLElement, control: Control): Promise<void> {
  const wrong = complaint(control);
  if (wrong || !field.dataset.check || !control.form) return tell(field, control, wrong ? [wrong] : []);
  const answer = await fetch(field.dataset.check, {
    method: "POST",
    body: textOf(control.form),
    headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
  }).catch(() => null);
  if (!answer?.ok) return;
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  tell(field, control, $$(".error", box.content).map((error) => error.textContent ?? ""));
}

function complaint(control: Control): string {
  const { validity } = control;
  if (validity.valid) return "";
  const input = control as HTMLInputElement;
  if (validity.valueMissing) return word("required");
  if (validity.rangeUnderflow) return word("low", input.min);
  if (validity.rangeOverflow) return word("high", input.max);
  if (validity.tooLong) return word("long", input.maxLength);
  return word("type");
}

function tell(field: HTMLElement, control: Control, errors: string[]): void {
  field.classList.toggle("field-bad", errors.length > 0);
  if (errors.length) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
  $(".errors", field)?.replaceChildren(
    ...errors.map((text) => Object.assign(document.createElement("p"), { className: "error", textContent: text })),
  );
}

function textOf(form: HTMLFormElement): FormData {
  const data = new FormData(form);
  for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
  return data;
}

/** A long choice is narrowed by typing; what is chosen stays in sight. */
function narrowed(list: HTMLElement): void {
  const find = Object.assign(document.createElement("input"), { type: "search", className: "form-control narrow", placeholder: word("find") });
  find.setAttribute("aria-label", word("find"));
  find.addEventListener("input", (event) => {
    event.stopPropagation(); // not a field of the form
    const sought = find.value.trim().toLocaleLowerCase();
    for (const line of list.children as HTMLCollectionOf<HTMLElement>)
      line.hidden = !$("input:checked", line) && !line.textContent!.toLocaleLowerCase().includes(sought);
  });
  find.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  list.before(find);
}

/* ── What was typed ── */

const keyOf = (form: HTMLFormElement) => `typed ${location.pathname} ${$$<HTMLFormElement>("form[data-keep]").indexOf(form)}`;

const kept = (form: HTMLFormElement) =>
  [...form.elements].filter((e): e is Control => e instanceof HTMLElement && e.matches("input:not([type=hidden]):not([type=password]):not([type=file]):not([name=q]), textarea, select") && Boolean((e as Control).name));

function keep(form: HTMLFormElement): void {
  const values = kept(form).map((c) => [c.name, c.type === "checkbox" || c.type === "radio" ? `${c.value} ${(c as HTMLInputElement).checked}` : c.value]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(values));
}

function restore(form: HTMLFormElement): void {
  const stored = sessionStorage.getItem(keyOf(form));
  if (!stored || form.querySelector(".field-bad")) return;
  const values = new Map<string, string[]>();
  for (const [name, value] of JSON.parse(stored) as [string, string][]) values.set(name, [...(values.get(name) ?? []), value]);
  let changed = false;
  for (const control of kept(form)) {
    const value = values.get(control.name)?.shift();
    if (value === undefined) continue;
    if (control.type === "checkbox" || control.type === "radio") {
      const box = control as HTMLInputElement;
      const checked = value.endsWith(" true");
      changed ||= box.checked !== checked;
      box.checked = checked;
    } else if (control.value !== value) {
      control.value = value;
      changed = true;
      if (control.closest(".picked")) setTimeout(() => control.dispatchEvent(new Event("change", { bubbles: true })));
    }
  }
  if (changed) offerToClear(form);
}

function offerToClear(form: HTMLFormElement): void {
  const note = document.createElement("p");
  note.className = "note note-info";
  note.role = "status";
  note.textContent = `${word("restored")} `;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet", textContent: word("clear") });
  button.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf(form));
    form.reset();
    note.remove();
  });
  note.append(button);
  form.prepend(note);
}

/** A form that was sent is forgotten when another page opens; the same page with errors keeps it. */
function sending(form: HTMLElement, event: Event): void {
  if (!navigator.onLine) {
    event.preventDefault();
    toast({ text: word("offline"), bad: true });
    return;
  }
  if (form.matches("[data-keep]")) sessionStorage.setItem("sent", JSON.stringify([keyOf(form as HTMLFormElement), location.pathname]));
  if (form.matches("form[method=post]:not([hx-post])")) {
    setTimeout(() => $$<HTMLButtonElement>("button[type=submit]", form).forEach((b) => (b.disabled = true)));
    window.addEventListener("pageshow", () => $$<HTMLButtonElement>("button[type=submit]", form).forEach((b) => (b.disabled = false)), { once: true });
  }
}

export function forgetSent(): void {
  const sent = sessionStorage.getItem("sent");
  if (!sent) return;
  const [key, path] = JSON.parse(sent) as [string, string];
  if (location.pathname.startsWith("/login")) return;
  sessionStorage.removeItem("sent");
  const failed = location.pathname === path && document.referrer.includes("/login");
  if (!failed && !$(".field-bad")) sessionStorage.removeItem(key);
}

/* ── What cannot be undone ── */

function confirmations(): void {
  document.addEventListener(
    "click",
    (event) => {
      const button = (event.target as Element).closest?.<HTMLElement>("[data-confirm]");
      if (!button || button.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void ask(button.dataset.confirm!, button.dataset.confirmDo).then((yes) => {
        if (!yes) return;
        button.dataset.confirmed = "yes";
        button.click();
        delete button.dataset.confirmed;
      });
    },
    true,
  );
  document.body.addEventListener("htmx:confirm", (event) => {
    const { question, issueRequest, elt } = (event as CustomEvent).detail;
    if (!question) return;
    event.preventDefault();
    void ask(question, elt.dataset.confirmDo).then((yes) => yes && issueRequest(true));
  });
}

function ask(question: string, act = word("doIt")): Promise<boolean> {
  const dialog = $<HTMLDialogElement>("#confirm")!;
  $("#confirm-text")!.textContent = question;
  $("#confirm-yes")!.textContent = act;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}
