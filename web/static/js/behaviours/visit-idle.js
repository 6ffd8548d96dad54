/* Keeps a visit alive while somebody is busy in the page, and warns five minutes before it ends for doing nothing.
   The server hears of pages and forms only; typing and reading are told here, once in ten minutes at most. */
const IDLE_MS = 2 * 60 * 60 * 1000;
const WARN_MS = 5 * 60 * 1000;
const TELL_MS = 10 * 60 * 1000;

export default function start(warning) {
  const form = warning.querySelector("form");
  let told = Date.now();
  let timer = plan();

  for (const sign of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(sign, () => Date.now() - told > TELL_MS && tell(), { passive: true });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell();
  });

  function plan() {
    return setTimeout(() => (warning.hidden = false), IDLE_MS - WARN_MS);
  }

  async function tell() {
    told = Date.now();
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "x-csrf": document.body.dataset.csrf },
      redirect: "manual",
    }).catch(() => null);
    if (!answer?.ok) return; /* no connection, or the visit has ended: the warning stays */
    warning.hidden = true;
    clearTimeout(timer);
    timer = plan();
  }
}
