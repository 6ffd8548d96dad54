/* Saying things to a screen reader through one place: joined when they come together, spoken again when they are equal,
   and at most six a minute however busy the room is. */
const TOGETHER_MS = 5_000;
const BETWEEN_MS = 10_500;
const AT_ONCE_MS = 100;
const MOST_CHARS = 250;

export class Announcer {
  #waiting = [];
  #words = [];
  #last = 0;
  #timer = 0;

  /* place: element with role=status; many(n): words for several messages at once; mode: alles, samengevat or uit. */
  constructor(place, many, mode) {
    this.place = place;
    this.many = many;
    this.mode = mode;
  }

  message(name, text) {
    if (this.mode === "uit") return;
    this.#waiting.push(`${name}: ${text.slice(0, MOST_CHARS)}`);
    const wait = this.mode === "alles" ? AT_ONCE_MS : Math.max(TOGETHER_MS, this.#last + BETWEEN_MS - Date.now());
    this.#timer ||= setTimeout(() => this.#speak(), wait);
  }

  say(words) {
    if (!words) return;
    if (!this.#words.length) {
      this.place.textContent = ""; // equal words are read again only after an empty moment
      setTimeout(() => this.#put(), AT_ONCE_MS);
    }
    this.#words.push(words);
  }

  #put() {
    this.place.textContent = this.#words.join(" ");
    this.#words = [];
  }

  #speak() {
    const several = this.mode !== "alles" && this.#waiting.length > 1;
    const words = several ? this.many(this.#waiting.length) : this.#waiting.join(". ");
    this.#waiting = [];
    this.#timer = 0;
    this.#last = Date.now();
    this.say(words);
  }
}
