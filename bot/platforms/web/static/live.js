// Server events, received on one connection while the page is visible, and the state of that connection.

import { effect, signal } from "./vendor/signals.js";

export const line = signal("new"); // "new", "open", "lost" or "back"
effect(() => { document.documentElement.dataset.connection = line.value; });
const LONGEST_WAIT_MS = 15_000;

export class Live {
  constructor(tab, hear) {
    this.tab = tab;
    this.hear = hear;
    this.source = null;
    this.failures = 0;
    this.timer = 0;
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("online", () => this.look());
    addEventListener("offline", () => { this.close(); this.look(); }); // a server on this machine still answers
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    if (document.hidden) this.close();
    else if (!this.source) this.connect();
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  connect() {
    const source = this.source = new EventSource(`api/events?tab=${this.tab}`);
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.type === "hello") this.opened();
      this.hear(event);
    };
    source.onerror = () => {
      this.close(); // EventSource stops after some errors and waits too long after others, so reconnect here
      this.failures += 1;
      if (this.failures > 1 || line.value === "open") line.value = "lost";
      this.timer = setTimeout(() => this.look(), Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures));
    };
  }

  opened() {
    this.failures = 0;
    const lost = line.value === "lost";
    line.value = lost ? "back" : "open";
    if (lost) setTimeout(() => { if (line.value === "back") line.value = "open"; }, 3000);
  }
}
