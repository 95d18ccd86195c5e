// What is known of a client stands in the form already; they are asked whether it has changed.

/** @typedef {{ height_cm?: number, age?: number, sex?: string, ticked?: string[] }} Known */

/** @type {Record<string, Known>} */
const known = JSON.parse(document.getElementById("known")?.textContent ?? "{}");
const select = document.getElementById("client");
const said = document.getElementById("known-said");

if (select instanceof HTMLSelectElement) {
  select.addEventListener("change", () => fill(select));
  fill(select);
}

/** @param {HTMLSelectElement} choice */
function fill(choice) {
  const told = known[choice.value] ?? {};
  const form = choice.form;
  if (form === null) {
    return;
  }
  for (const name of /** @type {const} */ (["height_cm", "age", "sex"])) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = String(told[name] ?? ""); // another client's never stays
    }
  }
  const ticked = new Set(told.ticked ?? []);
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    if (box instanceof HTMLInputElement && isAsked(box.name)) {
      box.checked = ticked.has(box.name === "red_flags" ? `red_flags.${box.value}` : box.name);
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  if (said) {
    said.hidden = Object.keys(told).length === 0;
  }
}

/** @param {string} name */
function isAsked(name) {
  return name === "red_flags" || /^(conditions|habits)\./.test(name);
}
