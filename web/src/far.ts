// SPDX-License-Identifier: Apache-2.0
// To a line by its address (`#u3921`) in a transcript too long to be in the page.

import type { Said } from "./found";

/** Lines in one part, as Python cuts them. */
const PART = 4000;

export async function far(): Promise<void> {
  const { facts, found, player } = window.plainview;
  const id = location.hash.slice(1);
  // Shots stand among the lines: the one wanted may lie in a part beside the one its number says.
  const away = (part: number): number => Math.abs(part - 1 - Number(id.slice(1)) / PART);
  const parts = facts.parts.map((_, i) => i + 1).sort((a, b) => away(a) - away(b));
  for (const part of parts) {
    const line = ((await found.part(part)) as Said[]).find(([each]) => each === id);
    if (line) return player.go(line[1], { address: `#${id}` });
  }
}
