/* A page that goes on by itself: to another address, or anew. Whoever is on the way to another page already, by a link, a
   form or Snel weg, goes there: a reload would call them back. */
import { isLeaving } from "../behaviours/snel-weg.js";

const UNDER_WAY_MS = 20_000; // a link on a poor connection; a download and a "stay here" look the same and end nothing
let left = -UNDER_WAY_MS;
const leave = () => (left = performance.now());
addEventListener("beforeunload", leave);
addEventListener("submit", (event) => event.defaultPrevented || leave());

export function goOn(to = "") {
  const rest = left + UNDER_WAY_MS - performance.now();
  if (isLeaving()) return undefined;
  if (rest > 0) return setTimeout(goOn, rest, to);
  return to ? location.replace(to) : location.reload();
}
