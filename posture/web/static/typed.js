// What was typed or ticked and not saved yet: saving one form or a fresh part of the page keeps it.

/**
 * Let every form marked so save what is unsaved in the others too: the page that follows would
 * otherwise lose it.
 */
export function saveTogether() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.keptTogether === undefined) {
      return;
    }
    const others = formsOf(document).filter((one) => one !== form && isChanged(one));
    if (others.length === 0) {
      return;
    }
    event.preventDefault();
    /** @type {HTMLFormElement | null} */
    let refused = null;
    for (const other of others) {
      refused = (await isSaved(other)) ? refused : other;
    }
    if (refused !== null) {
      await isSaved(form);
    }
    (refused ?? form).submit(); // what is refused says so on a page of its own
  });
}

/**
 * Put what is typed in a part of the page into the fresh one that takes its place.
 * @param {ParentNode} old
 * @param {ParentNode} fresh
 */
export function carry(old, fresh) {
  for (const form of formsOf(old).filter(isChanged)) {
    const same = formsOf(fresh).find((one) => one.action === form.action);
    const details = same?.closest("details");
    if (details) {
      details.open = true;
    }
    for (const from of form.elements) {
      const to = isControl(from) ? same?.elements.namedItem(from.name) : null;
      // what is hidden is the version the typing began from, so that another's change still shows
      if (isControl(from) && isControl(to) && (hasChanged(from) || from.type === "hidden")) {
        to.value = from.value;
        to.checked = from.checked;
      }
    }
  }
}

/** @param {ParentNode} part @returns {HTMLFormElement[]} */
function formsOf(part) {
  return [...part.querySelectorAll("form")].filter((one) => one.dataset.keptTogether !== undefined);
}

/** @param {HTMLFormElement} form */
function isChanged(form) {
  return [...form.elements].some((one) => isControl(one) && hasChanged(one));
}

/** @param {HTMLInputElement} control */
function hasChanged(control) {
  return control.type === "checkbox"
    ? control.checked !== control.defaultChecked
    : control.value !== control.defaultValue;
}

/**
 * Whether this is a field to type or tick in; both kinds have the same properties.
 * @param {unknown} one
 * @returns {one is HTMLInputElement}
 */
function isControl(one) {
  return one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement;
}

/** @param {HTMLFormElement} form */
async function isSaved(form) {
  const body = new URLSearchParams(
    [...new FormData(form)].map(([name, value]) => [name, String(value)]),
  );
  const response = await fetch(form.action, { method: "POST", body }).catch(() => null);
  return response?.ok ?? false;
}
