// SPDX-License-Identifier: Apache-2.0
// The transcript that stands in the page: which line is now, captions over the picture, following.

import { $ } from "./data";

export interface Line {
  id: string;
  a: number;
  b: number;
  row: HTMLElement;
  speaker: string;
  text: string;
  shot: boolean;
}

/** Seconds a line stays lit after it ended. */
const LINGER_S = 3;

export class Lines {
  readonly all: Line[];
  following = true;
  captions = true;
  private lit: HTMLElement[] = [];
  private near: HTMLElement | undefined;
  private shown = "";
  private readonly scroll = $("scroll");
  private readonly subs = $("subs");
  private readonly button = $("follow");

  constructor() {
    this.all = [...document.querySelectorAll<HTMLElement>("#lines > li[data-a]")].map(read);
    // Scrolling by hand means reading: the list stops running away.
    for (const kind of ["wheel", "touchmove", "pointerdown"])
      this.scroll?.addEventListener(kind, () => this.follow(false), { passive: true });
    this.scroll?.addEventListener("keydown", (event) => {
      if (/^(Arrow|Page|Home|End)/.test(event.key)) this.follow(false);
    });
    this.button?.addEventListener("click", () => this.follow(!this.following));
  }

  follow(on: boolean): void {
    this.following = on;
    this.button?.setAttribute("aria-pressed", String(on));
    if (this.button) this.button.textContent = on ? "Following" : "Follow";
    if (on) this.bring();
  }

  show(at: number): void {
    const heard = this.all.filter((line) => line.a <= at && at < line.b);
    // Between lines the last one stays lit for a moment; longer would say that somebody still speaks.
    const before = this.all.filter((line) => line.a <= at).slice(-1);
    const last = heard.length ? heard : before.filter((line) => at - line.b < LINGER_S);
    this.near = before[0]?.row ?? this.all[0]?.row;
    const rows = last.map((line) => line.row);
    if (rows.length !== this.lit.length || rows.some((row, i) => row !== this.lit[i])) {
      for (const row of this.lit) row.classList.remove("now");
      for (const row of rows) row.classList.add("now");
      this.lit = rows;
      if (this.following) this.bring();
    }
    this.caption(this.captions ? heard.filter((line) => !line.shot || heard.length === 1).slice(-2) : []);
  }

  private caption(lines: Line[]): void {
    const key = lines.map((line) => line.id).join();
    if (key === this.shown || !this.subs) return;
    this.shown = key;
    this.subs.replaceChildren(
      ...lines.map((line) => {
        const row = document.createElement("p");
        row.dir = "auto";
        if (line.speaker) row.append(Object.assign(document.createElement("b"), { textContent: line.speaker }));
        row.append(line.text);
        return row;
      }),
    );
  }

  private bring(): void {
    const row = this.lit[0] ?? this.near;
    if (!row || !this.scroll || !this.scroll.clientHeight) return;
    this.scroll.scrollTop = row.offsetTop - this.scroll.clientHeight * 0.36;
  }
}

function read(row: HTMLElement): Line {
  const name = row.querySelector("b:not(.nobody)");
  const words = row.querySelector("p")?.cloneNode(true) as HTMLElement | undefined;
  for (const extra of words?.querySelectorAll(".vh, small") ?? []) extra.remove();
  for (const hidden of words?.querySelectorAll(".hid") ?? []) hidden.textContent = `[${hidden.textContent}]`;
  return {
    id: row.id,
    a: Number(row.dataset.a),
    b: Number(row.dataset.b),
    row,
    speaker: name?.firstChild?.textContent?.trim() ?? "",
    text: words?.textContent?.replace(/\s+/g, " ").trim() ?? "",
    shot: row.classList.contains("gun"),
  };
}
