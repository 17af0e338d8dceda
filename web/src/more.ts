// SPDX-License-Identifier: Apache-2.0
// What a page needs only when it is asked for: search, and the check of files a reader has.

import { Panel } from "./panel";
import { Search } from "./search";

const { facts, found, player, trust } = window.plainview;
new Search(facts, found, (at) => player.playFrom(at));
new Panel(facts, trust);
import "./scene";
