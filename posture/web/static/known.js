// What is known of the chosen client is put into the form; they are asked whether it has changed.

/** @typedef {{ height_cm?: number, age?: number, sex?: string, ticked?: string[] }} Known */

const FIELDS = /** @type {const} */ (["height_cm", "age", "sex"]);
const select = document.getElementById("client");
const said = document.getElementById("known-said");

if (select instanceof HTMLSelectElement) {
  select.addEventListener("change", () => void choose(select));
  void choose(select);
}

/** @param {HTMLSelectElement} choice */
async function choose(choice) {
  const client = choice.value;
  fill(choice, {}); // another client's never stays
  const told = client ? await knownOf(client) : {};
  if (choice.value === client) {
    fill(choice, told);
  }
}

/**
 * @param {string} client
 * @returns {Promise<Known>}
 */
async function knownOf(client) {
  const answer = await fetch(`/clients/${client}/known`).catch(() => null);
  return answer?.ok ? answer.json().catch(() => ({})) : {};
}

/**
 * @param {HTMLSelectElement} choice
 * @param {Known} told
 */
function fill(choice, told) {
  const form = choice.form;
  if (form === null) {
    return;
  }
  let filled = 0;
  for (const name of FIELDS) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = String(told[name] ?? "");
      filled += Number(field.value !== "");
    }
  }
  const ticked = new Set(told.ticked ?? []);
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    if (box instanceof HTMLInputElement && isAsked(box.name)) {
      box.checked = ticked.has(box.name === "red_flags" ? `red_flags.${box.value}` : box.name);
      filled += Number(box.checked);
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  if (said) {
    said.hidden = filled === 0;
  }
}

/** @param {string} name */
function isAsked(name) {
  return name === "red_flags" || /^(conditions|habits)\./.test(name);
}
