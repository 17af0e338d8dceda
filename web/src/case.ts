// SPDX-License-Identifier: Apache-2.0
// Brings the case page to life. Without this file the page says the same, only still.
// What is not needed before the first play (search, files a reader has) is in more.ts and comes when it is asked for.

import { $, load, readFacts } from "./data";
import { Found } from "./found";
import { Lines } from "./lines";
import { Player } from "./player";
import { Trust } from "./trust";

const facts = readFacts();
const found = new Found();
const lines = new Lines(facts, found);
const player = new Player(facts, lines);
const trust = new Trust(facts, (why) => player.disable(why));

const here = { facts, found, lines, player, sync: player.sync, trust };

/** What the page's scripts share. */
export type Page = typeof here;

declare global {
  interface Window {
    plainview: Page;
  }
}
window.plainview = here;

let more: Promise<void> | undefined;
const rest = (): Promise<void> => (more ??= load("assets/more.js"));

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
  h: () => player.hearNext(),
  s: () => player.mute(),
  c: () => player.captions(),
  g: () => player.grid(),
  o: () => player.repeat(),
  f: () => player.full(),
  y: () => void player.cite(),
  "+": () => player.strip.zoom(0.5),
  "=": () => player.strip.zoom(0.5),
  "-": () => player.strip.zoom(2),
  "0": () => player.strip.zoom(1e9),
  "/": () => $("query")?.focus(),
  "?": () => player.help(),
};

// Single keys count only while the player has the focus (WCAG 2.1.4), never while something is typed.
document.getElementById("player")?.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  const typed = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && target.id !== "scrub";
  if (event.ctrlKey || event.metaKey || event.altKey || typed) return;
  if (event.key === " " && target.closest("button, a, summary")) return;
  const pan = event.shiftKey && { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
  if (pan) player.strip.pan(pan);
  else if (/^[1-9]$/.test(event.key)) player.pick(Number(event.key) - 1);
  else if (KEYS[event.key.toLowerCase()]) KEYS[event.key.toLowerCase()]?.();
  else return;
  event.preventDefault();
});

$("query")?.addEventListener("focus", () => void rest());
player.onFirst = () => void rest();
const watcher = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) void rest();
});
for (const part of document.querySelectorAll("#verify, #scene")) watcher.observe(part);

void trust.run();
