// SPDX-License-Identifier: Apache-2.0
// The one clock, drawn: a close view that follows, over the whole with one bar per recording.

import { $, clock, type Facts, type Recording } from "./data";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

function svg(tag: string, values: Record<string, string | number>): SVGElement {
  const el = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(values)) el.setAttribute(key, String(value));
  return el;
}

const pct = (share: number): string => `${(share * 100).toFixed(3)}%`;

export class Strip {
  private a: number;
  private b: number;
  private at = 0;
  private wave: { rate: number; pairs: Int8Array } | null = null;
  private waveOf: Recording | null = null;
  /** Pixels of the drawn area, kept so that moving the needle never makes the browser lay the page out again. */
  private wide = 800;
  private said = "";
  private readonly near = needle("d-head");
  private readonly far = needle("w-head");
  private readonly detail = $("detail");
  private readonly rects = [...document.querySelectorAll<SVGElement>("#detail [data-a]")];
  private readonly lines = [...document.querySelectorAll<SVGElement>("#d-shots line")];
  private readonly scrub = $<HTMLInputElement>("scrub");

  constructor(
    private readonly facts: Facts,
    private readonly go: (at: number) => void,
  ) {
    this.a = Number(this.detail?.dataset.a);
    this.b = Number(this.detail?.dataset.b);
    this.touch("detail", () => [this.a, this.b]);
    this.touch("whole", () => facts.span);
    this.scrub?.addEventListener("input", () => go(Number(this.scrub?.value)));
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

  mark(slug: string): void {
    for (const row of document.querySelectorAll<HTMLElement>("#whole .row[data-slug]"))
      row.classList.toggle("on", row.dataset.slug === slug);
  }

  /** Draw the outline of what is heard. */
  async hear(of: Recording | null): Promise<void> {
    if (of === this.waveOf) return;
    this.waveOf = of;
    this.wave = null;
    const row = $("d-wave-row");
    if (!row) return;
    row.hidden = true;
    if (!of?.wave || location.protocol === "file:") return;
    try {
      const body = await (await fetch(of.wave)).arrayBuffer();
      if (this.waveOf !== of) return;
      this.wave = readWave(body);
      row.hidden = !this.wave;
      const name = $("d-wave-name");
      if (name) name.textContent = `Sound, ${of.short}`;
      this.drawWave();
    } catch {
      // No outline, then: everything else of the clock stands.
    }
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
      if ((event.target as Element).closest("a, .l") || event.button) return;
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
    const long = Math.min(this.facts.span[1] - this.facts.span[0], Math.max(20, Math.min(70, this.wide / 16)));
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
    for (const shot of this.lines) for (const end of ["x1", "x2"]) shot.setAttribute(end, pct(this.x(Number(shot.dataset.t))));
    this.axis();
    this.pins();
    this.lens();
    this.drawWave();
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
        link.setAttribute("aria-label", `Moment ${m.n}: ${m.title}`);
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

  private drawWave(): void {
    const canvas = $<HTMLCanvasElement>("d-wave");
    const of = this.waveOf;
    if (!canvas || !this.wave || !of || !canvas.clientWidth) return;
    const dense = Math.min(2, devicePixelRatio);
    const w = (canvas.width = canvas.clientWidth * dense);
    const h = (canvas.height = 52 * dense);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.fillStyle = "#cfcdc8";
    const { rate, pairs } = this.wave;
    for (let x = 0; x < w; x++) {
      const at = (t: number): number => ((this.a + (t / w) * (this.b - this.a) - of.offset) / of.scale) * rate;
      const first = Math.floor(at(x));
      const last = Math.max(first + 1, Math.floor(at(x + 1)));
      if (last <= 0 || first >= pairs.length / 2) continue;
      let low = 0;
      let high = 0;
      for (let i = Math.max(0, first); i < Math.min(last, pairs.length / 2); i++) {
        low = Math.min(low, pairs[i * 2] as number);
        high = Math.max(high, pairs[i * 2 + 1] as number);
      }
      const top = h / 2 - (high / 128) * (h / 2);
      pen.fillRect(x, top, 1, Math.max(1, ((high - low) / 128) * (h / 2)));
    }
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

/** audiowaveform's .dat, version 2, 8 bit, one channel; null for anything else. */
function readWave(body: ArrayBuffer): { rate: number; pairs: Int8Array } | null {
  if (body.byteLength < 24) return null;
  const head = new DataView(body);
  const [version, flags, rate, per] = [0, 4, 8, 12].map((at) => head.getInt32(at, true)) as [number, number, number, number];
  if (version !== 2 || flags !== 1 || per <= 0) return null;
  return { rate: rate / per, pairs: new Int8Array(body, 24) };
}
