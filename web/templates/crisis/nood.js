/* Snel weg also when the service is down: cover, try to end the visit, go. The link alone works without script. */
(function () {
  var to = document.body.getAttribute("data-exit-to");
  var last = -Infinity;
  var leaving = false;
  function leave(event) {
    if (event) event.preventDefault();
    if (leaving) return;
    leaving = true;
    document.documentElement.className = "left";
    document.title = "Weer";
    try { fetch("/weg", { method: "POST", keepalive: true, redirect: "manual" }).catch(function () {}); } catch (e) {}
    location.replace(to);
  }
  document.querySelectorAll("[data-exit]").forEach(function (link) { link.addEventListener("click", leave); });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - last < 1000) leave();
    last = event.timeStamp;
  });
})();
