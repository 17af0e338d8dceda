// SPDX-License-Identifier: Apache-2.0
// What the page's scripts say: the English words stand in the code; a page in another language brings its own.

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}") as Record<string, string>;

/** ``%1``, ``%2`` … stand for the values, in whatever order the language wants them. */
export const say = (text: string, ...values: (string | number)[]): string =>
  (words[text] ?? text).replace(/%(\d)/g, (_, place) => String(values[place - 1]));
