// A one-time code is on the screen no longer than it is good for.
import { part } from "./dom.js";
import { t } from "./words.js";

const code = document.getElementById("code");
if (code !== null) {
  countDown(code, part("left", HTMLElement));
}

/**
 * @param {HTMLElement} code
 * @param {HTMLElement} left
 */
function countDown(code, left) {
  const until = performance.now() + Number(code.dataset.lastsS) * 1000;
  const timer = setInterval(show, 1000);
  addEventListener("pageshow", show); // a page kept by the browser comes back with an old code
  show();

  function show() {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    if (seconds > 0) {
      const rest = String(seconds % 60).padStart(2, "0");
      left.textContent = t("lan_js_left", { time: `${Math.floor(seconds / 60)}:${rest}` });
      return;
    }
    clearInterval(timer);
    code.remove();
    part("over", HTMLElement).hidden = false;
  }
}
