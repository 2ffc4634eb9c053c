// The fields of the filter's panel. Each has a label, a place for what is wrong with it, and knows its value as the
// filter has it.
import * as api from "./api.js";
import { h, put } from "./dom.js";
import { readBytes, writeBytes } from "./filter.js";
import { count, formats } from "./format.js";

/**
 * @typedef {{name: string, element: HTMLElement, get: () => string, set: (value: string) => void,
 *   complain: (problem: string) => void, incomplete?: () => boolean}} Field get gives "" where nothing is asked
 */

const mostFolders = 500; // the API's
const pause = 150; // milliseconds without typing before folders are looked up

/** A labelled control with a line below it for what is wrong. */
function field(name, title, control, extra = {}) {
  const id = `filter-${name}`;
  const wrong = h("p", { class: "wrong", id: `${id}-wrong`, role: "alert" });
  control.id = id;
  control.setAttribute("aria-describedby", wrong.id);
  return {
    name,
    element: h("div", { class: "field" }, h("label", { for: id }, title), control, wrong),
    get: () => control.value.trim(),
    set: (value) => (control.value = value),
    complain(problem) {
      wrong.textContent = problem;
      if (problem) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
    ...extra,
  };
}

const input = (props) => h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", ...props });

/** A folder, completed from those that there are. */
function folder() {
  const offered = h("datalist", { id: "filter-folders" });
  const control = input({ list: "filter-folders", maxlength: 4096, placeholder: "All folders", enterkeyhint: "done" });
  let timer = 0;
  let asking = new AbortController();
  async function look() {
    asking.abort();
    asking = new AbortController();
    try {
      const { folders } = await api.folders({ contains: control.value.trim(), limit: mostFolders }, asking.signal);
      put(offered, ...folders.map((f) => h("option", { value: f.folder, label: count(f.images, "picture") })));
    } catch {
      // A path can be typed all the same; the strip says when the server is away.
    }
  }
  control.addEventListener("focus", look);
  control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, pause);
  });
  const made = field("in", "Folder, and those below", control);
  made.element.append(offered);
  return made;
}

/** One of the labels that there are; without any the field is not there. */
function label() {
  const control = h("select");
  const made = field("label", "Label", control);
  made.element.hidden = true;
  let counts = new Map(); // label -> pictures
  let chosen = "";
  function offer() {
    const all = [...counts.keys()].sort((a, b) => a.localeCompare(b));
    if (chosen && !counts.has(chosen)) all.push(chosen); // of an old address
    put(control, h("option", { value: "" }, "Any or none"), ...all.map((name) => h("option", { value: name }, `${name} (${counts.get(name) ?? 0})`)));
    control.value = chosen;
    made.element.hidden = all.length === 0;
  }
  control.addEventListener("change", () => (chosen = control.value));
  made.get = () => chosen; // not trimmed: it is one of the list
  made.set = (value) => {
    chosen = value;
    offer();
  };
  made.update = async () => {
    try {
      const { labels } = await api.allLabels();
      counts = new Map(labels.map((l) => [l.label, l.images]));
      offer();
    } catch {
      // Those known before stay.
    }
  };
  return made;
}

/** A day. While its year is being typed it is one of long ago. */
function day(name, title) {
  const control = h("input", { type: "date", max: "9999-12-31" });
  const incomplete = () => control.validity.badInput || (control.value !== "" && control.value < "1900");
  const made = field(name, title, control, { incomplete });
  control.addEventListener("blur", () => incomplete() && made.complain("This is no whole day since 1900."));
  return made;
}

/** Any of the formats. */
function format() {
  const boxes = Object.entries(formats).map(([name, title]) => ({ name, title, box: h("input", { type: "checkbox", value: name, id: `filter-${name}` }) }));
  const chosen = () => boxes.filter(({ box }) => box.checked);
  return {
    name: "format",
    element: h("div", { class: "field wide", role: "group", "aria-label": "Format" }, h("span", {}, "Format"),
      ...boxes.map(({ title, box }) => h("label", { class: "box" }, box, title))),
    get: () => (chosen().length === boxes.length ? "" : chosen().map(({ name }) => name).join(",")),
    set: (value) => boxes.forEach(({ name, box }) => (box.checked = value.split(",").includes(name))),
    complain: () => {}, // nothing can be wrong with it
  };
}

const pixels = (name, title) => field(name, title, input({ inputmode: "numeric", maxlength: 12, placeholder: "pixels" }));

function bytes() {
  const control = input({ maxlength: 20, placeholder: "500 kB" });
  return field("min_bytes", "File size at least", control, {
    get: () => readBytes(control.value),
    set: (value) => (control.value = writeBytes(value)),
  });
}

/** All of them, in the order of the panel. @returns {Field[]} */
export const makeFields = () => [
  folder(), label(), day("after", "Changed from"), day("until", "Changed until"),
  pixels("min_width", "Width at least"), pixels("min_height", "Height at least"), bytes(), format(),
];
