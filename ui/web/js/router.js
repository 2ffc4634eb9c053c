// The address after '#': #/ #/?label=cat #/image/42 #/search #/search/k1 #/duplicates?threshold=0.95
//
// Each entry of the tab's history gets a key and its depth in history.state, so that
// going back scrolls to where the reader was, and Escape knows whether there is
// a page of ours to go back to.

/** @typedef {{page: string, arg: string, query: URLSearchParams}} Route */

const pages = ["gallery", "image", "compare", "search", "duplicates"];
const scrolled = new Map(); // history key -> scroll position in pixels
let current = null; // this entry's {key, depth}
let nextKey = Date.now(); // keys stay distinct over a reload

/** @param {string} hash  @returns {Route} */
export function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [page, arg = ""] = path.split("/");
  return { page: page === "" ? "gallery" : pages.includes(page) ? page : "", arg: decode(arg), query: new URLSearchParams(query) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a mistyped address is shown as "not found", not as a script's error
  }
}

/** @param {string} id  @returns {string} the address of an image's page */
export const imageHref = (id) => `#/image/${encodeURIComponent(id)}`;

/** @param {string} id  @param {string} other  @returns {string} the address of two images side by side */
export const compareHref = (id, other) => `#/compare/${encodeURIComponent(id)}?${new URLSearchParams({ with: other })}`;

/** @param {string} label  @returns {string} the address of the pictures that have it */
export const labelHref = (label) => `#/?${new URLSearchParams({ label })}`;

/**
 * Calls show for the present address and after each change of it. `restore`
 * scrolls to where the reader left that page; the page calls it once it has its height.
 * @param {(route: Route, restore: () => void) => void} show
 */
export function start(show) {
  history.scrollRestoration = "manual";
  const arrive = () => {
    if (current) scrolled.set(current.key, window.scrollY);
    const depth = current ? current.depth + 1 : 0;
    current = history.state?.key ? history.state : { key: nextKey++, depth };
    history.replaceState(current, "");
    const entry = current;
    show(parse(location.hash), () => entry === current && window.scrollTo(0, scrolled.get(entry.key) ?? 0));
  };
  window.addEventListener("hashchange", arrive);
  arrive();
}

/** @param {string} hash */
export function go(hash) {
  location.hash = hash;
}

/** Changes the address of this page without a new entry in the history. */
export function amend(hash) {
  history.replaceState(current, "", hash);
}

/** Goes back to the page before, or to the gallery when the tab began here. */
export function back() {
  if (current?.depth > 0) history.back();
  else go("#/");
}
