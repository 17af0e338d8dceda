// SPDX-License-Identifier: Apache-2.0
// What the player can do beyond playing: speed, single frames, sounds, repeating, citing. Comes when it is first asked for.

import { $, covers } from "./data";
import type { Player } from "./player";
import { say } from "./say";

const SPEEDS = [1, 0.5, 0.25, 2];
const SLOWER = [0.1, 0.25, 0.5, 1, 2];

/** Each thing by the name its button or key gives it. */
export function controls(player: Player): Record<string, () => void> {
  const { sync, strip, facts } = player;

  function speed(rate: number): void {
    sync.setRate(rate);
    const button = $("speed");
    if (button) button.textContent = `${rate}×`;
    button?.setAttribute("aria-label", `${say("Speed %1", rate)}×`);
    player.say(say("Speed %1", rate));
  }

  const step = (by: number): void => speed(SLOWER[Math.max(0, Math.min(4, SLOWER.indexOf(sync.rate) + by))] ?? 1);

  function frame(by: number): void {
    if (sync.playing) player.pause();
    player.go(player.now + by / (player.camera?.fps || 30));
  }

  /** Hear the next recording that has sound at this instant. */
  function hear(): void {
    const list = $<HTMLSelectElement>("hear");
    const here = facts.recordings.filter((r) => r.sound && covers(r, player.now)).map((r) => r.slug);
    if (!list || !here.length) return;
    list.value = here[here.indexOf(list.value) + 1] ?? "";
    player.arrange();
    player.say(say("Heard: %1", list.selectedOptions[0]?.textContent ?? ""));
  }

  function mute(): void {
    player.muted = !player.muted;
    player.sounds();
    player.say(say(player.muted ? "Sound off" : "Sound on"));
  }

  /** Set the start of a stretch, then its end, then let it go. */
  function loop(): void {
    const from = player.loop?.[0];
    if (from === undefined) player.repeats([player.now, null]);
    else if (player.loop?.[1] === null && player.now > from + 0.05) player.repeats([from, player.now]);
    else player.repeats(null);
    player.toAddress();
  }

  function grid(): void {
    player.side = $("watch")?.classList.toggle("side") ?? false;
    $("grid")?.setAttribute("aria-pressed", String(player.side));
    player.arrange();
  }

  function help(): void {
    const keys = $("keys");
    if (!keys) return;
    keys.hidden = !keys.hidden;
    $("help")?.setAttribute("aria-expanded", String(!keys.hidden));
  }

  function full(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void $("watch")?.requestFullscreen?.();
  }

  async function cite(): Promise<void> {
    player.toAddress();
    try {
      await navigator.clipboard.writeText($("cite-link")?.textContent ?? "");
      player.say(say("Link copied"));
    } catch {
      $("cite")?.scrollIntoView();
      $("cite-link")?.focus();
    }
  }

  return {
    speed: () => speed(SPEEDS[(SPEEDS.indexOf(sync.rate) + 1) % SPEEDS.length] ?? 1),
    slower: () => step(-1),
    faster: () => step(1),
    before: () => frame(-1),
    after: () => frame(1),
    closer: () => strip.zoom(0.5),
    wider: () => strip.zoom(2),
    whole: () => strip.zoom(1e9),
    earlier: () => strip.pan(-0.5),
    later: () => strip.pan(0.5),
    cite: () => void cite(),
    hear, mute, loop, grid, help, full,
  };
}
