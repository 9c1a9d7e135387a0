// Keeps the list of sessions as it is now. Nothing moves under the pointer, or while something in the list has the focus.
(() => {
  const list = $("session-list");
  let pointer = false, waiting = null, source;
  const put = () => {
    if (!waiting || pointer || list.contains(document.activeElement)) return;
    const at = current() >= 0 ? rowLink(rows()[current()]).href : null;
    list.innerHTML = waiting.list;
    $("found").textContent = waiting.found;
    waiting = null;
    rows().find(row => rowLink(row).href === at)?.setAttribute("aria-current", "true");
    try { dense(localStorage.density === "close"); } catch { /* storage is switched off */ }
  };
  list.addEventListener("pointerenter", event => { pointer = event.pointerType === "mouse"; });
  list.addEventListener("pointerleave", () => { pointer = false; put(); });
  list.addEventListener("focusout", () => setTimeout(put));
  const follow = () => {
    source = new EventSource(pageData().stream);
    source.addEventListener("tick", event => { const tick = JSON.parse(event.data); if (tick.list) { waiting = tick; put(); } });
    source.addEventListener("error", () => { source.close(); setTimeout(follow, 4000); });
  };
  addEventListener("pagehide", () => source?.close());
  follow();
})();
