// SPDX-License-Identifier: Apache-2.0
// The check that runs in the page: the signature over the list, the list, what this page is made of. The custody log follows in panel.ts.
// A page cannot vouch for the server that sent it; it says so, and shows the commands that can.

import { $, type Facts } from "./data";
import { type Bytes, checkSignature, decode, Failed, failed, readList, sha256 } from "./hash";
import { say } from "./say";

type State = "checking" | "valid" | "idle" | "failed";

/** The lists, once they are known to be the signed ones. */
export interface Trusted {
  tags: Map<string, string>;
  manifest: Map<string, string>;
}

const ICONS = { valid: "#i-yes", failed: "#i-no", idle: "#i-wait", checking: "#i-wait" };

export function show(id: string, state: State, title: string, note: string): void {
  const row = $(id);
  if (!row) return;
  row.dataset.state = state;
  row.querySelector("use")?.setAttribute("href", ICONS[state]);
  const [head, small] = [row.querySelector("span"), row.querySelector("small")];
  if (head) head.textContent = title;
  if (small) small.textContent = note;
}

function seal(state: State, words: string): void {
  const el = $("seal");
  if (!el || el.dataset.state === "failed") return;
  el.dataset.state = state;
  el.querySelector("use")?.setAttribute("href", ICONS[state]);
  const span = el.querySelector("span");
  if (span) span.textContent = words;
}

export async function get(path: string, cache: RequestCache = "no-store"): Promise<Bytes> {
  const answer = await fetch(path, { cache });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

export class Trust {
  lists: Trusted | null = null;
  /** What the page in front of the reader is made of: checked at once, from what the browser already holds. */
  readonly shown: string[];
  /** Digest of the signed list. */
  listed = "";
  /** Resolves when the page in front of the reader is known to be as signed. */
  readonly done: Promise<void>;
  private ready: () => void = () => {};

  constructor(
    private readonly facts: Facts,
    private readonly broken: (why: string) => void,
  ) {
    this.shown = [facts.page, "assets/case.js", "assets/boot.js", "assets/page.css"];
    this.done = new Promise((done) => {
      this.ready = done;
    });
  }

  async run(): Promise<void> {
    const disk = location.protocol === "file:";
    if (disk || !globalThis.crypto?.subtle) {
      const why = disk ? say("a page opened from disk may not read its neighbours") : say("this address is not secure");
      show("check-signature", "idle", say("The signature is not checked here"), say("%1; verify.html or the commands below check it", why));
      for (const [id, what] of [["check-list", say("The list of files")], ["check-log", say("The custody log")], ["check-page", say("This page")]] as const)
        show(id, "idle", say("%1 is not checked here", what), say("verify.html or the commands below check it"));
      seal("idle", say("Signed copy, not checked here"));
      return;
    }
    seal("checking", say("Checking the signature"));
    const steps: [string, string, () => Promise<void>][] = [
      ["check-signature", say("The signature"), () => this.signature()],
      ["check-list", say("The list of files"), () => this.list()],
      ["check-page", say("This page"), () => this.own(this.shown)],
    ];
    for (const [id, name, step] of steps) if (!(await this.guarded(id, name, step))) return;
    seal("valid", say("Signed copy, checked in your browser"));
    this.ready();
  }

  /** True when ``step`` found all as signed; wrong and unknown are told apart. */
  async guarded(id: string, name: string, step: () => Promise<void>, sealed = true): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!failed(error)) {
        // Not there, or a browser without Ed25519: unknown is not wrong.
        show(id, "idle", say("%1 was not checked", name), say("it could not be read here; the commands below check it"));
        if (sealed) seal("idle", say("Signed copy, not checked here"));
        return false;
      }
      show(id, "failed", say("%1 is wrong", name), error.message);
      this.alarm(say("%1 is wrong: %2.", name, error.message));
      return false;
    }
  }

  /** The whole page says so, and nothing plays any more. */
  alarm(why: string): void {
    seal("failed", say("This copy has been changed"));
    const alarm = $("alarm");
    if (alarm) {
      alarm.textContent = say("Do not rely on this copy. %1", why);
      alarm.hidden = false;
    }
    document.documentElement.classList.add("broken");
    this.broken(why);
  }

  private async signature(): Promise<void> {
    const [signers, signed, list] = (await Promise.all(
      ["allowed_signers", "tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt"].map((name) => get(`../${name}`)),
    )) as [Bytes, Bytes, Bytes];
    const found = await checkSignature(decode(signed), list, decode(signers));
    if (this.facts.key && this.facts.key !== found) throw new Failed("its key is not the one this page names");
    this.lists = { tags: readList(list), manifest: new Map() };
    this.listed = await sha256(list);
    show("check-signature", "valid", say("Signature is valid"), say("Made with the key %1", found));
  }

  /** A file of the bag outside ``data``, if it is the one on the signed list. */
  async tag(name: string): Promise<Bytes> {
    const body = await get(`../${name}`);
    if (this.lists?.tags.get(name) !== (await sha256(body))) throw new Failed("%1 is not the one that was signed", name);
    return body;
  }

  private async list(): Promise<void> {
    const manifest = readList(await this.tag("manifest-sha256.txt"));
    if (this.lists) this.lists.manifest = manifest;
    show("check-list", "valid", say("The list of files is the one that was signed"), say("%1 files", manifest.size));
  }

  async own(names: string[]): Promise<void> {
    for (const name of names) {
      const wanted = this.lists?.manifest.get(`data/${name}`);
      if (!wanted) throw new Failed("%1 is not on the signed list", name);
      if ((await sha256(await get(name, "force-cache"))) !== wanted) throw new Failed("%1 has been changed", name);
    }
    show("check-page", "valid", say("This page matches the signed list"), say("%1 files it is made of were checked just now", names.length));
  }
}
