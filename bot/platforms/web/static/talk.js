// One conversation: its state on the server, its running turns, and how the two are kept in sync.

import { batch, signal } from "./vendor/signals.js";
import { Item } from "./item.js";
import { recall, remember } from "./keep.js";
import { address, getJson, Refused, stream, TAB } from "./net.js";
import { name, t } from "./texts.js";
import { toast } from "./ui.js";

const AGAIN_MS = 1000;

export class Talk {
  constructor(id) {
    this.id = id;
    this.turns = signal([]);
    this.positions = signal({});
    this.more = signal(false);
    this.items = signal([]);
    this.bot = signal(name);
    this.prompt = signal("");
    this.greeting = signal("");
    this.avatar = signal("");
    this.loaded = signal(false);
    this.undone = signal(false); // whether there is something to redo
    this.asked = 0; // requests for the history so far
    this.shown = 0; // the one that is shown
    this.older = []; // turns before those that the server sends at first
  }

  get running() {
    return this.items.value.find((item) => item.running);
  }

  get last() {
    return this.turns.value.at(-1);
  }

  get lastTurn() {
    return this.turns.value.findLast((turn) => turn.kind !== "draft");
  }

  get lastDraft() {
    return this.turns.value.findLast((turn) => turn.kind === "draft");
  }

  // --- server state ----------------------------------------------------------------------------------------------

  async open() {
    await this.sync();
    for (const kept of recall(this.outbox, [])) {
      if (this.items.value.some((item) => item.key === kept.key) || this.has(kept)) continue;
      this.add(new Item({ ...kept, failed: t("This was not answered.") }));
    }
    this.keepOutbox();
  }

  // Fetch the history. Resolves once what is shown is at least as recent as this call. `then()` is called before
  // anything is drawn.
  async sync(then) {
    const asked = this.asked += 1;
    const history = await getJson(address("history", this.id));
    batch(() => {
      if (asked > this.shown) this.show(history, asked);
      then?.();
    });
  }

  // Fetch what other pages did, unless something is being written here: its turn would be shown twice. It ends with a
  // sync.
  async catchUp() {
    if (this.running) return;
    const asked = this.asked += 1;
    const history = await getJson(address("history", this.id));
    if (asked === this.asked && !this.running) this.show(history, asked);
  }

  show(history, asked) {
    this.shown = asked;
    batch(() => {
      this.bot.value = history.bot || name;
      this.prompt.value = history.prompt ? history.prompt.title || history.prompt.name : "";
      this.greeting.value = history.greeting;
      this.undone.value = history.redo;
      this.avatar.value = history.avatar || "";
      this.older = this.older.filter((turn) => turn.node < (history.turns[0]?.node ?? 0));
      if (this.older.at(-1)?.node !== history.turns[0]?.parent) this.older = [];
      this.turns.value = fold([...this.older, ...history.turns]);
      this.positions.value = { ...this.positions.value, 0: undefined, ...history.positions }; // 0 is the greeting
      this.more.value = this.older.length ? this.more.value : history.more;
      this.loaded.value = true;
    });
    for (const item of this.items.value) if (item.failed && !item.running && this.has(item)) this.remove(item);
    for (const turn of history.running) this.join(turn);
  }

  async loadOlder() {
    const first = this.older[0] ?? this.turns.value[0];
    const history = await getJson(address("history", this.id, { before: first.first ?? first.node }));
    this.older = [...history.turns, ...this.older];
    batch(() => {
      this.turns.value = fold([...history.turns, ...this.turns.value]);
      this.more.value = history.more;
    });
  }

  // Whether the history contains the turn of a sent item.
  has(item) {
    const same = (one, other) => one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();
    return this.turns.value.some((turn) => turn.node > item.known && same(turn.input, item.text));
  }

  // Watch a turn that was started on another page, or before this page was loaded.
  join(turn) {
    const known = this.items.value.find((item) => item.id === turn.id || (turn.key && item.key === turn.key));
    if (known && !known.failed) return;
    const target = turn.command && this.turns.value.some((shown) => shown.node === turn.node) ? turn.node : null;
    const item = known ?? this.add(new Item({ ...turn, target, after: this.last?.node ?? 0, known: this.last?.node ??
        0 }));
    item.id = turn.id;
    this.run(item, true);
  }

  // --- user actions ------------------------------------------------------------------------------------------------

  // `node`: answer this turn instead of the last one.
  say(text, files = [], node = null) {
    const known = Math.max(0, ...this.turns.value.map((turn) => turn.node));
    const item = this.add(new Item({ text, files, node, after: node ?? this.last?.node ?? 0, known }));
    this.keepOutbox();
    return this.run(item);
  }

  // Invoke a command that moves in the tree: the history shows its effect, a toast any message. Returns
  // whether it was done.
  async press(command, values = {}, node = null) {
    const item = new Item({ command, values, node });
    try {
      for await (const event of stream(address("command", this.id), { ...item.body, tab: TAB })) item.take(event);
    } catch (error) {
      toast(error.message && error instanceof Refused ? error.message :
          t("Roost is not responding. Is it still running?"));
      return false;
    }
    if (command === "reset") this.items.value = [];
    await this.sync().catch(() => {});
    for (const reply of item.replies) if (reply.kind !== "turn" && reply.text) toast(reply.text);
    return !item.replies.some((reply) => reply.kind === "error");
  }

  // Another answer, or a continuation: it grows in place of the old one.
  rewrite(turn, command, values = {}) {
    const base = command === "continue" || command === "more" ? turn.output : "";
    return this.run(this.add(new Item({
      command, values, node: turn.node, target: turn.node, base, after: turn.node, known: turn.node,
    })));
  }

  stop() {
    fetch(address("stop", this.id), { method: "POST" }).catch(() => {});
  }

  retry(item) {
    if (this.running) return;
    if (this.has(item)) this.remove(item);
    else this.run(item);
  }

  // --- a single request --------------------------------------------------------------------------------------------

  async run(item, watching = false) {
    item.begin();
    this.items.value = [...this.items.value];
    try {
      const where = watching ? `replies/${item.id}` : item.command ? "command" : "chat";
      const body = watching ? undefined : { ...item.body, tab: TAB };
      for await (const event of stream(address(where, this.id), body)) item.take(event);
      await this.settle(item);
    } catch (error) {
      await this.broken(item, error, watching);
    }
    this.items.value = [...this.items.value];
    this.keepOutbox();
  }

  // The reply is complete: turns of the tree move to the history; a command's reply stays as a card.
  async settle(item) {
    const errors = item.replies.filter((reply) => reply.kind === "error");
    const command = item.command || /^[+/](\S+)/.exec(item.text)?.[1] || "chat";
    if (command === "language" && !errors.length) document.dispatchEvent(new CustomEvent("language",
        { detail: item.text }));
    let placed = false;
    const place = () => {
      placed = true;
      this.place(item, command);
    };
    try {
      await this.sync(place);
    } catch (error) {
      if (placed) throw error;
      place(); // the history could not be fetched or shown
    }
    document.dispatchEvent(new Event("answered"));
  }

  place(item, command) {
    const shown = new Set(this.turns.value.flatMap((turn) => turn.nodes));
    const compared = this.turns.value.some((turn) => turn.cfg !== undefined && turn.node > item.known);
    const begun = !this.turns.value.length && item.replies.some((reply) => reply.kind === "turn" &&
        reply.text === this.greeting.value);
    if (begun) this.items.value = this.items.value.filter((other) => other === item ||
        other.running); // drop cards of the previous tree
    const rest = item.replies.filter((reply) => reply.kind !== "turn" || reply.node === null ||
        !(begun || shown.has(reply.node)))
      .filter((reply) => !(command === "compare" && compared && reply.kind !== "error"));
    if (!rest.length) return this.remove(item);
    // The command may have added turns: show its reply below them. A reply to a particular turn stays there.
    if (item.target !== null || item.node === null) item.after = this.last?.node ?? 0;
    if (item.target !== null) Object.assign(item, { target: null, text: "" });
    item.end();
  }

  async broken(item, error, watching) {
    const refused = error instanceof Refused && error.message;
    if (refused && !watching) return item.fail(error.message);
    item.fail(item.id ? t("The connection was lost.") : t("Roost is not responding. Is it still running?"));
    this.items.value = [...this.items.value];
    await new Promise((done) => { setTimeout(done, AGAIN_MS); });
    return this.recover(item);
  }

  // After a lost connection: the reply may still be running, be finished, or never have started.
  async recover(item) {
    if (item.running || !item.failed || !this.items.value.includes(item)) return;
    try { await this.catchUp(); } catch { /* it stays failed, and can be sent again */ }
  }

  recoverAll() {
    for (const item of this.items.value) if (item.failed && !item.replies.length) this.recover(item);
  }

  add(item) {
    this.items.value = [...this.items.value, item];
    return item;
  }

  remove(item) {
    item.running = false;
    this.items.value = this.items.value.filter((other) => other !== item);
    this.keepOutbox();
  }

  get outbox() {
    return `roost.outbox.${this.id}`;
  }

  // Save unanswered messages, so that they survive a reload.
  keepOutbox() {
    const waiting = this.items.value.filter((item) => item.text && !item.isCommand &&
        (item.running || item.failed || item.unanswered || !item.replies.length));
    const kept = waiting.map(({ key, text, node, after, known }) => ({ key, text, node, after, known }));
    remember(this.outbox, kept.length ? kept.slice(-20) : null);
  }
}

// The server stores a continuation as a turn of its own; the page appends it to the turn it continues. Answers being
// compared are shown below each other.
function fold(turns) {
  const folded = [];
  for (const turn of turns) {
    const nodes = turn.nodes ?? [turn.node];
    const place = turn.nodes ? -1 : beginning(folded, turn);
    if (place < 0) {
      const output = turn.cfg === undefined || turn.nodes ? turn.output : compared(turn);
      folded.push({ ...turn, output, first: turn.first ?? turn.node, nodes });
      continue;
    }
    const before = folded[place];
    const output = turn.cfg === undefined ? before.output + turn.output : `${before.output}\n\n${compared(turn)}`;
    folded[place] = {
      ...turn, kind: before.kind, parent: before.parent, first: before.first, input: before.input, form: before.form,
      output, nodes: [...before.nodes, ...nodes],
    };
  }
  return folded;
}

// The index of the turn that `turn` continues, or -1 if it starts something new.
function beginning(folded, turn) {
  const last = folded.at(-1);
  if (turn.kind === "continue") return folded.findLastIndex((other) => other.kind !== "draft");
  if (turn.kind !== "draft") return -1;
  if (turn.cfg !== undefined) return last?.cfg !== undefined && last.input === turn.input ? folded.length - 1 : -1;
  return turn.input || turn.parent === null ? -1
    : folded.findLastIndex((other) => other.kind === "draft" && other.node === turn.parent);
}

const compared = (turn) => `\`cfg ${turn.cfg}\` ${turn.output.trim()}`;
