// The ways a picture comes in: dropped, pasted, or picked.
import { byId, say } from "./dom.js";
import { filesOf, hasFiles } from "./files.js";
import * as model from "./model.js";
import { chooseToAdd } from "./pick.js";
import { searchBy } from "./search.js";
import { toast } from "./toast.js";
import { addFiles } from "./uploads.js";

const goneAfter = 600; // milliseconds without dragover after which the drag has left the window
let timer = 0;
let fromHere = false; // the drag began on this page

function showZones(event) {
  if (fromHere || !hasFiles(event.dataTransfer)) return;
  event.preventDefault(); // or the browser would leave the page for the file
  if (document.querySelector("dialog[open]")) return;
  byId("drop").hidden = false;
  for (const zone of byId("drop").children) zone.classList.toggle("over", zone === zoneOf(event));
  clearTimeout(timer);
  timer = setTimeout(hideZones, goneAfter);
}

function hideZones() {
  clearTimeout(timer);
  byId("drop").hidden = true;
}

function zoneOf(event) {
  return event.target.closest?.("[data-drop]");
}

async function drop(event) {
  hideZones();
  if (fromHere || !hasFiles(event.dataTransfer)) return;
  event.preventDefault();
  const purpose = zoneOf(event)?.dataset.drop;
  try {
    take(await filesOf(event.dataTransfer), purpose);
  } catch (error) {
    toast(`What was dropped could not be read: ${error.message}`, { kind: "error" });
  }
}

/**
 * Searches by one file or adds many.
 * @param {File[]} files
 * @param {string} [purpose] "search" or "add"; without it one picture is a search and several are an add
 */
function take(files, purpose) {
  if (files.length === 0) {
    toast("There was no file in it. Save or copy the picture first, then drop or paste it here.");
  } else if (purpose === "add" || (!purpose && files.length > 1)) {
    addFiles(files);
  } else {
    if (files.length > 1) toast(`Searching by the first of ${files.length} pictures.`);
    searchBy(files[0]);
  }
}

async function paste(event) {
  if (!hasFiles(event.clipboardData)) return;
  event.preventDefault();
  const files = await filesOf(event.clipboardData);
  if (model.refuses("searched")) return;
  say("Searching by the pasted picture");
  take(files, "search");
}

function picked(input, use) {
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be picked again
    if (files.length) use(files);
  });
}

/** Listens for all of them. */
export function start() {
  window.addEventListener("dragstart", () => (fromHere = true));
  window.addEventListener("dragend", () => (fromHere = false));
  window.addEventListener("dragenter", showZones);
  window.addEventListener("dragover", showZones);
  window.addEventListener("drop", drop);
  window.addEventListener("paste", paste);
  picked(byId("pick-search"), ([file]) => searchBy(file));
  picked(byId("pick-add"), addFiles);
  byId("add").addEventListener("click", chooseToAdd);
}
