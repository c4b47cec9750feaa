// A scene's state on the server, and the actions on it.

import { signal } from "../../vendor/signals.js";
import { address, getJson, Refused, stream } from "../../net.js";
import { t } from "../../texts.js";
import { toast } from "../../ui.js";

export class Scene {
  constructor(id) {
    this.id = id; // conversation id
    this.state = signal(null);
    this.partial = signal(null); // the line being written: { text, speaker }
    this.busy = signal(false);
    this.going = signal(0); // automatic lines left to generate
    this.command = null; // resolves when the running command ends
    this.asked = 0; // requests for the state so far
    this.shown = 0; // the one that is shown
  }

  async read() {
    const asked = this.asked += 1;
    try {
      const state = await getJson(address("stage", this.id));
      if (asked < this.shown) return;
      this.shown = asked;
      this.state.value = state;
    } catch (error) { toast(error.message); }
  }

  get last() {
    return this.state.value?.lines?.at(-1);
  }

  // Run a command; `meant`: it acts on the last line shown here. Returns the replies, or null on failure.
  async run(command, values = {}, { meant = false, speaker = "" } = {}) {
    const node = meant && this.last ? { node: this.last.node } : {};
    return this.send("command", { command, arguments: values, ...node }, speaker);
  }

  // Like run, after the running command: for controls that show their new value at once.
  async runNext(command, values) {
    while (this.busy.value) await this.command;
    return this.run(command, values);
  }

  async send(path, body, speaker = "") {
    if (this.busy.value) return null;
    this.busy.value = true;
    this.command = this.perform(path, body, speaker);
    return this.command;
  }

  async perform(path, body, speaker) {
    const replies = [];
    let text = "";
    try {
      for await (const event of stream(address(path, this.id), body)) {
        if (event.type === "delta") text += event.text;
        if (event.type === "text") text = event.text;
        if (event.type === "delta" || event.type === "text") this.partial.value = { text, speaker };
        if (event.type === "reply") { replies.push(event); text = ""; }
      }
    } catch (error) {
      toast(error.message && error instanceof Refused ? error.message :
          t("Roost is not responding. Is it still running?"));
    }
    await this.read();
    this.partial.value = null;
    this.busy.value = false;
    const wrong = replies.find((reply) => reply.kind === "error");
    if (wrong) toast(wrong.text);
    return wrong || !replies.length ? null : replies;
  }

  // Let the characters talk: one line after another, `seconds` apart.
  async go(lines, seconds) {
    this.going.value = lines;
    while (this.going.value > 0) {
      if (this.busy.value) {
        await this.command;
        continue;
      }
      const before = this.last?.node;
      if (!await this.run("auto", { lines: 1 }) || this.last?.node === before) break;
      this.going.value -= 1;
      for (let waited = 0; this.going.value > 0 && waited < seconds * 1000; waited += 100) {
        await new Promise((done) => { setTimeout(done, 100); });
      }
    }
    this.going.value = 0;
  }

  async stop() {
    this.going.value = 0;
    if (!this.busy.value) return; // it would stop what comes next
    await fetch(address("stop", this.id), { method: "POST" }).catch(() => {});
  }
}

export function save(file) {
  const bytes = Uint8Array.from(atob(file.data), (char) => char.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: file.mime }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
