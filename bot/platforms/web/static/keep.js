// What this browser remembers: drafts and messages that are on their way. Storage may be forbidden; then it forgets.

export function recall(name, otherwise = null) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

export function remember(name, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch { /* then it lasts as long as the page */ }
}

// A name for a new conversation: 32 random bits.
export function newName() {
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
