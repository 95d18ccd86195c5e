// What the page's script says, in the page's language: the block of data `#words`.
/** @type {Record<string, string>} */
const table = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** @param {string} key */
export function isSaid(key) {
  return key in table;
}

/**
 * Say an entry; `{name}` in it stands for values.name, `{name:.1f}` for one decimal, `{{` for `{`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = table[key];
  if (text === undefined) {
    throw new Error(`words: no entry ${key}`);
  }
  // in one go: braces in a value, a file's name for one, stay as they are
  return text.replaceAll(/\{\{|\}\}|\{(\w+)(?::\.(\d)f)?\}/g, (found, name, digits) => {
    if (name === undefined) {
      return found[0];
    }
    return digits === undefined
      ? String(values[name])
      : Number(values[name]).toFixed(Number(digits));
  });
}
