// SPDX-License-Identifier: Apache-2.0
// The plan of the scene follows the clock: a camera is drawn while its place holds, the one on screen stands out.

import { $ } from "./data";

const cameras = [...document.querySelectorAll<SVGGElement>(".p-cam")];

function follow(): void {
  const at = window.plainview.sync.now();
  const on = document.querySelector<HTMLElement>("#strip [aria-current=true]")?.dataset.slug;
  for (const g of cameras) {
    g.classList.toggle("off", at < Number(g.dataset.a) || at >= Number(g.dataset.b));
    g.classList.toggle("on", g.dataset.slug === on);
  }
}

const clock = $("clock");
if (clock && cameras.length) {
  new MutationObserver(follow).observe(clock, { childList: true, characterData: true, subtree: true });
  follow();
}
