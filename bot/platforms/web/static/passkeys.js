// Passkeys: converts the server's options for the browser's dialog, and its result to JSON.

import { postJson, send } from "./net.js";

// WebAuthn needs https (or localhost) and a host name.
export const possible = () => Boolean(globalThis.PublicKeyCredential) && isSecureContext &&
    !/^[\d.]+$|:/.test(location.hostname);

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")),
    (character) => character.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

const named = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

// Create a passkey. Returns null if the user cancels.
async function make(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: named(options.excludeCredentials) };
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  return made && { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) } };
}

async function use(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge),
      allowCredentials: named(options.allowCredentials) };
  const used = await asked(() => navigator.credentials.get({ publicKey }));
  return used && { id: used.id, rawId: text(used.rawId), type: used.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(used.response.clientDataJSON), authenticatorData: text(used.response.authenticatorData),
    signature: text(used.response.signature),
    userHandle: used.response.userHandle ? text(used.response.userHandle) : undefined } };
}

async function asked(dialog) {
  try { return await dialog(); } catch (error) {
    if (error.name === "NotAllowedError" || error.name === "AbortError") return null;
    throw error;
  }
}

// Each returns whether it succeeded.
export async function signIn() {
  const credential = await use(await postJson("api/sign-in/options", {}));
  if (credential) await send("api/sign-in/passkey", { credential });
  return Boolean(credential);
}

export async function join(values) {
  const credential = await make(await postJson("api/join/options", values));
  if (credential) await send("api/join/passkey", { ...values, credential });
  return Boolean(credential);
}

export async function add(label) {
  const credential = await make(await postJson("api/account/passkeys/options", {}));
  if (credential) await send("api/account/passkeys/add", { label, credential });
  return Boolean(credential);
}
