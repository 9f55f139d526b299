// @ts-check
/** The remote view: everything to be looked at, nothing to be done, whoever looks; with its delay. */

import { signIn } from "./ask.js";
import { Connection } from "./connection.js";
import { byId, setAttribute, setText } from "./dom.js";
import { paintEvents, setUpEvents } from "./events.js";
import { paintFreeze, setUpFreeze } from "./freeze.js";
import { number } from "./format.js";
import { paintHealth } from "./health.js";
import { bind } from "./keys.js";
import { Model } from "./model.js";
import { paintAlarms, paintCaseLine } from "./panels.js";
import { paintRoom } from "./room.js";
import { offerRaw } from "./raw_trace.js";
import { setUpScopeKeys } from "./scope.js";
import { request } from "./server.js";
import { setUpTheme } from "./theme.js";
import { paintMuscles, toggleCursors } from "./verdict.js";

const MEASURE_EVERY_MS = 3000;
/** From here on the delay is told as something to mind. */
const LONG_DELAY_S = 3;

/** Whatever the token allows: from here nothing is done. */
class RemoteModel extends Model {
  /** @param {import("./messages.js").Hello} hello */
  takeHello(hello) {
    super.takeHello(hello);
    this.role = "viewer";
  }
}

const model = new RemoteModel();
let isDue = false;
/** @type {number | null} there and back, in milliseconds */
let roundTripMs = null;

function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(paint);
}

function paint() {
  isDue = false;
  paintCaseLine(model);
  paintFreeze(model);
  paintMuscles(model);
  paintAlarms(model);
  paintRoom(model);
  paintEvents(model);
  paintHealth(model, connection);
  paintDelay();
  const root = document.documentElement;
  root.dataset.seq = String(model.seq);
  root.dataset.case = model.caseId;
  root.dataset.connected = String(connection.isOpen);
}

/** How far what is shown is behind the operating room: the age of its samples and the way to here. */
function paintDelay() {
  const ageS = model.heartbeat?.last_sample_age_s ?? null;
  const shown = byId("delay");
  if (ageS === null || roundTripMs === null) {
    setText(shown, "delay not known");
    setAttribute(shown, "data-bad", "true");
    return;
  }
  const silenceS = Math.max(0, connection.silenceMs / 1000 - 1);
  const delayS = ageS + roundTripMs / 2000 + silenceS;
  setAttribute(shown, "data-bad", String(delayS > LONG_DELAY_S));
  setText(shown, `${delayS > LONG_DELAY_S ? "⚠ " : ""}${number(delayS, 1)} s behind (network ${number(roundTripMs / 2)} ms)`);
}

async function measure() {
  const startMs = performance.now();
  try {
    await request("GET", "/session");
    roundTripMs = performance.now() - startMs;
  } catch {
    // Not reachable now: what was measured holds no longer.
    roundTripMs = null;
  }
  changed();
}

const connection = new Connection(model, { changed, signIn });
setUpTheme(changed);
setUpEvents();
setUpFreeze(model, changed);
setUpScopeKeys();
offerRaw();
bind("k", toggleCursors);
await connection.open();
setInterval(changed, 1000);
setInterval(() => void measure(), MEASURE_EVERY_MS);
await measure();
