// SPDX-License-Identifier: Apache-2.0
// The facts that stand in the page, and how times are said and addressed. Seconds of the case's one clock throughout.

export interface Recording {
  slug: string;
  title: string;
  /** case time = offset + media time × scale */
  offset: number;
  scale: number;
  length: number;
  fps: number;
  still: string;
  silent: [number, number][];
  /** A script that says where its pictures are not the original's; none when that cannot be known. */
  changed?: string;
  /** One small still every ``every`` seconds, ``cells`` of them, ten in a row. */
  sheet?: string;
  cells?: number;
  every?: number;
  v360?: string;
  v720?: string;
  sound?: string;
  wave?: string;
  /** A very long recording in pieces, each like a recording of its own. */
  parts?: Recording[];
  /** Of a piece, the recording it is of. */
  whole?: Recording;
}

export interface Moment {
  id: string;
  n: string;
  t: number;
  title: string;
  cam: string;
  graphic: boolean;
}

export interface Facts {
  case: string;
  office: string;
  version: number;
  /** This page's file: ``index.html``, in another language ``index.es.html``. */
  page: string;
  released: string;
  key: string;
  /** The version before this one, 0 for none. */
  before: number;
  /** First and last instant of the lines in each part that can be loaded; part 0, what is not a line, is not among them. */
  parts: [number, number][];
  /** Whether the page itself holds every line. */
  whole: boolean;
  /** Seconds after local midnight at which case time is zero. */
  epoch: number;
  /** Calendar days by their distance from the day of the epoch. */
  days: Record<string, string>;
  span: [number, number];
  start: number;
  camera: string;
  recordings: Recording[];
  moments: Moment[];
  graphic: [number, number, string][];
}

export const $ = <T extends Element = HTMLElement>(id: string): T | null =>
  document.getElementById(id) as unknown as T | null;

export function readFacts(): Facts {
  const facts = JSON.parse($("facts")?.textContent ?? "null") as Facts;
  for (const r of facts.recordings)
    r.parts = (r.parts as unknown as (Recording & { start: number })[] | undefined)?.map((part, i, all) => ({
      ...r, ...part, offset: r.offset + part.start * r.scale, length: (all[i + 1]?.start ?? r.length) - part.start, whole: r,
    }));
  // What a moment is called stands in the page already.
  for (const m of facts.moments) Object.assign(m, { n: m.id.slice(1), title: $(m.id)?.querySelector("h3")?.textContent });
  return facts;
}

/** What is played of a recording at an instant: the piece that holds it, or all of it. */
export const piece = (r: Recording, at: number): Recording => r.parts?.filter((part) => part.offset <= at).pop() ?? r.parts?.[0] ?? r;

/** What stands before the last dot of this page's own files: nothing, or ``.es``. */
export const ending = (facts: Facts): string => facts.page.slice(5, -5);

export const set = (id: string, text: string): void => {
  const el = $(id);
  if (el && el.textContent !== text) el.textContent = text;
};

/** Runs another of the page's own scripts; from disk too, where a file may not be read but a script may be run. */
export const load = (path: string): Promise<void> =>
  new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = path;
    script.onload = () => done();
    script.onerror = () => failed(new Error(path));
    document.head.append(script);
  });

export const covers = (r: Recording, at: number): boolean => at >= r.offset && at < end(r) - (r.whole ? 0 : 0.04);
export const end = (r: Recording): number => r.offset + r.length * r.scale;
export const mediaTime = (r: Recording, at: number): number => (at - r.offset) / r.scale;

/** Whole days and seconds of the day, in the office's own zone. */
function ofDay(facts: Facts, at: number): number {
  return (((at + facts.epoch) % 86400) + 86400) % 86400;
}

const two = (n: number): string => String(n).padStart(2, "0");

function parts(seconds: number): [number, number, number, number] {
  // Tenths, cut and never rounded up, as the printed times are; the small term undoes floating point.
  const tenths = Math.floor(seconds * 10 + 1e-6);
  return [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, Math.floor(tenths / 10) % 60, tenths % 10];
}

/** 9:41:04.2 */
export function clock(facts: Facts, at: number, digits = 1): string {
  const [h, m, s, d] = parts(ofDay(facts, at));
  return `${h % 12 || 12}:${two(m)}:${two(s)}${digits ? `.${d}` : ""}`;
}

export const halfDay = (facts: Facts, at: number): string => (ofDay(facts, at) < 43200 ? "a.m." : "p.m.");

export const day = (facts: Facts, at: number): string => facts.days[String(Math.floor((at + facts.epoch) / 86400))] ?? "";

/** 21:41:04.2, the form an address holds. */
export function address(facts: Facts, at: number): string {
  const [h, m, s, d] = parts(ofDay(facts, at));
  return `${two(h)}:${two(m)}:${two(s)}.${d}`;
}

/** An address read back; of the days it could be on, the one nearest to the recordings. */
export function readAddress(facts: Facts, text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(text.trim());
  if (!match) return null;
  const of = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
  const middle = (facts.span[0] + facts.span[1]) / 2;
  const days = [-1, 0, 1].map((day) => of - facts.epoch + day * 86400);
  const at = days.reduce((a, b) => (Math.abs(b - middle) < Math.abs(a - middle) ? b : a));
  return Math.min(facts.span[1], Math.max(facts.span[0], at));
}
