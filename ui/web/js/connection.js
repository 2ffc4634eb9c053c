// Whether the server answers. api.js reports each request; while the server is
// away a strip says so, and /healthz is asked until it is back.
import { byId, h, icon } from "./dom.js";

const events = new EventTarget();
const firstWait = 1500; // milliseconds between two tries, growing to longestWait
const longestWait = 15000;
let away = false;

/** A request got no answer at all. */
export function lost() {
  if (away) return;
  away = true;
  const strip = byId("connection");
  strip.replaceChildren(icon("alert"), h("span", {}, "The server does not answer. Is it running? Trying again…"));
  strip.hidden = false;
  tryAgain(firstWait);
}

/** A request was answered, whatever the answer. */
export function found() {
  if (!away) return;
  away = false;
  byId("connection").hidden = true;
  events.dispatchEvent(new Event("back"));
}

/** @param {() => void} action is called once, when the server is back */
export function whenBack(action) {
  events.addEventListener("back", action, { once: true });
}

function tryAgain(wait) {
  setTimeout(async () => {
    try {
      await fetch("/healthz", { cache: "no-store" });
      found();
    } catch {
      if (away) tryAgain(Math.min(2 * wait, longestWait));
    }
  }, wait);
}
