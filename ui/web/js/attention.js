// What the model looks at, laid over a picture on demand.
import * as api from "./api.js";
import { button, h } from "./dom.js";
import { baseName } from "./format.js";

const heat = "From violet to yellow: how much the model looks at each part of the picture.";
const masked = "The fewest patches that hold 60% of the attention; the rest is grey.";

/**
 * A button that lays the model's attention over a frame and takes it away
 * again, and a line that says what is seen or why there is nothing to see.
 * @param {api.Image} image
 * @param {HTMLElement} frame around the picture
 * @param {AbortSignal} signal ends when the page is left
 * @returns {{toggle: HTMLElement, note: HTMLElement, controls: HTMLElement}} controls: which head is shown
 */
export function attention(image, frame, signal) {
  const note = h("p", { class: "dim", role: "status" });
  const toggle = button("eye", "Attention", () => (isOn() ? hide() : show()), { id: "attention", "aria-pressed": "false", title: "Show what the model looks at" });
  let overlay = null; // what is seen or on its way
  const which = h("select", { id: "head", "aria-label": "What is shown", onchange: () => show() });
  const controls = h("label", { class: "head", hidden: true }, "Shown: ", which);
  const isOn = () => toggle.getAttribute("aria-pressed") === "true";

  async function show() {
    press(true, "Asking the model…");
    overlay?.remove();
    const mine = (overlay = h("img", { class: "attention", alt: `What the model looks at in ${baseName(image.path)}` }));
    try {
      const { drawing, heads } = await api.attention(image.id, which.value, signal);
      await load(mine, drawing);
      if (overlay === mine) lay(mine, heads);
    } catch (error) {
      if (overlay === mine && !signal.aborted) hide(`Not shown: ${error.message}`);
    }
  }

  function lay(img, heads) {
    frame.append(img);
    if (which.options.length === 0) which.append(...choices(heads));
    controls.hidden = false;
    note.textContent = which.value === "mask" ? masked : heat;
  }

  function hide(why = "") {
    overlay?.remove();
    overlay = null;
    controls.hidden = true;
    press(false, why);
  }

  function press(on, text) {
    toggle.setAttribute("aria-pressed", String(on));
    note.textContent = text;
  }

  return { toggle, note, controls };
}

/** What can be shown. A head is counted from 0, as in the API. */
function choices(heads) {
  const numbered = Array.from({ length: heads }, (_, i) => h("option", { value: String(i) }, `Head ${i}`));
  return [h("option", { value: "mean" }, "Mean of the heads"), h("option", { value: "mask" }, "What holds 60% of it"), ...numbered];
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
