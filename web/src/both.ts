// SPDX-License-Identifier: Apache-2.0
// Two recordings at one instant of the case's clock, one in each ear, in one file of the desk's: two players would not
// begin together. What was listened to is told for both.

export function both(): void {
  const player = document.querySelector<HTMLAudioElement>("#both");
  let from = 0;
  player?.addEventListener("play", () => { from = player.currentTime; });
  player?.addEventListener("pause", () => {
    const data = player.dataset;
    if (player.currentTime - from < 0.2) return;
    for (const side of ["left", "right"]) {
      const zero = Number(data[`${side}At`]);
      const [start, end] = [Math.max(0, zero + from), zero + player.currentTime];
      if (end <= start) continue;
      const body = new URLSearchParams({ from_s: start.toFixed(3), to_s: end.toFixed(3), csrfmiddlewaretoken: data.csrf! });
      void fetch(data[side]!, { method: "POST", body, keepalive: true });
    }
  });
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
