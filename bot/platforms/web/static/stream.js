// Server-Sent Events over fetch: one request, its events one by one.

export class Refused extends Error {}

async function refusal(response) {
  let text = "";
  try { text = (await response.json()).error.message; } catch { /* not ours: a proxy, perhaps */ }
  return new Refused(text || `${response.status} ${response.statusText}`);
}

export async function getJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw await refusal(response);
  return response.json();
}

// Yields the events of POST `address`. Throws Refused when the server says no, TypeError when it cannot be reached,
// and Refused (without words) when the line breaks before the last event.
export async function* post(address, body, signal) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Refused("");
      waiting += value;
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
