// Marking a part of a picture to search by, with the mouse, a finger or the keyboard.
import { button, h } from "./dom.js";

const step = 0.02; // of a side, for each press of an arrow
const least = 8; // pixels a side, the API's limit
const digits = 1e4;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box in parts of the picture's sides */

/**
 * A button that lays a frame to drag over a picture, and a line that says how.
 * @param {import("./api.js").Image} image
 * @param {HTMLAnchorElement} frame around the picture; it is no link while a part is being marked
 * @param {string} start what was searched by before, as `choose` gets it; "" for all of it
 * @param {(part: string) => void} choose is told "x,y,width,height", or "" when all of the picture is meant again
 * @returns {{toggle: HTMLElement, note: HTMLElement}}
 */
export function part(image, frame, start, choose) {
  const note = h("p", { class: "dim", role: "status" });
  const toggle = button("crop", "Search a part", () => (isOn() ? end() : begin()), { id: "part", "aria-pressed": "false", title: "Search by a part of this picture" });
  const mark = h("div", { class: "part", tabindex: "0", role: "application",
    "aria-label": "The part to search by. Arrows move it, with Shift they resize it, Enter searches by it." });
  const surface = h("div", { class: "surface" }, mark);
  const smallest = { x: least / image.width, y: least / image.height };
  const href = frame.href;
  let box = read(start) ?? { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };
  let anchor = null; // where the mouse went down
  const isOn = () => toggle.getAttribute("aria-pressed") === "true";

  function begin() {
    toggle.setAttribute("aria-pressed", "true");
    frame.removeAttribute("href");
    frame.append(surface);
    draw(box);
    note.textContent = "Drag over what you look for. With the keyboard: arrows move the part, with Shift they resize it, Enter searches.";
  }

  function end() {
    toggle.setAttribute("aria-pressed", "false");
    surface.remove();
    frame.href = href;
    note.textContent = "";
    choose("");
    toggle.focus();
  }

  function draw(to) {
    box = to;
    for (const [side, value] of Object.entries({ left: box.left, top: box.top, width: box.right - box.left, height: box.bottom - box.top })) {
      mark.style.setProperty(side, `${100 * value}%`);
    }
  }

  const large = (b) => b.right - b.left >= smallest.x && b.bottom - b.top >= smallest.y;

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no dragging of the picture
    surface.setPointerCapture(event.pointerId);
    anchor = { at: at(event, surface), before: box };
    mark.focus();
  });
  surface.addEventListener("pointermove", (event) => anchor && draw(between(anchor.at, at(event, surface))));
  surface.addEventListener("pointerup", () => {
    if (!anchor) return;
    if (large(box)) choose(write(box));
    else draw(anchor.before); // a click is no part
    anchor = null;
  });
  surface.addEventListener("pointercancel", () => {
    if (anchor) draw(anchor.before);
    anchor = null;
  });
  mark.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !act(event)) return;
    event.preventDefault();
  });

  /** @returns {boolean} whether the key meant something */
  function act(event) {
    const arrow = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (arrow) {
      const to = event.shiftKey ? resized(box, arrow) : moved(box, arrow);
      if (large(to)) draw(to);
    } else if (event.key === "Enter") choose(write(box));
    else if (event.key === "Escape") end();
    else return false;
    return true;
  }

  toggle.hidden = smallest.x > 0.5 || smallest.y > 0.5;
  if (start) begin();
  return { toggle, note };
}

/** Where the pointer is, in parts of the surface. */
function at(event, surface) {
  const r = surface.getBoundingClientRect();
  return { x: inside((event.clientX - r.x) / r.width), y: inside((event.clientY - r.y) / r.height) };
}

const inside = (x) => Math.min(1, Math.max(0, x));

function between(a, b) {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
}

function moved(box, [x, y]) {
  const across = Math.min(1 - box.right, Math.max(-box.left, x));
  const down = Math.min(1 - box.bottom, Math.max(-box.top, y));
  return { left: box.left + across, top: box.top + down, right: box.right + across, bottom: box.bottom + down };
}

function resized(box, [x, y]) {
  return { ...box, right: inside(box.right + x), bottom: inside(box.bottom + y) };
}

/** As the API reads it. The edges are rounded, so that none goes beyond the picture. @param {Box} box */
function write(box) {
  const [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom].map((x) => Math.round(x * digits));
  return [left, top, right - left, bottom - top].map((n) => n / digits).join(",");
}

/** What write wrote; null for anything else. @param {string} text @returns {Box|null} */
function read(text) {
  const [x, y, width, height] = text.split(",").map(Number);
  const box = { left: x, top: y, right: x + width, bottom: y + height };
  const fits = Object.values(box).every((v) => v >= 0 && v <= 1.001);
  return fits && width > 0 && height > 0 ? box : null;
}
