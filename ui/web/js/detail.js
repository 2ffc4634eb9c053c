// One picture: large, with its facts and its neighbours.
import * as api from "./api.js";
import { attention } from "./attention.js";
import * as deletes from "./deletes.js";
import { button, h, icon } from "./dom.js";
import { facts } from "./facts.js";
import { baseName } from "./format.js";
import { failure } from "./notice.js";
import { showResults } from "./results.js";
import { back } from "./router.js";

let leaving = new AbortController();

/** @type {import("./main.js").Page} */
export const page = {
  title: "Picture",
  element: h("section", { class: "page" }),
  async show({ arg: id }, restore) {
    leaving = new AbortController();
    await load(id, leaving.signal);
    restore();
  },
  leave() {
    leaving.abort();
    page.element.replaceChildren(); // the Delete key looks for its button in the document
  },
};

async function load(id, signal) {
  page.element.replaceChildren(h("p", { class: "loading", role: "status" }, "Loading…"));
  try {
    const image = await api.image(id, signal);
    const neighbours = h("div", { class: "results" });
    page.element.replaceChildren(...view(image, neighbours, signal));
    document.title = `${baseName(image.path)} · lookalike`;
    await showResults(neighbours, (k) => api.similar(id, k, signal), "Pictures that look like this one");
  } catch (error) {
    if (error.name !== "AbortError") page.element.replaceChildren(backButton(), failure(error, () => load(id, signal)));
  }
}

const backButton = () => button("back", "Back", back, { class: "quiet back" });

function view(image, neighbours, signal) {
  const shown = picture(image);
  const { toggle, note } = attention(image, shown.querySelector(".frame"), signal);
  return [
    h("div", { class: "detail" },
      h("div", { class: "stage" }, backButton(), shown),
      h("div", { class: "about" }, h("h1", { tabindex: "-1" }, baseName(image.path)), facts(image), actions(image, toggle), note)),
    h("h2", { class: "heading" }, "Looks like this"),
    neighbours,
  ];
}

function actions(image, toggle) {
  return h("div", { class: "actions" },
    h("a", { class: "button", href: image.original, target: "_blank", rel: "noopener" }, icon("open"), h("span", {}, "Open original")),
    toggle,
    button("trash", "Delete", () => remove(image), { class: "danger", id: "delete" }));
}

/** Deletes the shown picture; the page goes back to where the reader came from. */
export function remove(image) {
  deletes.request([image]);
  back();
}

/** The original over its thumbnail, which is there first and stays when the original cannot be shown. */
function picture(image) {
  const frame = h("a", { class: "frame", href: image.original, target: "_blank", rel: "noopener", "aria-label": "Open the original" });
  const caption = h("figcaption", { class: "dim" });
  frame.style.setProperty("--ratio", String(image.width / image.height));
  frame.style.setProperty("--width", `${image.width}px`);
  frame.style.backgroundImage = `url("${image.thumbnail}")`;
  const img = h("img", { width: image.width, height: image.height, alt: baseName(image.path), decoding: "async" });
  img.addEventListener("load", () => img.classList.add("loaded"));
  img.addEventListener("error", async () => {
    const reason = await api.whyNoOriginal(image);
    img.src = image.thumbnail;
    caption.textContent = `Shown small: ${reason || "this browser cannot show the format."}`;
  }, { once: true });
  img.src = image.original;
  frame.append(img);
  return h("figure", {}, frame, caption);
}
