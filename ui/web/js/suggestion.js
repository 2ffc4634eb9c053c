// One picture without a label, what it may be, and the buttons to say so.
import { button, h, put } from "./dom.js";
import { baseName, percent } from "./format.js";
import { imageHref } from "./router.js";

const others = 2; // further labels that are offered
const least = 0.05; // share that they need

/** A picture and the labels that are still suggested for it. */
export class Suggestion {
  decided = ""; // the label that it got
  rejected = new Set();
  #all;
  #link;
  #guess = h("p", { class: "guess" });
  #others = h("div", { class: "others" });
  #box;

  /**
   * @param {import("./api.js").Image} image
   * @param {{label: string, share: number}[]} suggestions best first
   * @param {(decision: "accepted"|"rejected", item: Suggestion, label: string) => void} decide
   * @param {(item: Suggestion) => void} picked is told when it was selected or the contrary
   */
  constructor(image, suggestions, decide, picked) {
    [this.image, this.#all, this.decide] = [image, suggestions, decide];
    this.name = baseName(image.path);
    const img = h("img", { src: image.thumbnail, width: image.width, height: image.height, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    img.addEventListener("load", () => img.classList.add("loaded"));
    this.#link = h("a", { href: imageHref(image.id), draggable: "false", tabindex: "-1" }, img);
    this.#box = h("input", { type: "checkbox", tabindex: "-1", "aria-label": `Select ${this.name}`, onchange: () => this.#choose(picked) });
    this.element = h("li", { class: "tile suggestion", "data-image": image.id },
      this.#link, h("label", { class: "pick", title: "Select (x)" }, this.#box), this.#guess, this.#others);
    this.render();
  }

  /** The label that most speaks for, of those that are left. @returns {{label: string, share: number}|undefined} */
  get best() {
    return this.#left()[0];
  }

  get selected() {
    return this.#box.checked;
  }

  set selected(on) {
    this.#box.checked = on;
    this.element.classList.toggle("selected", on);
  }

  #left() {
    return this.#all.filter(({ label }) => !this.rejected.has(label));
  }

  #choose(picked) {
    this.selected = this.#box.checked;
    picked(this);
  }

  /** Shows what is suggested now. */
  render() {
    const [best, ...rest] = this.#left();
    if (!best) return;
    this.#link.setAttribute("aria-label", `${this.name}, ${best.label} ${percent(best.share)}`);
    put(this.#guess, h("span", { class: "what", title: best.label }, best.label), h("span", { class: "dim" }, percent(best.share)),
      button("check", null, () => this.decide("accepted", this, best.label), { class: "yes", tabindex: "-1", title: `Accept ${best.label} (y)`, "aria-label": `${this.name}: accept ${best.label}` }),
      button("close", null, () => this.decide("rejected", this, best.label), { class: "no", tabindex: "-1", title: `Reject ${best.label} (n)`, "aria-label": `${this.name}: reject ${best.label}` }));
    put(this.#others, ...rest.filter(({ share }) => share >= least).slice(0, others).map(({ label, share }) =>
      button("check", `${label} ${percent(share)}`, () => this.decide("accepted", this, label), { class: "quiet", tabindex: "-1", "aria-label": `${this.name}: accept ${label}, ${percent(share)}` })));
  }

  /** Puts the focus on the picture. */
  focus() {
    this.#link.focus();
  }
}
