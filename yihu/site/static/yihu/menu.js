// Runs as soon as the menu is there, before it is painted: the groups that this person unfolded or
// folded the last time, and where the menu was scrolled to. The group of the page itself stays open.
(function () {
  "use strict";
  const KEY = "yihu-menu";
  const PLACE = "yihu-menu-place";
  const side = document.querySelector(".yh-side");

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(KEY) || "{}");
    } catch (refused) {
      return {};
    }
  }

  const folds = kept();
  side.querySelectorAll("details[data-menu-group]").forEach((group) => {
    const code = group.dataset.menuGroup;
    if (code in folds && !("current" in group.dataset)) group.open = folds[code];
    group.querySelector("summary").addEventListener("click", () => {
      folds[code] = !group.open;
      try {
        localStorage.setItem(KEY, JSON.stringify(folds));
      } catch (refused) {
        // a browser that keeps nothing shows the menu as it comes
      }
    });
  });

  try {
    side.scrollTop = Number(sessionStorage.getItem(PLACE) || 0);
    window.addEventListener("pagehide", () => sessionStorage.setItem(PLACE, String(side.scrollTop)));
  } catch (refused) {
    side.scrollTop = 0;
  }
})();
