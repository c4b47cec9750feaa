// A scene's state on the server, and the actions on it.

import { computed, effect, signal } from "../../vendor/signals.js";
import { address, getJson, Refused, stream, TAB } from "../../net.js";
import { t } from "../../texts.js";
import { toast } from "../../ui.js";

// Run a command of a conversation; `show` gets each event. Returns the replies; null, with a message, if it was
// refused or nothing came; undefined if the connection was lost.
export async function perform(path, id, body, show = () => {}) {
  const replies = [];
  let lost = false;
  try {
    for await (const event of stream(address(path, id), { ...body, tab: TAB })) {
      if (event.type === "reply") replies.push(event);
      show(event);
    }
  } catch (error) {
    lost = !(error.message && error instanceof Refused);
    toast(lost ? t("Roost is not responding. Is it still running?") : error.message);
  }
  document.dispatchEvent(new Event("answered"));
  const wrong = replies.find((reply) => reply.kind === "error");
  if (wrong) toast(wrong.text);
  if (lost) return undefined;
  return wrong || !replies.length ? null : replies;
}

export class Scene {
  constructor(talk) {
    this.talk = talk;
    this.id = talk.id; // conversation id
    this.state = signal(null);
    this.line = signal(null); // the line being written for this page: { text, speaker }
    this.acting = signal(false); // whether a command of this page is running
    this.busy = computed(() => this.acting.value || Boolean(talk.running));
    this.going = signal(0); // automatic lines left to generate
    this.asked = 0; // requests for the state so far
    this.shown = 0; // the one that is shown
  }

  async read(quiet = false) {
    const asked = this.asked += 1;
    try {
      const state = await getJson(address("stage", this.id));
      if (asked < this.shown) return;
      this.shown = asked;
      this.state.value = state;
    } catch (error) {
      if (!quiet) toast(error.message);
    }
  }

  get last() {
    return this.state.value?.lines?.at(-1);
  }

  // The line being written, also one that another page began, or this one before it was loaded again.
  get partial() {
    const joined = this.talk.running;
    const drawn = joined?.drawn.value ?? null;
    return this.line.value || drawn === null ? this.line.value : { text: drawn, speaker: joined.speaker };
  }

  // Run a command; `meant`: it acts on the last line shown here. Returns the replies, or null on failure.
  async run(command, values = {}, { meant = false, speaker = "" } = {}) {
    const node = meant && this.last ? { node: this.last.node } : {};
    return this.send("command", { command, arguments: values, ...node }, speaker);
  }

  // Like run, after the running command: for controls that show their new value at once.
  async runNext(command, values) {
    while (this.busy.value) await this.idle();
    return this.run(command, values);
  }

  // Resolves once nothing is being written here.
  idle() {
    return new Promise((done) => {
      const end = effect(() => { if (!this.busy.value) Promise.resolve().then(() => { end(); done(); }); });
    });
  }

  async send(path, body, speaker = "") {
    if (this.busy.value) return null;
    this.acting.value = true;
    let [text, name] = ["", speaker];
    const replies = await perform(path, this.id, body, (event) => {
      if (event.speaker) name = event.speaker;
      if (event.type === "delta") text += event.text;
      if (event.type === "text") text = event.text;
      if (event.type === "delta" || event.type === "text") this.line.value = { text, speaker: name };
      if (event.type === "reply") text = "";
    });
    await this.read(replies === undefined);
    this.line.value = null;
    this.acting.value = false;
    this.talk.catchUp().catch(() => {});
    return replies;
  }

  // Let the characters talk: one line after another, `seconds` apart.
  async go(lines, seconds) {
    this.going.value = lines;
    while (this.going.value > 0) {
      if (this.busy.value) {
        await this.idle();
        continue;
      }
      const before = this.last?.node;
      if (!await this.run("auto", { lines: 1 }) || this.last?.node === before) break;
      this.going.value = Math.max(0, this.going.value - 1);
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
