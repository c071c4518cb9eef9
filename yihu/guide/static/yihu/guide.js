/* The guide's editor: only what fits a field's type is in sight; rows are added, moved, dropped. */
(() => {
  "use strict";

  const fit = (box) => {
    const type = box.querySelector("[name=type], [name='col:type']");
    if (!type) return;
    const column = box.matches("[data-column]");
    box.querySelectorAll("[data-types]").forEach((part) => {
      if (!column && part.closest("[data-column]")) return;
      const types = part.dataset.types;
      part.hidden = types !== "" && !types.split(" ").includes(type.value);
    });
    if (column) return;
    const required = box.querySelector("[name=required]");
    box.querySelectorAll("[data-key]").forEach((part) => {
      const conditional = ["classes", "gas_uses"].includes(part.dataset.key) || part.dataset.key.startsWith("when.");
      if (conditional && required) part.hidden = required.value !== "when";
    });
  };

  const fitAll = () => document.querySelectorAll("[data-field], [data-field] [data-column]").forEach(fit);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[name=type], [name=required], [name='col:type']")) fitAll();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("[data-column]");
    if (button.matches("[data-add-column]")) {
      const form = button.closest("form");
      const list = form.querySelector("[data-columns]");
      const blank = form.querySelector("[data-blank]").content.cloneNode(true);
      blank.querySelectorAll("[id]").forEach((part) => part.removeAttribute("id"));
      list.append(blank);
      fitAll();
      list.lastElementChild.querySelector("input:not([type=hidden])").focus();
    } else if (button.matches("[data-column-drop]")) {
      const next = row.nextElementSibling || row.previousElementSibling;
      const list = row.parentElement;
      row.remove();
      (next ? next.querySelector("input:not([type=hidden])") : list.parentElement.querySelector("[data-add-column]")).focus();
    } else if (button.matches("[data-column-up]") && row.previousElementSibling) {
      row.previousElementSibling.before(row);
      button.focus();
    } else if (button.matches("[data-column-down]") && row.nextElementSibling) {
      row.nextElementSibling.after(row);
      button.focus();
    } else if (button.dataset.sure && !window.confirm(button.dataset.sure)) {
      event.preventDefault();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    fitAll();
    const wrong = document.querySelector(".is-invalid");
    if (wrong) wrong.focus();
  });
})();
