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
    e: () => {
      const edit = all[at]?.querySelector("details");
      if (edit) { edit.open = true; edit.querySelector("textarea")?.focus(); }
    },
  };
  addEventListener("keydown", (event) => {
    const field = (event.target as HTMLElement).closest<HTMLElement>("input, textarea, select");
    if (field && event.key === "Enter" && event.ctrlKey) field.closest("form")?.requestSubmit();
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>(".listen")) button.addEventListener("click", () => void listen(button.dataset));
}

let playing: HTMLAudioElement | null = null;

async function listen(data: DOMStringMap): Promise<void> {
  playing?.pause();
  const sound = (playing = new Audio(data.src));
  const [from, to] = [Math.max(0, Number(data.from) - PAD), Number(data.to) + PAD];
  sound.currentTime = from;
  sound.addEventListener("timeupdate", () => { if (sound.currentTime >= to) sound.pause(); });
  sound.addEventListener("pause", () => {
    if (sound.currentTime - from < 0.2) return;
    const body = new URLSearchParams({ from_s: from.toFixed(3), to_s: sound.currentTime.toFixed(3), csrfmiddlewaretoken: data.csrf! });
    void fetch(data.watched!, { method: "POST", body, keepalive: true });
  });
  await sound.play();
}
