// A quiet line while the library changes to another model: how far it is, and
// that searches go on meanwhile.
import * as api from "./api.js";
import { byId, h, put } from "./dom.js";

const often = 2000; // milliseconds between two looks while it is under way
const seldom = 20000;

/** Looks again and again, while somebody can see it. */
export function start() {
  look();
  document.addEventListener("visibilitychange", () => document.hidden || look());
}

let next = 0;

async function look() {
  clearTimeout(next);
  const r = document.hidden ? null : await api.reembedding();
  if (r) show(r);
  clearTimeout(next); // of a look that came in between
  next = setTimeout(look, r?.target ? often : seldom);
}

/** @param {api.Reembedding} r */
function show(r) {
  const line = byId("change");
  line.hidden = !r.target;
  if (!r.target) return;
  const working = r.state === "embedding" || r.state === "indexing";
  put(line, h("span", {}, text(r)),
    working && h("progress", { "aria-label": `Changing to ${r.target.name}`, max: Math.max(1, r.total), value: r.state === "embedding" ? r.done : null }));
}

/** @param {api.Reembedding} r */
function text(r) {
  const done = `${r.done.toLocaleString()} of ${r.total.toLocaleString()} pictures`;
  const missing = r.not_embedded ? `, ${r.not_embedded.toLocaleString()} cannot be read` : "";
  const searches = `Searches go on with ${r.model.name}.`;
  if (r.state === "stopped") return `The change to ${r.target.name} has stopped at ${done}${r.error ? `: ${r.error}` : ""}. ${searches}`;
  if (r.state === "indexing") return `Changing to ${r.target.name}: building the index. ${searches}`;
  return `Changing to ${r.target.name}: ${done}${missing}${toGo(r.eta_seconds)}. ${searches}`;
}

/** @param {number} [seconds] */
function toGo(seconds) {
  if (!seconds) return "";
  if (seconds < 90) return `, ${Math.ceil(seconds)} s to go`;
  if (seconds < 5400) return `, ${Math.round(seconds / 60)} min to go`;
  return `, ${Math.round(seconds / 3600)} h to go`;
}
