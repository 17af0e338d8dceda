// SPDX-License-Identifier: Apache-2.0
// Sending files in pieces (tus 1.0): each piece carries its SHA-256, the whole file's is counted here and compared there.

import { base64, digest, hex } from "./hash";
import { Sha256 } from "./sha256";

const PIECE = 16 << 20;
const PAUSES = [1, 2, 5, 10, 20, 30];

const wait = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));
const named = (file: File) => btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));

export function uploads(): void {
  const drop = document.querySelector<HTMLFormElement>("#drop");
  const input = document.querySelector<HTMLInputElement>("#files");
  if (!drop || !input) return;
  const send = async (files: FileList) => {
    for (const file of files) await one(drop, file);
    location.reload();
  };
  input.addEventListener("change", () => input.files && void send(input.files));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over-it"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over-it"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over-it");
    if (event.dataTransfer?.files.length) void send(event.dataTransfer.files);
  });
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-upload]"))
    field.value ||= sessionStorage.getItem(`sha256 ${field.dataset.upload}`) ?? "";
}

async function one(drop: HTMLFormElement, file: File): Promise<void> {
  const line = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = file.size || 1;
  line.append(`${file.name} `, bar);
  document.querySelector("#sending")!.append(line);
  const headers = { "X-CSRFToken": drop.dataset.csrf!, "Tus-Resumable": "1.0.0" };
  const memory = `upload ${location.pathname} ${file.name} ${file.size} ${file.lastModified}`;
  const address = (await known(memory, headers)) ?? (await begun(drop, file, headers));
  if (!address) { line.append(" was refused"); return; }
  sessionStorage.setItem(memory, address);
  const whole = new Sha256();
  let at = 0;
  for (let held = await offset(address, headers); at < file.size; ) {
    const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
    whole.add(piece);
    if (at + piece.length > held) held = await put(address, piece.subarray(Math.max(0, held - at)), Math.max(at, held), headers);
    at += piece.length;
    bar.value = at;
  }
  sessionStorage.setItem(`sha256 ${address.split("/").pop()}`, hex(whole.done()));
  sessionStorage.removeItem(memory);
  line.append(" is here");
}

async function known(memory: string, headers: Record<string, string>): Promise<string | null> {
  const address = sessionStorage.getItem(memory);
  if (!address) return null;
  const answer = await fetch(address, { method: "HEAD", headers });
  return answer.ok ? address : null;
}

async function begun(drop: HTMLFormElement, file: File, headers: Record<string, string>): Promise<string | null> {
  const answer = await fetch(drop.dataset.new!, {
    method: "POST",
    headers: { ...headers, "Upload-Length": String(file.size), "Upload-Metadata": `filename ${named(file)}` },
  });
  return answer.headers.get("Location");
}

async function offset(address: string, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(address, { method: "HEAD", headers });
  return Number(answer.headers.get("Upload-Offset"));
}

/** Sends one piece until it is there; whatever the line or the server does meanwhile, the server's offset counts. */
async function put(address: string, piece: Uint8Array<ArrayBuffer>, at: number, headers: Record<string, string>): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      const held = attempt ? await offset(address, headers) : at;
      if (held >= at + piece.length) return held;
      const rest = piece.subarray(held - at);
      const answer = await fetch(address, {
        method: "PATCH", body: rest,
        headers: {
          ...headers, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(held),
          "Upload-Checksum": `sha256 ${base64(await digest(rest))}`,
        },
      });
      if (answer.ok) return Number(answer.headers.get("Upload-Offset"));
      if (answer.status === 403 || answer.status === 404) throw new Error("refused");
    } catch (error) {
      if (attempt >= 40 || (error instanceof Error && error.message === "refused")) throw error;
    }
    await wait(PAUSES[Math.min(attempt, PAUSES.length - 1)]!);
  }
}
