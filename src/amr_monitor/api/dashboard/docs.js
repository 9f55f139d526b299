// @ts-check
/** The OpenAPI document as a page that loads nothing from elsewhere. */

import { byId, el, setText } from "./dom.js";
import { showTheme } from "./theme.js";

/** @typedef {{ [key: string]: any }} Json */

const METHODS = ["get", "post", "put", "patch", "delete"];
showTheme();

/** @type {Json} */
const api = await (await fetch("/openapi.json")).json();
setText(byId("title"), `${api.info.title} ${api.info.version}`);
setText(byId("description"), api.info.description.replaceAll("`", ""));

/** @type {Map<string, HTMLElement[]>} */
const byTag = new Map();
for (const [path, methods] of Object.entries(api.paths)) {
  for (const method of METHODS) {
    const route = methods[method];
    if (!route) continue;
    const tag = route.tags?.[0] ?? "other";
    byTag.set(tag, [...(byTag.get(tag) ?? []), article(method, path, route)]);
    byId("contents").append(el("a", { href: `#${route.operationId}`, text: `${method.toUpperCase()} ${path}` }));
  }
}
for (const [tag, articles] of byTag) byId("routes").append(el("h2", { text: tag }), ...articles);

/**
 * @param {string} method
 * @param {string} path
 * @param {Json} route
 * @returns {HTMLElement}
 */
function article(method, path, route) {
  const who = method === "get" || path.endsWith("/session") ? "viewer" : "operator";
  const children = [
    el("span", { class: "who", text: who }),
    el("h3", {}, [el("span", { class: "method", text: method.toUpperCase() }), path]),
    el("p", { text: route.summary ?? "" }),
  ];
  if (route.parameters?.length) children.push(parameters(route.parameters));
  const body = route.requestBody?.content?.["application/json"]?.schema;
  if (body) children.push(...bodyParts(resolved(body)));
  children.push(el("h4", { text: "Answers" }), answers(route.responses));
  return el("article", { id: route.operationId }, children);
}

/**
 * @param {Json[]} list
 * @returns {HTMLElement}
 */
function parameters(list) {
  return table(["Parameter", "In", "Type", ""], list.map((parameter) => [
    `${parameter.name}${parameter.required ? " (needed)" : ""}`,
    parameter.in,
    typeOf(resolved(parameter.schema)),
    parameter.description ?? "",
  ]));
}

/**
 * @param {Json} schema
 * @returns {HTMLElement[]}
 */
function bodyParts(schema) {
  const shape = resolved((schema.anyOf ?? [schema])[0]);
  const rows = Object.entries(shape.properties ?? {}).map(([name, field]) => [
    `${name}${shape.required?.includes(name) ? " (needed)" : ""}`,
    typeOf(resolved(field)),
    field.description ?? "",
  ]);
  const parts = [el("h4", { text: "Body" }), table(["Field", "Type", ""], rows)];
  for (const example of shape.examples ?? []) parts.push(code(example));
  return parts;
}

/**
 * @param {Json} responses
 * @returns {HTMLElement}
 */
function answers(responses) {
  const parts = Object.entries(responses).map(([status, answer]) => {
    const example = answer.content?.["application/json"]?.example;
    const line = el("p", { text: `${status}: ${answer.description}` });
    return example ? el("div", {}, [line, code(example)]) : line;
  });
  return el("div", {}, parts);
}

/**
 * An example; it scrolls, so it can have the focus.
 * @param {unknown} example
 * @returns {HTMLElement}
 */
function code(example) {
  return el("pre", { tabindex: "0", role: "region", "aria-label": "Example", text: JSON.stringify(example, null, 2) });
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {HTMLElement}
 */
function table(head, rows) {
  const cells = (/** @type {string} */ tag, /** @type {string[]} */ texts) =>
    el("tr", {}, texts.map((text) => el(tag, { text })));
  return el("table", {}, [el("thead", {}, [cells("th", head)]), el("tbody", {}, rows.map((row) => cells("td", row)))]);
}

/**
 * @param {Json} schema
 * @returns {Json}
 */
function resolved(schema) {
  const name = schema.$ref?.split("/").at(-1);
  return name ? api.components.schemas[name] : schema;
}

/**
 * @param {Json} schema
 * @returns {string}
 */
function typeOf(schema) {
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map((/** @type {Json} */ inner) => typeOf(resolved(inner))).join(" | ");
  return schema.type ?? "";
}
