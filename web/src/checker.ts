// SPDX-License-Identifier: Apache-2.0
// verify.html: the whole check of a downloaded copy, on the reader's own computer, with no network.

import { chosen, type Copy, fault, judge, type Lists, read, readChunks, unfold, type Verdict } from "./copies";
import { type Claim, counted, prove } from "./gops";
import { checkSignature, decode, Failed, failed, join, readList, sha256 } from "./hash";
import { checkEntry, checkGrowth, readCheckpoint, tileNames } from "./log";
import { say } from "./say";

const TAGS = "tagmanifest-sha256.txt";
const id = (name: string): HTMLElement | null => document.getElementById(name);
const report = id("report");

function tell(said: Verdict[]): void {
  report?.replaceChildren(
    ...said.map(({ state, text }) => {
      const row = document.createElement("p");
      row.className = `told ${state}`;
      row.textContent = text;
      return row;
    }),
  );
  const bad = said.filter((each) => each.state === "bad");
  document.documentElement.classList.toggle("broken", bad.length > 0);
  const alarm = id("alarm");
  if (alarm) {
    alarm.hidden = !bad.length;
    alarm.textContent = !bad.length ? "" : bad.length === 1 ? say("Do not rely on this copy. One thing does not hold.") : say("Do not rely on this copy. %1 things do not hold.", bad.length);
  }
}

/** A folder among the copies: what lies in it by its path from there. */
type Folder = Map<string, File>;

function below(copies: Copy[], folder: string): Folder {
  return new Map(copies.filter((copy) => copy.path.startsWith(folder)).map((copy) => [copy.path.slice(folder.length), copy.file]));
}

async function bytesOf(folder: Folder, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = folder.get(name);
  if (!file) throw new Failed("%1 is missing", name);
  return read(file);
}

/** Run one step; what does not hold becomes a sentence, and the steps after it still run. */
async function step(said: Verdict[], what: string, act: () => Promise<string>): Promise<boolean> {
  try {
    const good = await act();
    if (good) said.push({ state: "good", text: good });
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const unknown = !failed(error) && /Ed25519|Algorithm|not supported/i.test(why);
    if (unknown) said.push({ state: "note", text: say("%1 was not checked: this browser cannot check this kind of signature.", what) });
    else said.push({ state: "bad", text: say("%1 does not hold: %2.", what, why) });
    return false;
  }
}

async function signedLists(folder: Folder, said: Verdict[]): Promise<Lists | null> {
  const expected = document.body.dataset.key ?? "";
  let lists: Lists | null = null;
  await step(said, say("The signature"), async () => {
    const tags = await bytesOf(folder, TAGS);
    const print = await checkSignature(
      decode(await bytesOf(folder, `${TAGS}.sig`)), tags, decode(await bytesOf(folder, "allowed_signers")),
    );
    const named = readList(tags);
    lists = { tags: named, manifest: new Map(), chunks: null };
    if (expected && print !== expected)
      throw new Failed("it is signed by %1, not by the key this page names, %2", print, expected);
    return say("The list is signed, by the key %1.", print);
  });
  const found = lists as Lists | null;
  if (!found) return null;
  await step(said, say("The list of files"), async () => {
    const body = await bytesOf(folder, "manifest-sha256.txt");
    if (found.tags.get("manifest-sha256.txt") !== (await sha256(body))) throw new Failed("it is not the one that was signed");
    found.manifest = readList(body);
    const chunks = folder.get("chunks-sha256.json");
    if (chunks) found.chunks = await readChunks(await read(chunks), found.tags);
    return say("The list of %1 files is the one that was signed.", found.manifest.size);
  });
  return found;
}

/** Every file of a version against the lists: changed, missing, added. */
async function everyFile(folder: Folder, lists: Lists, said: Verdict[], told: (bytes: number) => void): Promise<void> {
  const listed = new Map([...lists.tags, ...lists.manifest]);
  let good = 0;
  const missing = [];
  for (const path of listed.keys()) {
    const file = folder.get(path);
    if (!file) missing.push(path);
    else {
      const wrong = await fault(file, path, lists, told);
      if (wrong) said.push({ state: "bad", text: say("%1 %2.", path, wrong), path });
      else good++;
    }
  }
  // What systems put into any folder that is opened is not part of a copy.
  const own = new Set([TAGS, `${TAGS}.sig`, ".DS_Store", "Thumbs.db", "desktop.ini"]);
  const added = [...folder.keys()].filter((path) => !listed.has(path) && !own.has(path.split("/").pop() as string));
  for (const path of added) said.push({ state: "bad", text: say("%1 is not on the signed list: it was added.", path), path });
  if (missing.length) {
    const some = missing.slice(0, 3).join(", ");
    said.push({ state: "note", text: say("%1 of %2 files are not in this copy: %3", missing.length, listed.size, some + (missing.length > 3 ? " …" : "")) });
  }
  said.push({ state: good ? "good" : "note", text: say("%1 files are exactly as signed.", good) });
}

async function pictures(folder: Folder, lists: Lists, said: Verdict[]): Promise<void> {
  for (const path of [...lists.manifest.keys()].filter((each) => each.endsWith("/gops.json"))) {
    const claimed = folder.get(path);
    const place = path.slice(0, -"gops.json".length);
    const claim = claimed && (JSON.parse(decode(await read(claimed))) as Claim);
    const video = claim && folder.get(place + claim.file);
    if (!claim || !video) continue;
    await step(said, say("What %1 says", path), async () => {
      const found = counted(await prove(claim, await read(video)));
      const of = place.replace("data/media/", "").replace(/\/$/, "");
      return say("%1: %2 are the original's, bit for bit.", of, found);
    });
  }
}

async function custody(around: Folder, version: Folder, name: string, said: Verdict[]): Promise<void> {
  const proof = (n: string, what: string): Promise<Uint8Array<ArrayBuffer>> => bytesOf(around, `proof/${n}/${what}`);
  if (!around.has(`proof/${name}/checkpoint`)) {
    said.push({ state: "note", text: say("The custody log was not checked: no proof lies beside this version.") });
    return;
  }
  await step(said, say("The custody log"), async () => {
    const info = decode(await bytesOf(version, "bag-info.txt"));
    const point = await readCheckpoint(decode(await proof(name, "checkpoint")), info);
    const listed = await sha256(await bytesOf(version, TAGS));
    await checkEntry(await proof(name, "entry"), listed, decode(await proof(name, "release.tlog-proof")), point);
    const before = `v${Number(name.slice(1)) - 1}`;
    const tiles = tileNames(point.size).map((tile) => `proof/${name}/tile/0/${tile}`);
    if (!around.has(`proof/${before}/checkpoint`) || !tiles.every((tile) => around.has(tile)))
      return say("The release is in the Office's custody log, one entry of %1.", point.size);
    const older = await readCheckpoint(decode(await proof(before, "checkpoint")), info);
    await checkGrowth(join(...(await Promise.all(tiles.map((tile) => bytesOf(around, tile))))), point, older);
    return say("The release is in the Office's custody log, one entry of %1; the %2 of the version before are part of it unchanged.", point.size, older.size);
  });
}

async function check(copies: Copy[]): Promise<void> {
  if (!copies.length) return;
  tell([{ state: "note", text: copies.length === 1 ? say("Checking %1 …", copies[0]?.path ?? "") : say("Checking %1 files …", copies.length) }]);
  const roots = copies.filter((copy) => copy.path.split("/").pop() === TAGS).map((copy) => copy.path.slice(0, -TAGS.length));
  if (!roots.length) {
    tell([{
      state: "note",
      text: say("Nothing to compare with: %1, its .sig, manifest-sha256.txt and allowed_signers must be chosen too. They lie beside the folder data.", TAGS),
    }]);
    return;
  }
  const said: Verdict[] = [];
  for (const root of roots) {
    const folder = below(copies, root);
    const name = root.replace(/\/$/, "").split("/").pop() ?? "";
    if (roots.length > 1) said.push({ state: "note", text: say("Version %1", name) });
    const lists = await signedLists(folder, said);
    if (!lists?.manifest.size) continue;
    if ([...folder.keys()].some((path) => path.startsWith("data/"))) {
      const size = [...folder.values()].reduce((n, file) => n + file.size, 0);
      let done = 0;
      const told = (bytes: number): void => {
        done += bytes;
        const line = report?.lastElementChild;
        if (line) line.textContent = say("Checking: %1 %", Math.round((done / size) * 100));
      };
      await everyFile(folder, lists, said, told);
      await pictures(folder, lists, said);
      if (/^v\d+$/.test(name)) await custody(below(copies, root.slice(0, -name.length - 1)), folder, name, said);
    } else
      for (const [path, file] of folder)
        if (!lists.tags.has(path) && !path.startsWith(TAGS)) said.push(await judge({ path, file }, lists, (each) => each));
  }
  tell(said.sort((a, b) => Number(b.state === "bad") - Number(a.state === "bad")));
}

const zone = id("drop");
if (zone) zone.hidden = false;
for (const name of ["folder", "file"]) {
  const input = id(name) as HTMLInputElement | null;
  input?.addEventListener("change", () => void check(chosen(input)));
}
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone?.classList.add("over-it");
});
document.addEventListener("dragleave", () => zone?.classList.remove("over-it"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  zone?.classList.remove("over-it");
  if (event.dataTransfer) void unfold(event.dataTransfer).then(check);
});
