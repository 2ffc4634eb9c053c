// Adding pictures: a queue, and a panel that shows each file's way.
import * as api from "./api.js";
import { button, byId, h, icon, say } from "./dom.js";
import { count } from "./format.js";
import * as model from "./model.js";

const atOnce = 3; // requests under way; the server encodes on all its cores anyway

/** "added": the library has changed. */
export const events = new EventTarget();

/** @type {{file: File, row: HTMLElement}[]} */
const waiting = [];
let running = 0;
let tally = fresh();

const title = h("h2", {});
const bar = h("progress", { max: "1", "aria-label": "Adding pictures" });
const list = h("ul", {});
const close = button("close", null, dismiss, { class: "quiet", "aria-label": "Close" });

function fresh() {
  return { all: 0, added: 0, already: 0, failed: 0 };
}

/**
 * Adds pictures to the library, each with a line of its own.
 * @param {File[]} files
 */
export function addFiles(files) {
  if (model.refuses("added")) return;
  if (finished()) reset();
  tally.all += files.length;
  for (const file of files) {
    const row = h("li", {}, h("span", { class: "path" }, file.name), h("span", { class: "dim" }, "waiting"));
    list.append(row);
    waiting.push({ file, row });
  }
  byId("uploads").hidden = false;
  while (running < atOnce && waiting.length) work();
  report();
}

/** Takes files off the queue until it is empty. */
async function work() {
  running++;
  while (waiting.length) await addOne(waiting.shift());
  running--;
  report();
}

async function addOne({ file, row }) {
  row.scrollIntoView({ block: "nearest" });
  try {
    const stored = await api.add(file, (fraction) => mark(row, "busy", fraction < 1 ? `${Math.round(100 * fraction)} %` : "looking at it…"));
    tally[stored.status]++;
    mark(row, "done", stored.status === "added" ? "added" : "was there already");
    events.dispatchEvent(new Event("added"));
  } catch (error) {
    tally.failed++;
    mark(row, "failed", error.message);
    if (mayPass(error)) row.append(button("retry", "Try again", () => again(file, row), { class: "quiet" }));
  }
  report();
}

/** Whether the same file may be stored another time: not a picture's own fault, but the server's or the network's. */
const mayPass = ({ status }) => status === 0 || status === 408 || status >= 500;

function again(file, row) {
  if (model.refuses("added")) return; // the row stays, for another try
  row.remove();
  tally.failed--;
  tally.all--;
  addFiles([file]);
}

function mark(row, state, text) {
  row.className = state;
  row.lastChild.textContent = text;
}

const settled = () => tally.added + tally.already + tally.failed;
const finished = () => running === 0 && waiting.length === 0;

function report() {
  bar.value = tally.all ? settled() / tally.all : 0;
  bar.hidden = finished();
  close.hidden = !finished();
  title.textContent = finished() ? summary() : `Adding ${Math.min(settled() + 1, tally.all)} of ${tally.all}`;
  if (finished()) say(summary());
}

function summary() {
  const parts = [
    tally.added && `${count(tally.added, "picture")} added`,
    tally.already && `${tally.already} already there`,
    tally.failed && `${tally.failed} failed`,
  ];
  return parts.filter(Boolean).join(", ");
}

function dismiss() {
  byId("uploads").hidden = true;
  byId("main").focus({ preventScroll: true });
}

function reset() {
  tally = fresh();
  list.replaceChildren();
}

/** Puts the panel's parts in place, and asks before a page with unfinished work closes. */
export function start() {
  byId("uploads").append(h("header", {}, icon("plus"), title, close), bar, list);
  window.addEventListener("beforeunload", (event) => !finished() && event.preventDefault());
}
