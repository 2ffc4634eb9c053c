// Wires the modules together and shows the page that the address names.
import * as change from "./change.js";
import * as deletes from "./deletes.js";
import { page as compare } from "./compare.js";
import { page as detail } from "./detail.js";
import { byId, h } from "./dom.js";
import * as drop from "./drop.js";
import { page as duplicates } from "./duplicates.js";
import * as gallery from "./gallery.js";
import * as keys from "./keys.js";
import { notice } from "./notice.js";
import * as router from "./router.js";
import { page as search } from "./search.js";
import { page as suggestions } from "./suggestions.js";
import * as theme from "./theme.js";
import * as uploads from "./uploads.js";

/**
 * A page. show may be called again while it is shown, for another address. focusOn puts the focus on a picture's
 * tile, so that one goes on where one left.
 * @typedef {{title: string, element: HTMLElement,
 *   show: (route: router.Route, restore: () => void) => void|Promise<void>, leave?: () => void, focusOn?: (id: string) => void}} Page
 */

/** @type {Page} */
const unknown = {
  title: "Not found",
  element: h("section", { class: "page" }, notice("search", "No such page", h("p", {}, h("a", { href: "#/" }, "To the gallery")))),
  show: (route, restore) => restore(),
};

/** @type {Record<string, Page>} */
const pages = { gallery: gallery.page, image: detail, compare, search, duplicates, suggestions };

let shown = null; // the Page
let last = null; // the Route

/** All pages stay in the document, all but one hidden: the gallery keeps its tiles. */
function show(route, restore) {
  const page = pages[route.page] ?? unknown;
  shown?.leave?.();
  if (shown) shown.element.hidden = true;
  page.element.hidden = false;
  document.title = page.title === "Gallery" ? "lookalike" : `${page.title} · lookalike`;
  mark(route.page);
  const first = shown === null;
  [shown, last] = [page, takeFocus(first, route, last)];
  page.show(route, restore);
}

function mark(name) {
  for (const link of document.querySelectorAll("[data-page]")) {
    if (link.dataset.page === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Back in a page of tiles the focus is on the picture one looked at; else at the page's start. */
function takeFocus(first, route, before) {
  if (!first) byId("main").focus({ preventScroll: true });
  if (before?.page === "image") pages[route.page]?.focusOn?.(before.arg);
  return route;
}

for (const page of [...Object.values(pages), unknown]) {
  page.element.hidden = true;
  byId("main").append(page.element);
}
theme.start();
change.start();
drop.start();
keys.start();
deletes.start();
uploads.start();

/** Many files may be added in a second; the gallery looks once. */
let looking = 0;
uploads.events.addEventListener("added", () => {
  clearTimeout(looking);
  looking = setTimeout(gallery.refresh, 300);
});
router.start(show);
