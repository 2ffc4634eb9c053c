// Short messages at the foot of the page.
import { button, byId, h } from "./dom.js";

const stay = 6000; // milliseconds that a plain message stays

/**
 * Shows a message. The time stops while the pointer or the focus is on it, so
 * that nobody has to hurry.
 * @param {string} text
 * @param {{action?: string, onAction?: () => void, onEnd?: () => void, time?: number, kind?: string}} [options]
 *   onEnd is called when the time is over or the message is closed, not after the action
 * @returns {{close: () => void}} takes it away without calling anything
 */
export function toast(text, { action, onAction, onEnd, time = stay, kind = "" } = {}) {
  const bar = h("i", { class: "time", "aria-hidden": "true" });
  const act = action && h("button", { type: "button", class: "button", onclick: () => end(onAction) }, action);
  const element = h("div", { class: `toast ${kind}`, role: kind === "error" ? "alert" : null },
    h("p", {}, text), act, button("close", null, () => end(onEnd), { class: "quiet", "aria-label": "Dismiss" }), action && bar);
  bar.style.animationDuration = `${time}ms`;
  const clock = new Clock(time, () => end(onEnd));
  element.addEventListener("pointerenter", () => clock.stop());
  element.addEventListener("pointerleave", () => clock.go());
  element.addEventListener("focusin", () => clock.stop());
  element.addEventListener("focusout", () => clock.go());

  function end(then) {
    clock.stop();
    if (element.contains(document.activeElement)) byId("main").focus({ preventScroll: true });
    element.remove();
    then?.();
  }
  byId("toasts").append(element);
  clock.go();
  return { close: () => end() };
}

/** A timer that can be stopped and goes on with what was left. */
class Clock {
  constructor(time, action) {
    this.left = time;
    this.action = action;
    this.timer = 0;
  }

  go() {
    this.began = performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(this.action, this.left);
  }

  stop() {
    if (this.timer) this.left -= performance.now() - this.began;
    clearTimeout(this.timer);
    this.timer = 0;
  }
}
