// SPDX-License-Identifier: Apache-2.0
// Search as you type over what was said, moments, statements and papers. A plain scan: at 120 000 lines it takes
// a few milliseconds, and no index has to be shipped.

import { $, clock, type Facts } from "./data";
import type { Lines } from "./lines";

type Row = [kind: string, href: string, t: number | null, heading: string, text: string];

const GROUPS: [string, string][] = [
  ["line", "Said"],
  ["moment", "Key moments"],
  ["statement", "Statements"],
  ["paper", "Papers"],
];
const MOST = 50;

/** Letters as a reader types them: no case, no accents, straight apostrophes. */
const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’‘]/g, "'").toLowerCase();

export class Search {
  private rows: Row[];
  private folded: string[];
  private asked = false;
  private readonly input = $<HTMLInputElement>("query");
  private readonly hits = $("hits");
  private readonly list = $("lines");
  private readonly live = $("live");

  constructor(
    private readonly facts: Facts,
    lines: Lines,
    play: (at: number) => void,
  ) {
    // What stands in the page can be searched at once, and from disk; the rest comes with search.json.
    this.rows = lines.all.map((line) => ["line", `#${line.id}`, line.a, line.speaker, line.text]);
    for (const m of facts.moments) this.rows.push(["moment", `#${m.id}`, m.t, m.title, ""]);
    this.folded = this.rows.map(fold);
    this.input?.addEventListener("focus", () => void this.fetch());
    this.input?.addEventListener("input", () => this.find());
    this.input?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.hits?.querySelector<HTMLElement>("a")?.click();
      if (event.key === "Escape") this.clear();
    });
    this.hits?.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-at]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      // Two seconds early: a word found is understood by what comes before it.
      play(Number(link.dataset.at) - 2);
    });
  }

  focus(): void {
    this.input?.focus();
  }

  private clear(): void {
    if (this.input) this.input.value = "";
    this.find();
  }

  private async fetch(): Promise<void> {
    if (this.asked || location.protocol === "file:") return;
    this.asked = true;
    try {
      const data = (await (await fetch("search.json")).json()) as { rows: Row[] };
      this.rows = data.rows;
      this.folded = this.rows.map(fold);
      this.find();
    } catch {
      // What stands in the page stays searchable.
      this.asked = false;
    }
  }

  private find(): void {
    const wanted = plain(this.input?.value ?? "").trim();
    if (!this.hits || !this.list) return;
    this.hits.hidden = !wanted;
    this.list.hidden = !!wanted;
    if (!wanted) return;
    const words = wanted.split(/\s+/);
    const match = (i: number): boolean => {
      const text = this.folded[i] as string;
      return text.includes(wanted) || words.every((word) => text.includes(word));
    };
    const found = this.rows.filter((_, i) => match(i));
    this.hits.replaceChildren(...this.draw(found, words.length > 1 ? [wanted, ...words] : words));
    if (this.live) this.live.textContent = `${found.length} found`;
  }

  private draw(found: Row[], words: string[]): HTMLElement[] {
    if (!found.length) return [make("p", "nil", "Nothing is found. Hidden words cannot be searched.")];
    const out: HTMLElement[] = [];
    for (const [kind, name] of GROUPS) {
      const rows = found.filter((row) => row[0] === kind);
      if (!rows.length) continue;
      out.push(make("h3", "", `${name}, ${rows.length}`));
      for (const row of rows.slice(0, MOST)) out.push(this.hit(row, words));
      if (rows.length > MOST) out.push(make("p", "nil", `${rows.length - MOST} more; type more words.`));
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

const fold = (row: Row): string => plain(`${row[3]} ${row[4]}`);

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
