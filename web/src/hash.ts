// SPDX-License-Identifier: Apache-2.0
// What both the page and verify.html check with: digests, lists of them, OpenSSH signatures.
// Nothing here reads a network; what is wrong is thrown as Failed, in the page's words.

import { say } from "./say";

export type Bytes = Uint8Array<ArrayBuffer>;

const NAMESPACE = "plainview-release";
const text = new TextEncoder();

/** Something is not what was signed; the message ends the sentence "… is wrong: ". */
export class Failed extends Error {
  override name = "Failed";
  constructor(why: string, ...values: (string | number)[]) {
    super(say(why, ...values));
  }
}
/** By name, because each of the page's scripts holds its own copy of the class. */
export const failed = (error: unknown): error is Failed => error instanceof Error && error.name === "Failed";

export const bytes = (base64: string): Bytes => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
export const base64 = (body: Uint8Array): string => btoa(String.fromCharCode(...body));
export const decode = (body: BufferSource): string => new TextDecoder().decode(body);
export const hex = (body: ArrayBuffer | Uint8Array): string =>
  [...new Uint8Array(body as ArrayBuffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
export const unhex = (digits: string): Bytes => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const digest = async (body: BufferSource): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest("SHA-256", body));
export const sha256 = async (body: BufferSource): Promise<string> => hex(await digest(body));
export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i]);

export function join(...parts: Uint8Array[]): Bytes {
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

export async function signedBy(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** OpenSSH's SSHSIG over ``message``, by a key that ``signers`` allows for releases; gives the key's fingerprint. */
export async function checkSignature(armored: string, message: Bytes, signers: string): Promise<string> {
  const inner = armored.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+=*$/.test(inner)) throw new Failed("it is not an SSH signature");
  const body = new Reader(bytes(inner));
  if (!same(body.take(6), text.encode("SSHSIG")) || body.take(4)[3] !== 1) throw new Failed("it is not an SSH signature");
  const key = body.field();
  const space = body.field();
  const reserved = body.field();
  const hash = body.field();
  const wrapped = new Reader(body.field());
  if (!same(space, text.encode(NAMESPACE))) throw new Failed("it was made for something else");
  if (!allowed(key, signers)) throw new Failed("its key is not the Office's");
  const summed = await crypto.subtle.digest(decode(hash) === "sha512" ? "SHA-512" : "SHA-256", message);
  const signed = join(text.encode("SSHSIG"), field(space), field(reserved), field(hash), field(new Uint8Array(summed)));
  wrapped.field();
  const parts = new Reader(key);
  parts.field();
  if (!(await signedBy(parts.field(), wrapped.field(), signed))) throw new Failed("it does not fit the list");
  return `SHA256:${base64(await digest(key)).replace(/=+$/, "")}`;
}

function allowed(key: Bytes, signers: string): boolean {
  const wanted = base64(key);
  return signers.split("\n").some((line) => {
    const at = line.indexOf(" ssh-ed25519 ");
    const spaces = /namespaces="([^"]*)"/.exec(line)?.[1];
    return at > 0 && line.slice(at + 13).split(" ")[0] === wanted && (!spaces || spaces.split(",").includes(NAMESPACE));
  });
}

/** Path to digest. */
export function readList(body: BufferSource): Map<string, string> {
  const rows = decode(body).split("\n").filter(Boolean);
  return new Map(rows.map((row) => [row.slice(64).trimStart(), row.slice(0, 64)]));
}
