// SPDX-License-Identifier: Apache-2.0
// The outline of what is heard, drawn from data made in Python. It comes as a script, because a page opened from disk
// may run one and may not read a file.

import { $, load, type Recording } from "./data";
import { bytes } from "./hash";
import { say } from "./say";
import type { Strip } from "./strip";

interface Outline {
  rate: number;
  pairs: Int8Array;
}

declare global {
  interface Window {
    plainviewWave: (slug: string, body: string) => void;
  }
}

export class Wave {
  private readonly known = new Map<string, Outline | null>();

  constructor(private readonly strip: Strip) {
    window.plainviewWave = (slug, body) => this.known.set(slug, read(bytes(body).buffer));
    strip.onHear = (of) => void this.hear(of);
    strip.drawn.push(() => this.draw());
    void this.hear(strip.heard);
  }

  private async hear(of: Recording | null): Promise<void> {
    if (of?.wave && !this.known.has(of.slug)) await load(of.wave).catch(() => this.known.set(of.slug, null));
    if (of !== this.strip.heard) return;
    const name = $("d-wave-name");
    if (name) name.textContent = of ? say("Sound, %1", of.title.split(", ")[0] ?? "") : "";
    this.draw();
  }

  private draw(): void {
    const canvas = $<HTMLCanvasElement>("d-wave");
    const { heard: of, a, b } = this.strip;
    if (!canvas?.clientWidth) return;
    const dense = Math.min(2, devicePixelRatio);
    const w = (canvas.width = canvas.clientWidth * dense);
    const h = (canvas.height = 52 * dense);
    const pen = canvas.getContext("2d");
    const outline = of && this.known.get(of.slug);
    if (!pen || !of || !outline) return;
    pen.fillStyle = "#cfcdc8";
    const { rate, pairs } = outline;
    for (let x = 0; x < w; x++) {
      const at = (t: number): number => ((a + (t / w) * (b - a) - of.offset) / of.scale) * rate;
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

/** audiowaveform's .dat, version 2, 8 bit, one channel; null for anything else. */
function read(body: ArrayBuffer): Outline | null {
  if (body.byteLength < 24) return null;
  const head = new DataView(body);
  const [version, flags, rate, per] = [0, 4, 8, 12].map((at) => head.getInt32(at, true)) as [number, number, number, number];
  if (version !== 2 || flags !== 1 || per <= 0) return null;
  return { rate: rate / per, pairs: new Int8Array(body, 24) };
}
