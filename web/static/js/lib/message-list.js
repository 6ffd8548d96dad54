/* The messages of a room in the page: found by id and in the order of the server's numbers without walking the list, with
   a line for each day, and never more than three hundred. */
const MOST_SHOWN = 300;
const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Amsterdam" });

export class MessageList {
  #ids = new Map();
  #placed = [];

  /* list: the ol; days: element with data-today and data-yesterday, the words of day lines. */
  constructor(list, days) {
    this.list = list;
    this.days = days;
    let day;
    for (const bubble of list.children) {
      day = bubble.dataset.day ?? day;
      bubble.dataset.day = day ?? "";
      if (bubble.dataset.message === undefined) continue;
      this.#ids.set(bubble.dataset.message, bubble);
      if (bubble.dataset.seq) this.#placed.push({ seq: Number(bubble.dataset.seq), bubble });
    }
  }

  get size() {
    return this.#placed.length;
  }

  get firstSeq() {
    return this.#placed[0]?.seq;
  }

  get full() {
    return this.#placed.length >= MOST_SHOWN;
  }

  find(id) {
    return id ? this.#ids.get(id) : undefined;
  }

  know(id, bubble) {
    bubble.dataset.message = id;
    this.#ids.set(id, bubble);
  }

  forget(bubble) {
    if (this.#ids.get(bubble.dataset.message) === bubble) this.#ids.delete(bubble.dataset.message);
    bubble.remove();
  }

  clear() {
    this.#ids.clear();
    this.#placed = [];
    this.list.replaceChildren();
  }

  /* An own message that the server has not numbered yet stands at the end. */
  append(node) {
    this.list.append(node);
  }

  /* Put a bubble where its number says. Nearly always that is the end. */
  place(bubble, seq, at) {
    if (bubble.dataset.seq) return;
    bubble.dataset.seq = seq;
    bubble.dataset.day = DAY.format(new Date(at));
    const index = this.#after(seq);
    const next = this.#placed[index]?.bubble;
    this.list.insertBefore(bubble, next ? this.#beforeLine(bubble, next) : this.#firstPending(bubble));
    this.#placed.splice(index, 0, { seq, bubble });
    this.#dayLine(bubble, this.#placed[index - 1]?.bubble);
    if (next) this.#dayLine(next, bubble);
  }

  /* A line about the room itself goes where the next message will. */
  line(node) {
    this.list.insertBefore(node, this.#firstPending(node));
  }

  /* Take the oldest away, and what stood before them but the line of the day that stays. Returns them, so that the
     caller forgets them too. */
  trim() {
    const gone = this.#placed.splice(0, Math.max(0, this.#placed.length - MOST_SHOWN));
    const first = this.#placed[0]?.bubble;
    for (const { bubble } of gone) {
      for (let before; (before = bubble.previousElementSibling) && !this.#heads(before, first); ) before.remove();
      this.forget(bubble);
    }
    if (gone.length && first) this.#dayLine(first);
    return gone.map(({ bubble }) => bubble);
  }

  #heads(line, bubble) {
    return line.classList.contains("day-line") && line.dataset.day === bubble?.dataset.day;
  }

  #after(seq) {
    let low = 0;
    let high = this.#placed.length;
    if (high && this.#placed[high - 1].seq < seq) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#placed[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #beforeLine(bubble, next) {
    const line = next.previousElementSibling;
    return line?.classList.contains("day-line") && line.dataset.day !== bubble.dataset.day ? line : next;
  }

  /* Own messages without a number are the last children; most of the time there are none. */
  #firstPending(except) {
    let first = null;
    for (let node = this.list.lastElementChild; node?.dataset.pending !== undefined && node !== except; node = node.previousElementSibling) first = node;
    return first;
  }

  #dayLine(bubble, before) {
    const line = bubble.previousElementSibling?.classList.contains("day-line") ? bubble.previousElementSibling : null;
    const day = bubble.dataset.day;
    if (before?.dataset.day === day) line?.remove();
    else if (!line && day) bubble.before(this.#newLine(day));
  }

  #newLine(day) {
    const line = document.createElement("li");
    line.className = "day-line";
    line.dataset.day = day;
    this.#say(line, DAY.format(new Date()));
    for (const other of this.list.querySelectorAll(".day-line")) this.#say(other, DAY.format(new Date()));
    return line;
  }

  #say(line, today) {
    line.textContent = line.dataset.day === today ? this.days.dataset.today : this.days.dataset.yesterday;
  }
}
