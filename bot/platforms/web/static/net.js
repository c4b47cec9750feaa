// Requests to the server, conversation URLs, and event streams.

import { begun } from "./first_html.js";

// identifies this page: the server sends it no events about its own actions
export const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function refusal(response) {
  let text = "";
  try { text = (await response.json()).error.message; } catch { /* not our JSON, from a proxy perhaps */ }
  return new Refused(text || `${response.status} ${response.statusText}`, response.status);
}

export function address(path, conversation, values = {}) {
  const query = new URLSearchParams(values);
  if (conversation) query.set("c", conversation);
  return query.size ? `api/${path}?${query}` : `api/${path}`;
}

export async function getJson(where) {
  const response = await (begun(where) ?? fetch(where, { headers: { Accept: "application/json" } }));
  if (!response.ok) throw await refusal(response);
  return response.json();
}

async function post(where, body) {
  const response = await fetch(where, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

export const send = async (where, body = {}) => { await post(where, body); };
export const postJson = async (where, body) => (await post(where, body)).json();

// Return a command's replies. Throws Refused with the message of an error.
async function call(conversation, command, values, node = 0) {
  const body = { command, arguments: values, stream: false, tab: TAB, ...(node ? { node } : {}) };
  const { replies } = await postJson(address("command", conversation), body);
  const error = replies.find((reply) => reply.kind === "error");
  if (error) throw new Refused(error.text);
  return replies;
}

export async function callCommand(conversation, command, values) {
  return (await call(conversation, command, values)).map((reply) => reply.text);
}

// `node`: the turn to act on.
export async function callForFiles(conversation, command, values, node = 0) {
  return (await call(conversation, command, values, node)).flatMap((reply) => reply.files ?? []);
}

// Yields the events of a stream: of a POST with `body`, or of a GET without. Throws Refused if the server refuses,
// TypeError if it cannot be reached, and Refused (without a message) if the connection breaks before the last event.
export async function* stream(where, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const response = await fetch(where, options);
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return; // the reply has finished in the meantime
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Refused("");
      waiting += decoder.decode(value, { stream: true });
      const parts = waiting.split("\n\n");
      waiting = parts.pop();
      for (const part of parts) {
        if (!part.startsWith("data: ")) continue;
        const event = JSON.parse(part.slice(6));
        if (event.type === "done") return;
        yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
