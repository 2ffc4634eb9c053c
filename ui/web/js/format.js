// Figures and names as people read them.

const units = ["bytes", "kB", "MB", "GB"];

/** @param {number} n  @returns {string} 1,234,567 bytes -> "1.2 MB" */
export function bytes(n) {
  if (n === 1) return "1 byte";
  const power = n < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** @param {string} time RFC 3339 */
export function date(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** @param {number} n  @param {string} one  @param {string} [many] */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

/**
 * A score is rounded down: 0.9996 is not the same picture and must not read as 1.
 * The small term keeps 0.29 from becoming 0.289 in binary fractions.
 * @param {number} cosine
 */
export function score(cosine) {
  return (Math.floor(cosine * 1000 + 1e-4) / 1000).toFixed(3);
}

/** @param {number} share 0 to 1, rounded down like a score */
export function percent(share) {
  return `${Math.floor(share * 100 + 1e-4)}%`;
}

/** @param {string} path  @returns {string} its last part, on any system */
export function baseName(path) {
  return path.split(/[\\/]/).pop() || path;
}

/** @param {string} path  @returns {string} all but the last part, with its separator; "" for an upload's name */
export function folder(path) {
  return path.slice(0, path.length - baseName(path).length);
}

/** @param {{width: number, height: number}} image */
export function size(image) {
  return `${image.width} × ${image.height}`;
}

/** The names of formats by what the API calls them. */
export const formats = { jpeg: "JPEG", png: "PNG", gif: "GIF", webp: "WebP", tiff: "TIFF", bmp: "BMP" };

/** @param {string} name as the API writes it */
export function format(name) {
  return Object.hasOwn(formats, name) ? formats[name] : name;
}
