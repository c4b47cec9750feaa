// A message being sent, a reply being written, or a command's reply: what is shown but not (yet) in the history.

import { batch, signal } from "./vendor/signals.js";
import { Redraw } from "./redraw.js";
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
    this.partial = null; // the unfinished reply, with what it continues; null before it begins
    this.drawn = signal(null); // as much of it as is drawn
    this.speaker = ""; // whose it is, in a scene
    this.running = false;
    this.failed = ""; // error message
    this.version = signal(0); // of everything else that is drawn
    this.redraw = new Redraw(() => this.draw());
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
    Object.assign(this, { running: true, failed: "", replies: [], partial: this.base || null });
    this.changed();
  }

  take(event) {
    const { speaker } = this;
    if (event.speaker && event.type !== "reply") this.speaker = event.speaker;
    if (event.type === "started") this.id = event.id;
    else if (event.type === "delta") this.partial = (this.partial ?? "") + event.text;
    else if (event.type === "text") this.partial = this.base + event.text;
    else if (event.type === "reply") {
      this.replies = [...this.replies, event];
      this.partial = null;
      announce(event.text);
    }
    if (event.type === "reply" || this.speaker !== speaker) this.changed();
    else this.redraw.ask();
  }

  end() {
    this.running = false;
    this.changed();
  }

  fail(text) {
    Object.assign(this, { running: false, failed: text });
    this.changed();
  }

  // Only the text is drawn again while it grows.
  draw() {
    const begun = this.drawn.value === null && this.partial !== null;
    this.drawn.value = this.partial;
    if (begun) this.version.value += 1;
  }

  changed() {
    this.redraw.cancel();
    batch(() => {
      this.drawn.value = this.partial;
      this.version.value += 1;
    });
  }
}
