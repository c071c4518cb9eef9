// The checklist by keyboard: j and k move, 1 to 5 judge, e writes the finding, n is done. Single
// keys can be switched off (WCAG 2.1.4), and none acts while something is typed.
"use strict";
(() => {
  const keys = document.getElementById("in-keys");
  if (!keys) return;
  const kept = "yihu.inspections.keys";
  try { keys.checked = localStorage.getItem(kept) !== "off"; } catch { /* no storage: on */ }
  keys.addEventListener("change", () => {
    try { localStorage.setItem(kept, keys.checked ? "on" : "off"); } catch { /* for this page */ }
  });

  let now = 0;
  const items = () => [...document.querySelectorAll("[data-item]")];

  function mark() {
    items().forEach((item, index) => item.classList.toggle("in-now", index === now));
  }

  function go(place) {
    const all = items();
    now = Math.max(0, Math.min(all.length - 1, place));
    mark();
    all[now].focus({ preventScroll: true });
    all[now].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-item]");
    if (item) now = items().indexOf(item);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("[data-item]")) return go(now);
    if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const item = items()[now];
    if (event.key === "j") go(now + 1);
    else if (event.key === "k") go(now - 1);
    else if (event.key === "n") document.querySelector("#in-done button").click();
    else if (event.key === "e") item.querySelector("textarea")?.focus();
    else if (/^[1-5]$/.test(event.key)) item.querySelector(`[data-key="${event.key}"]`)?.click();
    else return;
    event.preventDefault();
  });

  // A judged item comes anew: keep the place, go on where nothing is left to write. When it settles
  // a moment later its classes are set as they came, so the place is marked once more.
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.detail.pathInfo.requestPath.includes("/inspections/file/")) return;
    const item = items()[now];
    const form = item?.querySelector("textarea");
    if (form) { go(now); form.focus(); } else go(now + 1);
  });

  const first = items().findIndex((item) => !item.querySelector('[aria-pressed="true"]'));
  now = Math.max(0, first);
  mark();
})();
