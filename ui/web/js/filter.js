// A filter: which pictures the grid, a search or a picture's neighbours are among. In the address it stands as
//   in=/home/ann/2024 label=cat after=2024-05-01 until=2024-05-31 format=jpeg,png min_width=800 min_height=600 min_bytes=2000000
// where days are the reader's own, the last one included.
import { bytes, format, formats } from "./format.js";

/** @typedef {Record<string, string>} Filter values by the names above; what is not asked is not there */

const names = ["in", "label", "after", "until", "format", "min_width", "min_height", "min_bytes"];

/** @param {URLSearchParams} query  @returns {Filter} */
export function read(query) {
  return Object.fromEntries(names.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));
}

/** @param {Filter} filter */
export const isEmpty = (filter) => Object.keys(filter).length === 0;

/** @param {Filter} a  @param {Filter} b */
export const equal = (a, b) => names.every((name) => a[name] === b[name]);

/** @param {Filter} filter  @returns {Filter} without one of its values */
export function without(filter, name) {
  const { [name]: _, ...rest } = filter;
  return rest;
}

const pixels = (value) => (/^[1-9]\d{0,8}$/.test(value) ? "" : "is no number of pixels: write one such as 800.");
const day = (value) => (midnight(value, 0) ? "" : "is no day such as 2024-05-31.");

/** What is wrong with a value, by its name; "" for nothing. */
const checks = {
  in: (value) => (/^(\/|file:\/\/)/.test(value) ? "" : "is no whole path: it begins with /. Take one of those that are offered."),
  label: () => "",
  after: day,
  until: day,
  format: (value) => (value.split(",").every((name) => Object.hasOwn(formats, name)) ? "" : `is none of ${Object.values(formats).join(", ")}.`),
  min_width: pixels,
  min_height: pixels,
  min_bytes: (value) => (/^[1-9]\d{0,14}$/.test(value) ? "" : "is no size: write one such as 500 kB or 2 MB."),
};

/**
 * What is wrong with a filter, by the names of its values.
 * @param {Filter} filter
 * @returns {Record<string, string>} sentences for the reader; none for a filter that can be asked
 */
export function problems(filter) {
  const found = {};
  for (const [name, value] of Object.entries(filter)) {
    const problem = checks[name](value);
    if (problem) found[name] = `${value.slice(0, 60)} ${problem}`;
  }
  if (!found.after && !found.until && filter.until < filter.after) found.until = "The last day is before the first.";
  return found;
}

/** @param {Filter} filter without problems  @returns {Record<string, string>} the API's parameters */
export function params({ after, until, ...same }) {
  return { ...same, ...(after && { after: midnight(after, 0) }), ...(until && { before: midnight(until, 1) }) };
}

/** @param {string} text "2024-05-31"  @param {number} later days  @returns {string} where that day begins here, RFC 3339; "" for no day */
function midnight(text, later) {
  const [year, month, date] = /^\d{4}-\d\d-\d\d$/.test(text) ? text.split("-").map(Number) : [];
  const start = new Date(year, month - 1, date);
  const real = year >= 1900 && start.getMonth() === month - 1 && start.getDate() === date;
  return real ? new Date(year, month - 1, date + later).toISOString() : "";
}

const shownDay = (value) => (midnight(value, 0) ? new Date(midnight(value, 0)).toLocaleDateString(undefined, { dateStyle: "medium" }) : value);
const words = {
  in: (value) => `in ${value}`,
  label: (value) => `labelled ${value}`,
  after: (value) => `from ${shownDay(value)}`,
  until: (value) => `until ${shownDay(value)}`,
  format: (value) => value.split(",").map(format).join(" or "),
  min_width: (value) => `${value} pixels wide or more`,
  min_height: (value) => `${value} pixels high or more`,
  min_bytes: (value) => `${checks.min_bytes(value) ? value : bytes(Number(value))} or more`,
};

/** @param {string} name  @param {string} value  @returns {string} words for one value */
export const describe = (name, value) => words[name](value);

const factors = { "": 1, b: 1, k: 1e3, kb: 1e3, kib: 2 ** 10, m: 1e6, mb: 1e6, mib: 2 ** 20, g: 1e9, gb: 1e9, gib: 2 ** 30 };

/** @param {string} text such as "1.5 MB"  @returns {string} bytes; the text itself where it is no size */
export function readBytes(text) {
  const [, number, unit] = /^\s*(\d+(?:[.,]\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = factors[unit?.toLowerCase()];
  return number && factor ? String(Math.ceil(Number(number.replace(",", ".")) * factor)) : text.trim();
}

/** @param {string} value bytes  @returns {string} what readBytes reads as the same */
export function writeBytes(value) {
  const [unit, factor] = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find(([, f]) => Number(value) % (f / 10) === 0 && Number(value) >= f) ?? [];
  return unit ? `${Number(value) / factor} ${unit}` : value;
}
