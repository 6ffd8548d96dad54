/* Under a text field: how many characters are left, and a word of warning about personal data. Nothing is sent. */
import { findPersonal } from "../lib/personal-data.js";
import { guardUnsent } from "../lib/unsent.js";

const PAUSE_MS = 400;
const COUNT_LAST = 200;

export default function start(element) {
  const field = element.querySelector("textarea");
  const personal = element.querySelector("[data-personal-words]");
  const count = element.querySelector("[data-count-words]");
  let timer = 0;
  guardUnsent(field);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      warn(personal, field.value);
      showCount(count, field);
    }, PAUSE_MS);
  });
}

function warn(place, text) {
  if (!place) return;
  const kind = findPersonal(text);
  place.hidden = kind < 0;
  const words = kind < 0 ? "" : place.dataset.kinds.split("|")[kind];
  setText(place, kind < 0 ? "" : place.dataset.personalWords.replace("{soort}", words));
}

/* Characters as people and the server count them, not UTF-16 halves. */
function showCount(place, field) {
  const max = Number(field.dataset.maxChars ?? 0);
  if (!place || !max) return;
  const left = max - [...field.value].length;
  place.hidden = left > COUNT_LAST;
  const words = left < 0 ? place.dataset.overWords : place.dataset.countWords;
  setText(place, place.hidden ? "" : words.replace("{n}", String(Math.abs(left))));
}

function setText(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
