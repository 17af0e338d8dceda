// SPDX-License-Identifier: Apache-2.0
// Which groups of pictures and blocks of sound of an MP4 file are the original's, recomputed (docs/formats/gop-commitment.md).

import { type Bytes, digest, Failed, join, same, unhex } from "./hash";
import { rootOf } from "./log";
import { say } from "./say";

interface Entry {
  state: string;
  leaf: string;
  salt?: string;
  reason?: string;
  law?: string;
  hides?: false;
  start_us: number;
  end_us: number;
}

export interface Claim {
  schema: string;
  file: string;
  root: string;
  groups: Entry[];
  sound?: { root: string; blocks: Entry[] };
}

/** How many are proven the original's, of how many. */
export type Proven = [proven: number, all: number];

interface Sample {
  at: number;
  size: number;
  shown: number;
  key: boolean;
}

/** What of the pictures and of the sound is proven the original's, null for none; throws Failed when a claim does not hold. */
export async function prove(claim: Claim, film: Bytes): Promise<{ pictures: Proven | null; sound: Proven | null }> {
  const lawful = claim.schema !== "GopProof.1";
  const { groups, sound } = claim;
  return {
    pictures: groups.length ? await proven(groups, claim.root, await groupBodies(film), lawful, false) : null,
    sound: sound ? await proven(sound.blocks, sound.root, await blockBodies(film), lawful, true) : null,
  };
}

/** Both in words, for where a count of pictures and one of sound are shown. */
export function counted(found: { pictures: Proven | null; sound: Proven | null }): string {
  const { pictures, sound } = found;
  return [
    pictures && say("%1 of %2 groups of pictures", ...pictures),
    sound && say("%1 of %2 blocks of sound", ...sound),
  ].filter(Boolean).join(", ");
}

async function proven(entries: Entry[], root: string, bodies: Bytes[], lawful: boolean, heard: boolean): Promise<Proven> {
  const leaves = entries.map((each) => unhex(each.leaf));
  if (!same(await rootOf(leaves), unhex(root))) throw new Failed("its leaves do not give the root that was committed to");
  const kept = entries.filter((each) => each.state === "untouched").length;
  if (kept && bodies.length !== leaves.length)
    throw heard
      ? new Failed("it speaks of %1 blocks of sound, the file has %2", leaves.length, bodies.length)
      : new Failed("it speaks of %1 groups of pictures, the video has %2", leaves.length, bodies.length);
  for (const [i, each] of entries.entries()) {
    if (each.state === "untouched") {
      const leaf = await digest(join(Uint8Array.of(0), unhex(each.salt ?? ""), bodies[i] as Bytes));
      if (!same(leaf, leaves[i] as Bytes))
        throw heard
          ? new Failed("block %1 of the sound is said to be the original's and is not", i)
          : new Failed("group %1 is said to be the original's and is not", i);
    } else if (!each.reason || (lawful && each.hides !== false && !each.law))
      throw heard
        ? new Failed("block %1 of the sound was changed and no reason or no law is given", i)
        : new Failed("group %1 was changed and no reason or no law is given", i);
  }
  return [kept, entries.length];
}

const view = (body: Bytes): DataView => new DataView(body.buffer, body.byteOffset, body.byteLength);
const name = (body: Bytes, at: number): string => String.fromCharCode(...body.subarray(at, at + 4));

/** Contents of the boxes of one kind directly inside ``body`` (ISO/IEC 14496-12 section 4.2). */
function boxes(body: Bytes, kind: string): Bytes[] {
  const found = [];
  const data = view(body);
  for (let at = 0; at + 8 <= body.length; ) {
    let size = data.getUint32(at);
    let head = 8;
    if (size === 1) [size, head] = [Number(data.getBigUint64(at + 8)), 16];
    if (size === 0) size = body.length - at;
    if (size < head || at + size > body.length) throw new Failed("a box is longer than what holds it");
    if (name(body, at + 4) === kind) found.push(body.subarray(at + head, at + size));
    at += size;
  }
  return found;
}

function box(body: Bytes, ...path: string[]): Bytes {
  return path.reduce((inside, kind) => {
    const found = boxes(inside, kind)[0];
    if (!found) throw new Failed("it has no %1", kind);
    return found;
  }, body);
}

/** The rows of a table box: a count, then numbers of four bytes (``wide``: eight). */
function table(body: Bytes, columns: number, wide = false): number[][] {
  const data = view(body);
  const step = wide ? 8 : 4;
  return Array.from({ length: data.getUint32(4) }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const at = 8 + (row * columns + column) * step;
      return wide ? Number(data.getBigUint64(at)) : data.getUint32(at);
    }),
  );
}

/** The sample tables of a film's first track of one kind, and its ticks a second. */
function trackOf(film: Bytes, kind: string): [stbl: Bytes, timescale: number] {
  const track = boxes(box(film, "moov"), "trak").find((each) => name(box(each, "mdia", "hdlr"), 8) === kind);
  if (!track) throw new Failed(kind === "soun" ? "it has no sound" : "it has no pictures");
  const header = box(track, "mdia", "mdhd");
  return [box(track, "mdia", "minf", "stbl"), view(header).getUint32(header[0] ? 20 : 12)];
}

/** How long a payload is, and, after it, how many whole milliseconds it is shown after the first; halves are rounded up. */
function framed(size: number, offset: number, timescale: number): [Uint8Array, Uint8Array] {
  const ends = new DataView(new ArrayBuffer(12));
  ends.setUint32(0, size);
  ends.setBigInt64(4, BigInt(Math.floor((2000 * offset + timescale) / (2 * timescale))));
  return [new Uint8Array(ends.buffer, 0, 4), new Uint8Array(ends.buffer, 4, 8)];
}

/** Digests of every ten seconds of sound, counted from the first sample. */
async function blockBodies(film: Bytes): Promise<Bytes[]> {
  const [stbl, timescale] = trackOf(film, "soun");
  const blocks: Uint8Array[][] = [];
  let last = -1;
  let first = 0;
  for (const [i, { at, size, shown }] of samples(stbl).entries()) {
    if (!i) first = shown;
    const number = Math.max(last, Math.floor(Math.floor((shown - first) / timescale) / 10));
    if (number !== last) blocks.push([]);
    last = number;
    const [head, tail] = framed(size, shown - first, timescale);
    blocks[blocks.length - 1]?.push(head, film.subarray(at, at + size), tail);
  }
  return Promise.all(blocks.map((parts) => digest(join(...parts))));
}

async function groupBodies(video: Bytes): Promise<Bytes[]> {
  const [stbl, timescale] = trackOf(video, "vide");
  const described = box(stbl, "stsd");
  const h264 = /^avc[13]$/.test(name(described, 12));
  const long = h264 ? ((box(described.subarray(16 + 78), "avcC")[4] as number) & 3) + 1 : 0;
  const bodies: Bytes[] = [];
  let parts: Uint8Array[] = [];
  let first = 0;
  for (const sample of samples(stbl)) {
    const [kept, starts] = payload(video.subarray(sample.at, sample.at + sample.size), long, sample.key);
    if (starts || !parts.length) {
      if (parts.length) bodies.push(await digest(join(...parts)));
      [parts, first] = [[], sample.shown];
    }
    const [head, tail] = framed(kept.reduce((n, part) => n + part.length, 0), sample.shown - first, timescale);
    parts.push(head, ...kept, tail);
  }
  if (parts.length) bodies.push(await digest(join(...parts)));
  return bodies;
}

/** (bytes that carry pictures, whether a group starts here). */
function payload(sample: Bytes, long: number, key: boolean): [Uint8Array[], boolean] {
  if (!long) return [[sample], key];
  const kept: Uint8Array[] = [];
  let starts = false;
  for (let at = 0; at + long <= sample.length; ) {
    let length = 0;
    for (let i = 0; i < long; i++) length = length * 256 + (sample[at + i] as number);
    const unit = sample.subarray(at + long, at + long + length);
    at += long + length;
    if (unit.length !== length) throw new Failed("a picture is longer than its sample");
    const kind = unit.length ? (unit[0] as number) & 31 : 6;
    // SEI, delimiter and filler carry no picture (H.264 table 7-1).
    if (kind === 6 || kind === 9 || kind === 12) continue;
    const size = new DataView(new ArrayBuffer(4));
    size.setUint32(0, length);
    kept.push(new Uint8Array(size.buffer), unit);
    starts ||= kind === 5;
  }
  return [kept, starts];
}

function samples(stbl: Bytes): Sample[] {
  const sized = view(box(stbl, "stsz"));
  const [fixed, count] = [sized.getUint32(4), sized.getUint32(8)];
  if (12 + (fixed ? 0 : count * 4) > sized.byteLength) throw new Failed("it claims more pictures than it holds");
  const size = (i: number): number => fixed || sized.getUint32(12 + i * 4);
  const decoded: number[] = [];
  let clock = 0;
  for (const [run, step] of table(box(stbl, "stts"), 2) as [number, number][])
    for (let i = 0; i < run && decoded.length < count; i++, clock += step) decoded.push(clock);
  const shifts: number[] = [];
  for (const ctts of boxes(stbl, "ctts"))
    for (const [run, shift] of table(ctts, 2) as [number, number][])
      for (let i = 0; i < run && shifts.length < count; i++) shifts.push(shift | 0);
  const keys = boxes(stbl, "stss")[0];
  const keyed = keys && new Set(table(keys, 1).map(([n]) => n));
  const wide = boxes(stbl, "co64")[0];
  const chunks = table(wide ?? box(stbl, "stco"), 1, !!wide);
  const runs = table(box(stbl, "stsc"), 3) as [number, number, number][];
  const found: Sample[] = [];
  let i = 0;
  for (const [position, [first, per]] of runs.entries()) {
    const last = runs[position + 1]?.[0] ?? chunks.length + 1;
    for (let chunk = first; chunk < last; chunk++) {
      let at = chunks[chunk - 1]?.[0] ?? Number.NaN;
      for (let n = 0; n < per && i < count; n++, i++) {
        if (size(i)) found.push({ at, size: size(i), shown: (decoded[i] ?? 0) + (shifts[i] ?? 0), key: !keyed || keyed.has(i + 1) });
        at += size(i);
      }
    }
  }
  return found;
}
