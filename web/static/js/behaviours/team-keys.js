/* Single keys for the team (ux-spec 11): data-key="v" presses that element, data-key="g m" after two keys in a row. Quiet
   in fields and dialogs and while a key is held. The list under ? is made from what is on the page. */
const SEQUENCE_MS = 1500;

export default function start(nav) {
  const help = document.getElementById("toetsen");
  const open = document.querySelector("[data-key='?']");
  let before = "";
  let last = 0;

  open.hidden = false;
  open.addEventListener("click", () => showHelp(help));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing || busy(event.target)) return;
    const typed = event.timeStamp - last < SEQUENCE_MS ? `${before} ${event.key}` : event.key;
    const target = find(typed) ?? find(event.key);
    before = event.key;
    last = event.timeStamp;
    if (!target) return;
    event.preventDefault();
    before = "";
    if (target === open) showHelp(help); // focus stays where it was, and is there again afterwards
    else press(target);
  });
}

function busy(element) {
  return Boolean(element.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, dialog[open], [contenteditable]"));
}

function find(keys) {
  const found = [...document.querySelectorAll("[data-key]")].filter((element) => element.dataset.key === keys);
  return found.find((element) => element.checkVisibility?.() ?? true);
}

/* A fold opens and closes, a choice is made, a field or anything else takes focus, buttons and links are pressed. */
function press(element) {
  if (element.matches("textarea, input[type=search], [tabindex='-1']")) {
    element.focus();
  } else if (element.matches("summary")) {
    element.click();
    element.focus();
  } else {
    element.focus();
    element.click();
  }
}

function showHelp(dialog) {
  const list = dialog.querySelector("dl");
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (element.checkVisibility && !element.checkVisibility()) continue;
    const key = document.createElement("dt");
    const words = document.createElement("dd");
    key.textContent = element.dataset.key;
    words.textContent = element.dataset.keyWords ?? element.getAttribute("aria-label") ?? wordsOf(element);
    list.append(key, words);
  }
  dialog.showModal();
}

function wordsOf(element) {
  return (element.closest("label") ?? element).textContent.trim().split("\n")[0];
}
