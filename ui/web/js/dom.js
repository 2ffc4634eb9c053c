// Making elements. Text always becomes text nodes: nothing here parses HTML.

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * Makes an element: h("a", { href: "#/", onclick: f }, "text", child).
 * Functions under on... become listeners, null and false are left out, true is
 * an attribute without a value.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any} the element, of whatever class the tag has
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  put(element, ...children);
  return element;
}

/**
 * Replaces what is in an element. null, undefined and false are left out.
 * @param {Element} element
 * @param {...(Node|string|null|undefined|false)} children
 */
export function put(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * An icon of the sheet in index.html.
 * @param {string} name without the "i-"
 */
export function icon(name) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svgNamespace, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button with an icon and, unless it is in `props` as aria-label, a text.
 * @param {string} iconName
 * @param {string|null} text
 * @param {(event: Event) => void} onclick
 * @param {Record<string, any>} [props]
 */
export function button(iconName, text, onclick, props = {}) {
  const looks = `button ${text ? "" : "square"} ${props.class ?? ""}`;
  return h("button", { type: "button", onclick, ...props, class: looks }, icon(iconName), text && h("span", {}, text));
}

/** @param {string} id of an element that index.html has */
export function byId(id) {
  return /** @type {any} */ (document.getElementById(id));
}

/**
 * Tells users of a screen reader what changed elsewhere on the page.
 * @param {string} text
 */
export function say(text) {
  byId("live").textContent = text;
}
