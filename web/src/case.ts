// SPDX-License-Identifier: Apache-2.0
// Brings the case page to life. Without this file the page says the same, only still.
// What is not needed before the first play (search, files a reader has) is in more.ts and comes when it is asked for.

import { $, load, readFacts } from "./data";
import { Found } from "./found";
import { Lines } from "./lines";
import { Player } from "./player";
import { Trust } from "./trust";

const facts = readFacts();
const found = new Found(facts);
const lines = new Lines(facts, found);
const player = new Player(facts, lines);
const trust = new Trust(facts, (why) => player.disable(why));

const here = { facts, found, lines, player, sync: player.sync, trust, acts: {} as Record<string, () => void> };

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
  const link = (event.target as Element).closest<HTMLElement>("a[data-t], .looks a");
  if (!link) return;
  event.preventDefault();
  const at = link.dataset.t ?? link.closest("li")?.querySelector<HTMLElement>("[data-t]")?.dataset.t;
  const href = link.getAttribute("href") ?? "";
  const hash = href.startsWith("#") ? href : undefined;
  player.go(Number(at), { camera: link.dataset.cam || momentCamera(href), ...(hash ? { address: hash } : {}) });
  if (!link.closest("#player")) document.getElementById("player")?.scrollIntoView({ block: "start" });
});

function momentCamera(href: string): string | undefined {
  return facts.moments.find((m) => `#${m.id}` === href)?.cam;
}

/** What a button or a key does at once; the rest is in controls.ts and comes when it is first asked for. */
const acts = Object.assign(here.acts, {
  play: () => player.toggle(),
  back: () => player.go(player.now - 5),
  on: () => player.go(player.now + 5),
  previous: () => player.moment(-1),
  next: () => player.moment(1),
  captions: () => player.captions(),
  search: () => $("query")?.focus(),
}) as Record<string, () => void>;
const act = (name: string): void => (acts[name] ?? (() => void rest().then(() => acts[name]?.())))();
for (const button of document.querySelectorAll<HTMLElement>("[data-do]"))
  button.addEventListener("click", () => act(button.dataset.do ?? ""));

// A line's own address, in a transcript too long to be in the page.
const far = (): void => {
  if (!facts.whole && /^#u\d/.test(location.hash)) act("far");
};
addEventListener("hashchange", far);
far();

const KEYS: Record<string, string> = {
  " ": "play", k: "play", j: "back", l: "on", ",": "before", ".": "after", "<": "slower", ">": "faster", "[": "previous", "]": "next",
  h: "hear", s: "mute", c: "captions", g: "grid", o: "loop", f: "full", y: "cite", "+": "closer", "=": "closer", "-": "wider",
  "0": "whole", "/": "search", "?": "help",
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
  else if (KEYS[event.key.toLowerCase()]) act(KEYS[event.key.toLowerCase()] as string);
  else return;
  event.preventDefault();
});

for (const kind of ["focusin", "pointerdown"]) $("player")?.addEventListener(kind, () => void rest(), { once: true });
player.onFirst = () => void rest();
// Words to find that came with the address, or that the browser kept.
if ($<HTMLInputElement>("query")?.value) void rest();
const watcher = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) void rest();
});
for (const part of document.querySelectorAll("#detail, #verify, #scene")) watcher.observe(part);

void trust.run();
