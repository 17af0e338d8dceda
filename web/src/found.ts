// SPDX-License-Identifier: Apache-2.0
// What can be found, in parts that are loaded when they are needed: part 0 is what is not a line, the others are lines.

import { ending, type Facts, load } from "./data";

/** ``[kind, address, time or null, heading, text]``. */
export type Row = [kind: string, href: string, t: number | null, heading: string, text: string];
/** ``[id, start, end, speaker, words, notes, recordings, kind, translation, by]``; kind 1 is a shot, 2 came over telephone or radio only. */
export type Said = [id: string, a: number, b: number, speaker: string, text: string, notes: string, on: number[], kind: number, translation?: string, by?: string];

declare global {
  interface Window {
    plainviewFound: (part: number, rows: string) => void;
  }
}

export class Found {
  private readonly rows = new Map<number, unknown[]>();
  private readonly asked = new Map<number, Promise<unknown[]>>();

  constructor(private readonly facts: Facts) {
    window.plainviewFound = (part, rows) => this.rows.set(part, JSON.parse(rows) as unknown[]);
  }

  part(n: number): Promise<unknown[]> {
    let asked = this.asked.get(n);
    if (!asked) {
      asked = load(`find/${String(n).padStart(3, "0")}${ending(this.facts)}.js`).then(() => this.rows.get(n) ?? []);
      // What failed may be asked for again.
      asked.catch(() => this.asked.delete(n));
      this.asked.set(n, asked);
    }
    return asked;
  }
}
