// Two pictures side by side, and which parts of them answer each other.
import * as api from "./api.js";
import { button, h, say } from "./dom.js";
import { baseName, count, score } from "./format.js";
import { failure, modelNote } from "./notice.js";
import { back, imageHref } from "./router.js";

const most = 200; // pairs that are shown
const small = 480; // pixels: narrower pictures are enlarged, so that their patches can be pointed at

let leaving = new AbortController();

/** @type {import("./main.js").Page} */
export const page = {
  title: "Compare",
  element: h("section", { class: "page" }),
  async show({ arg: id, query }, restore) {
    leaving = new AbortController();
    await load(id, query.get("with") ?? "", leaving.signal);
    restore();
  },
  leave() {
    leaving.abort();
    page.element.replaceChildren();
  },
};

async function load(id, other, signal) {
  page.element.replaceChildren(h("p", { class: "loading", role: "status" }, "Comparing…"));
  try {
    const [image, match, answer] = await Promise.all([api.image(id, signal), api.image(other, signal), api.match(id, other, most, signal)]);
    page.element.replaceChildren(...view(image, match, answer));
    say(count(answer.pairs.length, "pair"));
  } catch (error) {
    if (error.name !== "AbortError") page.element.replaceChildren(backButton(), failure(error, () => load(id, other, signal)));
  }
}

const backButton = () => button("back", "Back", back, { class: "quiet back" });

function view(image, match, answer) {
  const told = h("p", { class: "dim", role: "status" }, explain(answer));
  const pairs = answer.pairs.map((pair, i) => ({
    ends: [patch(answer.image, pair.image, i), patch(answer.other, pair.other, i)],
    text: `Pair ${i + 1} of ${answer.pairs.length}: score ${score(pair.score)}`,
  }));
  pairs.forEach((pair, i) => listen(pairs, i, told));
  if (pairs.length) pairs[0].ends[0].tabIndex = 0;
  return [
    backButton(),
    h("h1", { class: "heading", tabindex: "-1" }, "Which parts answer each other"),
    modelNote(answer.model), told,
    h("div", { class: "compare" }, side(image, pairs.map((p) => p.ends[0])), side(match, pairs.map((p) => p.ends[1]))),
  ].filter(Boolean);
}

const explain = ({ pairs }) => (pairs.length ? `${count(pairs.length, "pair")} of parts that are each other's nearest. Point at one, or walk along them with the arrow keys.` : "No two parts are each other's nearest.");

/** A picture under its patches. */
function side(image, patches) {
  const img = h("img", { src: image.original, alt: baseName(image.path), decoding: "async" });
  img.addEventListener("load", () => img.classList.add("loaded"));
  img.addEventListener("error", () => (img.src = image.thumbnail), { once: true });
  const frame = h("div", { class: "frame" }, img, ...patches);
  frame.style.setProperty("--ratio", String(image.width / image.height));
  frame.style.setProperty("--width", `${Math.max(image.width, small)}px`);
  return h("figure", {}, frame, h("figcaption", {}, h("a", { href: imageHref(image.id) }, baseName(image.path))));
}

/** One end of pair i: a button where the patch lies. Both ends have the same colour. */
function patch({ rows, columns, window }, number, i) {
  const end = h("button", { type: "button", class: "patch", tabindex: "-1", "aria-label": `Pair ${i + 1}` });
  const width = (window.right - window.left) / columns;
  const height = (window.bottom - window.top) / rows;
  const place = { left: window.left + (number % columns) * width, top: window.top + Math.floor(number / columns) * height, width, height };
  for (const [name, value] of Object.entries(place)) end.style.setProperty(name, `${100 * value}%`);
  end.style.setProperty("--hue", String((i * 222.5) % 360)); // the golden angle: neighbours differ most
  return end;
}

/** Lights a pair up in both pictures while one of its ends is pointed at or has the focus. */
function listen(pairs, i, told) {
  const { ends, text } = pairs[i];
  const light = () => {
    for (const lit of page.element.querySelectorAll(".patch.lit")) lit.classList.remove("lit");
    for (const end of ends) end.classList.add("lit");
    told.textContent = text;
  };
  ends.forEach((end, which) => {
    end.addEventListener("pointerenter", light);
    end.addEventListener("focus", light);
    end.addEventListener("click", light); // a finger does not hover
    end.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: pairs.length - 1 }[event.key];
      if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const next = pairs[to]?.ends[which];
      if (!next) return;
      for (const reachable of page.element.querySelectorAll('.patch[tabindex="0"]')) reachable.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  });
}
