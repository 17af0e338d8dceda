// SPDX-License-Identifier: Apache-2.0
// Which pictures on screen are the original's, drawn in the close view of the clock. What was changed comes as a script,
// because a page opened from disk may run one and may not read a file.

import { $, load, type Recording } from "./data";
import type { Strip } from "./strip";

declare global {
  interface Window {
    plainviewChanged: (slug: string, steps: number[]) => void;
  }
}

export class Proof {
  private readonly known = new Map<string, number[]>();

  constructor(private readonly strip: Strip) {
    window.plainviewChanged = (slug, steps) => this.known.set(slug, steps);
    strip.onMark = (of) => void this.mark(of);
    strip.drawn.push(() => this.draw());
    if (strip.shown) void this.mark(strip.shown);
  }

  private async mark(of: Recording): Promise<void> {
    $("d-proof-row")?.toggleAttribute("hidden", !of.changed);
    if (of.changed && !this.known.has(of.slug)) await load(of.changed).catch(() => undefined);
    this.draw();
  }

  private draw(): void {
    const of = this.strip.shown;
    const steps = of && this.known.get(of.slug);
    const all: [number, number][] = steps ? [[of.offset, of.offset + of.length * of.scale]] : [];
    $<SVGElement>("d-proof")?.replaceChildren(
      ...this.strip.bars(all, { class: "kept", y: 3, height: 8 }),
      ...this.strip.bars(steps ? stretches(steps, of.offset) : [], { class: "changed", y: 3, height: 8 }),
    );
  }
}

/** Out of how long until the next and how long that is, in tenths of a second from where a recording begins. */
function stretches(steps: number[], offset: number): [number, number][] {
  let at = Math.floor(offset * 10);
  const ends = steps.map((step) => (at += step) / 10);
  return ends.flatMap((end, n): [number, number][] => (n % 2 ? [[ends[n - 1] as number, end]] : []));
}
