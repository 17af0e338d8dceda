// SPDX-License-Identifier: Apache-2.0
// Bundles the page's scripts and styles into src/plainview/publish/static. Same sources, same bytes.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "plainview", "publish", "static");
mkdirSync(out, { recursive: true });
// Classic scripts, not modules: a page opened from disk may not load modules.
await build({
  entryPoints: ["boot", "case", "more", "checker", "office"].map((name) => join(here, "src", `${name}.ts`)),
  outdir: out, bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8", legalComments: "none",
});
await build({
  entryPoints: ["page.css", "checker.css"].map((name) => join(here, "src", name)),
  outdir: out, bundle: true, minify: true, external: ["*.woff2"], charset: "utf8",
});
const desk = join(here, "..", "src", "plainview", "desk", "static");
mkdirSync(desk, { recursive: true });
await build({
  entryPoints: [join(here, "src", "desk.ts"), join(here, "src", "desk.css")], outdir: desk,
  bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8", legalComments: "none", external: ["*.woff2"],
});
for (const font of ["sans.woff2", "serif.woff2"]) copyFileSync(join(here, "fonts", font), join(desk, font));
copyFileSync(join(here, "src", "icon.svg"), join(desk, "icon.svg"));
for (const font of ["sans.woff2", "serif.woff2"]) copyFileSync(join(here, "fonts", font), join(out, font));
copyFileSync(join(here, "fonts", "LICENSE-OFL.txt"), join(out, "fonts-license.txt"));
copyFileSync(join(here, "src", "icon.svg"), join(out, "icon.svg"));
const weigh = (name) => (gzipSync(readFileSync(join(out, name))).length / 1000).toFixed(1);
console.log(`page built: case.js ${weigh("case.js")} kB, boot.js ${weigh("boot.js")} kB, more.js ${weigh("more.js")} kB, page.css ${weigh("page.css")} kB, gzipped`);
