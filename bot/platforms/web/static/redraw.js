// Draws at most once a frame, however often it is asked to. A drawing that was costly is followed by a pause as long as
// it took: on a slow device text comes in larger pieces, and the page stays smooth.

const CHEAP_MS = 8; // half a frame
const LONGEST_MS = 250;

export class Redraw {
  constructor(draw) {
    this.draw = draw;
    this.frame = 0; // the one asked for
    this.from = 0; // when it may be drawn again
  }

  ask() {
    this.frame ||= requestAnimationFrame(() => this.next());
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  next() {
    this.frame = 0;
    const begun = performance.now();
    if (begun < this.from) {
      this.ask();
      return;
    }
    this.draw();
    setTimeout(() => this.rest(performance.now() - begun)); // once it is laid out and painted
  }

  rest(took) {
    this.from = took > CHEAP_MS ? performance.now() + Math.min(took, LONGEST_MS) : 0;
  }
}
