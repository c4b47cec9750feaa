// The page stays at the end while text grows, unless its reader has gone back to read.

import { $ } from "./view.js";

const NEAR_PX = 80;

export class Scroll {
  constructor() {
    this.box = $("scroll");
    this.button = $("down");
    this.pinned = true;
    this.box.addEventListener("scroll", () => this.look(), { passive: true });
    $("messages").addEventListener("grown", () => this.follow());
    new ResizeObserver(() => this.follow()).observe(this.box);
    this.button.addEventListener("click", () => this.toEnd());
  }

  look() {
    this.pinned = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_PX;
    this.button.hidden = this.pinned;
  }

  follow() {
    if (this.pinned) this.box.scrollTop = this.box.scrollHeight;
    this.look();
  }

  toEnd() {
    this.pinned = true;
    this.follow();
  }
}
