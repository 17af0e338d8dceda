// SPDX-License-Identifier: Apache-2.0
// Runs before the page is drawn: says that scripts are on, and puts back the reader's choice of colours.
const root = document.documentElement;
root.classList.add("js");
// A page that only leads on to another (a case's newest version) takes along what the address says of time and camera.
const on = document.querySelector<HTMLMetaElement>("meta[http-equiv=refresh]")?.content.split("url=")[1];
if (on && (location.search || location.hash)) {
  const there = new URL(on, location.href);
  if (location.search) there.search = location.search;
  if (location.hash) there.hash = location.hash;
  location.replace(there);
}
if (location.protocol.startsWith("http")) {
  // The headline's letters, asked for before the styles that name them; from disk a browser refuses such a request.
  const font = document.createElement("link");
  Object.assign(font, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "anonymous" });
  font.href = new URL("serif.woff2", (document.currentScript as HTMLScriptElement).src).href;
  document.head.append(font);
}
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
