// One picture: large, with its facts and its neighbours.
import * as api from "./api.js";
import { attention } from "./attention.js";
import * as deletes from "./deletes.js";
import { button, h, icon } from "./dom.js";
import { facts } from "./facts.js";
import * as filter from "./filter.js";
import * as filterbar from "./filterbar.js";
import { baseName } from "./format.js";
import { labels } from "./labels.js";
import { failure } from "./notice.js";
import { part } from "./part.js";
import { showResults } from "./results.js";
import { advance, amend, back, imageHref } from "./router.js";

let leaving = new AbortController();

/** @type {import("./main.js").Page} */
export const page = {
  title: "Picture",
  element: h("section", { class: "page" }),
  async show({ arg: id, query }, restore) {
    leaving = new AbortController();
    await load(id, query.get("region") ?? "", filter.read(query), leaving.signal);
    restore();
  },
  leave() {
    leaving.abort();
    page.element.replaceChildren(); // the Delete key looks for its button in the document
  },
};

async function load(id, region, among, signal) {
  page.element.replaceChildren(h("p", { class: "loading", role: "status" }, "Loading…"));
  try {
    const image = await api.image(id, signal);
    const neighbours = new Neighbours(image, region, among, signal);
    page.element.replaceChildren(...view(image, region, neighbours, signal));
    neighbours.attach();
    document.title = `${baseName(image.path)} · lookalike`;
    await neighbours.show();
  } catch (error) {
    if (error.name !== "AbortError") page.element.replaceChildren(backButton(), failure(error, () => load(id, region, among, signal)));
  }
}

const backButton = () => button("back", "Back", back, { class: "quiet back" });

/** What looks like a picture, or like a part of it, among all or those that fit a filter. */
class Neighbours {
  constructor(image, region, among, signal) {
    [this.image, this.region, this.among, this.signal] = [image, region, among, signal];
    this.title = h("h2");
    this.heading = h("div", { class: "heading" }, this.title);
    this.element = h("div");
  }

  attach() {
    filterbar.attach(this.heading, this.among, (among) => {
      this.among = among;
      advance(this.#address());
      this.show();
    });
  }

  #address() {
    return imageHref(this.image.id, { region: this.region, ...this.among });
  }

  /** The address tells the part, so that going back leads to its results. */
  choose(region) {
    this.region = region;
    amend(this.#address());
    return this.show();
  }

  /** Each call has an element of its own: what comes late for another part is not seen. */
  async show() {
    const { image, region, among, signal } = this;
    const results = h("div", { class: "results" });
    this.title.textContent = region ? "Looks like this part" : "Looks like this";
    this.element.replaceChildren(results);
    const label = region ? "Pictures that look like this part" : "Pictures that look like this one";
    const load = (k) => api.similar(image.id, { k, region, ...filter.params(among) }, signal);
    await showResults(results, load, label, { asked: image.id, among });
  }
}

function view(image, region, neighbours, signal) {
  const shown = picture(image);
  const frame = shown.querySelector(".frame");
  const look = attention(image, frame, signal);
  const marked = part(image, frame, region, (chosen) => neighbours.choose(chosen));
  return [
    h("div", { class: "detail" },
      h("div", { class: "stage" }, backButton(), shown),
      h("div", { class: "about" }, h("h1", { tabindex: "-1" }, baseName(image.path)), facts(image), labels(image, signal), actions(image, look.toggle, marked.toggle), look.controls, look.note, marked.note)),
    neighbours.heading, neighbours.element,
  ];
}

function actions(image, ...toggles) {
  return h("div", { class: "actions" },
    h("a", { class: "button", href: image.original, target: "_blank", rel: "noopener" }, icon("open"), h("span", {}, "Open original")),
    ...toggles,
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
