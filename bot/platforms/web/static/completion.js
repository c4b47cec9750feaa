// The list of commands above the message box, while a command is being typed.

import { getJson } from "./stream.js";
import { $ } from "./view.js";

const SHOWN = 60;

export class Completion {
  constructor(input) {
    this.input = input;
    this.list = $("completions");
    this.commands = null;
    this.found = [];
    this.at = 0;
    input.addEventListener("input", () => this.update());
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  get open() {
    return !this.list.hidden;
  }

  async update() {
    const { value } = this.input;
    const command = /^([+/])([\p{L}\w-]*)$/u.exec(value);
    const argument = /^([+/])([\p{L}\w-]+) (\S*)$/u.exec(value);
    let found = [];
    try {
      if (command) found = await this.commandsFor(command[1], command[2]);
      else if (argument) found = await this.valuesFor(...argument.slice(1));
    } catch { /* nothing to offer, then */ }
    if (this.input.value !== value) return; // typed on meanwhile: that has its own update
    this.found = found;
    this.at = 0;
    if (found.length) this.show();
    else this.close();
  }

  // Offers are {label, note, text}: what is shown, and what the box holds once it is taken.
  async commandsFor(sign, typed) {
    const fits = (word) => word.toLowerCase().startsWith(typed.toLowerCase());
    const commands = (await this.known()).filter((command) => fits(command.name) || command.aliases.some(fits));
    return commands.slice(0, SHOWN).map((command) => ({
      label: sign + command.usage,
      note: command.summary,
      text: sign + command.name + (command.usage.includes(" ") ? " " : ""),
    }));
  }

  async valuesFor(sign, name, typed) {
    const command = (await this.known()).find((other) => other.name === name || other.aliases.includes(name));
    if (!command?.completes) return [];
    const query = new URLSearchParams({ command: command.name, prefix: typed });
    const { values } = await getJson(`api/complete?${query}`);
    if (values.length === 1 && values[0] === typed) return [];
    return values.map((value) => ({ label: value, note: "", text: `${sign}${name} ${value}` }));
  }

  async known() {
    if (!this.commands) this.commands = (await getJson("api/commands")).commands;
    return this.commands;
  }

  show() {
    this.list.replaceChildren(...this.found.map((offer, index) => {
      const item = document.createElement("li");
      item.id = `completion-${index}`;
      item.setAttribute("role", "option");
      const label = document.createElement("code");
      label.textContent = offer.label;
      const note = document.createElement("span");
      note.textContent = offer.note;
      item.append(label, note);
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.at = index;
        this.accept();
      });
      return item;
    }));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.at)));
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `completion-${this.at}`);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  accept() {
    this.input.value = this.found[this.at].text;
    this.close();
    this.input.dispatchEvent(new Event("typed"));
    this.input.focus();
    if (this.input.value.endsWith(" ")) this.update();
  }

  // Whether the key was meant for the list.
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : this.found.length - 1)) % this.found.length;
      this.mark();
    } else if (event.key === "Tab") this.accept();
    else if (event.key === "Enter" && !event.shiftKey && this.input.value !== this.found[this.at].text.trimEnd()) this.accept();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }
}
