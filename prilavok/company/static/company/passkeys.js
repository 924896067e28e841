// A form with data-passkey="ADDRESS" asks the server there what the browser shall do, and takes the answer along.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(asked) {
  const options = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"])
    if (asked[name]) options[name] = asked[name].map((one) => ({ ...one, id: bytes(one.id) }));
  return options;
}

function told(key) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (key.response[name]) response[name] = text(key.response[name]);
  return { id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failed = form.querySelector("[data-passkey-failed]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    failed.hidden = true;
    try {
      const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
      if (!answer.ok) return location.reload(); // the page says why
      const publicKey = readable((await answer.json()).publicKey);
      const key = await navigator.credentials[form.dataset.how]({ publicKey });
      form.elements.answer.value = JSON.stringify(told(key));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
