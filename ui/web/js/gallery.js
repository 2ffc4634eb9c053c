// The library, newest first, loading as the reader scrolls.
import * as api from "./api.js";
import * as deletes from "./deletes.js";
import { button, h, icon, put, say } from "./dom.js";
import * as filter from "./filter.js";
import * as filterbar from "./filterbar.js";
import { count } from "./format.js";
import { Grid } from "./grid.js";
import * as model from "./model.js";
import { command, failure, missingModel, notice, skeleton } from "./notice.js";
import { chooseToAdd, chooseToSearch } from "./pick.js";
import { advance, galleryHref } from "./router.js";

const pageSize = 60;
const largestPage = 500; // the API's
const ahead = "1500px"; // how far below the window the next page is fetched

const grid = new Grid("Pictures, newest first");
const total = h("span", { class: "count" });
const state = h("div", { class: "state" }); // skeleton, failure or empty notice
const sentinel = h("div", { class: "sentinel", "aria-hidden": "true" });
const searchBar = h("button", { type: "button", class: "search-bar", onclick: chooseToSearch },
  icon("search"), h("span", {}, "Drop, paste or choose a picture to find what looks like it"), h("kbd", {}, "/"));

const missing = h("div"); // why there is no search bar
const heading = h("div", { class: "heading" }, h("h1", { id: "gallery-title" }, "Gallery"), total);

let among = {}; // the filter of the pictures that are shown
let known = 0; // how many of them the server has
let cursor; // of the next page; undefined on the last
let loading = null; // the promise of the page under way
let started = false; // the first page is here
let asking = new AbortController(); // of the page under way

/** @type {import("./main.js").Page} */
export const page = {
  title: "Gallery",
  element: h("section", { class: "page", "aria-labelledby": "gallery-title" },
    missing, searchBar, heading, grid.element, state, sentinel),
  async show(route, restore) {
    const wanted = filter.read(route.query);
    filterbar.attach(heading, wanted, (chosen) => {
      advance(galleryHref(chosen));
      narrow(chosen);
    });
    if (!filter.equal(wanted, among)) await narrow(wanted);
    else if (started) refresh();
    else loadMore();
    restore();
  },
  focusOn: (id) => grid.link(id)?.focus({ preventScroll: true }),
};

/** Shows the pictures that fit another filter. */
async function narrow(wanted) {
  among = wanted;
  await startOver();
  if (filter.equal(wanted, among) && filter.isEmpty(filter.problems(among))) say(total.textContent || "No picture matches");
}

// Of several entries the last is the present: the sentinel moves while pictures come in.
const observer = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && cursor && loadMore(), { rootMargin: ahead });

/** Loads the next page; at the same time only one. */
function loadMore() {
  loading ??= nextPage().then((loaded) => {
    loading = null;
    if (loaded) watch();
  });
  return loading;
}

/** @returns {Promise<boolean>} whether it is here */
async function nextPage() {
  const refused = filterbar.refusal(among);
  if (refused) {
    known = 0;
    total.textContent = "";
    state.replaceChildren(refused);
    return false;
  }
  state.replaceChildren(skeleton("Loading pictures"));
  try {
    const answer = await api.list({ limit: pageSize, cursor, ...filter.params(among) }, asking.signal);
    cursor = answer.next;
    started = true;
    grid.append(answer.images);
    settle(answer.total);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") state.replaceChildren(filterbar.refusal(among, error) ?? failure(error, loadMore));
    return false;
  }
}

/** An observer tells changes only: asked anew, it tells that the sentinel is still in sight. */
function watch() {
  observer.unobserve(sentinel);
  observer.observe(sentinel);
}

/** Shows the total, and the way in when there is nothing. */
function settle(serverTotal) {
  known = serverTotal;
  const all = filter.isEmpty(among);
  const n = Math.max(0, known - deletes.waitingCount(all ? undefined : grid.ids));
  total.textContent = n ? `${count(n, "picture")}${all ? "" : n === 1 ? " matches" : " match"}` : "";
  searchBar.hidden = all && n === 0;
  tellMissing();
  filterbar.offer(!all || n > 0);
  put(state, n === 0 && (all ? empty() : filterbar.noMatch()));
}

/** Without the model nothing can be searched by: a line says why. */
function tellMissing() {
  const reason = model.reason();
  put(missing, reason && missingModel(reason));
  if (reason) searchBar.hidden = true;
}

/** Takes up what came and went meanwhile, from here or from the command line. */
export async function refresh() {
  if (!started || !filter.isEmpty(filter.problems(among))) return;
  try {
    const met = (await meet(pageSize)) || (await meet(largestPage));
    if (!met) await startOver();
  } catch {
    // The pictures that are shown stay; the strip says when the server is away.
  }
}

/** Lays the newest pictures over the grid's. @returns {Promise<boolean>} whether they reach as far as one that it has */
async function meet(limit) {
  const asked = among;
  const answer = await api.list({ limit, ...filter.params(among) });
  if (asked !== among) return true; // it is being shown anew
  const fresh = answer.images.findIndex((image) => grid.ids.has(image.id));
  if (fresh < 0) return false;
  grid.prepend(answer.images.slice(0, fresh));
  grid.prune(answer.images);
  settle(answer.total);
  return true;
}

async function startOver() {
  asking.abort();
  asking = new AbortController();
  await loading;
  grid.clear();
  cursor = undefined;
  await loadMore();
}

function empty() {
  return notice("picture", "No pictures yet",
    h("p", {}, "Drop pictures or whole folders anywhere on this page, or"),
    button("plus", "Choose pictures", chooseToAdd, { class: "primary" }),
    h("p", {}, "Large collections are quicker from a terminal, and the files stay where they are:"),
    command("lookalike add ~/Pictures"));
}

deletes.events.addEventListener("change", () => started && settle(known));
model.events.addEventListener("change", () => started && settle(known));
deletes.events.addEventListener("gone", (event) => {
  const counted = filter.isEmpty(among) ? event.detail : event.detail.filter((id) => grid.ids.has(id));
  if (started) settle(known - counted.length);
});
document.addEventListener("visibilitychange", () => !document.hidden && !page.element.hidden && refresh());
