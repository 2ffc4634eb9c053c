// A justified grid: lines of equal height, filled to the edge. All of it is CSS
// (grid.css); a tile only tells its ratio.
import { h } from "./dom.js";
import { tile } from "./tile.js";
import { reachable, walkable } from "./walk.js";

/** A list of tiles. */
export class Grid {
  /**
   * @param {string} label for screen readers
   * @param {{asked?: string, among?: import("./filter.js").Filter}} [extra] of each tile, see tile.js
   */
  constructor(label, extra = {}) {
    this.extra = extra;
    this.element = h("ul", { class: "grid", "aria-label": label });
    this.ids = new Set();
    walkable(this.element);
  }

  /** @param {import("./api.js").Image[]} images go to the end; those that are here already are skipped */
  append(images) {
    this.element.append(...this.#tiles(images.map((image) => ({ image }))));
    reachable(this.element);
  }

  /** @param {{image: import("./api.js").Image, score: number}[]} results */
  appendResults(results) {
    this.element.append(...this.#tiles(results));
    reachable(this.element);
  }

  /** @param {import("./api.js").Image[]} images go to the front, in this order */
  prepend(images) {
    this.element.prepend(...this.#tiles(images.map((image) => ({ image }))));
    reachable(this.element);
  }

  /**
   * Takes away the tiles that are no longer there.
   * @param {import("./api.js").Image[]} images the present pictures from the first on; tiles behind the last of them stay
   */
  prune(images) {
    const present = new Set(images.map((image) => image.id));
    for (const item of [...this.element.children]) {
      if (present.delete(item.dataset.id)) continue;
      if (present.size === 0) return;
      this.ids.delete(item.dataset.id);
      item.remove();
    }
  }

  /** Takes all tiles away. */
  clear() {
    this.ids.clear();
    this.element.replaceChildren();
  }

  /** @param {string} id  @returns {HTMLElement|null} the link of a tile */
  link(id) {
    return this.element.querySelector(`[data-id="${CSS.escape(id)}"] > a`);
  }

  #tiles(results) {
    const fresh = results.filter(({ image }) => !this.ids.has(image.id));
    for (const { image } of fresh) this.ids.add(image.id);
    return fresh.map(({ image, score }) => tile(image, { ...this.extra, score }));
  }
}
