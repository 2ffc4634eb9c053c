// Scored pictures, best first, with the model's note and a way to more of them.
import { button, h, put, say } from "./dom.js";
import { count } from "./format.js";
import { Grid } from "./grid.js";
import { isEmpty } from "./filter.js";
import { noMatch, refusal } from "./filterbar.js";
import { failure, modelNote, notice, skeleton } from "./notice.js";

const step = 40; // results at first, and more with each "Show more"
const most = 1000; // the API's limit

/**
 * Shows results in `element`, replacing what is there.
 * @param {HTMLElement} element
 * @param {(k: number) => Promise<import("./api.js").Results>} load
 * @param {string} label for screen readers
 * @param {{asked?: string, among: import("./filter.js").Filter}} extra asked: the image that was searched by, for comparing results with it
 */
export async function showResults(element, load, label, extra) {
  const refused = refusal(extra.among);
  if (refused) return element.replaceChildren(refused);
  element.replaceChildren(skeleton(label));
  const grid = new Grid(label, extra);
  const foot = h("div", { class: "more" });
  const fill = async (k) => {
    const { results, model } = await load(k);
    if (k === step) put(element, modelNote(model), results.length ? grid.element : isEmpty(extra.among) ? nothing() : noMatch(), foot);
    grid.appendResults(results);
    put(foot, results.length === k && k < most && more(k));
    say(count(results.length, "result"));
  };
  const more = (k) => button("plus", "Show more", () => attempt(k + step));
  const attempt = async (k) => {
    try {
      await fill(Math.min(k, most));
    } catch (error) {
      if (error.name === "AbortError") return;
      const retry = () => (k === step ? showResults(element, load, label, extra) : attempt(k));
      (k === step ? element : foot).replaceChildren(refusal(extra.among, error) ?? failure(error, retry));
    }
  };
  await attempt(step);
}

function nothing() {
  return notice("search", "Nothing to compare with", h("p", {}, "The library has no other picture yet."));
}
