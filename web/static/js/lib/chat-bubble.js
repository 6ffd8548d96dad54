/* Message bubbles from the page's own templates, filled with text only. */

export function clone(element, name) {
  const template = element.querySelector(`template[data-template="${name}"]`);
  return template.content.firstElementChild.cloneNode(true);
}

/* Put what is known into a bubble: {id, name, author, text, at, mine, roles}. */
export function fill(bubble, values) {
  const name = values.author?.name ?? values.name;
  if (name !== undefined) for (const place of bubble.querySelectorAll("[data-name]")) place.textContent = name;
  if (values.text !== undefined) bubble.querySelector("[data-text]").textContent = values.text;
  if (values.at) bubble.querySelector("[data-time]").textContent = clock(values.at);
  if (values.author?.role && !values.mine) {
    bubble.classList.replace("message--other", "message--team");
    bubble.querySelector("[data-role]").textContent = values.roles[`role${values.author.role.replace(/(^|_)(.)/g, (_m, _u, c) => c.toUpperCase())}`] ?? "";
  }
  if (values.id) setId(bubble, values.id);
}

function setId(bubble, id) {
  bubble.dataset.message = id;
  const report = bubble.querySelector("[data-report]");
  if (report) report.href = report.getAttribute("href").replace(/[^/]*$/, id);
  const hidden = bubble.querySelector("[data-retract] input[name=message]");
  if (hidden) hidden.value = id;
}

/* The text of a key that the page carries, with its values filled in. */
export function words(element, key, args = {}) {
  const found = element.querySelector(`[data-words] [data-key="${key}"]`)?.textContent ?? "";
  return found.replace(/\{(\w+)\}/g, (_all, name) => args[name] ?? "…");
}

function clock(at) {
  return new Intl.DateTimeFormat("nl-NL", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" }).format(new Date(at));
}
