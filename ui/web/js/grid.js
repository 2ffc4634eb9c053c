// A justified grid: lines of equal height, filled to the edge. All of it is CSS
// (grid.css); a tile only tells its ratio. Its lines are in blocks, of which the
// browser lays out those in sight.
import { h } from "./dom.js";
import { tile } from "./tile.js";
import { reachable, walkable } from "./walk.js";

const blockSize = 100; // tiles after which a block ends with its line

/** A list of tiles. */
export class Grid {
  /**
   * @param {string} label for screen readers
   * @param {{asked?: string, among?: import("./filter.js").Filter}} [extra] of each tile, see tile.js
   */
  constructor(label, extra = {}) {
    this.extra = extra;
    this.element = h("div", { class: "grid", role: "list", "aria-label": label });
    this.ids = new Set();
    walkable(this.element);
  }

  /** @param {import("./api.js").Image[]} images go to the end; those that are here already are skipped */
  append(images) {
    this.appendResults(images.map((image) => ({ image })));
  }

  /** @param {{image: import("./api.js").Image, score?: number}[]} results */
  appendResults(results) {
    const block = this.element.lastElementChild ?? this.#block();
    block.append(...this.#tiles(results));
    this.#split(block);
    reachable(this.element);
  }

  /** @param {import("./api.js").Image[]} images go to the front, in this order */
  prepend(images) {
    const block = this.element.firstElementChild ?? this.#block();
    block.prepend(...this.#tiles(images.map((image) => ({ image }))));
    this.#split(block);
    reachable(this.element);
  }

  /** Adds a block, at the end or behind another one. */
  #block(before) {
    const block = h("div", { class: "lines", role: "presentation" });
    if (before) before.after(block);
    else this.element.append(block);
    return block;
  }

  /** Moves what is too much in a block into new ones behind it. A line is never parted; in a grid that is not seen there are none. */
  #split(block) {
    const tiles = [...block.children];
    const tops = tiles.map((item) => item.offsetTop);
    for (let start = 0, i = 1; i < tiles.length; i++) {
      if (i - start < blockSize || tops[i] <= tops[i - 1]) continue;
      block = this.#block(block);
      block.append(...tiles.slice(i));
      start = i;
    }
  }

  /**
   * Takes away the tiles that are no longer there.
   * @param {import("./api.js").Image[]} images the present pictures from the first on; tiles behind the last of them stay
   */
  prune(images) {
    const present = new Set(images.map((image) => image.id));
    for (const item of this.element.querySelectorAll(".tile")) {
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
