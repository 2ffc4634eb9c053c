// One picture in a grid: a link to its page, its score, and a delete button.
import * as deletes from "./deletes.js";
import { button, h, icon } from "./dom.js";
import * as text from "./format.js";
import { compareHref, go, imageHref } from "./router.js";

const narrowest = 0.5; // width over height; what is beyond is cropped in the grid
const widest = 2.6;

/** Images by their tile, so that a key pressed on a tile knows what to delete. */
const images = new WeakMap();

/**
 * Makes a list item. Its size is known before the picture loads.
 * @param {import("./api.js").Image} image
 * @param {{score?: number, badges?: string[], caption?: Node, asked?: string, among?: import("./filter.js").Filter}} [extra]
 *   asked: an image to compare with; among: what the picture's neighbours will be shown among
 * @returns {HTMLLIElement}
 */
export function tile(image, { score, badges = [], caption, asked, among } = {}) {
  const name = text.baseName(image.path);
  const link = h("a", { href: imageHref(image.id, among), draggable: "false", tabindex: "-1", "aria-label": spoken(image, name, score, badges) },
    picture(image), score !== undefined && h("span", { class: "score" }, text.score(score)), !caption && h("span", { class: "name" }, name));
  const remove = button("trash", null, () => drop(item), { class: "remove", "aria-label": `Delete ${name}`, title: "Delete", tabindex: caption ? null : "-1" });
  const item = h("li", { class: "tile", role: "listitem", "data-id": image.id }, link, marks(badges), asked && compare(image, name, asked), remove, caption);
  item.style.setProperty("--ratio", String(Math.min(widest, Math.max(narrowest, image.width / image.height))));
  item.hidden = deletes.isHidden(image.id);
  images.set(item, image);
  return item;
}

function marks(badges) {
  return badges.length > 0 && h("div", { class: "badges", "aria-hidden": "true" }, ...badges.map((name) => h("span", { class: name }, name)));
}

function compare(image, name, asked) {
  return button("sides", null, () => go(compareHref(asked, image.id)), { class: "match", "aria-label": `Compare with ${name}`, title: "Which parts answer each other (c)", tabindex: "-1" });
}

function spoken(image, name, score, badges) {
  const parts = [name, `${image.width} by ${image.height}`, ...badges];
  if (score !== undefined) parts.push(`score ${text.score(score)}`);
  return parts.join(", ");
}

function picture(image) {
  const img = h("img", { src: image.thumbnail, width: image.width, height: image.height, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  img.addEventListener("load", () => img.classList.add("loaded"));
  img.addEventListener("error", () => img.replaceWith(icon("picture")));
  return img;
}

/**
 * Deletes the tile's picture and hands the focus to the tile after it, or before it.
 * @param {HTMLElement} item
 */
export function drop(item) {
  const next = sibling(item, "nextElementSibling") ?? sibling(item, "previousElementSibling");
  if (item.contains(document.activeElement)) next?.querySelector("a").focus();
  deletes.request([images.get(item)]);
}

function sibling(item, direction) {
  let other = item[direction];
  while (other?.hidden) other = other[direction];
  return other;
}

// Tiles follow the deletes wherever they are on the page.
deletes.events.addEventListener("change", () => {
  for (const item of document.querySelectorAll(".tile[data-id]")) item.hidden = deletes.isHidden(item.dataset.id);
});
deletes.events.addEventListener("gone", (event) => {
  for (const id of event.detail) document.querySelectorAll(`.tile[data-id="${CSS.escape(id)}"]`).forEach((item) => item.remove());
});
