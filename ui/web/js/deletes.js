// Deleting with undo. A picture that is asked to go is hidden at once; the real
// DELETE is sent when the time for undo is over, or when the page is left.
//
//   request -> pending --time over, page left--> DELETE sent -> gone
//                 \--undo--> shown again            \--refused--> shown again, told why
import * as api from "./api.js";
import { baseName, count } from "./format.js";
import { toast } from "./toast.js";
import * as undoing from "./undo.js";

const undoTime = 8000; // milliseconds

/** "change": some pictures became hidden or shown again. "gone": event.detail are ids that no longer exist. */
export const events = new EventTarget();

/** @type {{images: api.Image[], message: {close: () => void}, forget: () => void}[]} batches that can be undone, oldest first */
const pending = [];
const hidden = new Set(); // ids that are pending, being deleted, or gone
const waiting = new Set(); // those of them that the server may still count

/** @param {string} id */
export const isHidden = (id) => hidden.has(id);

/**
 * How many hidden pictures are still in the server's total.
 * @param {Set<string>} [among] ids of the pictures that it is the total of; without it all
 */
export const waitingCount = (among = waiting) => [...waiting].filter((id) => among.has(id)).length;

/**
 * Deletes pictures together: one message, one undo.
 * @param {api.Image[]} images
 */
export function request(images) {
  images = images.filter((image) => !hidden.has(image.id)); // asked twice, through the history
  if (images.length === 0) return;
  const batch = { images, message: null, forget: undoing.offer(() => undo(batch)) };
  batch.message = toast(`${what(images)} deleted.${filesNote(images)}`, {
    action: "Undo", time: undoTime, onAction: () => undo(batch), onEnd: () => commit(batch),
  });
  pending.push(batch);
  setHidden(images, true);
}

function what(images) {
  return images.length === 1 ? baseName(images[0].path) : count(images.length, "picture");
}

/** Imported files are only forgotten; people must be able to rely on that. */
function filesNote(images) {
  const files = images.flatMap((image) => image.files);
  if (files.every((file) => file.uploaded)) return "";
  return files.length === 1 ? " Its file stays on the disk." : " Files on the disk stay.";
}

function undo(batch) {
  batch.message.close();
  forget(batch);
  setHidden(batch.images, false);
}

function forget(batch) {
  batch.forget();
  pending.splice(pending.indexOf(batch), 1);
}

function setHidden(images, hide) {
  for (const ids of [hidden, waiting]) {
    for (const { id } of images) {
      if (hide) ids.add(id);
      else ids.delete(id);
    }
  }
  events.dispatchEvent(new Event("change"));
}

/** Sends the real DELETEs. They are keepalive: the page may be closing. */
async function commit(batch) {
  forget(batch);
  const sent = await Promise.all(batch.images.map(send));
  const gone = batch.images.filter((_, i) => sent[i]).map((image) => image.id);
  for (const id of gone) waiting.delete(id);
  events.dispatchEvent(new CustomEvent("gone", { detail: gone }));
}

/** Whether the image is deleted. What somebody else deleted meanwhile is, too. */
async function send(image) {
  try {
    await api.remove(image.id);
    return true;
  } catch (error) {
    if (error.status === 404) return true;
    refused(image, error);
    return false;
  }
}

function refused(image, error) {
  setHidden([image], false);
  toast(`${baseName(image.path)} was not deleted: ${error.message}`, { kind: "error", action: "Try again", onAction: () => request([image]) });
}

function flush() {
  for (const batch of [...pending]) {
    batch.message.close();
    commit(batch);
  }
}

/** Sends pending deletes when the page is left. */
export function start() {
  window.addEventListener("pagehide", flush);
}
