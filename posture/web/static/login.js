// A one-time code comes behind the # of the link, where no server sees it: it is taken out of the
// address at once and posted for a session.
import { part } from "./dom.js";
import { t } from "./words.js";

const said = part("said", HTMLElement);
const form = document.getElementById("sign-in");

addEventListener("hashchange", take); // a further code, scanned into the same page
await take();

async function take() {
  const code = new URLSearchParams(location.hash.slice(1)).get("t");
  if (code !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    await enter(code);
  }
}

/** @param {string} secret */
async function enter(secret) {
  say(t("lan_js_entering"));
  let response;
  try {
    response = await fetch("/login/code", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ t: secret }),
    });
  } catch {
    say(t("lan_js_no_server"));
    return;
  }
  if (response.ok) {
    location.replace(form?.dataset.next ?? "/");
    return;
  }
  const told = await response.json().catch(() => null);
  say(told?.error?.[document.documentElement.lang] ?? t("lan_js_no_server"));
}

/** @param {string} text */
function say(text) {
  said.textContent = text;
  said.hidden = false;
}
