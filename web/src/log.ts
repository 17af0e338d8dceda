// SPDX-License-Identifier: Apache-2.0
// The custody log: C2SP checkpoint, tlog-proof and tiles over RFC 6962 trees. What is wrong is thrown as Failed.

import { type Bytes, bytes, decode, digest, Failed, join, same, signedBy } from "./hash";

const text = new TextEncoder();

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
  text: string;
}

/** A checkpoint, if the log's key signed it. ``info`` is bag-info.txt, which names that key. */
export async function readCheckpoint(note: string, info: string): Promise<Checkpoint> {
  const [head, tail] = note.split("\n\n") as [string, string | undefined];
  const [origin, size, root] = head.split("\n") as [string, string, string];
  const named = /^Custody-Log-Key: (.+)\+[0-9a-f]{8}\+(\S+)$/m.exec(info);
  const line = (tail ?? "").split("\n").find((each) => each.startsWith(`\u2014 ${origin} `));
  if (!named || named[1] !== origin) throw new Failed("the release does not name the log's key");
  const raw = line ? bytes(line.slice(origin.length + 3)) : new Uint8Array();
  const key = bytes(named[2] as string).slice(1);
  if (raw.length !== 68 || !(await signedBy(key, raw.slice(4), text.encode(`${head}\n`))))
    throw new Failed("its checkpoint is not signed by the log's key");
  return { origin, size: Number(size), root: bytes(root), text: note };
}

const node = (left: Bytes, right: Bytes): Promise<Bytes> => digest(join(Uint8Array.of(1), left, right));
export const leafHash = (entry: Bytes): Promise<Bytes> => digest(join(Uint8Array.of(0), entry));

/** Throws unless ``proof`` leads from ``entry`` to the checkpoint, and the entry releases exactly ``listed``. */
export async function checkEntry(entry: Bytes, listed: string, proof: string, at: Checkpoint): Promise<void> {
  const event = JSON.parse(decode(entry)) as { type?: string; sha256?: string };
  if (event.sha256 !== listed || !event.type?.endsWith("/dis"))
    throw new Failed("its entry does not say that exactly this version was released");
  const cut = proof.indexOf("\n\n");
  const lines = proof.slice(0, cut).split("\n");
  const index = Number(/^index (\d+)$/.exec(lines[1] ?? "")?.[1] ?? Number.NaN);
  if (lines[0] !== "c2sp.org/tlog-proof@v1" || proof.slice(cut + 2) !== at.text || !(index < at.size))
    throw new Failed("its proof belongs to another checkpoint");
  // RFC 9162 section 2.1.3.2.
  let [fn, sn, head] = [index, at.size - 1, await leafHash(entry)];
  for (const step of lines.slice(2).map(bytes)) {
    if (sn === 0) throw new Failed("its proof is too long");
    if (fn % 2 || fn === sn) {
      head = await node(step, head);
      while (fn && fn % 2 === 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else head = await node(head, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0 || !same(head, at.root)) throw new Failed("its proof does not lead from the entry to the checkpoint");
}

/** The root over leaf hashes (RFC 6962 section 2.1). */
export async function rootOf(leaves: Bytes[]): Promise<Bytes> {
  const stack: [number, Bytes][] = [];
  for (const leaf of leaves) {
    let [width, head] = [1, leaf];
    while (stack.length && (stack[stack.length - 1] as [number, Bytes])[0] === width) {
      head = await node((stack.pop() as [number, Bytes])[1], head);
      width *= 2;
    }
    stack.push([width, head]);
  }
  let head = stack.pop()?.[1] ?? (await digest(new Uint8Array()));
  while (stack.length) head = await node((stack.pop() as [number, Bytes])[1], head);
  return head;
}

/** Names of the tiles that hold the first ``size`` leaves. */
export function tileNames(size: number): string[] {
  const names = [];
  for (let first = 0, n = 0; first < size; first += 256, n++) {
    let [name, rest] = [String(n % 1000).padStart(3, "0"), Math.floor(n / 1000)];
    while (rest) [name, rest] = [`x${String(rest % 1000).padStart(3, "0")}/${name}`, Math.floor(rest / 1000)];
    names.push(size - first >= 256 ? name : `${name}.p/${size - first}`);
  }
  return names;
}

/** Throws unless ``older`` is the log's own past, as the tiles of a newer one show. */
export async function checkGrowth(tiles: Bytes, newer: Checkpoint, older: Checkpoint): Promise<void> {
  const leaves = Array.from({ length: newer.size }, (_, i) => tiles.slice(i * 32, i * 32 + 32));
  if (!same(await rootOf(leaves), newer.root)) throw new Failed("its published tree is not the one of its checkpoint");
  if (older.size > newer.size || !same(await rootOf(leaves.slice(0, older.size)), older.root))
    throw new Failed("its past was rewritten: it does not contain the log of the version before");
}
