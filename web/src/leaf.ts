// SPDX-License-Identifier: Apache-2.0
// A rectangle drawn on a page of a paper: its numbers go into the form's field, which works without this file too.

export function leaf(): void {
  const areas = document.querySelector<SVGSVGElement>("#areas");
  const field = document.querySelector<HTMLInputElement>("#area input[name=area]");
  if (!areas || !field) return;
  const { width, height } = areas.viewBox.baseVal;
  const drawn = document.createElementNS(areas.namespaceURI, "rect") as SVGRectElement;
  drawn.setAttribute("class", "mine");
  let from: [number, number] | null = null;
  const point = (event: PointerEvent): [number, number] => {
    const place = areas.getBoundingClientRect();
    const within = (value: number, most: number) => Math.max(0, Math.min(most, value * most));
    return [within((event.clientX - place.left) / place.width, width), within((event.clientY - place.top) / place.height, height)];
  };
  areas.addEventListener("pointerdown", (event) => { from = point(event); areas.setPointerCapture(event.pointerId); });
  areas.addEventListener("pointerup", () => { from = null; });
  areas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = point(event);
    const [x, y, w, h] = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])].map(Math.round) as [number, number, number, number];
    if (w < 2 || h < 2) return;
    for (const [name, value] of Object.entries({ x, y, width: w, height: h })) drawn.setAttribute(name, String(value));
    areas.append(drawn);
    field.value = JSON.stringify([x, y, w, h]);
  });
}
