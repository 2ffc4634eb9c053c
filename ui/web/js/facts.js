// What is known about a picture: its files, size, format, model.
import { h } from "./dom.js";
import * as text from "./format.js";

/**
 * @param {import("./api.js").Image} image
 * @returns {HTMLElement}
 */
export function facts(image) {
  return h("dl", { class: "facts" },
    fact("Size", `${text.size(image)} pixels`),
    fact("Format", `${text.format(image.format)}, ${text.bytes(image.bytes)}`),
    fact("Added", text.date(image.added_at)),
    image.not_embedded && fact("Not found by searches", image.not_embedded),
    image.from_thumbnail && fact("Searched by", "its thumbnail: its file was gone when the library changed its model"),
    fact(image.files.length === 1 ? "File" : `${image.files.length} files, the same picture`, files(image.files)));
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/**
 * Where a picture lies, a line for each file.
 * @param {import("./api.js").FileRecord[]} list
 */
export function files(list) {
  return h("ul", { class: "files" }, ...list.map(fileLine));
}

function fileLine(file) {
  return h("li", {},
    h("span", { class: "path" }, h("span", { class: "folder" }, ...breakable(text.folder(file.path))), text.baseName(file.path)),
    h("span", { class: "dim" }, `${text.bytes(file.bytes)}, ${file.uploaded ? "uploaded" : `on the disk, changed ${text.date(file.modified_at)}`}`));
}

/** A path that lines break behind its slashes: browsers do not before a digit. */
const breakable = (path) => path.split(/(?<=[\\/])/).flatMap((part) => [part, h("wbr")]);
