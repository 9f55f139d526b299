// @ts-check
/** What a person can do here besides marks: name, reading, sound, pace of a replay; set up and painted together. */

import { bind } from "./keys.js";
import { acknowledgeFirst } from "./panels.js";
import { paintReadings, setUpReadings } from "./readings.js";
import { paintReplay, setUpReplay } from "./replay.js";
import { paintSound, setUpSound } from "./sound.js";
import { paintWake } from "./wake.js";
import { paintWho, setUpWho } from "./who.js";

/** @param {() => void} changed */
export function setUpOperator(changed) {
  setUpWho();
  setUpReadings();
  setUpSound(changed);
  setUpReplay();
  bind("a", acknowledgeFirst);
}

/**
 * @param {import("./model.js").Model} model
 * @param {import("./connection.js").Connection} connection
 */
export function paintOperator(model, connection) {
  paintWho(model);
  paintReadings(model);
  paintSound(model, connection);
  paintReplay(model);
  paintWake(model);
}
