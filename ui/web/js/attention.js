// What the model looks at, laid over a picture on demand.
import * as api from "./api.js";
import { button, h } from "./dom.js";
import { baseName } from "./format.js";

const legend = "From violet to yellow: how much the model looks at each part of the picture.";

/**
 * A button that lays the model's attention over a frame and takes it away
 * again, and a line that says what is seen or why there is nothing to see.
 * @param {api.Image} image
 * @param {HTMLElement} frame around the picture
 * @param {AbortSignal} signal ends when the page is left
 * @returns {{toggle: HTMLElement, note: HTMLElement}}
 */
export function attention(image, frame, signal) {
  const note = h("p", { class: "dim", role: "status" });
  const toggle = button("eye", "Attention", () => (isOn() ? hide() : show()), { id: "attention", "aria-pressed": "false", title: "Show what the model looks at" });
  let overlay = null; // what is seen or on its way
  const isOn = () => toggle.getAttribute("aria-pressed") === "true";

  async function show() {
    press(true, "Asking the model…");
    const mine = (overlay = h("img", { class: "attention", alt: `What the model looks at in ${baseName(image.path)}` }));
    try {
      await load(mine, await api.attention(image.id, signal));
      if (overlay === mine) lay(mine);
    } catch (error) {
      if (overlay === mine && !signal.aborted) hide(`Not shown: ${error.message}`);
    }
  }

  function lay(img) {
    frame.append(img);
    note.textContent = legend;
  }

  function hide(why = "") {
    overlay?.remove();
    overlay = null;
    press(false, why);
  }

  function press(on, text) {
    toggle.setAttribute("aria-pressed", String(on));
    note.textContent = text;
  }

  return { toggle, note };
}

/** Puts a drawing into an <img> and waits until it can be seen at once. */
async function load(img, blob) {
  const url = URL.createObjectURL(blob);
  img.src = url;
  try {
    await img.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
}
