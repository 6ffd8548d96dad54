/* What every page does: leave fast, larger text on request, start the behaviours that the page names, leave nothing
   behind in the browser's memory of pages. Filled in by web/build.py: which module belongs to which name. */
import { startExit } from "./behaviours/snel-weg.js";

const modules = new Map([/* behaviours */]);
const TEXT_KEY = "tekst";
const TEXT_STEPS = 4;

startExit();
startTextSize();
startBehaviours(document).then(() => (document.documentElement.dataset.started = ""));
keepOneEntry();
neverSendAgain();
forgetOnLeaving();

/* Start what stands in data-behaviour, once for each element; a name without a module is left alone. Resolves when all
   of them run; who drives a page from outside waits for data-started on the root element. */
export function startBehaviours(root) {
  const named = [...root.querySelectorAll("[data-behaviour]")].flatMap((element) =>
    element.dataset.behaviour.split(" ").map((name) => modules.get(name)?.().then((module) => module.default(element))),
  );
  return Promise.all(named);
}

/* Groups, queue, talks and forum keep one entry in the history of this tab. */
function keepOneEntry() {
  if (document.body.dataset.history !== "replace") return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    location.replace(link.href);
  });
}

/* A page that answers a form with a name in it: Back and reload open an empty page instead of sending the form again. */
function neverSendAgain() {
  const { askedAgain } = document.body.dataset;
  if (askedAgain) history.replaceState(null, "", askedAgain);
}

/* Browsers may keep a page in memory for the Back button although it says no-store: empty it, and load it anew. */
function forgetOnLeaving() {
  addEventListener("pagehide", () => {
    if (document.body.classList.contains("keep")) return;
    document.body.replaceChildren();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

/* Tekst groter: four steps, kept for this tab only (sessionStorage holds this and nothing else). */
function startTextSize() {
  showText(readText());
  for (const button of document.querySelectorAll("[data-text-size]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = (readText() + 1) % TEXT_STEPS;
      writeText(next);
      showText(next);
    });
  }
}

function showText(step) {
  document.documentElement.dataset.text = String(step);
}

/* A browser that refuses storage still gets larger text, for this page. */
function readText() {
  const shown = Number(document.documentElement.dataset.text ?? 0);
  try {
    return Number(sessionStorage.getItem(TEXT_KEY) ?? shown) % TEXT_STEPS;
  } catch {
    return shown;
  }
}

function writeText(step) {
  try {
    sessionStorage.setItem(TEXT_KEY, String(step));
  } catch {
    /* nothing to do: showText has the step */
  }
}
