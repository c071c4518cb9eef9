// Keys of the review page: a goes to 通过, r to the reason of a return. Enter then does it.
// Keys of the queue: j and k go down and up the list, Enter opens, x ticks.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  wanted.scrollIntoView({ block: "center" });
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k", "x"].includes(event.key)) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const names = [...document.querySelectorAll("#list tbody .yh-name")];
  if (!names.length) return;
  const row = document.activeElement.closest("#list tbody tr");
  const here = row ? names.findIndex((name) => row.contains(name)) : -1;
  if (event.key === "x") {
    const tick = row && row.querySelector("input[type=checkbox]");
    if (tick) tick.click();
    return;
  }
  const next = event.key === "j" ? Math.min(here + 1, names.length - 1) : Math.max(here - 1, 0);
  names[next].focus();
});
