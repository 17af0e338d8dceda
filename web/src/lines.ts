// SPDX-License-Identifier: Apache-2.0
// The transcript: which line is now, captions over each picture that hears it, following; of a long transcript the
// rows around the instant, because a page with every row of ten hours would not open.

import { $, clock, type Facts } from "./data";
import type { Found, Said } from "./found";
import { say } from "./say";

export interface Line {
  id: string;
  a: number;
  b: number;
  speaker: string;
  text: string;
  notes: string;
  /** Places of the recordings it is heard on. */
  on: number[];
  shot: boolean;
  remote: boolean;
  /** The same in the page's language, and what says who put it so. */
  other?: string | undefined;
  whose?: string | undefined;
  row?: HTMLElement;
}

/** Seconds a line stays lit after it ended. */
const LINGER_S = 3;
/** No line is longer; how far back a search for lines that still run must look. */
const LONGEST_S = 60;
/** Rows drawn of a long transcript, and how close to their edge the instant may come. */
const DRAWN = 300;
const EDGE = 40;

export class Lines {
  following = true;
  captions = true;
  /** Told when lines have come that were not there before. */
  onMore: () => void = () => {};
  private readonly parts: (Line[] | undefined)[];
  private readonly spans: [number, number][];
  private drawn: Line[];
  private lit: HTMLElement[] = [];
  private near: HTMLElement | undefined;
  private shown = "";
  private readonly list = $("lines");
  private readonly scroll = $("scroll");
  private readonly subs = $("subs");
  private readonly button = $("follow");
  private readonly caps: [place: number, el: HTMLElement][];

  constructor(
    private readonly facts: Facts,
    private readonly found: Found,
  ) {
    this.drawn = [...document.querySelectorAll<HTMLElement>("#lines > li[data-a]")].map(read);
    this.spans = facts.whole ? [[-Infinity, Infinity]] : facts.parts;
    this.parts = facts.whole ? [this.drawn] : [];
    this.caps = [...document.querySelectorAll<HTMLElement>("#strip .tile")].flatMap((tile) => {
      const el = tile.querySelector<HTMLElement>(".cap");
      return el ? [[facts.recordings.findIndex((r) => r.slug === tile.dataset.slug), el] as [number, HTMLElement]] : [];
    });
    // Scrolling by hand means reading: the list stops running away.
    for (const kind of ["wheel", "touchmove", "pointerdown"])
      this.scroll?.addEventListener(kind, () => this.follow(false), { passive: true });
    this.scroll?.addEventListener("keydown", (event) => {
      if (/^(Arrow|Page|Home|End)/.test(event.key)) this.follow(false);
    });
    this.button?.addEventListener("click", () => this.follow(!this.following));
  }

  /** The lines of the page as it was sent, to be searched before anything is loaded. */
  get all(): Line[] {
    return this.drawn;
  }

  follow(on: boolean): void {
    this.following = on;
    this.button?.setAttribute("aria-pressed", String(on));
    if (this.button) this.button.textContent = say(on ? "Following" : "Follow");
    if (on) this.bring();
  }

  /** Lines that sound between two instants; what is not here yet is sent for. */
  between(a: number, b: number): Line[] {
    const out: Line[] = [];
    for (const [i, [from, to]] of this.spans.entries()) {
      if (to < a || from > b) continue;
      const part = this.parts[i];
      if (!part) void this.send(i);
      else
        for (let n = after(part, a - LONGEST_S); n < part.length; n++) {
          const line = part[n] as Line;
          if (line.a > b) break;
          if (line.b > a) out.push(line);
        }
    }
    return out;
  }

  /** The line with this id, wherever it is among those loaded. */
  named(id: string): Line | undefined {
    return this.drawn.find((line) => line.id === id) ?? this.parts.flatMap((part) => part ?? []).find((line) => line.id === id);
  }

  show(at: number): void {
    if (!this.facts.whole) this.draw(at);
    const recent = this.between(at - LINGER_S, at + 0.001);
    const heard = recent.filter((line) => line.a <= at && at < line.b);
    // Between lines the last one stays lit for a moment; longer would say that somebody still speaks.
    const last = heard.length ? heard : recent.slice(-1);
    this.near = this.drawn[Math.max(0, after(this.drawn, at) - 1)]?.row;
    const rows = last.flatMap((line) => line.row ?? this.drawn.find((each) => each.id === line.id)?.row ?? []);
    if (rows.length !== this.lit.length || rows.some((row, i) => row !== this.lit[i])) {
      for (const row of this.lit) row.classList.remove("now");
      for (const row of rows) row.classList.add("now");
      this.lit = rows;
      if (this.following) this.bring();
    }
    this.caption(this.captions ? heard.filter((line) => !line.shot || heard.length === 1).slice(-2) : []);
  }

  private async send(i: number): Promise<void> {
    if (this.parts[i]) return;
    const rows = (await this.found.part(i + 1)) as Said[];
    if (this.parts[i]) return;
    this.parts[i] = rows.map(([id, a, b, speaker, text, notes, on, kind, other, by]) => ({
      id, a, b, speaker, text, notes, on, shot: kind === 1, remote: kind === 2,
      other, whose: by && say(by === "machine" ? "translated by machine" : "translated by a person"),
    }));
    this.onMore();
  }

  /** Redraw the rows when the instant comes near the edge of those drawn. */
  private draw(at: number): void {
    const place = after(this.drawn, at);
    const [first, last] = [this.drawn[0], this.drawn[this.drawn.length - 1]];
    const inside = place >= EDGE && place < this.drawn.length - EDGE;
    if (inside || !this.list || !first || !last) return;
    const i = this.spans.findIndex(([, to]) => to >= at);
    const all = [i - 1, i, i + 1].flatMap((n) => {
      if (n < 0 || n >= this.spans.length) return [];
      if (!this.parts[n]) void this.send(n);
      return this.parts[n] ?? [];
    });
    const from = Math.max(0, Math.min(after(all, at) - DRAWN / 3, all.length - DRAWN));
    const some = all.slice(from, from + DRAWN);
    if (!some.length || (some[0]?.id === first.id && some[some.length - 1]?.id === last.id)) return;
    for (const line of this.drawn) delete line.row;
    for (const line of some) line.row = this.row(line);
    this.drawn = some;
    this.lit = [];
    this.list.replaceChildren(...some.map((line) => line.row as HTMLElement));
    if (this.following) this.bring();
  }

  private row(line: Line): HTMLElement {
    const row = make("li", line.shot ? "gun" : "");
    row.id = line.id;
    const time = make("a", "tt", clock(this.facts, line.a, 0));
    time.setAttribute("href", `#${line.id}`);
    time.dataset.t = String(line.a);
    const body = document.createElement("div");
    const words = make("p", "", line.text);
    words.dir = "auto";
    const note = line.notes ? make("small", "", line.notes) : "";
    if (line.shot) words.append(" ", note);
    else {
      const name = make("b", line.speaker ? "" : "nobody", line.speaker || say("Voice not named"));
      name.dir = "auto";
      name.append(note);
      body.append(name);
    }
    body.append(words);
    if (line.other) {
      const other = make("p", "translated", `${line.other} `);
      other.dir = "auto";
      other.append(make("small", "whose", line.whose));
      body.append(other);
    }
    row.append(time, body);
    return row;
  }

  /** Over the large picture all that is heard; on each small one what its own recorder hears. */
  private caption(lines: Line[]): void {
    const key = lines.map((line) => line.id).join();
    if (key === this.shown) return;
    this.shown = key;
    this.subs?.replaceChildren(
      ...lines.map((line) => {
        const row = make("p", "");
        row.dir = "auto";
        if (line.speaker) row.append(make("b", "", line.speaker));
        row.append(shown(line));
        return row;
      }),
    );
    for (const [place, el] of this.caps) {
      const own = lines.filter((line) => line.on.includes(place)).pop();
      el.hidden = !own;
      el.textContent = own ? shown(own) : "";
    }
  }

  private bring(): void {
    const row = this.lit[0] ?? this.near;
    if (!row || !this.scroll || !this.scroll.clientHeight) return;
    this.scroll.scrollTop = row.offsetTop - this.scroll.clientHeight * 0.36;
  }
}

/** What a caption says: in the page's language where somebody put it so, and then by whom. */
const shown = (line: Line): string => (line.other ? `${line.other} (${line.whose})` : line.text);

function make(tag: string, name: string, text = ""): HTMLElement {
  const el = document.createElement(tag);
  if (name) el.className = name;
  el.textContent = text;
  return el;
}

/** How many of ``lines``, in time order, begin at or before ``at``. */
function after(lines: Line[], at: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as Line).a <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function read(row: HTMLElement): Line {
  const name = row.querySelector("b:not(.nobody)");
  const words = row.querySelector("p")?.cloneNode(true) as HTMLElement | undefined;
  const other = row.querySelector(".translated");
  for (const extra of words?.querySelectorAll(".vh, small") ?? []) extra.remove();
  for (const hidden of words?.querySelectorAll(".hid") ?? []) hidden.textContent = `[${hidden.textContent}]`;
  return {
    id: row.id,
    a: Number(row.dataset.a),
    b: Number(row.dataset.b),
    row,
    speaker: name?.firstChild?.textContent?.trim() ?? "",
    text: words?.textContent?.replace(/\s+/g, " ").trim() ?? "",
    notes: "",
    on: (row.dataset.on ?? "").split(" ").filter(Boolean).map(Number),
    shot: row.classList.contains("gun"),
    remote: "remote" in row.dataset,
    other: other?.firstChild?.textContent?.trim(),
    whose: other?.querySelector("small")?.textContent ?? "",
  };
}
