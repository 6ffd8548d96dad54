/* Saying things to a screen reader: one place, joined when they come together, at most six a minute in a busy room. */
const TOGETHER_MS = 5_000;
const BETWEEN_MS = 10_000;

export class Announcer {
  #waiting = [];
  #last = 0;
  #timer = 0;

  /* place: element with role=status; many(n): words for several messages at once; each: read every message aloud. */
  constructor(place, many, each = false) {
    this.place = place;
    this.many = many;
    this.each = each;
  }

  message(name, text) {
    this.#waiting.push(`${name}: ${text.slice(0, 250)}`);
    clearTimeout(this.#timer);
    const wait = this.each ? 100 : Math.max(TOGETHER_MS, this.#last + BETWEEN_MS - Date.now());
    this.#timer = setTimeout(() => this.#speak(), wait);
  }

  say(words) {
    this.place.textContent = "";
    requestAnimationFrame(() => {
      this.place.textContent = words;
    });
  }

  #speak() {
    const words = this.each ? this.#waiting.join(". ") : this.#waiting.length === 1 ? this.#waiting[0] : this.many(this.#waiting.length);
    this.#waiting = [];
    this.#last = Date.now();
    this.say(words);
  }
}
