// SPDX-License-Identifier: Apache-2.0
// Search across all cases: each case's own parts are loaded one after the other and scanned as they come.

type Row = (string | number | null | number[])[];
import { say } from "./say";

type Case = [id: string, title: string, place: string, parts: number, ending: string];

const box = document.getElementById("q") as HTMLInputElement | null;
const list = document.getElementById("hits");
const state = document.getElementById("state");
const cases = JSON.parse(box?.dataset.cases ?? "[]") as Case[];
const MOST = 60;
const held: { of: Case; line: boolean; rows: Row[]; low: string[] }[] = [];
let here: { of: Case; part: number } | undefined;
let started = false;
let done = false;

(window as unknown as { plainviewFound: (n: number, text: string) => void }).plainviewFound = (_, text) => {
  if (!here) return;
  const line = here.part > 0;
  const rows = JSON.parse(text) as Row[];
  held.push({ of: here.of, line, rows, low: rows.map((r) => `${r[3] ?? ""} ${r[4] ?? ""}`.toLowerCase()) });
};

const load = (path: string): Promise<void> =>
  new Promise((next) => {
    const script = document.createElement("script");
    script.src = path;
    script.onload = script.onerror = () => {
      script.remove();
      next();
    };
    document.head.append(script);
  });

async function start(): Promise<void> {
  if (started) return;
  started = true;
  for (const of of cases)
    for (let part = 0; part <= of[3]; part++) {
      here = { of, part };
      await load(`${of[2]}find/${String(part).padStart(3, "0")}${of[4]}js`);
      show();
    }
  done = true;
  show();
}

/** A link to what a row is about, in its case. */
function target(of: Case, line: boolean, row: Row): string {
  if (line) return `${of[2]}index${of[4]}html#${row[0]}`;
  const at = String(row[1]);
  return at.startsWith("#") ? `${of[2]}index${of[4]}html${at}` : of[2] + at;
}

function show(): void {
  const wanted = (box?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean).join(" ");
  if (!list || !state) return;
  list.replaceChildren();
  if (wanted.length < 2) {
    state.textContent = "";
    return;
  }
  let count = 0;
  for (const { of, line, rows, low } of held)
    low.forEach((text, n) => {
      const row = rows[n];
      if (!row || !text.includes(wanted) || ++count > MOST) return;
      const item = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { href: target(of, line, row), className: "hit" });
      const head = Object.assign(document.createElement("b"), { textContent: String(row[3] ?? ""), dir: "auto" });
      const said = Object.assign(document.createElement("span"), { textContent: cut(String(row[4] ?? ""), wanted), dir: "auto" });
      const from = Object.assign(document.createElement("small"), { textContent: `${of[1]}, ${of[0]}` });
      link.append(head, said, from);
      item.append(link);
      list.append(item);
    });
  const found = count > MOST ? say("%1 places found, the first %2 shown", count, MOST) : count === 1 ? say("1 place found") : say("%1 places found", count);
  state.textContent = done ? found : say("%1, still looking …", found);
}

/** The words around the hit. */
function cut(text: string, wanted: string): string {
  const at = text.toLowerCase().indexOf(wanted);
  const from = Math.max(0, at - 90);
  return `${from ? "… " : ""}${text.slice(from, from + 220)}${text.length > from + 220 ? " …" : ""}`;
}

box?.addEventListener("focus", () => void start());
box?.addEventListener("input", () => {
  void start();
  show();
});
