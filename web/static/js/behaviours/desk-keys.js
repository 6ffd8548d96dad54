/* Working at the desk without a mouse (ux-spec 11), and the sentences that are put in the field. Single keys are in
   team-keys.js; these work inside the field. */
const SNIPPET_KEY = ";";

export default function start(desk) {
  const field = desk.querySelector("[data-desk-composer] textarea");
  const list = desk.querySelector("#lijst-titel");
  const note = desk.querySelector("[data-note]");
  const lists = [...desk.querySelectorAll("[data-snippets]")];
  const off = !document.querySelector("[data-behaviour~=team-keys]");
  field.dataset.key = "r";
  field.dataset.keyWords = field.labels[0].textContent;

  for (const button of desk.querySelectorAll("[data-snippet]")) {
    button.hidden = false;
    button.addEventListener("click", () => put(button.parentElement.querySelector("[data-snippet-words]").textContent));
  }
  for (const button of desk.querySelectorAll("[data-signals] button")) button.addEventListener("click", sign);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      field.form.requestSubmit();
    } else if (off) return;
    else if (event.key === "Escape") list.focus();
    else if (event.key === SNIPPET_KEY && atWord()) {
      event.preventDefault();
      choose();
    }
  });
  desk.addEventListener("keydown", (event) => {
    if (off || event.isComposing) return;
    if (event.altKey && event.key.toLowerCase() === "n") {
      event.preventDefault();
      toggleNote();
    }
  });
  for (const one of lists) one.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), field.focus()));

  /* A semicolon inside a word is a semicolon. */
  function atWord() {
    const before = field.value.slice(0, field.selectionStart);
    return before === "" || /\s$/.test(before);
  }

  function choose() {
    const wanted = lists.find((one) => one.dataset.snippets === (desk.querySelector("[data-danger]").hidden ? "zinnen" : "gevaar"));
    wanted.open = true;
    wanted.querySelector("[data-snippet]").focus();
  }

  function put(words) {
    const at = field.selectionStart ?? field.value.length;
    field.setRangeText(atWord() ? words : ` ${words}`, at, field.selectionEnd ?? at, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function toggleNote() {
    const inside = note.contains(document.activeElement);
    note.open = true;
    (inside ? field : note.querySelector("textarea")).focus();
  }

  /* The sign goes over the open connection; without one the form does it. */
  function sign(event) {
    const { room } = desk.querySelector(".room");
    if (!room?.connection.ask({ t: "signal", kind: event.currentTarget.value })) return;
    event.preventDefault();
    const said = desk.querySelector("[data-signal-said]");
    said.textContent = "";
    requestAnimationFrame(() => (said.textContent = desk.querySelector("[data-signals]").dataset.said));
    field.focus();
  }
}
