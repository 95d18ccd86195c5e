// Parts of the page, asked for by what they are to be: a missing one is named, not a null later on.

/**
 * Return the part of the page with an id.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} Kind
 * @returns {T}
 */
export function part(id, Kind) {
  return known(document.getElementById(id), Kind, `#${id}`);
}

/**
 * Return the first part inside of another that a selector finds.
 * @template {Element} T
 * @param {ParentNode} whole
 * @param {string} selector
 * @param {new () => T} Kind
 * @returns {T}
 */
export function within(whole, selector, Kind) {
  return known(whole.querySelector(selector), Kind, selector);
}

/**
 * Return the field of a form with a name.
 * @template {Element} T
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {new () => T} Kind
 * @returns {T}
 */
export function field(form, name, Kind) {
  return known(form.elements.namedItem(name), Kind, name);
}

/**
 * @template {Element} T
 * @param {Element | RadioNodeList | null} found
 * @param {new () => T} Kind
 * @param {string} name
 * @returns {T}
 */
function known(found, Kind, name) {
  if (!(found instanceof Kind)) {
    throw new Error(`page: no ${Kind.name} at ${name}`);
  }
  return found;
}
