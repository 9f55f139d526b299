// @ts-check
/** Numbers and times as they are written on the screen. */

/**
 * m:ss, or h:mm:ss from an hour on.
 * @param {number} seconds
 * @returns {string}
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/**
 * How old, as roughly as a person says it.
 * @param {number} seconds
 * @returns {string}
 */
export function ago(seconds) {
  if (seconds < 60) return "now";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * A unit of the protocol, written as people write it.
 * @param {string} unit
 * @returns {string}
 */
export function plainUnit(unit) {
  return unit.replace("degC", "°C").replace(/^u/, "µ");
}

/**
 * A number with as many decimals as it deserves, or a dash.
 * @param {number | null | undefined} value
 * @param {number} [decimals]
 * @returns {string}
 */
export function number(value, decimals = 0) {
  return value === null || value === undefined ? "–" : value.toFixed(decimals);
}

/**
 * Microvolts, or millivolts from a thousand on.
 * @param {number} value
 * @returns {string}
 */
export function voltage(value) {
  if (Math.abs(value) >= 1000) return `${(value / 1000).toFixed(value % 1000 ? 1 : 0)} mV`;
  return `${value.toFixed(Math.abs(value) < 10 && value % 1 ? 1 : 0)} µV`;
}

/**
 * A word of the protocol for people: underscores become spaces.
 * @param {string} word
 * @returns {string}
 */
export function plain(word) {
  return word.replaceAll("_", " ");
}
