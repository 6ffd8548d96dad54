/* Says above the text field that the connection is lost and when it is back, or what does not work at the other side;
   help stays at hand meanwhile. */
const HELP_AFTER_MS = 57_000;
const BACK_SHOWN_MS = 4_000;
const PARTS = ["lost", "taken", "over", "new", "back"];

export class ConnectionBar {
  #was = "";
  #helpTimer = 0;

  /* element: the bar; say(words): for a screen reader; tryNow(): what the button does. */
  constructor(element, say, tryNow) {
    this.element = element;
    this.say = say;
    this.#part("try").addEventListener("click", tryNow);
    for (const name of ["here", "reload"]) this.#part(name).addEventListener("click", () => location.reload());
  }

  get lost() {
    return this.#was === "lost";
  }

  show(name) {
    const was = this.#was;
    this.#was = name;
    for (const part of PARTS) this.#part(part).hidden = part !== name;
    clearTimeout(this.#helpTimer);
    if (name === "lost") this.#helpTimer = setTimeout(() => this.#help(), HELP_AFTER_MS);
    else this.#part("help").hidden = true;
    if (name === "lost" && was !== "lost") this.say(this.#part("lost").querySelector("p").textContent);
    if (name === "open" && was === "lost") this.#back();
  }

  /* What does not work as it should at the other side, the worst first; none when all does again. */
  impaired([what]) {
    const bar = this.#part("impaired");
    const said = bar.dataset[what] ?? "";
    if (bar.textContent === said) return;
    bar.firstChild.textContent = said;
    bar.hidden = !said;
    this.say(said);
  }

  /* The numbers that the page holds come to where somebody is looking. */
  #help() {
    const place = this.#part("help");
    const fold = document.querySelector("main .help-fold");
    if (!place.firstElementChild && fold) place.append(fold.cloneNode(true));
    place.hidden = false;
  }

  #back() {
    const back = this.#part("back");
    back.hidden = false;
    this.say(back.textContent.trim());
    setTimeout(() => (back.hidden = true), BACK_SHOWN_MS);
  }

  #part(name) {
    return this.element.querySelector(`[data-connection-${name}]`);
  }
}
