// All pictures without a label and what they may be, the surest first, to accept or reject one by one or many at once.
import * as api from "./api.js";
import * as decisions from "./decisions.js";
import * as deletes from "./deletes.js";
import { button, byId, h, put, say } from "./dom.js";
import { count, percent } from "./format.js";
import { events as elsewhere } from "./labels.js";
import { command, failure, modelNote, notice, skeleton } from "./notice.js";
import { amend, suggestionsHref } from "./router.js";
import { Suggestion } from "./suggestion.js";
import { reachable, walkable } from "./walk.js";

const pageSize = 60;
const largestPage = 500; // the API's
const ahead = "1500px"; // how far below the window the next page is fetched

const total = h("span", { class: "count" });
const method = h("select", { id: "method", onchange: changeMethod },
  h("option", { value: "" }, "their neighbours"), h("option", { value: "probe" }, "the trained probe"));
const label = h("select", { id: "suggested-label", onchange: () => choose({ label: label.value }) });
const slider = h("input", { type: "range", id: "sure", min: "0", max: "1", step: "0.05", oninput: () => narrow({ from: slider.value === "0" ? "" : slider.value }), onchange: remember });
const output = h("output", { for: "sure" });
const selectAll = button("check", "Select all", everything, { id: "select-all" });
const chosen = h("div", { class: "chosen", hidden: true });
const number = h("span", { role: "status" });
put(chosen, number, button("check", "Accept", () => decideSelected("accepted"), { class: "primary", id: "accept-selected", title: "Accept (y)" }),
  button("close", "Reject", () => decideSelected("rejected"), { id: "reject-selected", title: "Reject (n)" }),
  button("close", null, selectNone, { class: "quiet", id: "select-none", "aria-label": "Select none", title: "Select none (Esc)" }));
const toolbar = h("div", { class: "toolbar", role: "group", "aria-label": "Choose suggestions", hidden: true },
  h("label", { class: "ask" }, h("span", {}, "Label"), label), h("label", { class: "ask" }, h("span", {}, "Sure from ", output), slider), selectAll, chosen);
const note = h("div");
const list = h("ul", { class: "suggestions", "aria-label": "Suggestions, the surest first" });
const state = h("div", { class: "state" });
const sentinel = h("div", { class: "sentinel", "aria-hidden": "true" });

/** @type {Map<string, Suggestion>} by the picture's id, in the order of the list */
const items = new Map();
let query = {}; // what the address asks: label, from, method
let cursor; // of the next page; undefined on the last
let lastShare = 1; // of the last one that is here
let loading = null; // the promise of the page under way
let asking = new AbortController();
let started = false;

/** @type {import("./main.js").Page} */
export const page = {
  title: "Suggested labels",
  element: h("section", { class: "page", "aria-labelledby": "suggestions-title" },
    h("div", { class: "heading" }, h("h1", { id: "suggestions-title", tabindex: "-1" }, "Suggested labels"), total,
      h("div", { class: "tools" }, h("label", {}, "by ", method), button("retry", null, startOver, { class: "quiet", "aria-label": "Suggest anew", title: "Suggest anew, with the labels given meanwhile" }))),
    toolbar, note, list, state, sentinel),
  async show(route, restore) {
    const wanted = Object.fromEntries(["label", "from", "method"].map((name) => [name, route.query.get(name) ?? ""]));
    const anew = !started || wanted.method !== query.method;
    query = wanted;
    showQuery();
    if (anew) await startOver();
    else update();
    restore();
  },
  leave: decisions.settle,
  focusOn: (id) => items.get(id)?.focus(),
};

walkable(list, act);
const observer = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && worthMore() && loadMore(), { rootMargin: ahead });

/** The least share that is shown. */
const from = () => Math.min(1, Math.max(0, Number(query.from) || 0));
/** Whether further pages can have something to show: they are less and less sure. */
const worthMore = () => cursor !== undefined && lastShare >= from();
const isShown = (item) => !item.element.hidden;
const shown = () => [...items.values()].filter(isShown);
const selection = () => shown().filter((item) => item.selected);

/** The reader asks for others of those that are here. */
function narrow(change) {
  query = { ...query, ...change };
  showQuery();
  update();
}

/** Puts what is asked into the address. */
function remember() {
  amend(suggestionsHref(query));
}

function choose(change) {
  narrow(change);
  remember();
}

function changeMethod() {
  query = { ...query, method: method.value };
  remember();
  startOver();
}

function showQuery() {
  method.value = query.method;
  slider.value = String(from());
  output.textContent = from() ? percent(from()) : "any";
  slider.setAttribute("aria-valuetext", output.textContent);
}

async function startOver() {
  asking.abort();
  asking = new AbortController();
  await loading;
  items.clear();
  list.replaceChildren();
  put(note);
  [cursor, lastShare, started] = [undefined, 1, false];
  await loadMore();
}

/** Loads the next page; at the same time only one. */
function loadMore(limit = pageSize) {
  loading ??= nextPage(limit).then((loaded) => {
    loading = null;
    if (loaded) watch();
    return loaded;
  });
  return loading;
}

/** An observer tells changes only: asked anew, it tells that the sentinel is still in sight. */
function watch() {
  observer.unobserve(sentinel);
  observer.observe(sentinel);
}

/** @returns {Promise<boolean>} whether it is here */
async function nextPage(limit) {
  const waiting = h("p", { class: "dim", role: "status" });
  const bar = h("progress", { "aria-label": "Classifying" });
  put(state, started ? waiting : h("div", {}, h("div", { class: "working" }, bar, waiting), skeleton("Loading suggestions")));
  bar.hidden = true;
  try {
    const answer = await api.unlabelled({ method: query.method, limit, cursor }, asking.signal, ({ done, of }) => {
      [bar.hidden, bar.max, bar.value] = [false, of, done];
      waiting.textContent = `Classifying: ${done.toLocaleString()} of ${count(of, "picture")}`;
    });
    const all = started ? null : await api.allLabels(asking.signal);
    [cursor, started] = [answer.next, true];
    put(note, modelNote(answer.model));
    append(answer.images);
    update(all?.labels.length === 0);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") failed(error);
    return false;
  }
}

function failed(error) {
  toolbar.hidden = items.size === 0;
  if (!started) total.textContent = "";
  const untrained = error.status === 409 && query.method === "probe";
  state.replaceChildren(untrained ? notice("tag", "No probe is trained", h("p", {}, "A probe learns from the labels that there are. Train one, then come back:"), command("lookalike classify train")) : failure(error, () => loadMore()));
}

function append(found) {
  const fresh = found.filter(({ image }) => !items.has(image.id)).map(({ image, suggestions }) => new Suggestion(image, suggestions, decideOne, showSelection));
  for (const item of fresh) items.set(item.image.id, item);
  if (fresh.length) lastShare = fresh.at(-1).best.share;
  list.append(...fresh.map((item) => item.element));
}

/** Shows what the reader asks for of what is here. */
function update(noLabels = false) {
  if (!started) return;
  const counts = new Map();
  for (const item of items.values()) {
    const open = !item.decided && item.best && !deletes.isHidden(item.image.id);
    if (open) counts.set(item.best.label, (counts.get(item.best.label) ?? 0) + 1);
    item.element.hidden = !open || item.best.share < from() || (query.label !== "" && item.best.label !== query.label);
    if (item.element.hidden) item.selected = false;
  }
  offerLabels(counts);
  const n = shown().length;
  total.textContent = n ? `${count(n, "picture")}${worthMore() ? " so far" : ""}, the surest first` : "";
  toolbar.hidden = items.size === 0;
  put(state, n === 0 && !worthMore() && nothing(noLabels, counts.size > 0));
  reachable(list);
  showSelection();
  watch();
}

function offerLabels(counts) {
  const names = [...counts.keys()].sort((a, b) => a.localeCompare(b));
  if (query.label && !counts.has(query.label)) names.push(query.label);
  put(label, h("option", { value: "" }, "all"), ...names.map((name) => h("option", { value: name }, `${name} (${counts.get(name) ?? 0})`)));
  label.value = query.label;
}

function nothing(noLabels, others) {
  if (noLabels) {
    return notice("tag", "No labels yet", h("p", {}, "Suggestions come from pictures that have labels. Open a picture and give it one, or label by folder:"),
      command("lookalike label --from-folders ~/Pictures"));
  }
  if (!others) return notice("check", "Nothing to suggest", h("p", {}, "Every picture has a label, or nothing speaks for one."), button("retry", "Suggest anew", startOver));
  return notice("tag", "No suggestion like that", h("p", {}, "There are others, less sure or of other labels."),
    button("close", "Show all", () => choose({ label: "", from: "" }), { class: "primary" }));
}

function showSelection() {
  const n = selection().length;
  chosen.hidden = n === 0;
  selectAll.hidden = n > 0 && n === shown().length && !worthMore();
  number.textContent = n ? `${n.toLocaleString()} selected` : "";
}

/** Selects all that are asked for, those that are not here yet too. */
async function everything() {
  selectAll.disabled = true;
  const signal = asking.signal;
  while (worthMore() && !signal.aborted && (await loadMore(largestPage)));
  selectAll.disabled = false;
  for (const item of shown()) item.selected = true;
  showSelection();
  toolbar.querySelector("#accept-selected").focus();
}

function selectNone() {
  for (const item of items.values()) item.selected = false;
  showSelection();
  selectAll.focus();
}

const decideOne = (decision, item, label) => decide(decision, [{ item, label }]);

function decideSelected(decision) {
  decide(decision, selection().map((item) => ({ item, label: item.best.label })));
}

/** They go at once; should the server refuse, or the reader undo it, they come back. */
function decide(decision, batch) {
  if (batch.length === 0) return;
  const next = neighbour(new Set(batch.map(({ item }) => item)));
  for (const { item, label } of batch) mark(item, label, decision);
  const choices = batch.map(({ item, label }) => ({ id: item.image.id, label }));
  decisions.decide(choices, decision, (error) => {
    for (const { item, label } of batch) mark(item, label, "none");
    update();
    if (error?.status > 0) startOver(); // one of them may be gone, or some are stored: the list is old
    else if (document.activeElement === byId("main") && isShown(batch[0].item)) batch[0].item.focus();
  });
  update();
  if (next && isShown(next)) next.focus();
}

/** What has the focus after these are gone: the next one, or the one before; null when none of them has it now. */
function neighbour(leaving) {
  const all = shown();
  const at = all.findIndex((item) => item.element.contains(document.activeElement));
  if (at < 0) return null;
  return all.slice(at).find((item) => !leaving.has(item)) ?? all.slice(0, at).findLast((item) => !leaving.has(item)) ?? null;
}

function mark(item, label, decision) {
  item.decided = decision === "accepted" || decision === "given" ? label : "";
  if (decision === "rejected") item.rejected.add(label);
  else item.rejected.delete(label);
  item.selected = false;
  item.render();
}

/** Keys on a picture; y and n are about the selection where there is one. @returns {boolean} whether the key meant something */
function act(element, key) {
  const item = items.get(element.dataset.image);
  const decision = { y: "accepted", n: "rejected" }[key];
  if (key === "x" || key === " ") {
    item.selected = !item.selected;
    showSelection();
    say(`${item.name} ${item.selected ? "selected" : "not selected"}`);
  } else if (key === "Escape" && selection().length) {
    selectNone();
    item.focus();
  } else if (decision && selection().length) decideSelected(decision);
  else if (decision) decideOne(decision, item, item.best.label);
  else return false;
  return true;
}

deletes.events.addEventListener("change", () => update());
elsewhere.addEventListener("decided", ({ detail }) => {
  const item = items.get(detail.id);
  if (shown().length === 0) started = false; // the first label makes suggestions
  if (item) mark(item, detail.label, detail.decision);
});
