// The keyboard in a list of tiles: one tile takes part in tabbing, arrows move to the others.
import { drop } from "./tile.js";

/**
 * Makes a list of tiles walkable. Left and right follow the order; up and down
 * go to the nearest tile of the next line, whatever the tiles' widths.
 * @param {HTMLUListElement} list
 * @param {(item: HTMLElement, key: string) => boolean} [act] what other keys do; it returns whether the key meant something
 */
export function walkable(list, act = keysOfTile) {
  reachable(list);
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest(".tile");
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    if (act(item, event.key) || move(list, item, event.key)) event.preventDefault();
  });
  list.addEventListener("focusin", (event) => rove(list, event.target.closest(".tile")));
}

/**
 * Makes the first tile the one that tabbing reaches, if none is. Call it after adding or hiding tiles.
 * @param {HTMLUListElement} list
 */
export function reachable(list) {
  if (!list.querySelector('.tile:not([hidden]) > a[tabindex="0"]')) rove(list, list.querySelector(".tile:not([hidden])"));
}

function rove(list, item) {
  for (const link of list.querySelectorAll('.tile > a[tabindex="0"]')) link.tabIndex = -1;
  const link = item?.querySelector("a");
  if (link) link.tabIndex = 0;
}

function visible(list) {
  return [...list.querySelectorAll(".tile:not([hidden])")];
}

/** @returns {boolean} whether the key meant something */
function keysOfTile(item, key) {
  if (key === "Delete" || key === "Backspace") {
    drop(item);
    return true;
  }
  if (key === "c") {
    const compare = item.querySelector(".match");
    compare?.click();
    return compare !== null;
  }
  return false;
}

/** @returns {boolean} whether the key leads somewhere */
function move(list, item, key) {
  const items = visible(list);
  const to = target(items, items.indexOf(item), key);
  if (to === undefined) return false;
  to?.querySelector("a").focus();
  to?.scrollIntoView({ block: "nearest" });
  return true;
}

/** The tile that a key leads to; null at an edge, undefined for a key without meaning here. */
function target(items, at, key) {
  switch (key) {
    case "ArrowRight": return items[at + 1] ?? null;
    case "ArrowLeft": return items[at - 1] ?? null;
    case "Home": return items[0];
    case "End": return items.at(-1);
    case "ArrowDown": return inNextLine(items.slice(at));
    case "ArrowUp": return inNextLine(items.slice(0, at + 1).reverse());
    default: return undefined;
  }
}

/** Of the first line of items unlike items[0]'s, the tile whose middle is nearest to it. */
function inNextLine(items) {
  const top = (item) => Math.round(item.getBoundingClientRect().top); // in a whole grid, whatever block it is in
  const middle = (item) => item.getBoundingClientRect().left + item.offsetWidth / 2;
  const from = items[0];
  const first = top(from);
  let best = null;
  let line;
  for (const item of items) {
    const here = top(item);
    if (here === first) continue;
    line ??= here;
    if (here !== line) break;
    if (!best || Math.abs(middle(item) - middle(from)) < Math.abs(middle(best) - middle(from))) best = item;
  }
  return best;
}
