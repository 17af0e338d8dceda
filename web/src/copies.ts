// SPDX-License-Identifier: Apache-2.0
// Files and folders a reader has: each held against the signed lists, and told in plain words.

import { type Bytes, Failed, readList, sha256 } from "./hash";
import { say } from "./say";

export interface Copy {
  path: string;
  file: File;
}

export interface Lists {
  tags: Map<string, string>;
  manifest: Map<string, string>;
  chunks: Chunks | null;
}

export interface Chunks {
  chunk: number;
  files: Record<string, { bytes: number; sha256: string[] }>;
}

/** ``good`` as signed, ``bad`` not as signed, ``note`` neither. */
export interface Verdict {
  state: "good" | "bad" | "note";
  text: string;
  path?: string;
}

const MIB = 1024 * 1024;
export const read = async (file: Blob): Promise<Bytes> => new Uint8Array(await file.arrayBuffer());

/** Pieces of ``file`` that differ from those signed for ``path``, by place. */
async function differing(file: File, signed: Chunks["files"][string], chunk: number, told: (bytes: number) => void): Promise<number[]> {
  const wrong = [];
  for (const [i, wanted] of signed.sha256.entries()) {
    const piece = file.slice(i * chunk, (i + 1) * chunk);
    if ((await sha256(await piece.arrayBuffer())) !== wanted) wrong.push(i);
    told(piece.size);
  }
  return wrong;
}

/** What is wrong with ``file`` as a copy of ``path``; empty when nothing is. */
export async function fault(file: File, path: string, lists: Lists, told: (bytes: number) => void = () => {}): Promise<string> {
  const pieces = lists.chunks?.files[path];
  const chunk = lists.chunks?.chunk ?? 4 * MIB;
  if (!pieces) {
    const found = await sha256(await read(file));
    told(file.size);
    return found === (lists.manifest.get(path) ?? lists.tags.get(path)) ? "" : say("has been changed");
  }
  const wrong = await differing(file, pieces, chunk, told);
  if (!wrong.length && file.size === pieces.bytes) return "";
  const places = wrong.map((i) => (i ? say("%1 to %2 MiB", (i * chunk) / MIB, ((i + 1) * chunk) / MIB) : say("the first %1 MiB", chunk / MIB)));
  const short = file.size < pieces.bytes ? say("is cut short, %1 of %2 bytes", file.size, pieces.bytes) : say("has bytes added at its end");
  if (file.size !== pieces.bytes && wrong.length <= 1) return short;
  const where = `${places.slice(0, 4).join(", ")}${places.length > 4 ? " …" : ""}`;
  return say("has been changed in %1 of its %2 pieces: %3", wrong.length, pieces.sha256.length, where);
}

/** Which file of the release a loose copy is, or is meant to be: by its folders, else by its name. */
function meant(path: string, lists: Lists): string[] {
  const parts = path.split("/");
  for (let i = 0; i < parts.length; i++) {
    const tail = parts.slice(i).join("/");
    const found = [tail, `data/${tail}`].filter((each) => lists.manifest.has(each) || lists.tags.has(each));
    if (found.length && (tail.includes("/") || parts.length === 1)) return found;
  }
  const name = parts[parts.length - 1] as string;
  // Browsers number a second download of the same name.
  const plain = name.replace(/ ?\(\d+\)(?=\.\w+$)/, "");
  return [...lists.manifest.keys(), ...lists.tags.keys()].filter((each) => each.endsWith(`/${plain}`) || each === plain);
}

/** One copy in words; ``called`` names a path for a reader. */
export async function judge(copy: Copy, lists: Lists, called: (path: string) => string): Promise<Verdict> {
  const name = copy.path.split("/").pop() as string;
  if (copy.file.size <= 64 * MIB) {
    // Small enough to digest at once: then its name does not matter.
    const found = await sha256(await read(copy.file));
    const path = [...lists.manifest, ...lists.tags].find(([, digest]) => digest === found)?.[0];
    if (path) return { state: "good", text: say("%1 is %2, exactly as signed.", name, called(path)), path };
  }
  let nearest: Verdict | null = null;
  for (const path of meant(copy.path, lists)) {
    const wrong = await fault(copy.file, path, lists);
    if (!wrong) return { state: "good", text: say("%1 is %2, exactly as signed.", name, called(path)), path };
    // Of several files of that name, the one it shares most with says what happened to it.
    if (!nearest || lists.chunks?.files[path])
      nearest = { state: "bad", text: say("%1 is not as signed: as a copy of %2 it %3.", name, called(path), wrong), path };
  }
  return nearest ?? { state: "bad", text: say("%1 is not on the signed list of this version.", name) };
}

/** Everything dropped, folders opened. */
export async function unfold(dropped: DataTransfer): Promise<Copy[]> {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter((entry): entry is FileSystemEntry => !!entry);
  const found: Copy[] = [];
  const open = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // A reader gives at most a hundred entries at a time.
      const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return;
      for (const each of some) await open(each);
    }
  };
  for (const entry of entries) await open(entry);
  return found;
}

export const chosen = (input: HTMLInputElement): Copy[] =>
  [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** The chunk list, if it is the one on the signed list of tags. */
export async function readChunks(body: Bytes, tags: Map<string, string>): Promise<Chunks | null> {
  const wanted = tags.get("chunks-sha256.json");
  if (!wanted) return null;
  if ((await sha256(body)) !== wanted) throw new Failed("%1 is not the one that was signed", "chunks-sha256.json");
  return JSON.parse(new TextDecoder().decode(body)) as Chunks;
}

export { readList };
