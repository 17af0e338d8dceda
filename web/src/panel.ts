// SPDX-License-Identifier: Apache-2.0
// The panel's second half: files and folders a reader downloaded, and the pictures that are the original's.

import { chosen, type Copy, judge, type Lists, readChunks, unfold, type Verdict } from "./copies";
import { $, ending, type Facts } from "./data";
import { type Claim, counted, prove } from "./gops";
import { type Bytes, decode, Failed, failed, join, sha256 } from "./hash";
import { checkEntry, checkGrowth, readCheckpoint, tileNames } from "./log";
import { say } from "./say";
import { get, show, type Trust } from "./trust";

/** The rest of the release's words: checked when the reader comes to the panel, because they may be large. */
const REST = ["assets/more.js", "transcript.html", "statements.html", "recordings.html", "papers.html", "case.json", "search.json", "feed.xml", "find/000.js"];
/** Those of them that each language has of its own. */
const SPOKEN = /^(transcript|statements|recordings|papers|search|find)/;

export class Panel {
  private lists: Lists | null = null;
  private readonly out = $("file-answer");

  constructor(
    private readonly facts: Facts,
    private readonly trust: Trust,
  ) {
    for (const id of ["file", "folder"]) {
      const input = $<HTMLInputElement>(id);
      const take = (): void => void this.answer(input ? chosen(input) : []);
      input?.addEventListener("change", take);
      // Chosen before this script had come.
      if (input?.files?.length) take();
    }
    const zone = document.querySelector<HTMLElement>(".drop");
    zone?.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over-it");
    });
    zone?.addEventListener("dragleave", () => zone.classList.remove("over-it"));
    zone?.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over-it");
      if (event.dataTransfer) void unfold(event.dataTransfer).then((copies) => this.answer(copies));
    });
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-prove]"))
      button.addEventListener("click", () => void this.prove(button));
    void this.follow();
  }

  /** The checks that may wait until the panel is near or something plays: the log, and the release's other words. */
  private async follow(): Promise<void> {
    await this.trust.done;
    await this.trust.guarded("check-log", say("The custody log"), () => this.log(), false);
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      void this.trust.guarded("check-page", say("This release"), () => this.trust.own([...this.trust.shown, ...REST.map((name) => (SPOKEN.test(name) ? name.replace(".", `${ending(this.facts)}.`) : name))]));
    });
    const panel = $("verify");
    if (panel) seen.observe(panel);
  }

  private async log(): Promise<void> {
    const { version, before } = this.facts;
    const info = decode(await this.trust.tag("bag-info.txt"));
    const place = (n: number, name: string): string => `../../proof/v${n}/${name}`;
    const [note, proof, entry] = (await Promise.all(
      ["checkpoint", "release.tlog-proof", "entry"].map((name) => get(place(version, name))),
    )) as [Bytes, Bytes, Bytes];
    const point = await readCheckpoint(decode(note), info);
    await checkEntry(entry, this.trust.listed, decode(proof), point);
    let grown = "";
    if (before) {
      const older = await readCheckpoint(decode(await get(place(before, "checkpoint"))), info);
      const tiles = await Promise.all(tileNames(point.size).map((name) => get(place(version, `tile/0/${name}`))));
      await checkGrowth(join(...tiles), point, older);
      grown = say("; the log of version %1, %2 entries, is part of it unchanged", before, older.size);
    }
    show("check-log", "valid", say("This release is in the Office's custody log"), say("Entry among %1", point.size) + grown);
  }


  /** ``data/media/bwc-1/full.mp4`` as a reader knows it. */
  private called(path: string): string {
    const [, , slug, name] = path.split("/");
    const of = path.startsWith("data/media/") && this.facts.recordings.find((r) => r.slug === slug);
    return of ? `${of.title} (${name})` : path;
  }

  private async known(): Promise<Lists | null> {
    const signed = this.trust.lists;
    if (!signed?.manifest.size) return null;
    if (!this.lists) {
      const chunks = signed.tags.has("chunks-sha256.json") ? await this.trust.tag("chunks-sha256.json") : null;
      this.lists = { ...signed, chunks: chunks && (await readChunks(chunks, signed.tags)) };
    }
    return this.lists;
  }

  private async answer(copies: Copy[]): Promise<void> {
    if (!copies.length) return;
    const lists = await this.known();
    if (!lists) {
      this.tell([{ state: "note", text: say("The signed list is not known here, so nothing can be compared. verify.html can, from disk.") }]);
      return;
    }
    const said: Verdict[] = [];
    for (const [i, copy] of copies.entries()) {
      if (copies.length > 1) this.tell([{ state: "note", text: say("Checking %1 of %2: %3", i + 1, copies.length, copy.path) }]);
      said.push(await judge(copy, lists, (path) => this.called(path)));
    }
    const good = said.filter((each) => each.state === "good");
    if (copies.length > 4 && good.length) {
      const rest = said.filter((each) => each.state !== "good");
      this.tell([...rest, { state: "good", text: say("%1 of %2 files are exactly as signed.", good.length, copies.length) }]);
    } else this.tell(said);
  }

  private tell(said: Verdict[]): void {
    this.out?.replaceChildren(
      ...said.map(({ state, text }) => {
        const row = document.createElement("p");
        row.className = `told ${state}`;
        row.textContent = text;
        return row;
      }),
    );
  }

  /** Fetch a recording and recompute which of its pictures and of its sound are the original's. */
  private async prove(button: HTMLButtonElement): Promise<void> {
    const row = button.closest<HTMLElement>("li");
    const note = row?.querySelector("small");
    if (!row || !note) return;
    const { claim = "", video = "" } = row.dataset;
    button.disabled = true;
    note.textContent = say("Fetching the recording …");
    try {
      const said = JSON.parse(decode(await this.signed(claim))) as Claim;
      const found = counted(await prove(said, await this.signed(video)));
      note.textContent = say("Checked just now: %1 are the original's, bit for bit.", found);
      row.dataset.state = "valid";
    } catch (error) {
      button.disabled = false;
      if (!failed(error)) {
        note.textContent = say("It could not be read here.");
        return;
      }
      note.textContent = say("This does not hold: %1.", error.message);
      row.dataset.state = "failed";
      this.trust.alarm(say("What is said of %1 is wrong: %2.", this.called(`data/${video}`), error.message));
    }
  }

  private async signed(path: string): Promise<Bytes> {
    const lists = await this.known();
    const body = new Uint8Array(await (await fetch(path)).arrayBuffer());
    if (lists?.manifest.get(`data/${path}`) !== (await sha256(body))) throw new Failed("%1 has been changed", path);
    return body;
  }
}
