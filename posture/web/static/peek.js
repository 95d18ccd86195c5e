// A button beside every password that shows what was typed.
const { show, hide } = JSON.parse(document.getElementById("peek-words")?.textContent ?? "{}");

for (const field of document.querySelectorAll("input[type=password]")) {
  if (field instanceof HTMLInputElement) {
    peek(field);
  }
}

/** @param {HTMLInputElement} field */
function peek(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet peek";
  button.textContent = show;
  button.setAttribute("aria-pressed", "false");
  if (field.id) {
    button.setAttribute("aria-controls", field.id);
  }
  button.addEventListener("click", () => turn(field, button, field.type === "password"));
  // a browser that offers to keep the password knows it by its type
  field.form?.addEventListener("submit", () => turn(field, button, false));
  field.after(button);
}

/**
 * @param {HTMLInputElement} field
 * @param {HTMLButtonElement} button
 * @param {boolean} shown
 */
function turn(field, button, shown) {
  field.type = shown ? "text" : "password";
  button.textContent = shown ? hide : show;
  button.setAttribute("aria-pressed", String(shown));
}
