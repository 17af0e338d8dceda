// SPDX-License-Identifier: Apache-2.0
// Search as you type over what was said, moments, statements and papers. A plain scan of one long text for each
// part: at 120 000 lines it takes a few milliseconds, and no index has to be shipped.

import { $, clock, type Facts } from "./data";
import type { Found, Row, Said } from "./found";
import { say } from "./say";

const GROUPS: [string, string][] = [
  ["line", "Said"],
  ["moment", "Key moments"],
  ["statement", "Statements"],
  ["paper", "Papers"],
];
const MOST = 50;
/** Hits of each kind that answer a key at once; the others follow when no key has come for a moment. */
const AT_ONCE = 10;
const PAUSE_MS = 150;
/** How long a key looks before what it found is shown; 120 000 lines rarely take that. */
const SLICE_MS = 8;

/** Letters as a reader types them: no case, no accents, straight apostrophes. */
function plain(text: string): string {
  const bare = /[^\x00-\x7f]/.test(text) ? text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’‘]/g, "'") : text;
  return bare.toLowerCase();
}

/** Rows with their folded words as one text, and where in it each row begins. */
interface Part {
  /** Its place among all parts: 0 holds what is not a line, the others lines in time order. */
  n: number;
  rows: Row[];
  text: string;
  starts: Int32Array;
}

/** Rows of one part that were found; null before it was looked through. */
interface Hits {
  part: Part;
  rows: number[] | null;
}

export class Search {
  private readonly parts: Part[] = [];
  private last = { wanted: "", hits: [] as Hits[], parts: 0 };
  private asked = false;
  private soon = 0;
  private later = 0;
  private readonly input = $<HTMLInputElement>("query");
  private readonly hits = $("hits");
  private readonly list = $("lines");
  private readonly live = $("live");

  constructor(
    private readonly facts: Facts,
    private readonly found: Found,
    play: (at: number) => void,
  ) {
    this.input?.addEventListener("focus", () => void this.fetch());
    this.input?.addEventListener("input", () => this.find());
    this.input?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.hits?.querySelector<HTMLElement>("a")?.click();
      if (event.key === "ArrowDown") {
        event.preventDefault();
        this.hits?.querySelector<HTMLElement>("a")?.focus();
      }
      if (event.key === "Escape") this.clear();
    });
    this.hits?.addEventListener("keydown", (event) => this.walk(event));
    this.hits?.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-at]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      // Two seconds early: a word found is understood by what comes before it.
      play(Number(link.dataset.at) - 2);
    });
    if (document.activeElement === this.input || this.input?.value) void this.fetch();
    if (this.input?.value) this.find();
  }

  private clear(): void {
    if (this.input) this.input.value = "";
    this.find();
  }

  /** Arrows go from hit to hit and back to what was typed. */
  private walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...(this.hits?.querySelectorAll<HTMLElement>("a") ?? [])];
    const next = links[links.indexOf(document.activeElement as HTMLElement) + step];
    (next ?? (step < 0 ? this.input : undefined))?.focus();
  }

  private async fetch(): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    const all = [0, ...this.facts.parts.map((_, i) => i + 1)];
    // Near the clock first; a few at a time, so that what comes can be searched while the rest is on its way.
    const at = window.plainview.player.now;
    const far = ([a, b]: [number, number]): number => Math.max(0, a - at, at - b);
    all.sort((x, y) => (x && far(this.facts.parts[x - 1] ?? [0, 0])) - (y && far(this.facts.parts[y - 1] ?? [0, 0])));
    const one = async (): Promise<void> => {
      for (let n = all.shift(); n !== undefined; n = all.shift()) await this.take(n);
    };
    try {
      await Promise.all([one(), one(), one(), one()]);
    } catch {
      // What has come stays searchable; the next focus asks again for the rest.
      this.asked = false;
    }
  }

  private async take(n: number): Promise<void> {
    const rows = await this.found.part(n);
    const flat: Row[] = n ? (rows as Said[]).map(([id, a, , speaker, text, , , , other]) => ["line", `#${id}`, a, speaker, other ? `${text} / ${other}` : text]) : (rows as Row[]);
    this.parts.push(pack(n, flat));
    this.parts.sort((a, b) => a.n - b.n);
    if (this.input?.value && !this.soon)
      this.soon = window.setTimeout(() => {
        this.soon = 0;
        // A reader who is already among the hits must not lose their place to what comes later.
        if (!this.hits?.contains(document.activeElement)) this.find();
      }, 60);
  }

  private find(): void {
    const wanted = plain(this.input?.value ?? "").trim();
    if (!this.hits || !this.list) return;
    clearTimeout(this.later);
    this.hits.hidden = !wanted;
    this.list.classList.toggle("away", !!wanted);
    if (!wanted) return;
    const words = wanted.split(/\s+/);
    // One more letter can only take away: then only the last hits are looked at.
    const { last } = this;
    const narrower = last.wanted && wanted.startsWith(last.wanted) && last.parts === this.parts.length;
    const todo: Hits[] = narrower ? last.hits : this.parts.map((part) => ({ part, rows: null }));
    this.look(wanted, words, todo, []);
  }

  /** Looks through ``todo`` for as long as a key may take; shows what is found, and goes on when that is not all. */
  private look(wanted: string, words: string[], todo: Hits[], hits: Hits[]): void {
    const marks = words.length > 1 ? [wanted, ...words] : words;
    const first = !hits.length;
    const until = performance.now() + SLICE_MS;
    for (let next = todo[hits.length]; next && (first && !hits.length || performance.now() < until); next = todo[hits.length])
      hits.push({ part: next.part, rows: next.rows ? narrow(next.part, next.rows, words) : rowsWith(next.part, words) });
    const done = hits.length === todo.length;
    if (first || done) this.put(hits, marks, AT_ONCE, done);
    if (!done) {
      this.later = window.setTimeout(() => this.look(wanted, words, todo, hits));
      return;
    }
    this.last = { wanted, hits, parts: todo.length };
    this.later = window.setTimeout(() => {
      this.put(hits, marks, MOST, true);
      window.plainview.player.toAddress();
    }, PAUSE_MS);
    if (this.live) this.live.textContent = say("%1 found", figure(hits.reduce((sum, each) => sum + (each.rows?.length ?? 0), 0)));
  }

  /** Not under a reader who is already among the hits: the link with the focus would be gone. */
  private put(hits: Hits[], marks: string[], most: number, done: boolean): void {
    if (!this.hits?.contains(document.activeElement)) this.hits?.replaceChildren(...this.draw(hits, marks, most, done));
  }

  private draw(hits: Hits[], words: string[], most: number, done: boolean): HTMLElement[] {
    if (!hits.some((each) => each.rows?.length)) {
      const nil = this.parts.length && done ? say("Nothing is found. Hidden words cannot be searched.") : say("Loading what can be searched …");
      return [make("p", "nil", nil)];
    }
    const out: HTMLElement[] = [];
    for (const [kind, name] of GROUPS) {
      const some: Row[] = [];
      let all = 0;
      for (const { part, rows } of hits) {
        if ((kind === "line") !== part.n > 0) continue;
        if (!rows) continue;
        const own = part.n ? rows : rows.filter((row) => part.rows[row]?.[0] === kind);
        all += own.length;
        for (let i = 0; i < own.length && some.length < most; i++) some.push(part.rows[own[i] as number] as Row);
      }
      if (!all) continue;
      out.push(make("h3", "", `${say(name)}, ${figure(all)}${done ? "" : " …"}`));
      for (const row of some) out.push(this.hit(row, words));
      if (all > most) out.push(make("p", "nil", say("%1 more; type more words.", figure(all - most))));
    }
    return out;
  }

  private hit([, href, t, heading, text]: Row, words: string[]): HTMLElement {
    const link = document.createElement("a");
    link.setAttribute("href", href);
    if (t !== null) link.dataset.at = String(t);
    const body = document.createElement("span");
    if (heading) body.append(marked("b", heading, words));
    if (text) body.append(marked("p", around(text, words), words));
    link.append(make("span", "", t === null ? "" : clock(this.facts, t, 0)), body);
    return link;
  }
}

/** Numbers with their thousands apart, as the page's language writes them; made once, for that takes as long as a search. */
const figures = new Intl.NumberFormat(document.documentElement.lang);
const figure = (number: number): string => figures.format(number);

function pack(n: number, rows: Row[]): Part {
  // A line end cannot be in a row: it would be two rows.
  const texts = rows.map((row) => `${row[3]} ${row[4]}`.replace(/\n/g, " "));
  const text = plain(`${texts.join("\n")}\n`);
  const starts = new Int32Array(rows.length + 1);
  for (let i = 1, at = 0; i <= rows.length; i++) starts[i] = at = text.indexOf("\n", at) + 1;
  return { n, rows, text, starts };
}

function holds(part: Part, row: number, words: string[]): boolean {
  const text = part.text.slice(part.starts[row], part.starts[row + 1]);
  return words.every((word) => text.includes(word));
}

/** Those of ``rows`` that hold every word; many are found faster by looking through the text again. */
function narrow(part: Part, rows: number[], words: string[]): number[] {
  if (rows.length * 4 > part.rows.length) return rowsWith(part, words);
  return rows.filter((row) => holds(part, row, words));
}

/** Rows that hold every word, found by the longest one. */
function rowsWith(part: Part, words: string[]): number[] {
  const [first, ...rest] = [...words].sort((a, b) => b.length - a.length) as [string, ...string[]];
  const found: number[] = [];
  let row = 0;
  for (let at = part.text.indexOf(first); at >= 0; at = part.text.indexOf(first, part.starts[row])) {
    // Common letters stand in the very next row; only a rare word is worth a search for its row.
    if (at >= (part.starts[row + 1] as number)) row = upTo(part.starts, at, row + 1);
    if (!rest.length || holds(part, row, rest)) found.push(row);
    row++;
    if (row >= part.rows.length) break;
  }
  return found;
}

/** The row that ``at`` lies in; not before ``low``. */
function upTo(starts: Int32Array, at: number, low: number): number {
  let high = starts.length - 1;
  while (low < high - 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

function make(tag: string, name: string, text: string): HTMLElement {
  const el = document.createElement(tag);
  if (name) el.className = name;
  el.textContent = text;
  return el;
}

/** A long text cut to what surrounds the first word found. */
function around(text: string, words: string[]): string {
  if (text.length < 220) return text;
  const at = Math.max(0, ...words.slice(0, 1).map((word) => plain(text).indexOf(word)));
  const from = Math.max(0, at - 80);
  return `${from ? "… " : ""}${text.slice(from, from + 200)} …`;
}

function marked(tag: string, text: string, words: string[]): HTMLElement {
  const el = document.createElement(tag);
  el.dir = "auto";
  const low = text.toLowerCase();
  let at = 0;
  while (at < text.length) {
    const next = words
      .map((word) => ({ i: low.indexOf(word, at), n: word.length }))
      .filter((hit) => hit.i >= 0)
      .sort((a, b) => a.i - b.i || b.n - a.n)[0];
    if (!next) break;
    el.append(text.slice(at, next.i), make("mark", "", text.slice(next.i, next.i + next.n)));
    at = next.i + next.n;
  }
  el.append(text.slice(at));
  return el;
}
