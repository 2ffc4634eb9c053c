// Search by a picture that need not be in the library.
import * as api from "./api.js";
import { button, byId, h, icon } from "./dom.js";
import * as text from "./format.js";
import { notice } from "./notice.js";
import { chooseToSearch } from "./pick.js";
import * as queries from "./queries.js";
import { showResults } from "./results.js";
import { go } from "./router.js";
import { addFiles } from "./uploads.js";

let leaving = new AbortController();
let previewURL = "";

/** @type {import("./main.js").Page} */
export const page = {
  title: "Search",
  element: h("section", { class: "page" }),
  async show({ arg: key }, restore) {
    leaving = new AbortController();
    await load(key, leaving.signal);
    restore();
  },
  leave() {
    leaving.abort();
    page.element.replaceChildren();
    URL.revokeObjectURL(previewURL);
  },
};

/**
 * Searches by a file: the address of the results is the way to them.
 * @param {File} file
 */
export async function searchBy(file) {
  go(`#/search/${await queries.keep(file)}`);
}

async function load(key, signal) {
  const file = key && (await queries.find(key));
  if (signal.aborted) return;
  if (!file) {
    page.element.replaceChildren(h("h1", { class: "heading" }, "Search"), invitation(key !== ""));
    byId("choose-search").focus({ preventScroll: true });
    return;
  }
  const results = h("div", { class: "results" });
  page.element.replaceChildren(queryCard(file), h("h2", { class: "heading" }, "Looks like it"), results);
  await showResults(results, (k) => api.search(file, file.name, k, signal), `Pictures that look like ${file.name}`);
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
