// SPDX-License-Identifier: Apache-2.0
// The one clock, drawn: a close view that follows, over the whole with one bar per recording.

import { $, clock, type Facts, type Recording } from "./data";
import type { Lines } from "./lines";
import { say } from "./say";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

function svg(tag: string, values: Record<string, string | number>): SVGElement {
  const el = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(values)) el.setAttribute(key, String(value));
  return el;
}

const pct = (share: number): string => `${(share * 100).toFixed(3)}%`;

export class Strip {
  a: number;
  b: number;
  private at = 0;
  /** What is heard; its outline is drawn by wave.ts, which comes with the rest. */
  heard: Recording | null = null;
  onHear: (of: Recording | null) => void = () => {};
  onMark: (of: Recording) => void = () => {};
  /** Told after the close view was drawn anew. */
  readonly drawn: (() => void)[] = [];
  /** Pixels of the drawn area, kept so that moving the needle never makes the browser lay the page out again. */
  private wide = 800;
  private said = "";
  /** How many times closer than usual the close view is; below 1, wider. */
  private closer = 1;
  /** Moved by hand: it stays until the clock is set anew. */
  private held = false;
  /** What is on screen; which of its pictures are the original's is drawn by proof.ts. */
  shown: Recording | null = null;
  private loop: [number, number] | null = null;
  private readonly lanes = [...document.querySelectorAll<SVGElement>("[data-lane]")];
  private readonly near = needle("d-head");
  private readonly far = needle("w-head");
  private readonly detail = $("detail");
  private readonly rects = [...document.querySelectorAll<SVGElement>("#detail [data-a]")];
  private readonly shots = [...document.querySelectorAll<SVGElement>("#d-shots line")];
  private readonly scrub = $<HTMLInputElement>("scrub");

  constructor(
    private readonly facts: Facts,
    private readonly lines: Lines,
    private readonly go: (at: number) => void,
  ) {
    this.lines.onMore = () => {
      this.voices();
      this.lines.show(this.at);
    };
    this.a = Number(this.detail?.dataset.a);
    this.b = Number(this.detail?.dataset.b);
    this.touch("detail", () => [this.a, this.b]);
    this.touch("whole", () => facts.span);
    this.scrub?.addEventListener("input", () => go(Number(this.scrub?.value)));
    this.detail?.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8);
    });
    const area = this.detail?.querySelector(".over");
    new ResizeObserver(() => {
      this.wide = area?.clientWidth || 800;
      this.show(this.at, true);
    }).observe(this.detail ?? document.body);
    this.wide = area?.clientWidth || 800;
  }

  /** Put the clock's line where it belongs; ``jump`` after a seek brings the close view along at once. */
  show(at: number, jump = false): void {
    this.at = at;
    this.window(at, jump);
    this.near(((at - this.a) / (this.b - this.a)) * this.wide);
    const [from, to] = this.facts.span;
    this.far(((at - from) / (to - from)) * this.wide);
    const said = clock(this.facts, at, 0);
    if (said === this.said) return;
    this.said = said;
    if (this.scrub && document.activeElement !== this.scrub) this.scrub.value = String(at);
    this.scrub?.setAttribute("aria-valuetext", said);
  }

  /** The recording on screen: its row stands out. */
  mark(of: Recording): void {
    this.shown = of;
    for (const row of document.querySelectorAll<HTMLElement>("#whole .row[data-slug]")) {
      const on = row.dataset.slug === of.slug;
      row.classList.toggle("on", on);
      if (on) row.closest("details")?.setAttribute("open", "");
    }
    this.onMark(of);
  }

  /** Show ``times`` as much of the clock as now, around the needle; 0 is the usual view. */
  zoom(times: number): void {
    this.closer = times ? this.closer / times : 1;
    this.held = false;
    this.a = this.b = Number.NaN;
    this.show(this.at, true);
  }

  /** Move the close view by a share of its length. */
  pan(share: number): void {
    const [from, to] = this.facts.span;
    const long = this.b - this.a;
    this.a = Math.max(from, Math.min(to - long, this.a + long * share));
    this.b = this.a + long;
    this.held = true;
    this.redraw();
    this.show(this.at);
  }

  /** The stretch that repeats, or its start while its end is not yet chosen. */
  repeat(loop: [number, number] | null): void {
    this.loop = loop;
    this.looped();
  }

  private looped(): void {
    const band = $<SVGElement>("d-loop");
    band?.setAttribute("visibility", this.loop ? "visible" : "hidden");
    if (!this.loop) return;
    band?.setAttribute("x", pct(this.x(this.loop[0])));
    band?.setAttribute("width", pct(Math.max(0.002, this.x(this.loop[1]) - this.x(this.loop[0]))));
  }

  hear(of: Recording | null): void {
    if (of === this.heard) return;
    this.heard = of;
    this.onHear(of);
  }

  private touch(id: string, span: () => [number, number]): void {
    const area = $(id);
    const seek = (event: PointerEvent): void => {
      const box = area?.querySelector(".over")?.getBoundingClientRect();
      if (!box || event.clientX < box.left) return;
      const [from, to] = span();
      this.go(from + Math.min(1, (event.clientX - box.left) / box.width) * (to - from));
    };
    area?.addEventListener("pointerdown", (event) => {
      if ((event.target as Element).closest("a, .l, summary") || event.button) return;
      event.preventDefault();
      area.setPointerCapture(event.pointerId);
      // Held still while dragging, or the view would run away under the finger.
      const held: [number, number] = [...span()];
      span = (): [number, number] => held;
      seek(event);
      area.addEventListener("pointermove", seek);
    });
    const original = span;
    for (const kind of ["pointerup", "pointercancel"])
      area?.addEventListener(kind, () => {
        area.removeEventListener("pointermove", seek);
        span = original;
      });
  }

  private window(at: number, jump: boolean): void {
    if (jump) this.held = false;
    if (this.held) return;
    const whole = this.facts.span[1] - this.facts.span[0];
    const usual = Math.max(20, Math.min(70, this.wide / 16));
    this.closer = Math.max(usual / whole, Math.min(usual / 4, this.closer));
    const long = Math.min(whole, usual / this.closer);
    const share = (at - this.a) / (this.b - this.a);
    const fits = Math.abs(this.b - this.a - long) < 1;
    if (fits && share >= 0.02 && share <= (jump ? 0.98 : 0.8)) return;
    const [from, to] = this.facts.span;
    this.a = Math.max(from, Math.min(to - long, at - long * 0.25));
    this.b = this.a + long;
    this.redraw();
  }

  private x(t: number): number {
    return (t - this.a) / (this.b - this.a);
  }

  private redraw(): void {
    for (const rect of this.rects) {
      const a = this.x(Number(rect.dataset.a));
      const b = this.x(Number(rect.dataset.b));
      rect.setAttribute("x", pct(a));
      rect.setAttribute("width", pct(Math.max(0.0005, b - a)));
    }
    for (const shot of this.shots) for (const end of ["x1", "x2"]) shot.setAttribute(end, pct(this.x(Number(shot.dataset.t))));
    this.axis();
    this.pins();
    this.lens();
    this.voices();
    this.looped();
    for (const told of this.drawn) told();
  }

  /** Who speaks when: one outline for each voice, so that an hour of speech is as light as a minute. */
  private voices(): void {
    const lines = this.lines.between(this.a, this.b).filter((line) => !line.shot);
    const named = this.lanes.map((lane) => (lane.dataset.lane === "named" ? lane.dataset.name : undefined));
    const spans = this.lanes.map((): [number, number][] => []);
    const rest = this.lanes.findIndex((lane) => lane.dataset.lane === "rest");
    const remote = this.lanes.findIndex((lane) => lane.dataset.lane === "remote");
    for (const line of lines) {
      const own = line.speaker ? named.indexOf(line.speaker) : -1;
      spans[line.remote ? remote : own >= 0 ? own : rest]?.push([line.a, line.b]);
    }
    for (const [i, lane] of this.lanes.entries()) lane.replaceChildren(...this.bars(spans[i] ?? [], { y: 3, height: 11, rx: 1 }));
  }

  /** Rectangles over stretches of the close view; neighbours closer than a pixel become one. */
  bars(spans: [number, number][], values: Record<string, string | number>): SVGElement[] {
    const joined: [number, number][] = [];
    const pixel = (this.b - this.a) / this.wide;
    for (const [a, b] of spans) {
      const last = joined[joined.length - 1];
      if (last && a - last[1] < pixel) last[1] = Math.max(last[1], b);
      else if (b > this.a && a < this.b) joined.push([Math.max(a, this.a), Math.min(b, this.b)]);
    }
    return joined.map(([a, b]) => svg("rect", { x: pct(this.x(a)), width: pct(Math.max(0.001, this.x(b) - this.x(a))), ...values }));
  }

  private axis(): void {
    const step = STEPS.find((s) => (this.b - this.a) / s <= 7) ?? 3600;
    const ticks: SVGElement[] = [];
    const day = this.facts.epoch;
    for (let t = Math.ceil((this.a + day) / step) * step - day; t < this.b; t += step) {
      const x = this.x(t);
      if (x < 0.04 || x > 0.96) continue;
      const label = svg("text", { x: pct(x), y: 13 });
      label.textContent = clock(this.facts, t + 1e-6, 0);
      ticks.push(label, svg("line", { x1: pct(x), x2: pct(x), y1: 16, y2: 20 }));
    }
    $<SVGElement>("d-axis")?.replaceChildren(...ticks);
  }

  private pins(): void {
    const wide = $<SVGElement>("d-pins")?.clientWidth ?? 800;
    const ends = [-99, -99];
    const pins = this.facts.moments
      .filter((m) => m.t >= this.a && m.t <= this.b)
      .map((m) => {
        const x = this.x(m.t) * wide;
        const row = Math.max(0, ends.findIndex((last) => x - last >= 27));
        ends[row] = x;
        const link = svg("a", { href: `#${m.id}`, class: m.graphic ? "pin g" : "pin", "data-t": m.t, "data-cam": m.cam });
        link.setAttribute("aria-label", say("Moment %1: %2", m.n, m.title));
        const number = svg("text", { y: 16.5 });
        number.textContent = m.n;
        link.append(svg("circle", { cy: 12, r: 12 }), number);
        const place = svg("svg", { x: pct(this.x(m.t)), y: 3 + row * 27, overflow: "visible" });
        place.append(link);
        return place;
      });
    const area = $<SVGElement>("d-pins");
    area?.setAttribute("height", String(31 + 27 * ends.filter((last) => last > 0).length - (ends[0] === -99 ? 0 : 27)));
    area?.replaceChildren(...pins);
  }

  private lens(): void {
    const [from, to] = this.facts.span;
    const a = (this.a - from) / (to - from);
    const b = (this.b - from) / (to - from);
    $<SVGElement>("lens")?.firstElementChild?.setAttribute("points", `0,0 1000,0 ${b * 1000},18 ${a * 1000},18`);
    const box = $<SVGElement>("w-window");
    box?.setAttribute("x", pct(a));
    box?.setAttribute("width", pct(b - a));
  }

}

/** Replaces the drawn line by one of its own layer: it moves ten times a second and must not repaint the clock. */
function needle(id: string): (x: number) => void {
  const drawn = $<SVGElement>(id);
  const over = drawn?.closest(".over");
  if (!drawn || !over) return () => {};
  const el = document.createElement("i");
  el.className = "needle";
  drawn.remove();
  over.after(el);
  return (x) => {
    el.style.transform = `translateX(${x.toFixed(1)}px)`;
  };
}
