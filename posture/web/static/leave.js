// Where nobody touches the pages for long, they sign out or lock by themselves, so that nothing
// about a person stays on the screen. A page behind another one waits until it is looked at: the
// one in front may be a live check, which nobody touches either.
import { part } from "./dom.js";
import { untouchedMs } from "./touched.js";

const form = part("leave", HTMLFormElement);
const idleMs = Number(form.dataset.idleS) * 1000;

setInterval(look, 15_000);
document.addEventListener("visibilitychange", look);

function look() {
  if (document.visibilityState === "visible" && untouchedMs() >= idleMs) {
    form.submit();
  }
}
