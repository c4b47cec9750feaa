// Persistent values in this browser: drafts and unsent messages. Without storage, nothing is kept.

export function recall(name, otherwise = null) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

export function remember(name, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch { /* no storage: nothing is kept */ }
}

// An id for a new conversation: 32 random bits.
export function newName() {
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
