// SPDX-License-Identifier: Apache-2.0
// The transcript by keyboard: from row to row, listen, correct, record; what was listened to is told.

const PAD = 0.4;

export function rows(): void {
  const all = [...document.querySelectorAll<HTMLElement>("#rows > li")];
  if (!all.length) return;
  let at = -1;
  const go = (to: number) => {
    at = Math.max(0, Math.min(all.length - 1, to));
    all[at]!.tabIndex = -1;
    all[at]!.focus();
    all[at]!.scrollIntoView({ block: "nearest" });
  };
  const actions: Record<string, () => void> = {
    j: () => go(at + 1), k: () => go(at - 1),
    l: () => all[at]?.querySelector<HTMLButtonElement>(".listen")?.click(),
    t: () => uncover(all[at]),
    e: () => edit(all[at])?.focus(),
  };
  addEventListener("keydown", (event) => {
    const field = (event.target as HTMLElement).closest<HTMLElement>("input, textarea, select");
    if (field && event.key === "Enter" && event.ctrlKey) field.closest("form")?.requestSubmit();
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });
  for (const row of all) {
    for (const button of row.querySelectorAll<HTMLButtonElement>(".listen")) button.addEventListener("click", () => void listen(button.dataset, () => uncover(row)));
    for (const button of row.querySelectorAll<HTMLButtonElement>("[data-take], [data-put]")) button.addEventListener("click", () => take(row, button.dataset));
  }
}

/** A disputed text is read after it was listened to. */
function uncover(row?: HTMLElement): void {
  const text = row?.querySelector<HTMLDetailsElement>("details.covered");
  if (text) text.open = true;
}

/** The row's field for what was heard, its form opened. */
function edit(row?: HTMLElement): HTMLTextAreaElement | null {
  const form = row?.querySelector<HTMLDetailsElement>("details.edit");
  if (form) form.open = true;
  return form?.querySelector<HTMLTextAreaElement>("textarea.says") ?? null;
}

/** What others heard goes into the field: the whole row, or one word in its place. */
function take(row: HTMLElement, said: DOMStringMap): void {
  const field = edit(row);
  if (!field) return;
  const words = field.value.split(/\s+/);
  if (said.put !== undefined) words[Number(said.word)] = said.put;
  field.value = said.take ?? words.join(" ");
  field.focus();
}

let playing: HTMLAudioElement | null = null;

async function listen(data: DOMStringMap, heard: () => void): Promise<void> {
  playing?.pause();
  const sound = (playing = new Audio(data.src));
  const [from, to] = [Math.max(0, Number(data.from) - PAD), Number(data.to) + PAD];
  sound.currentTime = from;
  sound.addEventListener("timeupdate", () => { if (sound.currentTime >= to) sound.pause(); });
  sound.addEventListener("pause", () => {
    if (sound.currentTime >= Number(data.to)) heard();
    if (sound.currentTime - from < 0.2) return;
    const body = new URLSearchParams({ from_s: from.toFixed(3), to_s: sound.currentTime.toFixed(3), csrfmiddlewaretoken: data.csrf! });
    void fetch(data.watched!, { method: "POST", body, keepalive: true });
  });
  await sound.play();
}
