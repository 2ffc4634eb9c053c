// The gallery's filter: pictures with one label, or all. Without any label it is not there.
import * as api from "./api.js";
import { h, put } from "./dom.js";
import { go, labelHref } from "./router.js";

const select = h("select", { id: "label-filter", onchange: () => go(select.value ? labelHref(select.value) : "#/") });
let counts = new Map(); // label -> pictures

export const element = h("label", { class: "filter", hidden: true }, h("span", {}, "Label"), select);

/**
 * Shows the labels there are, and which is chosen.
 * @param {string} chosen "" for all
 */
export async function update(chosen) {
  offer(chosen);
  try {
    const { labels } = await api.allLabels();
    counts = new Map(labels.map(({ label, images }) => [label, images]));
    offer(chosen);
  } catch {
    // Those known before stay; the strip says when the server is away.
  }
}

/** @param {string} label  @returns {number} pictures that have it */
const countOf = (label) => counts.get(label) ?? 0;

function offer(chosen) {
  const names = [...counts.keys()].sort((a, b) => a.localeCompare(b));
  if (chosen && !counts.has(chosen)) names.push(chosen); // of an old address
  put(select, h("option", { value: "" }, "All pictures"),
    ...names.map((name) => h("option", { value: name }, `${name} (${countOf(name)})`)));
  select.value = chosen;
  element.hidden = names.length === 0;
}
