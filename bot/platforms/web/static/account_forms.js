// Passkey support for /sign-in and /join. Their password forms work without this script.

import { Refused } from "./net.js";
import { join, possible, signIn } from "./passkeys.js";

const form = document.getElementById("account-form");
const button = document.getElementById("passkey");
const wrong = document.getElementById("wrong");

function tell(text) {
  wrong.hidden = !text;
  wrong.textContent = text;
}

async function joinIt() {
  const values = new FormData(form);
  if (!form.elements.name.reportValidity()) return false;
  return join({ code: values.get("code"), name: values.get("name"), keep: values.has("keep") });
}

button.hidden = !possible();
button.addEventListener("click", async () => {
  button.disabled = true;
  tell("");
  try {
    if (await (button.dataset.passkey === "join" ? joinIt() : signIn())) location.replace("./");
  } catch (error) { tell(error instanceof Refused && error.message ? error.message : form.dataset.failed); }
  button.disabled = false;
});
