// @ts-check
/** The live connection: opens it, opens it again, and knows how long ago it last said something. */

import { readFrame, isSweep } from "./frames.js";
import { RECENT_SWEEPS } from "./model.js";
import { liveAddress, request, Refusal } from "./server.js";
import { isWithheld } from "./words.js";

/**
 * @param {any} sweep
 * @returns {import("./model.js").ShownSweep}
 */
function shownSweep(sweep) {
  return {
    number: sweep.sweep_number,
    timeS: sweep.time_s,
    startMs: sweep.start_ms,
    stepMs: sweep.step_ms,
    samples: sweep.samples_uv.map((/** @type {number | null} */ uv) => uv ?? NaN),
    accepted: sweep.accepted,
    reasons: sweep.reasons,
    onsetMs: sweep.onset_latency_ms,
    peakToPeakUv: sweep.peak_to_peak_uv,
  };
}

export const STALE_AFTER_MS = 3000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;
const GIVEN_UP_AFTER_MS = 6000;

export class Connection {
  /**
   * @param {import("./model.js").Model} model
   * @param {{ changed: () => void, signIn: () => Promise<void>, topics?: string }} page
   */
  constructor(model, page) {
    this.model = model;
    this.page = page;
    this.lastHeardMs = performance.now();
    this.wasHeard = false;
    this.isOpen = false;
    this.isWithholding = false;
    this.waitMs = FIRST_WAIT_MS;
    /** @type {WebSocket | null} */ this.socket = null;
    setInterval(() => this.watch(), 250);
  }

  /** How long ago the server was last heard, in milliseconds. */
  get silenceMs() {
    return performance.now() - this.lastHeardMs;
  }

  get isStale() {
    return this.wasHeard && this.silenceMs > STALE_AFTER_MS;
  }

  async open() {
    try {
      await request("GET", "/session");
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) await this.page.signIn();
      else return this.later();
    }
    const socket = new WebSocket(liveAddress(this.model.seq, this.model.caseId, this.page.topics ?? "events,sweeps"));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.openedMs = performance.now();
    socket.onmessage = (message) => this.take(message.data);
    socket.onclose = (close) => {
      if (this.socket !== socket) return;
      this.isOpen = false;
      this.socket = null;
      // What was asked for makes no sense there: the journal is another one. Begin anew.
      if (close.code === 1008) this.model.forgetCase("");
      this.later();
    };
  }

  later() {
    this.page.changed();
    setTimeout(() => this.open(), this.waitMs);
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
  }

  /** @param {string | ArrayBuffer} data */
  take(data) {
    this.lastHeardMs = performance.now();
    this.wasHeard = true;
    if (typeof data === "string") this.takeMessage(JSON.parse(data));
    else {
      const frame = readFrame(data);
      if (isSweep(frame)) this.model.takeSweep(frame);
      else this.model.takeBaseline(frame);
    }
    this.page.changed();
  }

  /** @param {any} message */
  takeMessage(message) {
    if (message.type === "hello") {
      this.isOpen = true;
      this.waitMs = FIRST_WAIT_MS;
      this.model.takeHello(message);
      if (!this.page.topics) void this.fetchPast();
    } else if (message.type === "heartbeat") this.model.takeHeartbeat(message);
    else {
      this.model.takeEvent(message);
      if (isWithheld(message)) this.isWithholding = true;
      if (message.type === "case_closed" && this.isWithholding) this.reveal();
    }
  }

  /** A case in shadow mode was closed: everything that was withheld of it comes anew. */
  reveal() {
    this.isWithholding = false;
    if (!this.socket) return;
    this.model.forgetCase("");
    this.socket.close();
  }

  /** Fetch the sweeps that were there before this connection. */
  async fetchPast() {
    const caseId = this.model.caseId;
    try {
      for (const muscle of [...this.model.muscles.keys()]) {
        const past = await request("GET", `/sweeps?muscle=${muscle}&limit=${RECENT_SWEEPS}`);
        if (this.model.caseId !== caseId) return;
        this.model.takePastSweeps(muscle, past.sweeps.map(shownSweep));
      }
    } catch (error) {
      // The pictures of the past are missing, and nothing else.
      console.warn("past sweeps could not be fetched:", error);
    }
    this.page.changed();
  }

  /** A connection can die without a word: give it up and open another one. */
  watch() {
    const opened = this.openedMs ?? 0;
    const quiet = Math.min(this.silenceMs, performance.now() - opened);
    if (this.socket && quiet > GIVEN_UP_AFTER_MS) {
      const dead = this.socket;
      this.socket = null;
      this.isOpen = false;
      dead.close();
      this.later();
    }
    if (this.isStale) this.page.changed();
  }
}
