// The address after '#': #/ #/?label=cat&format=png #/image/42?region=0,0,0.5,1 #/search #/search/k1 #/duplicates?threshold=0.95
// #/suggestions?label=cat&from=0.8&method=probe
// The grid, a picture's neighbours and a search have a filter in it, see filter.js.
//
// Each entry of the tab's history gets a key and its depth in history.state, so that
// going back scrolls to where the reader was, and Escape knows whether there is
// a page of ours to go back to.

/** @typedef {{page: string, arg: string, query: URLSearchParams}} Route */

const pages = ["gallery", "image", "compare", "search", "duplicates", "suggestions"];
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

/** Makes an address. What people read in it, such as a folder, stays readable. */
function address(path, values) {
  const escape = (text) => encodeURIComponent(text).replace(/%2F/g, "/").replace(/%2C/g, ",");
  const given = Object.entries(values).filter(([, value]) => value);
  return `#/${path}${given.length ? "?" : ""}${given.map(([name, value]) => `${name}=${escape(value)}`).join("&")}`;
}

/** @param {import("./filter.js").Filter} among  @returns {string} the address of the pictures that fit */
export const galleryHref = (among) => address("", among);

/**
 * @param {string} id
 * @param {import("./filter.js").Filter & {region?: string}} [query] what its neighbours are among, and the part that they look like
 * @returns {string} the address of an image's page
 */
export const imageHref = (id, query = {}) => address(`image/${encodeURIComponent(id)}`, query);

/** @param {string} key of queries.js  @param {import("./filter.js").Filter} among  @returns {string} the address of a search's results */
export const searchHref = (key, among) => address(`search/${key}`, among);

/** @param {{label?: string, from?: string, method?: string}} query  @returns {string} the address of all suggestions of labels */
export const suggestionsHref = (query) => address("suggestions", query);

/** @param {string} id  @param {string} other  @returns {string} the address of two images side by side */
export const compareHref = (id, other) => address(`compare/${encodeURIComponent(id)}`, { with: other });

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

/** Gives this page another address as a new entry in the history. The page is not shown anew; it is when one goes back. */
export function advance(hash) {
  scrolled.set(current.key, window.scrollY);
  current = { key: nextKey++, depth: current.depth + 1 };
  history.pushState(current, "", hash);
}

/** Goes back to the page before, or to the gallery when the tab began here. */
export function back() {
  if (current?.depth > 0) history.back();
  else go("#/");
}
