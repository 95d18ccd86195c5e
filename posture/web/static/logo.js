// The studio's logo is sent as soon as it is chosen.
import { part } from "./dom.js";
import { ask } from "./waiting.js";
import { t } from "./words.js";

const chooser = part("logo-file", HTMLInputElement);
const said = part("logo-said", HTMLElement);

chooser.addEventListener("change", () => void send());

async function send() {
  const file = chooser.files?.[0];
  chooser.value = "";
  if (!file) {
    return;
  }
  const limit = Number(chooser.dataset.limit);
  if (file.size > limit) {
    // sent, it would be cut off in the middle, and no sentence would come back
    say(
      t("logo_js_too_large", { mb: (file.size / 1e6).toFixed(0), limit: (limit / 1e6).toFixed(0) }),
      "bad",
    );
    return;
  }
  say(t("logo_js_sending"), "");
  try {
    await ask("/settings/logo", { method: "POST", body: file });
    location.assign("/settings?saved#logo");
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "bad");
  }
}

/**
 * @param {string} text
 * @param {string} kind
 */
function say(text, kind) {
  said.textContent = text;
  said.className = `note ${kind}`;
  said.hidden = false;
}
