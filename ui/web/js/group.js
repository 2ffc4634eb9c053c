// A group of pictures that look alike, side by side.
import * as deletes from "./deletes.js";
import { button, h } from "./dom.js";
import * as text from "./format.js";
import { tile } from "./tile.js";
import { walkable } from "./walk.js";

const pictures = new WeakMap(); // a card's images

/**
 * @param {import("./api.js").Group} group
 * @returns {HTMLElement}
 */
export function groupCard({ medoid, members }) {
  const images = [medoid, ...members.map((member) => member.image)];
  const best = largest(images);
  const badges = (image) => [image === medoid && "medoid", image === best && "largest"].filter(Boolean);
  const tiles = [tile(medoid, { badges: badges(medoid), caption: caption(medoid) }),
    ...members.map(({ image, score }) => tile(image, { score, badges: badges(image), caption: caption(image) }))];
  const list = h("ul", { class: "side-by-side", "aria-label": `Pictures that look like ${text.baseName(medoid.path)}` }, ...tiles);
  walkable(list);
  const card = h("article", { class: "group" }, heading(images, best), list);
  pictures.set(card, images);
  thin(card);
  return card;
}

function heading(images, best) {
  const others = () => images.filter((image) => image !== best && !deletes.isHidden(image.id));
  return h("header", {}, h("h3", {}), button("trash", "Keep the largest only", () => deletes.request(others()), { class: "quiet" }));
}

function caption(image) {
  return h("div", { class: "caption" },
    h("span", { class: "title", title: image.path }, text.baseName(image.path)),
    h("span", { class: "dim" }, text.size(image)),
    h("span", { class: "dim" }, `${text.format(image.format)}, ${text.bytes(image.bytes)}`));
}

/** The one most likely worth keeping: most pixels, then most bytes. */
function largest(images) {
  const better = (a, b) => b.width * b.height - a.width * a.height || b.bytes - a.bytes;
  return [...images].sort(better)[0];
}

/** A group with fewer than two pictures left is no group: it hides. */
function thin(card) {
  const left = pictures.get(card).filter((image) => !deletes.isHidden(image.id)).length;
  card.hidden = left < 2;
  card.querySelector("h3").textContent = `${left} look alike`;
}

deletes.events.addEventListener("change", () => document.querySelectorAll(".group").forEach(thin));
