// SPDX-License-Identifier: Apache-2.0
// The player: one large picture, small ones beside it, what is heard, and everything that holds a time.

import { $, address, clock, covers, day, type Facts, halfDay, mediaTime, piece, readAddress, type Recording, set } from "./data";
import { Gate } from "./gate";
import type { Lines } from "./lines";
import { say } from "./say";
import { Strip } from "./strip";
import { Group, type Tile } from "./sync";

/** Small pictures that move beside the large one, and when all are side by side; the rest are stills. Phones decode one. */
const PHONE = /iPhone|iPod/.test(navigator.userAgent);
const SMALL = PHONE ? 0 : 3;
const SIDE = PHONE ? 0 : 5;

/** A camera's place in the row of cameras. */
interface Place {
  of: Recording;
  el: HTMLElement;
  shot: HTMLElement;
  off: HTMLElement | null;
  /** The still nearest the clock, where nothing moves. */
  still: HTMLElement | null;
  cell: number;
}

interface Slot {
  el: HTMLVideoElement;
  of: Recording | null;
  tile: Tile | null;
  /** The piece of the recording that is in it. */
  piece?: Recording;
}

export class Player {
  readonly sync = new Group();
  readonly strip: Strip;
  /** Called once, shortly after the first play. */
  onFirst: () => void = () => {};
  private readonly gate: Gate;
  private readonly places: Place[];
  private readonly cameras: Recording[];
  private audio = new Audio();
  /** The next piece of what plays, loading before it is due. */
  private readonly ahead = new Map<string, HTMLMediaElement>();
  private readonly big: Slot;
  private readonly small: Slot[];
  side = false;
  muted = false;
  private hushed = false;
  /** A stretch that repeats; one end only while the other is not chosen. */
  loop: [number, number | null] | null = null;
  camera: Recording | undefined;
  private attached = false;
  private ticks = 0;
  private passed = "";
  private broken = false;

  constructor(
    readonly facts: Facts,
    readonly lines: Lines,
  ) {
    this.places = [...document.querySelectorAll<HTMLElement>("#strip .tile")].flatMap((el) => {
      const of = facts.recordings.find((r) => r.slug === el.dataset.slug);
      const shot = el.querySelector<HTMLElement>(".shot");
      return of && shot ? [{ of, el, shot, off: el.querySelector<HTMLElement>(".off"), still: null, cell: -1 }] : [];
    });
    this.cameras = this.places.map((place) => place.of);
    this.camera = this.cameras.find((r) => r.slug === facts.camera) ?? this.cameras[0];
    this.big = slot();
    this.small = Array.from({ length: SIDE }, slot);
    this.audio.preload = "auto";
    $("poster")?.after(this.big.el);
    this.strip = new Strip(facts, lines, (at) => this.go(at));
    if (this.camera) this.strip.mark(this.camera);
    this.gate = new Gate(
      facts,
      {
        pause: () => this.pause(),
        play: () => this.play(),
        go: (at) => this.go(at),
        read: (at) => this.read(at),
        hush: (on) => {
          this.hushed = on;
          this.sounds();
        },
        say: (text) => this.say(text),
      },
      () => this.play(),
    );
    this.sync.onTick = () => this.tick();
    this.listen();
    void this.sync.seek(facts.start);
    this.fromAddress(location.search);
    this.render(true);
    // With sixty cameras the one on screen may stand far along the row.
    const current = document.querySelector<HTMLElement>("#strip [aria-current]");
    if (current) reach(current);
  }

  get now(): number {
    return this.sync.now();
  }

  /** Go to an instant, and to a camera if one is named; what was playing plays on. */
  go(at: number, options: { camera?: string | undefined; play?: boolean; address?: string } = {}): void {
    const [from, to] = this.facts.span;
    const chosen = this.cameras.find((r) => r.slug === options.camera);
    if (chosen) this.choose(chosen);
    const target = Math.min(to, Math.max(from, at));
    void this.sync.seek(target);
    this.arrange();
    this.render(true);
    this.toAddress(options.address);
    if (options.play) this.play();
  }

  play(): void {
    if (this.broken) return;
    if (this.gate.choice === null) {
      // Asked for before anyone has chosen: the choice comes first, then it plays from here.
      $("player")?.scrollIntoView({ block: "nearest" });
      $("gate")?.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
      return;
    }
    if (!this.attached) setTimeout(this.onFirst, 2000);
    this.attached = true;
    this.arrange();
    if (this.gate.holds(this.now, true)) return;
    if (this.now >= this.facts.span[1] - 0.1) void this.sync.seek(this.facts.start);
    void this.sync.play();
    this.button();
  }

  pause(): void {
    this.sync.pause();
    this.button();
    this.toAddress();
    this.render();
  }

  /** The list of files is not what was signed: nothing here may be played. */
  disable(why: string): void {
    this.broken = true;
    this.pause();
    this.attached = false;
    for (const s of [this.big, ...this.small]) this.empty(s);
    this.sync.hear(this.audio, null);
    const stopped = document.createElement("p");
    stopped.className = "stopped";
    stopped.textContent = say("Stopped. %1", why);
    $("stage")?.append(stopped);
    for (const button of document.querySelectorAll<HTMLButtonElement>("#watch button")) button.disabled = true;
  }

  toggle(): void {
    if (this.sync.playing) this.pause();
    else this.play();
  }

  moment(step: number): void {
    const at = this.now;
    const ordered = [...this.facts.moments].sort((a, b) => a.t - b.t);
    const next = step > 0 ? ordered.find((m) => m.t > at + 0.2) : ordered.filter((m) => m.t < at - 1).pop();
    if (next) this.go(next.t, { camera: next.cam, address: `#${next.id}` });
  }

  choose(camera: Recording): void {
    if (camera === this.camera) return;
    this.camera = camera;
    for (const { of, el: tile } of this.places) {
      if (of === camera) {
        tile.setAttribute("aria-current", "true");
        reach(tile);
      }
      else tile.removeAttribute("aria-current");
    }
    const poster = $<HTMLImageElement>("poster");
    if (poster instanceof HTMLImageElement) {
      poster.src = camera.still;
      poster.alt = say("Still from %1", camera.title);
    }
    const name = $("name");
    if (name) name.textContent = camera.title;
    this.strip.mark(camera);
    this.arrange();
    this.render(true);
  }

  pick(number: number): void {
    const camera = this.cameras[number];
    if (!camera) return;
    this.choose(camera);
    this.toAddress();
  }

  /** Which recording is in which element: pooled, because every live player costs a decoder. */
  arrange(): void {
    const at = this.now;
    this.hear();
    const away = $("away");
    if (away) away.hidden = !this.camera || covers(this.camera, at);
    if (!this.attached) {
      this.badges(at);
      return;
    }
    this.fill(this.big, this.camera ?? null, this.large(at));
    this.prepare(at + 8);
    const others = this.cameras.filter((r) => r !== this.camera && covers(r, at));
    const kept = others.filter((r) => this.small.some((s) => s.of === r));
    const wanted = [...kept, ...others.filter((r) => !kept.includes(r))].slice(0, this.side ? SIDE : SMALL);
    for (const s of this.small) if (s.of && !wanted.includes(s.of)) this.empty(s);
    for (const r of wanted) {
      if (this.small.some((s) => s.of === r)) continue;
      const free = this.small.find((s) => !s.of);
      if (!free) continue;
      this.places.find((place) => place.of === r)?.off?.before(free.el);
      this.fill(free, r, piece(r, at).v360);
    }
    for (const s of this.small) if (s.of) this.fill(s, s.of, piece(s.of, at).v360);
    this.badges(at);
  }

  /** What each place shows that is not a moving picture: that it does not record, is late, or the still nearest the clock. */
  private badges(at: number): void {
    const late = $("late");
    if (late) late.hidden = !(this.sync.playing && this.big.tile?.left);
    for (const place of this.places) {
      const { of, off } = place;
      const on = covers(of, at);
      const moving = this.small.find((s) => s.of === of);
      const behind = on && this.sync.playing && !!moving?.tile?.left;
      if (off) {
        off.hidden = on && !behind;
        const said = say(behind ? "Catching up" : "Not recording");
        if (off.textContent !== said) off.textContent = said;
      }
      if (this.attached && on && !moving && of.sheet && of.cells) this.still(place, at);
    }
  }

  private still(place: Place, at: number): void {
    const { of } = place;
    const cells = of.cells ?? 1;
    const cell = Math.max(0, Math.min(cells - 1, Math.floor(mediaTime(of, at) / (of.every ?? 10))));
    if (!place.still) {
      place.still = Object.assign(document.createElement("i"), { className: "still" });
      place.still.style.backgroundImage = `url("${of.sheet}")`;
      place.shot.querySelector("img")?.after(place.still);
    }
    if (cell === place.cell) return;
    place.cell = cell;
    const [across, down] = [Math.min(10, cells), Math.ceil(cells / 10)];
    const share = (n: number, of: number): string => `${of > 1 ? (n / (of - 1)) * 100 : 0}%`;
    place.still.style.backgroundSize = `${across * 100}% ${down * 100}%`;
    place.still.style.backgroundPosition = `${share(cell % 10, across)} ${share(Math.floor(cell / 10), down)}`;
  }

  private fill(s: Slot, of: Recording | null, path: string | undefined): void {
    const here = of ? piece(of, this.now) : undefined;
    if (s.of === of && s.piece === here) return;
    this.empty(s);
    if (!of || !here || !path) return;
    s.of = of;
    s.piece = here;
    const ready = this.ahead.get(path);
    this.ahead.delete(path);
    if (ready) {
      s.el.replaceWith(ready);
      s.el = ready as HTMLVideoElement;
    } else s.el.src = path;
    s.tile = this.sync.add(s.el, here);
  }

  /** The file of the large picture: phones take the small one. */
  private large(at: number): string | undefined {
    const here = this.camera && piece(this.camera, at);
    return (matchMedia("(min-width:641px)").matches && here?.v720) || here?.v360;
  }

  /** A long recording's next piece begins to load before it is due. */
  private prepare(at: number): void {
    const heard = this.sync.heard?.whole;
    for (const [path, make] of [
      [this.camera?.parts && this.large(at), () => slot().el],
      [heard && piece(heard, at).sound, () => Object.assign(new Audio(), { preload: "auto", muted: this.audio.muted })],
    ] as const) {
      const shown = path === this.big.el.getAttribute("src") || path === this.audio.getAttribute("src");
      if (!path || shown || this.ahead.has(path)) continue;
      const el = make();
      el.src = path;
      this.ahead.set(path, el);
    }
  }

  private empty(s: Slot): void {
    if (s.tile) this.sync.remove(s.tile);
    s.of = s.tile = null;
    if (!s.el.hasAttribute("src")) return;
    // Without this the element keeps its connection, and later pictures start four times slower.
    s.el.removeAttribute("src");
    s.el.load();
  }

  /** What is heard: what was chosen, else the picture's own sound, else any that covers the instant. */
  private hear(): void {
    const asked = $<HTMLSelectElement>("hear")?.value;
    const at = this.now;
    const sounds = this.facts.recordings.filter((r) => r.sound);
    const own = this.camera?.sound ? this.camera : undefined;
    const now = this.sync.heard?.whole ?? this.sync.heard;
    const chosen = asked
      ? sounds.find((r) => r.slug === asked)
      : own && covers(own, at)
        ? own
        : now && covers(now, at)
          ? now
          : (sounds.find((r) => covers(r, at)) ?? own);
    if (this.attached) this.listenTo(chosen ? piece(chosen, at) : null);
    this.strip.hear(chosen ?? null);
  }

  private listenTo(of: Recording | null): void {
    const ready = of?.sound && this.ahead.get(of.sound);
    if (ready) {
      this.ahead.delete(of.sound as string);
      this.audio.pause();
      this.audio = ready as HTMLAudioElement;
      this.sounds();
    }
    this.sync.hear(this.audio, of);
  }

  private tick(): void {
    if (this.gate.holds(this.now, true)) return;
    if (this.loop?.[1] && this.now >= this.loop[1]) {
      this.go(this.loop[0]);
      return;
    }
    this.ticks++;
    if (this.ticks % 2) return;
    if (this.ticks % 20 === 0 || (this.big.piece && this.camera && this.big.piece !== piece(this.camera, this.now))) this.arrange();
    this.render();
    if (this.now > this.facts.span[1] - 0.05) this.pause();
  }

  private render(jump = false): void {
    const at = this.now;
    const text = clock(this.facts, at);
    set("clock", text);
    set("cite-time", text);
    set("half", `${halfDay(this.facts, at)}, ${day(this.facts, at)}`);
    this.strip.show(at, jump);
    this.lines.show(at);
    if (jump && !this.sync.playing && this.gate.choice !== null) this.gate.holds(at, false);
    const last = this.facts.moments.filter((m) => m.t <= at && at - m.t < 2).pop();
    if (last && last.id !== this.passed && this.sync.playing) this.say(`${clock(this.facts, last.t, 0)}: ${last.title}`);
    this.passed = last?.id ?? "";
  }

  private button(): void {
    const play = $("play");
    const on = this.sync.playing;
    play?.setAttribute("aria-label", say(on ? "Pause" : "Play"));
    play?.querySelector("use")?.setAttribute("href", on ? "#i-pause" : "#i-play");
  }

  say(text: string): void {
    set("live", text);
  }

  private read(at?: number): void {
    if (at !== undefined) this.lines.show(at);
    this.lines.follow(at !== undefined);
    this.lines.follow(false);
    $("transcript")?.scrollIntoView({ block: "nearest" });
    $("scroll")?.focus();
  }

  // Addresses

  private link(): string {
    const [a, b] = this.loop?.[1] ? this.loop : [this.now];
    const time = `${address(this.facts, a)}${b ? `,${address(this.facts, b)}` : ""}`;
    const state = { cam: this.camera?.slug, snd: $<HTMLSelectElement>("hear")?.value, q: $<HTMLInputElement>("query")?.value };
    const rest = Object.entries(state).map(([name, value]) => value && `&${name}=${encodeURIComponent(value)}`);
    return `?t=${time}${rest.filter(Boolean).join("")}`;
  }

  toAddress(hash?: string): void {
    const base = location.href.split(/[?#]/)[0] as string;
    const full = base + this.link();
    set("cite-link", full);
    const { office, case: id, version, released } = this.facts;
    const words = say("%1, case %2, version %3 (%4)", office, id, version, released);
    const at = say("at %1", `${clock(this.facts, this.now)} ${halfDay(this.facts, this.now)}`);
    set("cite-words", `${words}${this.camera ? `, ${this.camera.title}` : ""} ${at}`);
    try {
      history.replaceState(null, "", hash ?? this.link());
    } catch {
      // From disk the address may not be changed; the link to copy is right all the same.
    }
  }

  private fromAddress(query: string): void {
    const asked = new URLSearchParams(query);
    const hear = $<HTMLSelectElement>("hear");
    const sound = asked.get("snd");
    if (hear && sound && [...hear.options].some((o) => o.value === sound)) hear.value = sound;
    const words = $<HTMLInputElement>("query");
    if (words) words.value = asked.get("q") ?? words.value;
    const camera = this.cameras.find((r) => r.slug === asked.get("cam"));
    if (camera) this.choose(camera);
    const [at, until] = (asked.get("t") ?? "").split(",").map((each) => readAddress(this.facts, each)) as [number | null, number?];
    if (at !== null) void this.sync.seek(at);
    if (at !== null && until && until > at) this.repeats([at, until]);
    this.fromHash(false);
    this.arrange();
  }

  /** Land on a moment or a line by its address. */
  fromHash(move = true): boolean {
    const id = decodeURIComponent(location.hash.slice(1));
    const moment = this.facts.moments.find((m) => m.id === id);
    const line = moment ? undefined : this.lines.named(id);
    if (!moment && !line) return false;
    const camera = this.cameras.find((r) => r.slug === moment?.cam);
    if (camera) this.choose(camera);
    void this.sync.seek((moment ?? { t: line?.a ?? 0 }).t);
    if (move) {
      this.arrange();
      this.render(true);
    }
    return true;
  }

  private listen(): void {
    $("hear")?.addEventListener("change", () => {
      this.arrange();
      this.toAddress();
    });
    const picks = [...this.places.map((place) => place.el), ...document.querySelectorAll<HTMLElement>("#whole a.l")];
    for (const el of picks)
      el.addEventListener("click", (event) => {
        const slug = el.dataset.slug ?? el.parentElement?.dataset.slug;
        const place = this.cameras.findIndex((r) => r.slug === slug);
        if (event.ctrlKey || event.metaKey || event.shiftKey || place < 0) return;
        event.preventDefault();
        this.pick(place);
      });
    const stage = $("stage");
    stage?.setAttribute("tabindex", "0");
    stage?.setAttribute("role", "group");
    stage?.setAttribute("aria-label", say("Picture. Press ? for keys"));
    stage?.addEventListener("click", (event) => {
      if (!(event.target as Element).closest(".gate, a, button")) this.toggle();
    });
    addEventListener("hashchange", () => this.fromHash());
    // A hidden page may be throttled beyond repair: stop, rather than run on unseen.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.sync.playing) this.pause();
    });
  }

  sounds(): void {
    this.audio.muted = this.muted || this.hushed;
  }

  repeats(loop: [number, number | null] | null): void {
    this.loop = loop;
    const button = $("loop");
    const text = $("loop-text");
    const next = loop ? (loop[1] ? "Repeat a stretch: stop repeating" : "Repeat a stretch: set its end") : "Repeat a stretch: set its start";
    button?.setAttribute("aria-pressed", String(!!loop));
    button?.setAttribute("aria-label", say(next));
    const said = loop ? say("%1 to %2", clock(this.facts, loop[0], 0), loop[1] ? clock(this.facts, loop[1], 0) : "…") : "";
    if (text) text.hidden = !said;
    set("loop-text", said);
    this.say(said ? say("Repeats %1", said) : say("Does not repeat"));
    this.strip.repeat(loop && [loop[0], loop[1] ?? loop[0]]);
  }

  captions(): void {
    this.lines.captions = !this.lines.captions;
    $("captions")?.setAttribute("aria-pressed", String(this.lines.captions));
    this.render();
  }

  /** Play from an instant a search found. */
  playFrom(at: number): void {
    this.go(at, { play: true });
    this.lines.follow(true);
  }
}

function slot(): Slot {
  const el = document.createElement("video");
  el.muted = true;
  el.playsInline = true;
  el.preload = "auto";
  el.disablePictureInPicture = true;
  el.tabIndex = -1;
  el.setAttribute("aria-hidden", "true");
  return { el, of: null, tile: null };
}

/** Scrolls the row of cameras so that ``tile`` is seen. */
function reach(tile: HTMLElement): void {
  const row = tile.parentElement as HTMLElement;
  const left = tile.offsetLeft - row.offsetLeft;
  if (left < row.scrollLeft || left + tile.offsetWidth > row.scrollLeft + row.clientWidth) row.scrollLeft = left - 40;
}
