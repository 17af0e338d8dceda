// SPDX-License-Identifier: Apache-2.0
// Two recordings at one instant of the case's clock, one in each ear: an error of placing is heard as an echo.

const SECONDS = 6;

export function both(): void {
  const place = document.querySelector<HTMLElement>("#both");
  place?.querySelector("button")?.addEventListener("click", () => void play(place.dataset));
}

async function play(data: DOMStringMap): Promise<void> {
  const context = new AudioContext();
  const sides = ([["left", -1], ["right", 1]] as const).map(([side, pan]) => {
    const sound = new Audio(data[side]);
    const panner = new StereoPannerNode(context, { pan });
    context.createMediaElementSource(sound).connect(panner).connect(context.destination);
    sound.currentTime = Number(data[`${side}At`]);
    return sound;
  });
  await Promise.all(sides.map((sound) => new Promise((ready) => sound.addEventListener("canplaythrough", ready, { once: true }))));
  await Promise.all(sides.map((sound) => sound.play()));
  setTimeout(() => { for (const sound of sides) sound.pause(); void context.close(); }, SECONDS * 1000);
}

/** The buttons beside a placement add to its seconds; nothing is recorded before the form is sent with its reason. */
export function nudges(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-nudge]")) {
    button.addEventListener("click", () => {
      const field = button.closest("form")?.querySelector<HTMLInputElement>("[name=nudge_s]");
      if (field) field.value = (Number(field.value || 0) + Number(button.dataset.nudge)).toFixed(6).replace(/0{1,3}$/, "");
    });
  }
}
