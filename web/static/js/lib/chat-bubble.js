/* Message bubbles from the page's own templates, filled with text only. */
const CLOCK = new Intl.DateTimeFormat("nl-NL", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" });
const FIRST_WORDS = 80;

export function clone(element, name) {
  const template = element.querySelector(`template[data-template="${name}"]`);
  return template.content.firstElementChild.cloneNode(true);
}

/* Put what is known into a bubble: {name, author, text, at, mine, roles}. */
export function fill(bubble, values) {
  const name = values.author?.name ?? values.name;
  if (name !== undefined) for (const place of bubble.querySelectorAll("[data-name]")) place.textContent = name;
  if (values.text !== undefined) bubble.querySelector("[data-text]").textContent = values.text;
  if (values.at) bubble.querySelector("[data-time]").textContent = CLOCK.format(new Date(values.at));
  if (values.author) bubble.dataset.pid = values.author.pid;
  if (values.author?.role && !values.mine) {
    bubble.classList.replace("message--other", "message--team");
    bubble.querySelector("[data-role]")?.replaceChildren(roleWords(values.roles, values.author.role));
  }
}

function roleWords(roles, role) {
  return roles[`role${role.replace(/(^|_)(.)/g, (_all, _before, letter) => letter.toUpperCase())}`] ?? "";
}

/* Show what a message answers: name and first words of a bubble of this page, or that it stands elsewhere. */
export function quote(element, bubble, id, original) {
  let place = bubble.querySelector("[data-quote]");
  if (!place) {
    place = clone(element, "quote");
    place.dataset.quote = id;
    place.href = `#b-${id}`;
    bubble.querySelector("[data-text]").before(place);
  }
  const shown = original && !original.matches(".message--hidden, .message--gone");
  place.querySelector("[data-quote-name]").textContent = shown ? original.querySelector("[data-name]").textContent : "";
  place.querySelector("[data-quote-words]").textContent = shown ? firstWords(original) : words(element, original ? "chat.quote_gone" : "chat.quote_earlier");
}

export function firstWords(bubble) {
  const text = bubble.querySelector("[data-text]").textContent.trim().replace(/\s+/g, " ");
  if (text.length <= FIRST_WORDS) return text;
  return `${text.slice(0, FIRST_WORDS).replace(/\s\S*$/, "")}…`;
}

/* The text of a key that the page carries, with its values filled in. */
export function words(element, key, args = {}) {
  const found = element.querySelector(`[data-words] [data-key="${key}"]`)?.textContent ?? "";
  return found.replace(/\{(\w+)\}/g, (_all, name) => args[name] ?? "…");
}
