// SPDX-License-Identifier: Apache-2.0
// What another program's reader makes of IIIF and W3C annotation files: one line of JSON for each file named. For tests.

import { readFileSync } from "node:fs";
import { normalize } from "@iiif/parser";

for (const path of process.argv.slice(2)) {
  const { resource, entities } = normalize(JSON.parse(readFileSync(path, "utf8")));
  const annotations = Object.values(entities.Annotation).map(({ id, motivation, target }) => ({ id, motivation, target }));
  console.log(JSON.stringify({ type: resource.type, canvases: Object.values(entities.Canvas).map(({ id, duration }) => ({ id, duration })), annotations }));
}
