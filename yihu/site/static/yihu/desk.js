// What HTML alone does not do: the search box, menus, themes, and what HTMX says when it fails.
(function () {
  "use strict";
  const body = document.body;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // Themes ------------------------------------------------------------------------------------
  function showTheme() {
    all("[data-theme-value]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.themeValue === window.yihuTheme.chosen()));
    });
  }
  document.addEventListener("yihu:theme", showTheme);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-value]");
    if (button) window.yihuTheme.choose(button.dataset.themeValue);
    all("details.yh-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  showTheme();

  // Search: "/" from anywhere, arrows, Enter, Esc ------------------------------------------------
  const box = document.getElementById("search");
  const list = document.getElementById("search-list");
  const hits = () => (list ? all("[role=option]", list) : []);

  function openList(shown) {
    if (!box) return;
    list.hidden = !shown;
    box.setAttribute("aria-expanded", String(shown && hits().length > 0));
    if (!shown) box.removeAttribute("aria-activedescendant");
  }
  function select(index) {
    const rows = hits();
    if (!rows.length) return;
    const at = (index + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
    box.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  }
  const selected = () => hits().findIndex((row) => row.getAttribute("aria-selected") === "true");

  if (box) {
    box.addEventListener("input", () => {
      if (box.value.trim().length < 2) list.replaceChildren();
      openList(box.value.trim().length >= 2);
    });
    box.addEventListener("focus", () => openList(list.childElementCount > 0));
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!hits().length) return;
        event.preventDefault();
        openList(true);
        const step = event.key === "ArrowDown" ? 1 : -1;
        select(selected() < 0 ? (step > 0 ? 0 : -1) : selected() + step);
      } else if (event.key === "Enter") {
        const fresh = list.dataset.query === box.value.trim();
        const row = list.hidden || !fresh ? null : hits()[Math.max(selected(), 0)];
        if (row) {
          event.preventDefault();
          window.location.assign(row.href);
        }
      } else if (event.key === "Escape") {
        event.preventDefault();
        openList(false);
        box.blur();
      }
    });
    list.addEventListener("htmx:afterSwap", () => {
      const answer = list.querySelector("[data-query]");
      list.dataset.query = answer ? answer.dataset.query : "";
      openList(document.activeElement === box && box.value.trim().length >= 2);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".yh-search")) openList(false);
    });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape") {
      all("details.yh-menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });

  // Filters stand open on wide screens, folded on narrow ones -----------------------------------------
  const wide = window.matchMedia("(min-width: 62rem)");
  function fold() {
    all("details.yh-filters-fold").forEach((fold) => {
      fold.open = wide.matches;
    });
  }
  wide.addEventListener("change", fold);
  fold();

  // A wide picture of months begins at the latest ---------------------------------------------------
  all("[data-scroll-end]").forEach((strip) => {
    strip.scrollLeft = strip.scrollWidth;
  });

  // Tabs that do not fit: the current one is in sight ------------------------------------------------
  all(".yh-tabs [aria-current]").forEach((tab) => {
    const strip = tab.closest(".yh-tabs");
    strip.scrollLeft = Math.max(0, tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2);
  });

  // HTMX: a sentence instead of silence ------------------------------------------------------------
  function say(text) {
    const toast = document.createElement("div");
    toast.className = "yh-toast";
    toast.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "×");
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    const place = document.getElementById("toasts");
    place.append(toast);
    window.setTimeout(() => toast.remove(), 12000);
  }
  function signIn() {
    const here = window.location.pathname + window.location.search;
    window.location.assign(body.dataset.signIn + "?next=" + encodeURIComponent(here));
  }
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === box && box.value.trim().length < 2) event.preventDefault();
  });
  const busy = document.querySelector(".yh-busy");
  let running = 0;
  let timer = 0;
  function working(step) {
    running = Math.max(0, running + step);
    window.clearTimeout(timer);
    if (running) timer = window.setTimeout(() => busy.classList.add("yh-busy-on"), 150);
    else busy.classList.remove("yh-busy-on");
  }
  body.addEventListener("htmx:beforeSend", () => working(1));
  body.addEventListener("htmx:afterRequest", () => working(-1));
  body.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    const path = answer.responseURL ? new URL(answer.responseURL).pathname : "";
    if (answer.status === 401 || path === body.dataset.signIn) {
      event.detail.shouldSwap = false;
      signIn();
    }
  });
  body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) return;
    if (status >= 500) say(body.dataset.failed);
    else if (status === 403 || status === 404) say(body.dataset.denied);
    else say(event.detail.xhr.getResponseHeader("X-Yihu-Problem") ? decodeURIComponent(event.detail.xhr.getResponseHeader("X-Yihu-Problem")) : body.dataset.refused);
  });
  body.addEventListener("htmx:sendError", () => say(body.dataset.offline));
  body.addEventListener("htmx:timeout", () => say(body.dataset.offline));
  body.addEventListener("yihu:say", (event) => say(event.detail.value));
})();
