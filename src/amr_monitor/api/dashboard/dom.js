// @ts-check
/** Small helpers over the DOM: text is always text, never markup. */

/**
 * Return the element with an id; the page is broken without it.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Make an element.
 * @param {string} tag
 * @param {{ [name: string]: string | boolean | (() => void) }} [attributes] `text` is its text,
 *   `onclick` what a click does, false leaves an attribute out
 * @param {Array<Node | string>} [children]
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") made.textContent = String(value);
    else if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/**
 * Set a text where it changed, so that nothing is laid out again for nothing.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set or remove an attribute where it changed.
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * Return the colour that a CSS variable holds at an element.
 * @param {string} name
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an SVG with one stroked path.
 * @param {string} path
 * @param {{ dashed?: boolean, label: string }} options
 * @returns {SVGElement}
 */
export function strokes(path, { dashed = false, label }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 96 64");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("class", "glyph");
  const line = document.createElementNS(SVG, "path");
  const style = { d: path, fill: "none", stroke: "currentColor", "stroke-width": "6" };
  for (const [name, value] of Object.entries(style)) line.setAttribute(name, value);
  line.setAttribute("stroke-linejoin", "round");
  line.setAttribute("stroke-linecap", "round");
  if (dashed) line.setAttribute("stroke-dasharray", "2 11");
  svg.append(line);
  return svg;
}
