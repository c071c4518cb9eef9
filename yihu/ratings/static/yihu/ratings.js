// The judges' grid: Enter and the arrows go down and up a column.
(() => {
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input[data-column]");
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!field || !step || event.isComposing) return;
    event.preventDefault();
    const column = [...document.querySelectorAll(`input[data-column="${field.dataset.column}"]`)];
    const next = column[column.indexOf(field) + step];
    if (next) {
      next.focus();
      next.select();
    } else {
      field.blur();
    }
  });
})();
