// @ts-check
/** Requests to the server. A refusal is its one line. */

const PREFIX = "/api/v1";
const LONGEST_WAIT_MS = 15_000;

/** What leaves no event behind needs nobody's name. */
const NAMELESS = ["/session", "/replay"];

/** @type {() => Promise<string>} who gives the next command; "" where the server knows */
let naming = async () => "";

/** @param {() => Promise<string>} teller */
export function setNaming(teller) {
  naming = teller;
}

export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} line
   */
  constructor(status, line) {
    super(line);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the JSON answered, or null where there is none
 */
export async function request(method, path, body) {
  /** @type {{ [name: string]: string }} */
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (method !== "GET" && !NAMELESS.includes(path)) {
    const name = await naming();
    if (name) headers["X-Operator"] = encodeURIComponent(name);
  }
  const giveUp = new AbortController();
  setTimeout(() => giveUp.abort(), LONGEST_WAIT_MS);
  const response = await fetch(PREFIX + path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: giveUp.signal,
  });
  const text = await response.text();
  if (!response.ok) {
    let line = `the server answered ${response.status}`;
    try {
      line = JSON.parse(text).detail ?? line;
    } catch {
      // No JSON came: the status has to do.
    }
    throw new Refusal(response.status, line);
  }
  return text ? JSON.parse(text) : null;
}

/**
 * The websocket's address, from where the page has come to on.
 * @param {number} since
 * @param {string} caseId
 * @param {string} topics
 * @returns {string}
 */
export function liveAddress(since, caseId, topics) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = new URLSearchParams({ since: String(since), topics });
  if (caseId) query.set("case_id", caseId);
  return `${scheme}://${location.host}${PREFIX}/live?${query}`;
}
