// Correcting moments of a recording: pick one, step to its frame, move it there. What is saved goes
// by the form itself; without this script times are typed.

import { curves } from "./curves.js";
import { part, within } from "./dom.js";
import { filmTime, secondsOf, shareOf, stepped } from "./frames.js";
import { nearest } from "./scale.js";
import { t } from "./words.js";

const form = document.getElementById("correct");
/** @type {number[]} */
const times = JSON.parse(document.getElementById("times")?.textContent ?? "[]");
if (form instanceof HTMLFormElement) {
  wake(form);
}

/** @param {HTMLFormElement} whole */
function wake(whole) {
  const film = document.getElementById("film");
  const video = film instanceof HTMLVideoElement ? film : null;
  const place = whole.querySelector("[data-curves]");
  const drawn = place instanceof HTMLElement ? curves(place, video) : Promise.resolve(null);
  const shown = drawn.catch(() => {
    place?.remove();
    return null;
  });
  if (times.length > 1) {
    steps(whole, video, shown);
  }
}

/**
 * @param {HTMLFormElement} whole
 * @param {HTMLVideoElement | null} video
 * @param {Promise<import("./curves.js").Plot | null>} shown
 */
function steps(whole, video, shown) {
  const slider = part("frame", HTMLInputElement);
  const now = part("now", HTMLOutputElement);
  const said = part("said", HTMLElement);
  const move = within(whole, "[data-do=move]", HTMLButtonElement);
  const marks = within(whole, ".marks", HTMLElement);
  const rows = [...whole.querySelectorAll(".moments li")].map((row) => {
    const mark = document.createElement("span");
    mark.textContent = row instanceof HTMLElement ? (row.dataset.mark ?? "") : "";
    mark.className = row instanceof HTMLElement ? (row.dataset.side ?? "") : "";
    marks.append(mark);
    return {
      radio: within(row, "input[type=radio]", HTMLInputElement),
      typed: within(row, "input[type=text]", HTMLInputElement),
      name: within(row, ".name", HTMLElement).textContent ?? "",
      mark,
    };
  });
  let frame = 0;
  /** @type {typeof rows[number] | null} */
  let picked = null;

  slider.max = String(times.length - 1);
  part("steps", HTMLElement).hidden = false;
  slider.addEventListener("input", () => go(Number(slider.value)));
  for (const by of [-1, 1]) {
    within(whole, `[data-step="${by}"]`, HTMLButtonElement).addEventListener("click", () =>
      go(stepped(times, frame, by)),
    );
  }
  for (const row of rows) {
    row.radio.addEventListener("change", () => pick(row));
    row.typed.addEventListener("input", () => place(row));
    place(row);
  }
  move.addEventListener("click", () => {
    if (picked !== null) {
      picked.typed.value = times[frame].toFixed(3);
      place(picked);
      said.textContent = t("pages_js_correct_now", {
        name: picked.name,
        seconds: times[frame].toFixed(2),
      });
    }
  });
  // a browser keeps what was picked when a page is loaded again
  const kept = rows.find((row) => row.radio.checked);
  if (kept) {
    pick(kept);
  } else {
    go(0);
  }
  shown.then((plot) => {
    if (plot !== null) {
      const moved = plot.moved;
      plot.moved = (time) => {
        moved(time);
        tell(nearest(times, time + times[0]));
      };
      plot.show(times[frame] - times[0]);
    }
  });

  /** @param {typeof rows[number]} row */
  function pick(row) {
    picked = row;
    move.disabled = false;
    for (const other of rows) {
      other.mark.toggleAttribute("data-picked", other === row);
    }
    const time = secondsOf(row.typed.value);
    if (time !== null) {
      go(nearest(times, time));
    }
  }

  /** @param {typeof rows[number]} row */
  function place(row) {
    const time = secondsOf(row.typed.value);
    row.mark.hidden = time === null;
    row.mark.style.left = `${100 * shareOf(times, time ?? 0)}%`;
  }

  /** @param {number} to */
  function go(to) {
    tell(to);
    if (video !== null) {
      video.pause();
      video.currentTime = filmTime(times, to);
    }
    shown.then((plot) => plot?.show(times[to] - times[0]));
  }

  /** @param {number} to */
  function tell(to) {
    frame = to;
    slider.value = String(to);
    const values = { seconds: times[to].toFixed(2), number: to + 1, count: times.length };
    const told = t("pages_js_correct_frame", values);
    now.textContent = told;
    slider.setAttribute("aria-valuetext", told);
  }
}
