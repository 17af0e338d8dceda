// SPDX-License-Identifier: Apache-2.0
// The check that runs in the page: the signature over the list, the list, and what this page is made of.
// A page cannot vouch for the server that sent it; it says so, and shows the commands that can.

import { $ } from "./data";

type State = "checking" | "valid" | "idle" | "failed";
type Bytes = Uint8Array<ArrayBuffer>;

const NAMESPACE = "plainview-release";
const text = new TextEncoder();

class Failed extends Error {}

const bytes = (base64: string): Bytes => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const hex = (body: ArrayBuffer): string => [...new Uint8Array(body)].map((b) => b.toString(16).padStart(2, "0")).join("");
const sha256 = async (body: BufferSource): Promise<string> => hex(await crypto.subtle.digest("SHA-256", body));

function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A string as SSH writes it: its length in four bytes, then itself. */
function field(body: Uint8Array): Bytes {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, body.length);
  return join(size, body);
}

class Reader {
  private at = 0;
  constructor(private readonly body: Bytes) {}
  take(n: number): Bytes {
    if (this.at + n > this.body.length) throw new Failed("the signature is cut short");
    const part = this.body.slice(this.at, this.at + n);
    this.at += n;
    return part;
  }
  field(): Bytes {
    return this.take(new DataView(this.take(4).buffer).getUint32(0));
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

/** OpenSSH's SSHSIG over ``message``, by a key that ``signers`` allows for releases; gives the key's fingerprint. */
export async function checkSignature(armored: string, message: Bytes, signers: string): Promise<string> {
  const body = new Reader(bytes(armored.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "")));
  if (!same(body.take(6), text.encode("SSHSIG")) || body.take(4)[3] !== 1) throw new Failed("it is not an SSH signature");
  const key = body.field();
  const space = body.field();
  const reserved = body.field();
  const hash = body.field();
  const wrapped = new Reader(body.field());
  if (!same(space, text.encode(NAMESPACE))) throw new Failed("it was made for something else");
  if (!allowed(key, signers)) throw new Failed("its key is not the Office's");
  const digest = await crypto.subtle.digest(new TextDecoder().decode(hash) === "sha512" ? "SHA-512" : "SHA-256", message);
  const signed = join(text.encode("SSHSIG"), field(space), field(reserved), field(hash), field(new Uint8Array(digest)));
  wrapped.field();
  const parts = new Reader(key);
  parts.field();
  const imported = await crypto.subtle.importKey("raw", parts.field(), { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, imported, wrapped.field(), signed)))
    throw new Failed("it does not fit the list");
  const print = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", key))));
  return `SHA256:${print.replace(/=+$/, "")}`;
}

function allowed(key: Bytes, signers: string): boolean {
  const wanted = btoa(String.fromCharCode(...key));
  return signers.split("\n").some((line) => {
    const at = line.indexOf(" ssh-ed25519 ");
    const spaces = /namespaces="([^"]*)"/.exec(line)?.[1];
    return at > 0 && line.slice(at + 13).split(" ")[0] === wanted && (!spaces || spaces.split(",").includes(NAMESPACE));
  });
}

function readList(body: Bytes): Map<string, string> {
  const rows = new TextDecoder().decode(body).split("\n").filter(Boolean);
  return new Map(rows.map((row) => [row.slice(64).trimStart(), row.slice(0, 64)]));
}

function show(id: string, state: State, title: string, note: string): void {
  const row = $(id);
  if (!row) return;
  row.dataset.state = state;
  const icon = state === "valid" ? "#i-yes" : state === "failed" ? "#i-no" : "#i-wait";
  row.querySelector("use")?.setAttribute("href", icon);
  const [head, small] = [row.querySelector("span"), row.querySelector("small")];
  if (head) head.textContent = title;
  if (small) small.textContent = note;
}

function seal(state: State, words: string): void {
  const el = $("seal");
  if (!el) return;
  el.dataset.state = state;
  el.querySelector("use")?.setAttribute("href", state === "valid" ? "#i-yes" : state === "failed" ? "#i-no" : "#i-wait");
  const span = el.querySelector("span");
  if (span) span.textContent = words;
}

async function get(path: string, cache: RequestCache): Promise<Bytes> {
  const answer = await fetch(path, { cache });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const decode = (body: Bytes): string => new TextDecoder().decode(body);

let manifest: Map<string, string> | null = null;

/** What the page in front of the reader is made of: checked at once, from what the browser already holds. */
const SHOWN = ["index.html", "assets/case.js", "assets/boot.js", "assets/page.css"];
/** The rest of the release's words: checked when the reader comes to the panel, because they may be large. */
const REST = ["transcript.html", "papers.html", "case.json", "search.json", "feed.xml"];

/** Run the checks; ``broken`` is told when something is not what was signed. */
export async function verify(key: string, broken: () => void): Promise<void> {
  dropped();
  if (location.protocol === "file:" || !globalThis.crypto?.subtle) {
    const disk = location.protocol === "file:";
    const why = disk ? "a page opened from disk may not read its neighbours" : "this address is not secure";
    show("check-signature", "idle", "The signature is not checked here", `${why}; the commands below check it`);
    show("check-list", "idle", "The list of files is not checked here", "the commands below check it");
    show("check-page", "idle", "This page is not checked here", "the commands below check it");
    seal("idle", "Signed copy, not checked here");
    return;
  }
  seal("checking", "Checking the signature");
  const steps: [string, string, () => Promise<void>][] = [
    ["check-signature", "The signature", () => signature(key)],
    ["check-list", "The list of files", fileList],
    ["check-page", "This page", () => ownFiles(SHOWN)],
  ];
  for (const [id, name, step] of steps) if (!(await guarded(id, name, step, broken))) return;
  seal("valid", "Signed copy, checked in your browser");
  const panel = $("verify");
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void guarded("check-page", "This release", () => ownFiles([...SHOWN, ...REST]), broken);
  });
  if (panel) seen.observe(panel);
}

/** True when ``step`` found all as signed; wrong and unknown are told apart. */
async function guarded(id: string, name: string, step: () => Promise<void>, broken: () => void): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) {
      // Not there, or a browser without Ed25519: unknown is not wrong.
      show(id, "idle", `${name} was not checked`, "it could not be read here; the commands below check it");
      seal("idle", "Signed copy, not checked here");
      return false;
    }
    show(id, "failed", `${name} is wrong`, error.message);
    seal("failed", "This copy has been changed");
    const alarm = $("alarm");
    if (alarm) {
      alarm.textContent = `Do not rely on this copy. ${name} is wrong: ${error.message}.`;
      alarm.hidden = false;
    }
    broken();
    return false;
  }
}

let tags: Bytes = new Uint8Array(0);

async function signature(key: string): Promise<void> {
  const [signers, signed, list] = (await Promise.all(
    ["allowed_signers", "tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt"].map((name) => get(`../${name}`, "no-store")),
  )) as [Bytes, Bytes, Bytes];
  const found = await checkSignature(decode(signed), list, decode(signers));
  if (key && key !== found) throw new Failed("its key is not the one this page names");
  tags = list;
  show("check-signature", "valid", "Signature is valid", `Made with the key ${found}`);
}

async function fileList(): Promise<void> {
  const list = await get("../manifest-sha256.txt", "no-store");
  if (readList(tags).get("manifest-sha256.txt") !== (await sha256(list))) throw new Failed("it is not the list that was signed");
  manifest = readList(list);
  show("check-list", "valid", "The list of files is the one that was signed", `${manifest.size} files`);
}

async function ownFiles(names: string[]): Promise<void> {
  for (const name of names) {
    const wanted = manifest?.get(`data/${name}`);
    if (!wanted) throw new Failed(`${name} is not on the signed list`);
    if ((await sha256(await get(name, "default"))) !== wanted) throw new Failed(`${name} has been changed`);
  }
  show("check-page", "valid", "This page matches the signed list", `${names.length} files it is made of were checked just now`);
}

/** Check files a reader downloaded earlier, chosen or dropped. */
function dropped(): void {
  const input = $<HTMLInputElement>("file");
  const zone = document.querySelector<HTMLElement>(".drop");
  input?.addEventListener("change", () => void answer([...(input.files ?? [])]));
  zone?.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over-it");
  });
  zone?.addEventListener("dragleave", () => zone.classList.remove("over-it"));
  zone?.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over-it");
    void answer([...(event.dataTransfer?.files ?? [])]);
  });
}

async function answer(files: File[]): Promise<void> {
  const out = $("file-answer");
  if (!out || !files.length) return;
  if (!manifest) {
    out.textContent = "The signed list is not known here, so nothing can be compared.";
    return;
  }
  const said = [];
  for (const file of files) {
    const found = await sha256(await file.arrayBuffer());
    const name = [...manifest].find(([, digest]) => digest === found)?.[0];
    said.push(name ? `${file.name} is ${name}, exactly as signed.` : `${file.name} is not on the signed list. sha256 ${found}`);
  }
  out.textContent = said.join("\n");
}
