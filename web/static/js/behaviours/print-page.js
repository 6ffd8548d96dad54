/* A button that prints this page; it appears with script, because it does nothing without. */
export default function start(element) {
  element.hidden = false;
  element.querySelector("button").addEventListener("click", () => window.print());
}
