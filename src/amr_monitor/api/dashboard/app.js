// @ts-check
/** The page: one model, one connection, and everything painted from the model once a frame. */

import { openAmend } from "./amend.js";
import { signIn } from "./ask.js";
import { paintBaseline } from "./baseline.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { paintEvents, setUpEvents } from "./events.js";
import { paintFreeze, setUpFreeze } from "./freeze.js";
import { paintHealth } from "./health.js";
import { paintMarks, setUpMarkKeys } from "./marks.js";
import { bind } from "./keys.js";
import { Model } from "./model.js";
import { paintOperator, setUpOperator } from "./operator.js";
import { paintAlarms, paintCaseLine } from "./panels.js";
import { paintRoom, setUpRoom } from "./room.js";
import { offerRaw } from "./raw_trace.js";
import { setUpScopeKeys } from "./scope.js";
import { request } from "./server.js";
import { paintSetup, setUpSetup } from "./setup.js";
import { paintStrip, setUpStrip } from "./strip.js";
import { setUpTheme } from "./theme.js";
import { paintMuscles, toggleCursors } from "./verdict.js";

const model = new Model();
let isDue = false;

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
  paintBaseline(model);
  paintSetup(model);
  paintRoom(model);
  paintMarks(model);
  paintEvents(model);
  paintHealth(model, connection);
  paintStrip(model);
  paintOperator(model, connection);
  const root = document.documentElement;
  root.dataset.seq = String(model.seq);
  root.dataset.case = model.caseId;
  root.dataset.connected = String(connection.isOpen);
}

async function offerSignOut() {
  const session = await request("GET", "/session");
  const button = byId("sign-out");
  button.hidden = !session.needs_token;
  button.onclick = async () => {
    await request("DELETE", "/session");
    location.reload();
  };
}

/** After a token was taken the page knows who it is for. */
async function signInAndOffer() {
  await signIn();
  await offerSignOut();
}

const connection = new Connection(model, { changed, signIn: signInAndOffer });
setUpTheme(changed);
setUpMarkKeys();
setUpOperator(changed);
setUpRoom();
setUpEvents(openAmend);
setUpFreeze(model, changed);
setUpScopeKeys();
offerRaw();
setUpSetup(model, changed);
setUpStrip(model, changed);
bind("k", toggleCursors);
await connection.open();
await offerSignOut().catch(() => {
  // Not reachable now: the connection tells so, and tries again.
});
setInterval(changed, 1000);
