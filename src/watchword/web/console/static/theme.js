// Before anything is painted: the theme that was chosen, if one was. Without a choice the system's applies.
(() => {
  const root = document.documentElement;
  try { if (localStorage.theme) root.dataset.theme = localStorage.theme; } catch { /* storage is switched off */ }
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  window.switchTheme = () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.theme = root.dataset.theme; } catch { /* the choice lasts for this page */ }
  };
  document.addEventListener("click", event => { if (event.target.closest("[data-theme-toggle]")) window.switchTheme(); });
})();
