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
    const match = /^([+/])([\p{L}\w-]*)$/u.exec(this.input.value);
    if (!match) return this.close();
    this.commands ??= getJson("/api/commands").then((answer) => answer.commands);
    let commands;
    try { commands = await this.commands; } catch { this.commands = null; return this.close(); }
    const [, sign, typed] = match;
    const fits = (word) => word.toLowerCase().startsWith(typed.toLowerCase());
    this.found = commands.filter((command) => fits(command.name) || command.aliases.some(fits)).slice(0, SHOWN);
    this.at = 0;
    if (this.found.length) this.show(sign);
    else this.close();
  }

  show(sign) {
    this.list.replaceChildren(...this.found.map((command, index) => {
      const item = document.createElement("li");
      item.id = `completion-${index}`;
      item.setAttribute("role", "option");
      const usage = document.createElement("code");
      usage.textContent = sign + command.usage;
      const summary = document.createElement("span");
      summary.textContent = command.summary;
      item.append(usage, summary);
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
    const command = this.found[this.at];
    this.input.value = `${this.input.value[0]}${command.name}${command.usage.includes(" ") ? " " : ""}`;
    this.close();
    this.input.dispatchEvent(new Event("typed"));
    this.input.focus();
  }

  // Whether the key was meant for the list.
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : this.found.length - 1)) % this.found.length;
      this.mark();
    } else if (event.key === "Tab") this.accept();
    else if (event.key === "Enter" && this.input.value.slice(1) !== this.found[this.at].name) this.accept();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }
}
