// A list that is narrowed down while somebody types.
import { part } from "./dom.js";
import { t } from "./words.js";

for (const field of document.querySelectorAll("input[data-find]")) {
  if (!(field instanceof HTMLInputElement)) {
    continue;
  }
  /** @type {NodeListOf<HTMLElement>} */
  const rows = document.querySelectorAll(field.dataset.find ?? "");
  const said = part("find-said", HTMLElement);
  field.addEventListener("input", () => {
    const wanted = plain(field.value);
    let count = 0;
    for (const row of rows) {
      row.hidden = !plain(row.textContent ?? "").includes(wanted);
      count += row.hidden ? 0 : 1;
    }
    said.textContent = t("pages_js_found", { count });
  });
}

/**
 * Half and full width, large and small, accents or not, either kana: all the same to somebody who looks.
 * @param {string} text
 */
function plain(text) {
  return (
    text
      .normalize("NFKD")
      .replaceAll(/\p{Mn}/gu, "")
      // katakana as hiragana, 0x60 apart (Unicode): whoever types one finds the other
      .replaceAll(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
      .toLowerCase()
      .trim()
  );
}
