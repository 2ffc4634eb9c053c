// Asks the server again and again which model the library has. A quiet line while the library changes to another model, or to whitened vectors: how far it is, and that searches go on
// meanwhile.
import * as api from "./api.js";
import { byId, h, put } from "./dom.js";
import { count } from "./format.js";
import * as model from "./model.js";

const often = 2000; // milliseconds between two looks while it is under way
const seldom = 20000;

/** Looks again and again, while somebody can see it. */
export function start() {
  look();
  document.addEventListener("visibilitychange", () => document.hidden || look());
  model.events.addEventListener("refused", look);
}

let next = 0;

async function look() {
  clearTimeout(next);
  const r = document.hidden ? null : await api.reembedding();
  if (r) show(r);
  model.tell(r?.model);
  clearTimeout(next); // of a look that came in between
  next = setTimeout(look, r && r.state !== "idle" ? often : seldom);
}

/** @param {api.Reembedding} r */
function show(r) {
  const line = byId("change");
  const words = text(r);
  line.hidden = !words;
  put(line, h("span", {}, words), bar(r));
}

/** How much is done; a bar without a value where only the server's work can tell. @param {api.Reembedding} r */
function bar(r) {
  if (r.state === "idle" || r.state === "stopped") return null;
  const counted = r.state === "embedding";
  return h("progress", { "aria-label": r.target ? `Changing to ${named(r.target)}` : "Working", max: counted ? Math.max(1, r.total) : null, value: counted ? r.done : null });
}

/** A model as the command line names it: a change may be to other choices with the same model. */
const named = ({ name, options }) => [name, options].filter(Boolean).join(" ");

/** What to say of a state; "" of rest. @param {api.Reembedding} r */
function text(r) {
  const searches = r.model.unavailable ? "Searches by pictures of the library go on." : `Searches go on with ${r.model.name}.`;
  switch (r.state) {
    case "idle": return r.error ? `The last change of the model did not end well: ${r.error}. ${searches}` : "";
    case "learning": return `Learning what ${count(r.total, "picture")} have in common, to whiten their vectors. ${searches}`;
    case "cleaning": return "Clearing up after a change of the model.";
    case "indexing": return `Changing to ${named(r.target)}: building the index. ${searches}`;
    case "stopped": return `The change to ${named(r.target)} has stopped at ${done(r)}${r.error ? `: ${r.error}` : ""}. ${searches}`;
    default: return `Changing to ${named(r.target)}: ${done(r)}${missing(r)}${toGo(r.eta_seconds)}. ${searches}`;
  }
}

const done = (r) => `${r.done.toLocaleString()} of ${count(r.total, "picture")}`;

const missing = (r) => (r.not_embedded ? `, ${r.not_embedded.toLocaleString()} cannot be read` : "");

/** @param {number} [seconds] */
function toGo(seconds) {
  if (!seconds) return "";
  if (seconds < 90) return `, ${Math.ceil(seconds)} s to go`;
  if (seconds < 5400) return `, ${Math.round(seconds / 60)} min to go`;
  return `, ${Math.round(seconds / 3600)} h to go`;
}
