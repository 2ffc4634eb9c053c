// The labels of one picture: those it has, those that others suggest, and a field for another.
import * as api from "./api.js";
import { button, h, put, say } from "./dom.js";
import { percent } from "./format.js";
import { galleryHref } from "./router.js";
import { toast } from "./toast.js";

/** "decided": event.detail is {id, label, decision} as the server has stored it. */
export const events = new EventTarget();

const shown = 3; // suggestions at once
const least = 0.05; // share of all but the first

/**
 * @param {import("./api.js").Image} image
 * @param {AbortSignal} signal of leaving the page
 * @returns {HTMLElement}
 */
export function labels(image, signal) {
  return new Labels(image, signal).element;
}

class Labels {
  #id;
  #signal;
  #busy = false; // one decision at a time: the second click of a double click is none
  #own = h("ul", { class: "chips", "aria-label": "Labels" });
  #suggested = h("ul", { class: "chips", "aria-label": "Suggested labels" });
  #known = h("datalist", { id: "known-labels" });
  #field = h("input", {
    id: "label", type: "text", maxlength: 200, list: "known-labels", autocomplete: "off", enterkeyhint: "done",
    placeholder: "Add a label", "aria-label": "Add a label", title: "Add a label (l)",
  });

  constructor(image, signal) {
    [this.#id, this.#signal] = [image.id, signal];
    const form = h("form", { class: "label-form", onsubmit: (event) => this.#submit(event) },
      this.#field, this.#known, button("plus", null, () => {}, { type: "submit", "aria-label": "Add the label" }));
    this.#field.addEventListener("keydown", (event) => event.key === "Escape" && this.#leaveField(event));
    this.element = h("section", { class: "labels", "aria-label": "Labels" }, this.#own, this.#suggested, form);
    this.#show(image.labels);
    this.#look();
  }

  /** Escape leaves the field, and only then the page. */
  #leaveField(event) {
    event.preventDefault();
    this.#field.value = "";
    this.#field.blur();
  }

  #submit(event) {
    event.preventDefault();
    const name = this.#field.value.trim();
    if (!name) return;
    this.#field.value = "";
    this.#decide(name, "given", `Labelled ${name}`);
  }

  /** Asks for suggestions, and for the labels that there are. A picture is shown all the same if there are none. */
  async #look() {
    try {
      const [found, all] = await Promise.all([api.suggestions(this.#id, this.#signal), api.allLabels(this.#signal)]);
      const focused = this.#suggested.contains(document.activeElement);
      const worth = found.suggestions.filter(({ share }, i) => i === 0 || share >= least).slice(0, shown);
      put(this.#suggested, ...worth.map((s, i) => this.#suggestion(s, i === 0)));
      put(this.#known, ...all.labels.map(({ label }) => h("option", { value: label })));
      if (focused) (this.#suggested.querySelector("button") ?? this.#field).focus();
    } catch (error) {
      if (error.name !== "AbortError") put(this.#suggested);
    }
  }

  #show(names) {
    put(this.#own, ...names.map((name) => h("li", { class: "chip" },
      h("a", { href: galleryHref({ label: name }), title: `Pictures labelled ${name}` }, name),
      button("close", null, () => this.#decide(name, "none", `${name} removed`), { class: "quiet", "aria-label": `Remove the label ${name}` }))));
  }

  /** A label to accept or reject; y and n press the buttons of the first. */
  #suggestion({ label, share }, first) {
    const [yes, no] = first ? [{ id: "accept", title: `Accept ${label} (y)` }, { id: "reject", title: `Reject ${label} (n)` }] : [];
    return h("li", { class: "chip suggested" },
      button("check", `${label} ${percent(share)}`, () => this.#decide(label, "accepted", `Labelled ${label}`),
        { ...yes, class: "quiet", "aria-label": `Accept the label ${label}, ${percent(share)}` }),
      button("close", null, () => this.#decide(label, "rejected", `${label} rejected`),
        { ...no, class: "quiet", "aria-label": `Reject the label ${label}` }));
  }

  async #decide(name, decision, done) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const answer = await api.decide(this.#id, name, decision);
      events.dispatchEvent(new CustomEvent("decided", { detail: { id: this.#id, label: name, decision } }));
      const focused = this.#own.contains(document.activeElement);
      this.#show(answer.labels);
      if (focused) this.#field.focus();
      say(done);
      await this.#look(); // with another label, others are suggested
    } catch (error) {
      toast(`Not stored: ${error.message}`, { kind: "error" });
    } finally {
      this.#busy = false;
    }
  }
}
