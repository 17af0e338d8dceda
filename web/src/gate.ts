// SPDX-License-Identifier: Apache-2.0
// Graphic moments: nothing plays before a choice; by default the player stops before each and says what comes.

import { $, clock, type Facts } from "./data";
import { say } from "./say";

export type Choice = "stop" | "all" | null;
const KEY = "graphic";
/** How long before a graphic moment the reader is told. */
const NOTICE_S = 5;

interface Host {
  pause(): void;
  play(): void;
  go(at: number): void;
  read(at?: number): void;
  hush(on: boolean): void;
  say(text: string): void;
}

export class Gate {
  choice: Choice = null;
  private agreed = new Set<number>();
  /** The interval whose pictures stay covered while its sound plays. */
  private veiled = -1;
  /** The interval that plays without its sound. */
  private hushed = -1;
  private asking = -1;
  private readonly gate = $("gate");
  private readonly brief = $("brief");
  private readonly warn = $("warn");
  private readonly player = $("player");

  constructor(
    private readonly facts: Facts,
    private readonly host: Host,
    private readonly opened: () => void,
  ) {
    if (!this.gate) this.choice = "all";
    const kept = stored();
    if (kept && this.gate) this.settle(kept);
    for (const button of this.gate?.querySelectorAll<HTMLElement>("[data-choice]") ?? [])
      button.addEventListener("click", (event) => this.chosen(button.dataset.choice ?? "", event));
    for (const button of this.brief?.querySelectorAll<HTMLElement>("[data-brief]") ?? [])
      button.addEventListener("click", () => this.answer(button.dataset.brief ?? ""));
    this.warn?.querySelector("button")?.addEventListener("click", () => this.reopen());
  }

  /** Called ten times a second and after each seek; true when the player must not go on. */
  holds(at: number, playing: boolean): boolean {
    const inside = this.facts.graphic.findIndex(([a, b]) => at >= a - 0.04 && at < b);
    if (inside !== this.veiled && this.veiled >= 0) this.cover(-1);
    if (inside !== this.hushed && this.hushed >= 0) this.hush(-1);
    if (this.asking >= 0 && inside !== this.asking) this.dismiss();
    this.announce(at, playing);
    if (this.choice !== "stop" || inside < 0 || this.agreed.has(inside)) return false;
    this.ask(inside);
    return true;
  }

  private announce(at: number, playing: boolean): void {
    if (!this.warn) return;
    const next = this.facts.graphic.findIndex(([a], i) => a > at && a - at <= NOTICE_S && !this.agreed.has(i));
    const start = this.facts.graphic[next]?.[0];
    this.warn.hidden = !(playing && this.choice === "stop" && start !== undefined);
    const text = this.warn.querySelector("span");
    if (text && start !== undefined) text.textContent = say("Graphic in %1 s. Player will pause.", Math.ceil(start - at));
  }

  private ask(i: number): void {
    if (this.asking === i) return;
    const [a, b, kind] = this.facts.graphic[i] as [number, number, string];
    this.asking = i;
    this.host.pause();
    this.player?.classList.add("covered");
    if (this.warn) this.warn.hidden = true;
    const what = $("brief-what");
    const long = $("brief-long");
    if (what) what.textContent = say("Next: %1", kind);
    if (long) long.textContent = say("%1 seconds, from %2. You choose what you see.", Math.max(1, Math.round(b - a)), clock(this.facts, a));
    if (this.brief) this.brief.hidden = false;
    this.brief?.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
    this.host.say(say("Paused. Next: %1", kind));
  }

  private dismiss(): void {
    this.asking = -1;
    if (this.brief) this.brief.hidden = true;
    this.player?.classList.toggle("covered", this.veiled >= 0);
  }

  private answer(how: string): void {
    const i = this.asking;
    const [from, until] = this.facts.graphic[i] ?? [0, 0];
    if (how === "read") {
      // The pictures stay covered and nothing plays: what was said is brought into view.
      this.host.read(from);
      return;
    }
    if (how === "skip") {
      this.dismiss();
      this.host.go(until + 0.05);
      this.host.play();
      return;
    }
    this.agreed.add(i);
    if (how === "still") this.veiled = i;
    if (how === "mute") this.hush(i);
    this.dismiss();
    this.host.play();
  }

  private hush(i: number): void {
    this.hushed = i;
    this.host.hush(i >= 0);
  }

  private cover(i: number): void {
    this.veiled = i;
    this.player?.classList.toggle("covered", i >= 0);
  }

  private chosen(how: string, event: Event): void {
    if (how === "read") {
      event.preventDefault();
      this.host.read();
      return;
    }
    this.settle(how === "all" ? "all" : "stop");
    try {
      sessionStorage.setItem(KEY, how);
    } catch {
      // Not kept, then: the choice is asked again next time.
    }
    this.opened();
  }

  private settle(choice: "stop" | "all"): void {
    this.choice = choice;
    this.agreed.clear();
    if (this.gate) this.gate.hidden = true;
  }

  private reopen(): void {
    this.host.pause();
    this.choice = null;
    if (this.gate) this.gate.hidden = false;
    this.gate?.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  }
}

function stored(): "stop" | "all" | null {
  try {
    const kept = sessionStorage.getItem(KEY);
    return kept === "stop" || kept === "all" ? kept : null;
  } catch {
    return null;
  }
}
