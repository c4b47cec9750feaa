// The server requests of the characters view. Cards are changed by commands, so command limits apply.

import { address, getJson, Refused, TAB } from "../../net.js";

export const DESK = "0000ca4d"; // a pseudo-conversation: commands that edit cards run here and appear in no real one

async function ask(path, conversation, body) {
  const response = await fetch(address(path, conversation), {
    method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...body, stream: false, tab: TAB }),
  });
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(found.error?.message || `${response.status} ${response.statusText}`);
  const error = found.replies.find((reply) => reply.kind === "error");
  if (error) throw new Refused(error.text);
  return found.replies;
}

function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

export function bytesOf(file) {
  return Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
}

function jsonFile(name, value) {
  return { name, data: base64(new TextEncoder().encode(JSON.stringify(value))) };
}

export const list = () => getJson("api/characters");

export const face = ({ id, version }) => `api/characters/face?${new URLSearchParams({ id, v: version })}`;

// Everything about a card, optionally with changed fields: {text, tokens, fired, withheld, repairs, data, ...}.
export async function look(conversation, id, { changes = null, said = "" } = {}) {
  const words = said.replace(/\s+/g, " ").trim();
  const replies = await ask("chat", conversation, {
    text: `+card ${id}${words ? ` said: "${words.replaceAll('"', "'")}"` : ""}`,
    attachments: changes ? [jsonFile("fields.json", changes)] : [],
  });
  return JSON.parse(new TextDecoder().decode(bytesOf(replies[0].files[0])));
}

export const character = (conversation, what) => ask("command", conversation,
    { command: "character", arguments: { what } });

export const save = (conversation, id, changes) =>
  ask("chat", conversation, { text: `+character edit ${id}`, attachments: [jsonFile("fields.json", changes)] });

// Import a card, optionally with its picture. Returns the server's text and the new character's id.
export async function importFiles(conversation, files) {
  const attachments = [];
  for (const file of files) attachments.push({ name: file.name,
      data: base64(new Uint8Array(await file.arrayBuffer())) });
  const [{ text }] = await ask("chat", conversation, { text: "+character import", attachments });
  return { text, id: /`\+character ([^`]+)`/.exec(text)?.[1] ?? "" };
}

export function download(file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytesOf(file)], { type: "application/octet-stream" }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
