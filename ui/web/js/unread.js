// The note about pictures that were compared with no other, since their vectors cannot be read.
import * as deletes from "./deletes.js";
import { h, icon } from "./dom.js";
import { count } from "./format.js";
import { imageHref } from "./router.js";

/**
 * @param {import("./api.js").Unread[]} unread
 * @returns {HTMLElement|null} null where all were compared
 */
export function unreadNote(unread) {
  if (unread.length === 0) return null;
  const note = h("details", { class: "unread" },
    h("summary", {}, icon("alert"), h("span", {})),
    h("ul", {}, ...unread.map(({ id, path, error }) => h("li", { "data-image": id }, h("a", { href: imageHref(id), class: "path" }, path), h("span", {}, error)))));
  tell(note);
  return note;
}

/** Counts those that are not deleted, which is what is told to do about them. */
function tell(note) {
  const lines = [...note.querySelectorAll("li")];
  for (const line of lines) line.hidden = deletes.isHidden(line.dataset.image);
  const left = lines.filter((line) => !line.hidden).length;
  note.hidden = left === 0;
  note.querySelector("summary span").textContent = `${count(left, "picture was", "pictures were")} not compared: what is stored of ${left === 1 ? "it" : "them"} cannot be read.`;
}

deletes.events.addEventListener("change", () => document.querySelectorAll(".unread").forEach(tell));
