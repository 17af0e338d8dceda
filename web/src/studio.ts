// SPDX-License-Identifier: Apache-2.0
// The studio: boxes drawn on the server's exact pictures, keys along the recording, the original played on demand.

interface Track { state: string; label: string; round: boolean; points: [number, number, number, number, number][] }
interface Data { duration: number; fps: number; width: number; height: number; tracks: Track[] }
interface About { at: number; before: number | null; after: number | null; width: number; height: number }
type Place = [number, number, number, number];

const SVG = "http://www.w3.org/2000/svg";
const $ = <T extends Element>(selector: string) => document.querySelector<T>(selector)!;
const make = (name: string, attributes: Record<string, string | number>) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
};

/** What covers an instant: the key itself, or both its neighbours together (as the rendition does it). */
export function placeAt(points: Track["points"], at: number): Place | null {
  const last = points.length - 1;
  if (last < 0 || at < points[0]![0] || at > points[last]![0]) return null;
  let i = points.findIndex((point) => point[0] > at);
  i = i < 0 ? last : i - 1;
  const [t, x, y, w, h] = points[i]!;
  const next = points[i + 1];
  if (t === at || !next) return [x, y, w, h];
  const [left, top] = [Math.min(x, next[1]), Math.min(y, next[2])];
  return [left, top, Math.max(x + w, next[1] + next[3]) - left, Math.max(y + h, next[2] + next[4]) - top];
}

export function studio(): void {
  const root = document.querySelector<HTMLElement>("#studio");
  if (root) new Studio(root, JSON.parse($("#studio-data").textContent!) as Data);
}

class Studio {
  private at: number;
  private about: About | null = null;
  private readonly keys = new Map<number, Place>();
  private readonly frame = $<HTMLImageElement>("#frame");
  private readonly film = $<HTMLVideoElement>("#film");
  private readonly boxes = $<SVGSVGElement>("#boxes");
  private started: number | null = null;

  constructor(private readonly root: HTMLElement, private readonly data: Data) {
    this.at = Math.round(parseFloat($("#clock").textContent!) * 1e6);
    this.boxes.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    for (const [id, step] of [["#back", -1], ["#on", 1]] as const)
      document.querySelector(id)?.addEventListener("click", (event) => { event.preventDefault(); void this.step(step); });
    $("#play").addEventListener("click", () => this.toggle());
    $("#next-gap").addEventListener("click", () => this.nextGap());
    $<HTMLSelectElement>("#speed").addEventListener("change", (event) => { this.film.playbackRate = Number((event.target as HTMLSelectElement).value); });
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("pagehide", () => this.watched());
    this.film.muted = (root.dataset.tastes ?? "").includes("mute");
    this.film.addEventListener("pause", () => this.stopped());
    this.film.addEventListener("seeking", () => this.watched());
    this.drawing();
    this.lanes();
    this.show();
    void this.look(this.at, false);
    const form = document.querySelector<HTMLFormElement>("#draw");
    form?.addEventListener("submit", (event) => this.send(event));
    form?.addEventListener("change", () => this.show());
  }

  private key(event: KeyboardEvent): void {
    if ((event.target as HTMLElement).closest("input:not([type=radio]), textarea, select")) return;
    const actions: Record<string, () => void> = {
      ",": () => void this.step(-1), ".": () => void this.step(1), " ": () => this.toggle(), n: () => this.nextGap(),
      Escape: () => { this.keys.delete(this.at); this.show(); },
      k: () => { const now = this.mine(this.at); if (now) { this.keys.set(this.at, now); this.show(); } },
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) { event.preventDefault(); action(); }
  }

  private async step(by: -1 | 1): Promise<void> {
    if (!this.about) await this.look(this.at, false);
    const to = by < 0 ? this.about?.before : this.about?.after;
    if (to !== null && to !== undefined) await this.look(to);
  }

  /** Go to an exact picture: its true instant and those of its neighbours come from the decoder. */
  private async look(at: number, fetchPicture = true): Promise<void> {
    const address = `${this.root.dataset.picture}?t=${(at / 1e6).toFixed(6)}`;
    const answer = await fetch(`${address}&about=1`);
    if (!answer.ok) return;
    this.about = (await answer.json()) as About;
    this.at = this.about.at;
    if (fetchPicture) this.frame.src = `${this.root.dataset.picture}?t=${(this.at / 1e6).toFixed(6)}`;
    this.film.hidden = true;
    this.frame.hidden = false;
    history.replaceState(null, "", `?t=${(this.at / 1e6).toFixed(6)}`);
    this.show();
  }

  private toggle(): void {
    if (!this.film.paused) { this.film.pause(); return; }
    if (!this.film.src) this.film.src = this.root.dataset.original!;
    this.film.currentTime = this.at / 1e6;
    this.film.hidden = false;
    this.frame.hidden = true;
    this.started = this.at;
    void this.film.play().then(() => { if (!this.film.videoWidth) $("#clock").textContent = "this browser cannot show these pictures; step through them instead"; });
    const tick = () => {
      if (this.film.paused) return;
      this.at = Math.round(this.film.currentTime * 1e6);
      this.show();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    $("#play").textContent = "Stop";
  }

  private stopped(): void {
    $("#play").textContent = "Play";
    this.watched();
    void this.look(Math.round(this.film.currentTime * 1e6));
  }

  /** Tell how long was watched: it is logged, and the next hard piece goes to somebody else. */
  private watched(): void {
    if (this.started === null) return;
    const [from, to] = [this.started / 1e6, Math.min(this.film.currentTime || 0, this.data.duration)];
    this.started = this.film.paused ? null : this.at;
    if (to - from < 0.2) return;
    const body = new URLSearchParams({ from_s: from.toFixed(3), to_s: to.toFixed(3), csrfmiddlewaretoken: this.root.dataset.csrf! });
    void fetch(this.root.dataset.watched!, { method: "POST", body, keepalive: true });
  }

  private nextGap(): void {
    const starts = this.data.tracks.filter((each) => each.state !== "hidden" && each.points.length).map((each) => each.points[0]![0]).sort((a, b) => a - b);
    const to = starts.find((each) => each > this.at + 1) ?? starts[0];
    if (to !== undefined) void this.look(to);
  }

  private mine(at: number): Place | null {
    const points = [...this.keys].sort((a, b) => a[0] - b[0]).map(([t, place]) => [t, ...place] as Track["points"][number]);
    return placeAt(points, at);
  }

  private show(): void {
    $("#clock").textContent = `${(this.at / 1e6).toFixed(3)} s`;
    const drawn = this.data.tracks.flatMap((track) => {
      const place = placeAt(track.points, this.at);
      return place ? [this.shape(place, track.state, track.round)] : [];
    });
    const mine = this.mine(this.at);
    if (mine) drawn.push(this.shape(mine, this.keys.has(this.at) ? "mine key" : "mine", !!document.querySelector("#draw [name=shape][value=ellipse]:checked")));
    this.boxes.replaceChildren(...drawn);
    const list = document.querySelector("#keys");
    list?.replaceChildren(...[...this.keys.keys()].sort((a, b) => a - b).map((at) => {
      const item = document.createElement("li");
      const go = document.createElement("button");
      go.type = "button"; go.className = "plain"; go.textContent = `key at ${(at / 1e6).toFixed(3)} s`;
      go.addEventListener("click", () => void this.look(at));
      item.append(go);
      return item;
    }));
    this.cursor();
  }

  private shape([x, y, w, h]: Place, state: string, round: boolean): SVGElement {
    return round
      ? make("ellipse", { class: state, cx: x + w / 2, cy: y + h / 2, rx: w / 2, ry: h / 2 })
      : make("rect", { class: state, x, y, width: w, height: h });
  }

  private drawing(): void {
    let from: [number, number] | null = null;
    const point = (event: PointerEvent): [number, number] => {
      const area = this.boxes.getBoundingClientRect();
      const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
      return [clamp(((event.clientX - area.left) / area.width) * this.data.width, this.data.width),
              clamp(((event.clientY - area.top) / area.height) * this.data.height, this.data.height)];
    };
    this.boxes.addEventListener("pointerdown", (event) => {
      if (!document.querySelector("#draw")) return;
      this.film.pause();
      from = point(event);
      this.boxes.setPointerCapture(event.pointerId);
    });
    this.boxes.addEventListener("pointermove", (event) => {
      if (!from) return;
      const to = point(event);
      const place: Place = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
      if (place[2] < 4 || place[3] < 4) return;
      this.keys.set(this.at, place.map(Math.round) as Place);
      this.show();
    });
    this.boxes.addEventListener("pointerup", () => { from = null; });
  }

  private lanes(): void {
    const lanes = $<SVGSVGElement>("#lanes");
    lanes.setAttribute("viewBox", "0 0 1000 48");
    lanes.setAttribute("preserveAspectRatio", "none");
    const x = (at: number) => (at / 1e6 / this.data.duration) * 1000;
    const rows = { hidden: 4, shown: 18, open: 32 } as Record<string, number>;
    for (const track of this.data.tracks) {
      const [first, last] = [track.points[0]?.[0], track.points[track.points.length - 1]?.[0]];
      if (first === undefined || last === undefined) continue;
      const bar = make("rect", { class: track.state, x: x(first), y: rows[track.state] ?? 32, width: Math.max(1.5, x(last) - x(first)), height: 11 });
      bar.addEventListener("click", () => void this.look(first));
      lanes.append(bar);
    }
    lanes.append(make("path", { class: "cursor", d: "M0 0V48" }));
    lanes.addEventListener("click", (event) => {
      if ((event.target as Element).tagName === "rect") return;
      const area = lanes.getBoundingClientRect();
      void this.look(Math.round(((event.clientX - area.left) / area.width) * this.data.duration * 1e6));
    });
  }

  private cursor(): void {
    const at = ((this.at / 1e6 / this.data.duration) * 1000).toFixed(2);
    document.querySelector("#lanes .cursor")?.setAttribute("d", `M${at} 0V48`);
  }

  /** The keys become the decision line's boxes; one key alone covers its picture and a little around. */
  private send(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!this.keys.size) {
      if (!(form.elements.namedItem("box") as HTMLInputElement).value) { event.preventDefault(); $("#clock").textContent = "draw a box on the picture first"; }
      return;
    }
    const field = form.elements.namedItem("boxes") as HTMLInputElement;
    field.disabled = false;
    field.value = JSON.stringify([...this.keys].sort((a, b) => a[0] - b[0]).map(([at, place]) => [at / 1e6, ...place]));
    for (const name of ["box", "from_s", "to_s"]) (form.elements.namedItem(name) as HTMLInputElement).disabled = true;
  }
}
