// SPDX-License-Identifier: Apache-2.0
// The desk: everything works without this file, except drawing with the mouse and sending gigabytes.

import { both, nudges } from "./both";
import { leaf } from "./leaf";
import { rows } from "./rows";
import { studio } from "./studio";
import { uploads } from "./uploads";

document.documentElement.classList.add("js");

const all = document.querySelector<HTMLInputElement>("#pick-all");
all?.addEventListener("change", () => {
  for (const box of document.querySelectorAll<HTMLInputElement>(".proposals input[name=chosen]")) box.checked = all.checked;
});

/** Words selected in a row narrow what its form mutes: the form's seconds move by as much as the words lie inside. */
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.anchorNode) return;
  const row = selection.anchorNode.parentElement?.closest<HTMLElement>(".utter > li");
  const form = row?.querySelector<HTMLFormElement>("form.mute");
  if (!row || !form) return;
  const words = [...row.querySelectorAll<HTMLElement>("[data-start]")].filter((word) => selection.containsNode(word, true));
  const [from, to] = [form.elements.namedItem("from_s") as HTMLInputElement, form.elements.namedItem("to_s") as HTMLInputElement];
  if (!words.length) return;
  const zero = Number(from.defaultValue) - Number(from.dataset.rowStart) / 1e6;
  from.value = (zero + Number(words[0]!.dataset.start) / 1e6).toFixed(3);
  to.value = (zero + Number(words[words.length - 1]!.dataset.end) / 1e6).toFixed(3);
});

/** A plain player tells how far was listened when it stops. */
for (const player of document.querySelectorAll<HTMLAudioElement>("audio[data-watched]")) {
  let from = 0;
  player.addEventListener("play", () => { from = player.currentTime; });
  player.addEventListener("pause", () => {
    if (player.currentTime - from < 0.2) return;
    const body = new URLSearchParams({ from_s: from.toFixed(3), to_s: player.currentTime.toFixed(3), csrfmiddlewaretoken: player.dataset.csrf! });
    void fetch(player.dataset.watched!, { method: "POST", body, keepalive: true });
  });
}

studio();
uploads();
both();
nudges();
leaf();
rows();
