// A message on its way, an answer being written, or a command's answer: what is shown and is not in the history (yet).

import { signal } from "./vendor/signals.js";
import { announce } from "./ui.js";

export const newKey = () => crypto.getRandomValues(new Uint32Array(3)).join("-");

export class Item {
  constructor(values) {
    this.key = newKey(); // the server answers a key once, however often it is sent
    this.id = ""; // the server's name for the turn; with it a page can come back
    this.text = "";
    this.files = [];
    this.command = ""; // of a button
    this.values = {};
    this.node = null; // the turn that is meant
    this.target = null; // the turn in whose place the answer is shown
    this.base = ""; // what the answer continues
    this.after = 0; // the turn after which it stands
    this.replies = [];
    this.partial = null; // the unfinished reply
    this.running = false;
    this.failed = ""; // what went wrong
    this.version = signal(0);
    this.frame = 0;
    Object.assign(this, values);
  }

  get isCommand() {
    return Boolean(this.command) || /^[+/]/.test(this.text);
  }

  // Stopped before a word was written, or refused: there is no turn of it, so the page keeps what was said.
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

  // Draws at most once a frame, however fast the text comes.
  changedSoon() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.version.value += 1; });
  }

  changed() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.version.value += 1;
  }
}
