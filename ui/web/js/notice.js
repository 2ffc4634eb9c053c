// What a page shows instead of pictures, and the note that goes with results.
import { whenBack } from "./connection.js";
import { button, h, icon } from "./dom.js";
import { toast } from "./toast.js";

/**
 * A message in place of content.
 * @param {string} iconName
 * @param {string} title
 * @param {...(Node|string|false)} body
 */
export function notice(iconName, title, ...body) {
  return h("div", { class: "notice" }, icon(iconName), h("h2", {}, title), ...body);
}

/**
 * A command to type in a terminal, with a button that copies it.
 * @param {string} text
 */
export function command(text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.");
    } catch {
      toast(`Type: ${text}`); // the clipboard needs https or localhost
    }
  };
  return h("p", { class: "command" }, h("code", {}, text), button("copy", null, copy, { class: "quiet", "aria-label": "Copy the command" }));
}

/**
 * Says what went wrong, with a way to try again. When the server was away it is
 * tried again by itself as soon as it is back.
 * @param {import("./api.js").APIError} error
 * @param {() => void} retry
 */
export function failure(error, retry) {
  const element = notice("alert", error.title ?? "Something went wrong", h("p", {}, error.detail ?? error.message),
    error.status !== 404 && button("retry", "Try again", retry, { class: "primary" }));
  element.setAttribute("role", "alert");
  if (error.status === 0) whenBack(() => element.isConnected && retry());
  return element;
}

/**
 * What the model's results are good for; null for a model that needs no such words.
 * @param {import("./api.js").Model} model
 */
export function modelNote(model) {
  return model.note ? line(model.note) : null;
}

/**
 * What stands in the place of what needs the library's model, while that is gone.
 * @param {string} reason and what to do, as the server tells them
 */
export const missingModel = (reason) => line(reason);

const line = (text) => h("p", { class: "model-note", role: "note" }, icon("info"), h("span", {}, text));

/**
 * Tiles without pictures while results are on their way.
 * @param {string} label for screen readers
 */
export function skeleton(label) {
  const shapes = [1.5, 0.75, 1.33, 1.5, 1, 1.5, 0.67, 1.33, 1.5, 1.2];
  const tiles = shapes.map((ratio) => {
    const tile = h("li", { class: "tile" });
    tile.style.setProperty("--ratio", ratio);
    return tile;
  });
  return h("ul", { class: "grid lines skeleton", "aria-label": label, "aria-busy": "true" }, ...tiles);
}
