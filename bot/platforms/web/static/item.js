// A message being sent, a reply being written, or a command's reply: what is shown but not (yet) in the history.

import { signal } from "./vendor/signals.js";
import { announce } from "./ui.js";

export const newKey = () => crypto.getRandomValues(new Uint32Array(3)).join("-");

export class Item {
  constructor(values) {
    this.key = newKey(); // idempotency key: the server answers it once, however often it is sent
    this.id = ""; // the server's id for the turn; a reloaded page uses it to watch the reply again
    this.text = "";
    this.files = [];
    this.command = ""; // of a pressed button
    this.values = {};
    this.node = null; // the turn to act on
    this.target = null; // the turn that the reply replaces on screen
    this.base = ""; // the text that the reply continues
    this.after = 0; // the turn below which it is shown
    this.replies = [];
    this.partial = null; // the unfinished reply
    this.speaker = ""; // whose it is, in a scene
    this.running = false;
    this.failed = ""; // error message
    this.version = signal(0);
    this.frame = 0;
    Object.assign(this, values);
  }

  get isCommand() {
    return Boolean(this.command) || /^[+/]/.test(this.text);
  }

  // Stopped before any text was written, or refused: no turn exists, so the page keeps the message.
  get unanswered() {
    const lost = this.replies.some((reply) => reply.kind === "error" || reply.finish_reason === "cancelled");
    return lost && !this.isCommand && !this.replies.some((reply) => reply.kind === "turn" && reply.node);
  }

  get body() {
    const common = { key: this.key, ...(this.node === null ? {} : { node: this.node }) };
    if (this.command) return { ...common, command: this.command, arguments: this.values };
    return { ...common, text: this.text, ...(this.files.length ? { attachments: this.files } : {}) };
  }

  begin() {
    Object.assign(this, { running: true, failed: "", replies: [], partial: null });
    this.changed();
  }

  take(event) {
    if (event.speaker && event.type !== "reply") this.speaker = event.speaker;
    if (event.type === "started") this.id = event.id;
    else if (event.type === "delta") this.partial = (this.partial ?? "") + event.text;
    else if (event.type === "text") this.partial = event.text;
    else if (event.type === "reply") {
      this.replies = [...this.replies, event];
      this.partial = null;
      announce(event.text);
    }
    if (event.type === "reply") this.changed();
    else this.changedSoon();
  }

  end() {
    this.running = false;
    this.changed();
  }

  fail(text) {
    Object.assign(this, { running: false, failed: text });
    this.changed();
  }

  // Redraws at most once per frame, however fast text arrives.
  changedSoon() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.version.value += 1; });
  }

  changed() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.version.value += 1;
  }
}
