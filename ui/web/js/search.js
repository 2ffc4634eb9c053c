// Search by a picture that need not be in the library.
import * as api from "./api.js";
import { button, byId, h, icon } from "./dom.js";
import * as filter from "./filter.js";
import * as filterbar from "./filterbar.js";
import * as text from "./format.js";
import * as model from "./model.js";
import { missingModel, notice } from "./notice.js";
import { chooseToSearch } from "./pick.js";
import * as queries from "./queries.js";
import { showResults } from "./results.js";
import { advance, go, parse, searchHref } from "./router.js";
import { addFiles } from "./uploads.js";

let leaving = new AbortController();
let previewURL = "";
let among = {}; // the filter of the search that is shown, which the next one takes over

/** @type {import("./main.js").Page} */
export const page = {
  title: "Search",
  element: h("section", { class: "page" }),
  async show({ arg: key, query }, restore) {
    leaving = new AbortController();
    among = filter.read(query);
    await load(key, leaving.signal);
    restore();
  },
  leave() {
    leaving.abort();
    among = {};
    page.element.replaceChildren();
    URL.revokeObjectURL(previewURL);
  },
};

/**
 * Searches by a file: the address of the results is the way to them.
 * @param {File} file
 */
export async function searchBy(file) {
  if (model.refuses("searched")) return;
  const kept = among;
  go(searchHref(await queries.keep(file), kept));
}

async function load(key, signal) {
  const [missing, file] = await Promise.all([model.whyMissing(), key && queries.find(key)]);
  if (signal.aborted) return;
  if (missing) {
    page.element.replaceChildren(h("h1", { class: "heading" }, "Search"), missingModel(missing));
    return;
  }
  if (!file) {
    page.element.replaceChildren(h("h1", { class: "heading" }, "Search"), invitation(key !== ""));
    byId("choose-search").focus({ preventScroll: true });
    return;
  }
  const heading = h("div", { class: "heading" }, h("h2", {}, "Looks like it"));
  const place = h("div");
  page.element.replaceChildren(queryCard(file), heading, place);
  filterbar.attach(heading, among, (chosen) => {
    among = chosen;
    advance(searchHref(key, among));
    find(file, place, signal);
  });
  await find(file, place, signal);
}

/** Each call has an element of its own: what comes late for another filter is not seen. */
async function find(file, place, signal) {
  const results = h("div", { class: "results" });
  const asked = among;
  place.replaceChildren(results);
  await showResults(results, (k) => api.search(file, { k, ...filter.params(asked) }, signal), `Pictures that look like ${file.name}`, { among: asked });
}

/** @param {boolean} lost whether the address names a picture that is not here */
function invitation(lost) {
  return h("div", { class: "invitation", "data-drop": "search" },
    notice("search", lost ? "That picture is not in this browser" : "Find what looks like a picture",
      h("p", {}, lost ? "Pictures searched by stay in the browser that searched. Give it again:" : "Nothing is kept on the server."),
      button("picture", "Choose a picture", chooseToSearch, { class: "primary", id: "choose-search" }),
      h("p", { class: "dim" }, "or drop it here, or paste it with ", h("kbd", {}, "Ctrl"), " ", h("kbd", {}, "V"))));
}

function queryCard(file) {
  previewURL = URL.createObjectURL(file);
  const preview = h("img", { class: "query", src: previewURL, alt: "The picture searched by" });
  preview.addEventListener("error", () => preview.replaceWith(h("div", { class: "query" }, icon("picture"))));
  return h("div", { class: "query-card" }, preview,
    h("div", {}, h("h1", { tabindex: "-1" }, file.name), h("p", { class: "dim" }, text.bytes(file.size)),
      h("div", { class: "actions" },
        button("search", "Another picture", chooseToSearch),
        button("plus", "Add it to the library", () => addFiles([file])))));
}

// The page of a model that has come back, or has gone, is another one.
model.events.addEventListener("change", () => {
  if (page.element.hidden) return;
  page.leave();
  page.show(parse(location.hash), () => {});
});
