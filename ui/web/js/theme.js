// Light, dark, or as the system says. early.js sets a remembered choice before the first paint.
import { byId, icon, say } from "./dom.js";

const themes = ["auto", "light", "dark"];
const labels = { auto: "as the system", light: "light", dark: "dark" };
const icons = { auto: "auto", light: "sun", dark: "moon" };

/** @returns {string} one of themes */
function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

/** Takes the next theme and remembers it. */
export function next() {
  const theme = themes[(themes.indexOf(chosen()) + 1) % themes.length];
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  label();
  say(`Theme: ${labels[theme]}`);
}

function label() {
  const button = byId("theme");
  const text = `Theme: ${labels[chosen()]}`;
  button.setAttribute("aria-label", text);
  button.title = `${text} (t)`;
  button.replaceChildren(icon(icons[chosen()]));
}

/** Makes the button work. */
export function start() {
  byId("theme").addEventListener("click", next);
  label();
}
