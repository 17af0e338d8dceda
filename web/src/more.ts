// SPDX-License-Identifier: Apache-2.0
// What a page needs only when it is asked for: search, the rarer controls, and the check of files a reader has.

import { controls } from "./controls";
import { far } from "./far";
import { Panel } from "./panel";
import { Proof } from "./proof";
import { Search } from "./search";
import { Wave } from "./wave";

const { acts, facts, found, player, trust } = window.plainview;
Object.assign(acts, controls(player), { far: () => void far() });
new Search(facts, found, (at) => player.playFrom(at));
new Panel(facts, trust);
new Proof(player.strip);
new Wave(player.strip);
import "./scene";
