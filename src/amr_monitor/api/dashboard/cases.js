// @ts-check
/** The list of cases: searched, sorted, each a link to its review. */

import { signIn } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { plain } from "./format.js";
import { Refusal, request } from "./server.js";
import { setUpTheme } from "./theme.js";

/** @typedef {{ case_id: string, origin: string, source_name: string, side: string | null, pseudonym: string, start_utc: string | null, opened_at: string, closed_at: string | null, outcome: string | null }} Case */

/** @type {ReadonlyArray<[string, string, (listed: Case) => string]>} */
const COLUMNS = [
  ["pseudonym", "Case", (listed) => listed.pseudonym || listed.case_id],
  ["recorded", "Recorded (UTC)", (listed) => moment(listed.start_utc ?? listed.opened_at)],
  ["side", "Side", (listed) => listed.side ?? "–"],
  ["outcome", "Outcome", (listed) => (listed.outcome ? plain(listed.outcome) : listed.closed_at ? "closed" : "open")],
  ["origin", "Origin", (listed) => listed.origin],
  ["source", "Source", (listed) => listed.source_name],
  ["opened", "Opened (UTC)", (listed) => moment(listed.opened_at)],
];

/** @type {Case[]} */ let cases = [];
let sortedBy = "opened";
let isDescending = true;

/**
 * @param {string} iso
 * @returns {string}
 */
function moment(iso) {
  return iso.slice(0, 16).replace("T", " ");
}

function paint() {
  const words = /** @type {HTMLInputElement} */ (byId("search")).value.toLowerCase().split(/\s+/).filter(Boolean);
  const value = COLUMNS.find(([name]) => name === sortedBy)?.[2] ?? (() => "");
  const found = cases.filter((listed) => {
    const text = [listed.case_id, ...COLUMNS.map(([, , told]) => told(listed))].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  found.sort((a, b) => (isDescending ? -1 : 1) * value(a).localeCompare(value(b)));
  byId("columns").replaceChildren(...COLUMNS.map(([name, title]) => {
    const sign = name === sortedBy ? (isDescending ? " ▼" : " ▲") : "";
    const sort = el("button", { type: "button", text: title + sign, onclick: () => sortBy(name) });
    return el("th", { scope: "col", "aria-sort": name !== sortedBy ? "none" : isDescending ? "descending" : "ascending" }, [sort]);
  }));
  byId("rows").replaceChildren(...found.map((listed) => el("tr", { "data-case": listed.case_id }, COLUMNS.map(([name, , told]) => {
    if (name === "pseudonym") return el("td", {}, [el("a", { href: `/cases/${encodeURIComponent(listed.case_id)}`, text: told(listed) })]);
    return el("td", name === "outcome" ? { text: told(listed), "data-outcome": listed.outcome ?? "" } : { text: told(listed) });
  }))));
  setText(byId("none"), cases.length ? (found.length ? `${found.length} of ${cases.length} cases` : "No case fits.") : "No cases yet.");
}

/** @param {string} name */
function sortBy(name) {
  isDescending = name === sortedBy ? !isDescending : name === "recorded" || name === "opened";
  sortedBy = name;
  paint();
}

async function load() {
  for (;;) {
    try {
      cases = (await request("GET", "/cases")).cases;
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      await signIn();
    }
  }
}

setUpTheme(() => {});
byId("search").addEventListener("input", paint);
try {
  await load();
  paint();
} catch (error) {
  setText(byId("none"), `The cases cannot be listed: ${error instanceof Error ? error.message : error}`);
}
document.body.dataset.ready = "true";
