// Runs before the first paint: the colours that the person chose, or those of the system.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("yihu-theme") || "auto";
    } catch (refused) {
      return "auto";
    }
  }

  function show() {
    var theme = chosen();
    root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    root.dataset.themeChoice = theme;
    document.dispatchEvent(new CustomEvent("yihu:theme"));
  }

  window.yihuTheme = {
    chosen: chosen,
    choose: function (theme) {
      try {
        localStorage.setItem("yihu-theme", theme);
      } catch (refused) {
        root.dataset.bsTheme = theme;
      }
      show();
    },
  };
  dark.addEventListener("change", show);
  show();
})();
