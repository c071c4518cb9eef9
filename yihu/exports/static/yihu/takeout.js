// The purpose of an export in a dialog on the page; without this script it is a page of its own.
(function () {
  "use strict";
  let sheet = null;

  function open(link, html) {
    if (!sheet) {
      sheet = document.createElement("dialog");
      sheet.className = "ex-sheet";
      document.body.append(sheet);
    }
    const title = document.createElement("h2");
    title.id = "ex-sheet-title";
    title.textContent = link.textContent.trim();
    sheet.setAttribute("aria-labelledby", title.id);
    sheet.replaceChildren(title, ...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    sheet.showModal();
    const first = sheet.querySelector("input[name=purpose]:checked") || sheet.querySelector("input[name=purpose]");
    if (first) first.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-takeout-close]") && sheet && sheet.open) {
      event.preventDefault();
      sheet.close();
      return;
    }
    const link = event.target.closest("a[data-takeout]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : Promise.reject(answer)))
      .then((html) => open(link, html))
      .catch(() => { window.location.assign(link.href); });
  });

  // The form goes the browser's own way: a file stays on the page, a refusal is the next page.
  document.addEventListener("submit", (event) => {
    if (sheet && sheet.contains(event.target)) window.setTimeout(() => sheet.close(), 0);
  });
})();
