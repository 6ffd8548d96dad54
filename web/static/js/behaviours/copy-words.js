/* Copy and print buttons beside words to keep. They only work with script, so they appear with it. */
export default function start(element) {
  element.hidden = false;
  const said = element.querySelector("[data-copied-words]");
  element.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  const copy = element.querySelector("[data-copy]");
  if (!navigator.clipboard) {
    copy.hidden = true;
    return;
  }
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.dataset.copy);
    said.textContent = element.dataset.copied;
  });
}
