// The filter as one sees it: a button that opens its fields, a chip for each value that is asked, and what the page shows
// when nothing fits. There is one; the page that is shown has it.
import { button, byId, h, put } from "./dom.js";
import * as filter from "./filter.js";
import { makeFields } from "./filterfields.js";
import { notice } from "./notice.js";

/** @typedef {import("./filter.js").Filter} Filter */

let current = {};
let apply = (/** @type {Filter} */ _) => {};

const number = h("span", { class: "number", hidden: true });
const toggle = button("filter", "Filter", (event) => (panel.hidden ? open(event) : close()),
  { id: "filter", "aria-expanded": "false", "aria-controls": "filter-panel", title: "Show only some pictures (f)" });
toggle.append(number);
const fields = makeFields();
const chips = h("ul", { class: "chips", "aria-label": "Filters" });
const panel = h("form", { id: "filter-panel", class: "filter-panel", "aria-label": "Filter", tabindex: "-1", novalidate: true, hidden: true },
  ...fields.map((field) => field.element),
  h("div", { class: "actions" }, button("check", "Done", () => {}, { type: "submit", class: "primary" }), button("close", "Remove all", removeAll, { id: "filter-none" })));
const body = h("div", { class: "filter-bar" }, panel, chips);

/**
 * Puts the filter below a heading, and its button into it.
 * @param {HTMLElement} heading
 * @param {Filter} chosen what the address has
 * @param {(chosen: Filter) => void} use is called when the reader chooses another one
 */
export function attach(heading, chosen, use) {
  apply = use;
  offer(true);
  if (toggle.parentElement !== heading) {
    heading.append(toggle);
    heading.after(body);
  }
  show(chosen);
  if (!panel.hidden) refresh();
}

/** @param {boolean} useful whether there is anything to filter */
export function offer(useful) {
  toggle.hidden = body.hidden = !useful;
}

/**
 * Opens the fields, where the page that is shown has a filter.
 * @param {{pointerType?: string}} [event] what opens them: for a finger no keyboard covers the half of them
 */
export function open(event) {
  if (!toggle.isConnected || !toggle.checkVisibility()) return;
  panel.hidden = false;
  toggle.setAttribute("aria-expanded", "true");
  refresh();
  (event?.pointerType === "touch" ? panel : panel.querySelector("input")).focus();
}

function close() {
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  toggle.setAttribute("aria-expanded", "false");
  if (inside) toggle.focus();
}

/** Labels come and go while the page is open. */
function refresh() {
  for (const field of fields) field.update?.();
}

/** @param {Filter} chosen */
function show(chosen) {
  current = chosen;
  const wrong = filter.problems(chosen);
  for (const field of fields) {
    if (field.get() !== (chosen[field.name] ?? "")) field.set(chosen[field.name] ?? "");
    field.complain(wrong[field.name] ?? "");
  }
  const asked = Object.entries(chosen);
  number.textContent = String(asked.length);
  number.hidden = asked.length === 0;
  toggle.setAttribute("aria-label", asked.length ? `Filter, ${asked.length} in use` : "Filter");
  byId("filter-none")?.toggleAttribute("hidden", asked.length === 0);
  const removeEach = asked.length > 1 && h("li", {}, button("close", "Remove all", removeAll, { class: "quiet" }));
  put(chips, ...asked.map(([name, value]) => chip(name, value, name in wrong)), removeEach);
}

function chip(name, value, wrong) {
  const text = filter.describe(name, value);
  const remove = () => {
    const at = [...chips.children].indexOf(item);
    choose(filter.without(current, name));
    (chips.children[at]?.querySelector("button") ?? toggle).focus();
  };
  const item = h("li", { class: wrong ? "chip bad" : "chip", "data-filter": name }, h("span", {}, text),
    button("close", null, remove, { class: "quiet", "aria-label": `Remove the filter ${text}` }));
  return item;
}

/** Takes what the fields say, unless something is wrong with it. */
function take() {
  if (fields.some((field) => field.incomplete?.())) return false;
  const values = Object.fromEntries(fields.map((field) => [field.name, field.get()]).filter(([, value]) => value !== ""));
  const wrong = filter.problems(values);
  for (const field of fields) field.complain(wrong[field.name] ?? "");
  if (!filter.isEmpty(wrong)) return false;
  if (!filter.equal(values, current)) choose(values);
  return true;
}

/** @param {Filter} chosen */
function choose(chosen) {
  show(chosen);
  apply(chosen);
}

function removeAll() {
  choose({});
  toggle.focus();
}

const removeButton = () => button("close", Object.keys(current).length > 1 ? "Remove the filters" : "Remove the filter", removeAll, { class: "primary", id: "no-filter" });

/** What is seen instead of pictures when none fits. */
export function noMatch() {
  return notice("filter", "No picture matches", h("p", {}, "Asked for: ", Object.entries(current).map(([name, value]) => filter.describe(name, value)).join(" · ")), removeButton());
}

/**
 * What is seen when a filter cannot be asked: an address was mistyped, or the server refuses it.
 * @param {Filter} chosen
 * @param {{status?: number, message: string}} [error] the server's
 * @returns {HTMLElement|null} null where nothing is wrong with the filter
 */
export function refusal(chosen, error) {
  const wrong = Object.values(filter.problems(chosen));
  if (error?.status === 400 && !filter.isEmpty(chosen)) wrong.push(error.message);
  if (wrong.length === 0) return null;
  const element = notice("alert", "This filter cannot be used", ...wrong.map((text) => h("p", {}, text)), removeButton());
  element.setAttribute("role", "alert");
  return element;
}

panel.addEventListener("change", take);
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  if (take()) close();
});
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault(); // it closes the fields, not the page
  close();
});
