// SPDX-License-Identifier: Apache-2.0
// Runs before the page is drawn: says that scripts are on, and puts back the reader's choice of colours.
const root = document.documentElement;
root.classList.add("js");
try {
  const theme = sessionStorage.getItem("theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
} catch {
  // Storage may be switched off; the system's colours then hold.
}
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme")?.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      sessionStorage.setItem("theme", root.dataset.theme);
    } catch {
      // As above.
    }
  });
});
