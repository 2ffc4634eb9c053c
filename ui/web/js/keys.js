// Keys that work everywhere. Those inside a grid are in walk.js.
import { byId } from "./dom.js";
import * as filterbar from "./filterbar.js";
import { chooseToAdd } from "./pick.js";
import { back, go, parse } from "./router.js";
import * as theme from "./theme.js";
import * as undo from "./undo.js";

const actions = {
  "/": () => go("#/search"), // which has the focus on what opens the file dialog
  "?": () => byId("keys").showModal(),
  a: chooseToAdd,
  g: () => go("#/"),
  d: () => go("#/duplicates"),
  s: () => go("#/suggestions"),
  f: () => filterbar.open(),
  t: theme.next,
  u: undo.last,
  l: () => byId("label")?.focus(),
  y: () => click("#accept, #accept-selected"),
  n: () => click("#reject, #reject-selected"),
  Escape: leave,
  Delete: () => byId("delete")?.click(),
};

/** Clicks the one that is shown: pages that were left stay in the document. */
function click(selector) {
  [...document.querySelectorAll(selector)].find((button) => button.checkVisibility())?.click();
}

function leave() {
  if (parse(location.hash).page !== "gallery") back();
}

const typed = 'input:is([type="text"], [type="date"])';

/** Letters belong to a field or an open dialog where there is one. */
function taken(event) {
  const field = event.target.closest?.(event.key.length === 1 ? `${typed}, select` : typed);
  return Boolean(field) || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]") !== null;
}

/** Listens. */
export function start() {
  window.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || taken(event)) return;
    event.preventDefault();
    action();
  });
  byId("help").addEventListener("click", () => byId("keys").showModal());
}
