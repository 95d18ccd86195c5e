// What the page's script says, in the page's language: the block of data `#words`.
const block = document.getElementById("words");
const table = block === null ? {} : JSON.parse(block.textContent);

/** Say an entry; `{name}` in it stands for values.name, `{name:.1f}` for one decimal. */
export function t(key, values = {}) {
  const text = table[key];
  if (text === undefined) {
    throw new Error(`words: no entry ${key}`);
  }
  return text
    .replaceAll(/\{(\w+)(?::\.(\d)f)?\}/g, (_, name, digits) =>
      digits === undefined ? String(values[name]) : Number(values[name]).toFixed(Number(digits)),
    )
    .replaceAll("{{", "{")
    .replaceAll("}}", "}");
}

/** Language of the page, for dates and numbers. */
export const language = document.documentElement.lang;
