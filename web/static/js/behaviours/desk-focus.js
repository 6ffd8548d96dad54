/* After a decision the next case is up: whoever works by keyboard or ear goes on there. */
export default function start(heading) {
  heading.focus({ preventScroll: true });
}
