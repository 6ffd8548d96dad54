/* Where somebody is in a conversation: at the end it goes along, elsewhere the view stays still and a button tells how
   many messages are new. The unread line stays until an own message. */
const NEAR_END = 100;
const AWAY_MS = 60_000;
const READ_MS = 1_000;

export class Follow {
  #unread = new Set();
  #timers = new Map();
  #line = null;
  #hiddenSince = 0;
  #end = true;
  #leftAtEnd = true;

  /* log: what scrolls; jump: holder of the button; newLine(): an unread line. */
  constructor(log, jump, newLine) {
    this.log = log;
    this.jump = jump;
    this.newLine = newLine;
    this.button = jump.querySelector("button");
    this.button.addEventListener("click", (event) => this.#toUnread(event.detail === 0));
    log.addEventListener("scroll", () => (this.#end = this.#measure()), { passive: true });
    new ResizeObserver(() => this.#end && this.toEnd()).observe(log); // a panel below it, or a keyboard, took some of its room
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#left() : this.#back()));
    this.seen = new IntersectionObserver((entries) => entries.forEach((entry) => this.#looked(entry)), { root: log, threshold: 0.3 });
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.#end = true;
  }

  /* Change the list without moving what somebody reads. */
  still(change) {
    if (this.#end && !document.hidden) {
      change();
      this.toEnd();
      return;
    }
    const { anchor, top } = this.#anchor();
    change();
    if (anchor?.isConnected) this.log.scrollTop += anchor.getBoundingClientRect().top - top;
    this.#end = this.#measure();
  }

  /* Somebody else's message stands in the list. */
  arrived(bubble) {
    if (this.#end && !document.hidden) return;
    if (!this.#unread.size && !this.#line && !document.hidden) this.#putLine(bubble);
    this.#unread.add(bubble);
    this.seen.observe(bubble);
    this.#show();
  }

  /* An own message ends what was new. */
  wrote() {
    for (const bubble of this.#unread) this.#read(bubble);
    this.#line?.remove();
    this.#line = null;
    this.toEnd();
  }

  forget(bubble) {
    this.#read(bubble);
  }

  #anchor() {
    const box = this.log.getBoundingClientRect();
    const found = document.elementFromPoint(box.left + box.width / 2, Math.max(box.top, 0) + 8)?.closest("li");
    const anchor = found && this.log.contains(found) ? found : this.log.querySelector("[data-message]");
    return { anchor, top: anchor?.getBoundingClientRect().top };
  }

  #measure() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight <= NEAR_END;
  }

  #left() {
    this.#hiddenSince = Date.now();
    this.#leftAtEnd = this.#end;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /* Away for a minute: the line shows where somebody was. A short look elsewhere changes nothing. */
  #back() {
    const [first] = this.#unread;
    const long = Date.now() - this.#hiddenSince >= AWAY_MS;
    if (first && !long && this.#leftAtEnd && !this.#line) {
      for (const bubble of this.#unread) this.#read(bubble);
      this.toEnd();
    } else if (first && !this.#line) this.still(() => this.#putLine(first));
    for (const bubble of this.#unread) {
      this.seen.unobserve(bubble); // observing anew reports what is in view now
      this.seen.observe(bubble);
    }
  }

  #putLine(bubble) {
    this.#line = this.newLine();
    bubble.before(this.#line);
  }

  #looked({ target, isIntersecting }) {
    clearTimeout(this.#timers.get(target));
    this.#timers.delete(target);
    if (isIntersecting && !document.hidden) this.#timers.set(target, setTimeout(() => this.#read(target), READ_MS));
  }

  #read(bubble) {
    clearTimeout(this.#timers.get(bubble));
    this.#timers.delete(bubble);
    if (!this.#unread.delete(bubble)) return;
    this.seen.unobserve(bubble);
    this.#show();
  }

  #show() {
    const count = this.#unread.size;
    this.jump.hidden = count === 0;
    if (count) this.button.textContent = count === 1 ? this.button.dataset.one : this.button.dataset.other.replace("{n}", count);
  }

  #toUnread(byKeyboard) {
    const [first] = this.#unread;
    const target = this.#line ?? first;
    if (!target) return this.toEnd();
    this.log.scrollTop += target.getBoundingClientRect().top - this.log.getBoundingClientRect().top - 8;
    if (!byKeyboard || !first) return undefined;
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    return undefined;
  }
}
