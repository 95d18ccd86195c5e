// Two recordings in step: both are one film, so that nothing can come apart.

import { within } from "./dom.js";

const FRAME_S = 1 / 25;

for (const pair of document.querySelectorAll(".pair")) {
  if (pair instanceof HTMLElement) {
    wake(pair);
  }
}

/** @param {HTMLElement} pair */
function wake(pair) {
  const image = within(pair, "img", HTMLImageElement);
  const player = within(pair, ".in-step", HTMLElement);
  const video = within(player, "video", HTMLVideoElement);
  const play = within(pair, "[data-do=play]", HTMLButtonElement);
  const cursor = within(pair, "[data-do=cursor]", HTMLInputElement);
  const speed = within(pair, "[data-do=speed]", HTMLSelectElement);
  const blur = within(pair, "[data-do=blur]", HTMLInputElement);
  const show = within(pair, "[data-do=film]", HTMLButtonElement);
  const said = within(pair, ".said", HTMLElement);
  const playWord = play.textContent ?? "";
  let asked = 0; // of several on their way only the last one counts

  const address = (/** @type {string} */ name, download = false) => {
    const query = [download ? "download=1" : "", blur.checked ? "blur=1" : ""].filter(Boolean);
    return `${pair.dataset.pair}/${name}${query.length ? `?${query.join("&")}` : ""}`;
  };

  async function film() {
    asked += 1;
    const mine = asked;
    said.textContent = said.dataset.busy ?? "";
    const answer = await fetch(address("film.mp4")).catch(() => null);
    const made = answer?.ok ? await answer.blob().catch(() => null) : null;
    if (mine !== asked) {
      return;
    }
    said.textContent = made ? "" : (said.dataset.failed ?? "");
    if (!made) {
      return;
    }
    const at = video.currentTime;
    URL.revokeObjectURL(video.src);
    video.src = URL.createObjectURL(made);
    video.addEventListener(
      "loadedmetadata",
      () => {
        cursor.max = String(video.duration - FRAME_S);
        video.currentTime = Math.min(at, video.duration - FRAME_S);
        video.playbackRate = Number(speed.value);
      },
      { once: true },
    );
    if (player.hidden) {
      player.hidden = false;
      show.hidden = true;
      play.focus();
    }
  }

  const step = (/** @type {number} */ by) => {
    video.pause();
    video.currentTime = Math.min(Math.max(0, video.currentTime + by), video.duration - FRAME_S);
  };

  show.addEventListener("click", () => void film());
  play.addEventListener("click", () => {
    if (video.paused) {
      video.playbackRate = Number(speed.value);
      video.play().catch(() => {});
    } else {
      video.pause();
    }
  });
  within(pair, "[data-do=back]", HTMLButtonElement).addEventListener("click", () => step(-FRAME_S));
  within(pair, "[data-do=on]", HTMLButtonElement).addEventListener("click", () => step(FRAME_S));
  speed.addEventListener("change", () => {
    video.playbackRate = Number(speed.value);
  });
  cursor.addEventListener("input", () => {
    video.pause();
    video.currentTime = Number(cursor.value);
  });
  for (const event of ["timeupdate", "seeked"]) {
    video.addEventListener(event, () => {
      cursor.value = String(video.currentTime);
    });
  }
  const tell = () => {
    play.textContent = video.paused ? playWord : (play.dataset.pause ?? "");
  };
  video.addEventListener("play", tell);
  video.addEventListener("pause", tell);
  blur.addEventListener("change", () => {
    image.src = address("picture.jpg");
    for (const link of pair.querySelectorAll("a[data-file]")) {
      if (link instanceof HTMLAnchorElement) {
        link.href = address(link.dataset.file ?? "", true);
      }
    }
    if (!player.hidden) {
      void film();
    }
  });
}
