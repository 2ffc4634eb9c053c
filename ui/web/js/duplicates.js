// What the library holds more than once: exact copies, and groups that look alike.
import * as api from "./api.js";
import { button, h, put, say } from "./dom.js";
import { files } from "./facts.js";
import { count, score } from "./format.js";
import { groupCard } from "./group.js";
import { failure, modelNote, notice } from "./notice.js";
import { amend } from "./router.js";
import { tile } from "./tile.js";
import { unreadNote } from "./unread.js";
import { walkable } from "./walk.js";

const settleTime = 250; // milliseconds that the slider rests before it is obeyed
const firstLimit = 100;
const lastLimit = 1000; // the API's
let leaving = new AbortController();
let timer = 0;

const slider = h("input", { type: "range", id: "threshold", min: "0.7", max: "1", step: "0.005", "aria-describedby": "threshold-help" });
const output = h("output", { for: "threshold" });
const results = h("div", { class: "results" });
const controls = h("div", { class: "threshold", hidden: true },
  h("label", { for: "threshold" }, "Alike from ", output), slider,
  h("p", { id: "threshold-help", class: "dim" }, "Lower finds more, and more that only resemble each other."));

/** @type {import("./main.js").Page} */
export const page = {
  title: "Duplicates",
  element: h("section", { class: "page", "aria-labelledby": "duplicates-title" },
    h("div", { class: "heading" }, h("h1", { id: "duplicates-title", tabindex: "-1" }, "Duplicates"), controls), results),
  async show({ query }, restore) {
    await load(query.get("threshold") ?? undefined, firstLimit);
    restore();
  },
  leave() {
    clearTimeout(timer);
    leaving.abort();
  },
};

slider.addEventListener("input", () => {
  showThreshold(slider.valueAsNumber);
  clearTimeout(timer);
  timer = setTimeout(() => {
    amend(`#/duplicates?threshold=${slider.value}`);
    load(slider.value, firstLimit);
  }, settleTime);
});

function showThreshold(value) {
  output.textContent = score(value);
  slider.setAttribute("aria-valuetext", score(value));
}

/** Loads and shows; a later call ends an earlier one. */
async function load(threshold, limit) {
  leaving.abort();
  leaving = new AbortController();
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await api.duplicates({ threshold, limit }, leaving.signal);
    slider.value = String(answer.threshold);
    showThreshold(answer.threshold);
    controls.hidden = false;
    put(results, ...view(answer, limit));
    say(`${count(answer.groups.length, "group")}, ${count(answer.exact.length, "exact copy", "exact copies")}${answer.unread.length ? `, ${answer.unread.length} not compared` : ""}`);
  } catch (error) {
    if (error.name === "AbortError") return;
    results.replaceChildren(failure(error, () => load(threshold, limit)));
  }
  results.removeAttribute("aria-busy");
}

function view(answer, limit) {
  const { exact, groups, unread, model, threshold } = answer;
  const parts = [modelNote(model), unreadNote(unread)];
  if (exact.length + groups.length === 0) {
    const pictures = unread.length ? "of the other pictures" : "pictures";
    return [...parts, notice("check", "No duplicates", h("p", {}, `No two ${pictures} score ${score(threshold)} or more. A lower threshold may find some.`))];
  }
  if (groups.length) parts.push(heading("Look alike", `${count(groups.length, "group")}; scores are against the medoid, the picture most like the others`), h("div", { class: "groups" }, ...groups.map(groupCard)));
  if (exact.length) parts.push(heading("Exact copies", "the same picture in several files"), exactCopies(exact));
  const full = Math.max(exact.length, groups.length) >= limit && limit < lastLimit;
  if (full) parts.push(h("div", { class: "more" }, button("plus", "Show more", () => load(String(threshold), lastLimit))));
  return parts;
}

function heading(title, remark) {
  return h("div", { class: "heading" }, h("h2", {}, title), h("span", { class: "count" }, remark));
}

/** Each image with all its files. It is one record, so it has one delete; the files are the reader's own. */
function exactCopies(exact) {
  const list = h("ul", { class: "exact", "aria-label": "Exact copies" }, ...exact.map(({ image }) => tile(image, { caption: files(image.files) })));
  walkable(list);
  return list;
}
