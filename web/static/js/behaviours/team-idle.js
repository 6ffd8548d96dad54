/* Warn five minutes before a team login ends for doing nothing; one press keeps it. Who types or presses is there: the
   server hears of it at most once in five minutes. The warning takes no focus: somebody may be in the middle of a word. */
const WARN_AFTER = 25 * 60 * 1000;
const SAY_AGAIN_AFTER = 5 * 60 * 1000;

export default function start(form) {
  let timer = setTimeout(warn, WARN_AFTER);
  let said = Date.now();

  for (const sign of ["keydown", "pointerdown"]) {
    document.addEventListener(sign, () => {
      if (Date.now() - said > SAY_AGAIN_AFTER) stay();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });

  function warn() {
    form.hidden = false;
  }

  async function stay() {
    said = Date.now();
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "x-csrf": document.body.dataset.csrf, "content-type": "application/x-www-form-urlencoded" },
      redirect: "manual",
    }).catch(() => null);
    if (!answer) return; /* no connection: the warning stays */
    form.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(warn, WARN_AFTER);
  }
}
