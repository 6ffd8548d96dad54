/* The breathing circle: appears with script, moves only after Start, and not at all where movement is unwanted. */
const IN_MS = 4000;
const OUT_MS = 6000;

export default function start(element) {
  const circle = element.querySelector("circle");
  const words = element.querySelector("[data-breath-words]");
  const button = element.querySelector("button");
  const startWords = button.textContent;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  element.hidden = false;
  button.addEventListener("click", () => {
    const running = timer !== 0;
    button.textContent = running ? startWords : button.dataset.stopWords;
    if (running) stop();
    else breathe(true);
  });

  function breathe(inward) {
    const lasts = inward ? IN_MS : OUT_MS;
    words.textContent = inward ? words.dataset.in : words.dataset.out;
    if (!still.matches) {
      const sizes = inward ? ["scale(1)", "scale(1.5)"] : ["scale(1.5)", "scale(1)"];
      circle.animate({ transform: sizes }, { duration: lasts, easing: "ease-in-out", fill: "forwards" });
    }
    timer = setTimeout(() => breathe(!inward), lasts);
  }

  function stop() {
    clearTimeout(timer);
    timer = 0;
    words.textContent = "";
    for (const running of circle.getAnimations()) running.cancel();
  }
}
