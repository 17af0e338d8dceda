// SPDX-License-Identifier: Apache-2.0
// Brings the case page to life. Without this file the page says the same, only still.

import { readFacts } from "./data";
import { Player } from "./player";
import { Search } from "./search";
import { verify } from "./verify";

const facts = readFacts();
const player = new Player(facts);
const search = new Search(facts, player.lines, (at) => player.playFrom(at));

declare global {
  interface Window {
    plainview: { sync: Player["sync"]; player: Player };
  }
}
window.plainview = { sync: player.sync, player };

// Anything that holds a time sets the clock, the camera and the address.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = (event.target as Element).closest<HTMLElement>("a[data-t]");
  if (!link) return;
  event.preventDefault();
  const href = link.getAttribute("href") ?? "";
  const hash = href.startsWith("#") ? href : undefined;
  player.go(Number(link.dataset.t), { camera: link.dataset.cam || momentCamera(href), ...(hash ? { address: hash } : {}) });
  if (!link.closest("#player")) document.getElementById("player")?.scrollIntoView({ block: "start" });
});

function momentCamera(href: string): string | undefined {
  return facts.moments.find((m) => `#${m.id}` === href)?.cam;
}

const KEYS: Record<string, () => void> = {
  " ": () => player.toggle(),
  k: () => player.toggle(),
  j: () => player.go(player.now - 5),
  l: () => player.go(player.now + 5),
  ",": () => player.frame(-1),
  ".": () => player.frame(1),
  "<": () => player.speed(-1),
  ">": () => player.speed(1),
  "[": () => player.moment(-1),
  "]": () => player.moment(1),
  s: () => player.mute(),
  c: () => player.captions(),
  g: () => player.grid(),
  y: () => void player.cite(),
  "/": () => search.focus(),
  "?": () => player.help(),
};

// Single keys count only while the player has the focus (WCAG 2.1.4), never while something is typed.
document.getElementById("player")?.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
  if (event.key === " " && target.closest("button, a, summary")) return;
  if (/^[1-6]$/.test(event.key)) player.pick(Number(event.key) - 1);
  else if (KEYS[event.key.toLowerCase()]) KEYS[event.key.toLowerCase()]?.();
  else return;
  event.preventDefault();
});

void verify(facts.key, () => player.disable());
