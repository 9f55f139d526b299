// @ts-check
/**
 * What the page knows: messages of the server laid side by side, nothing derived that
 * a clinician would have to trust. Newest wins; nothing older than what is painted
 * is taken.
 */

/** @typedef {import("./messages.js").Hello} Hello */
/** @typedef {import("./messages.js").Heartbeat} Heartbeat */
/** @typedef {import("./messages.js").CaseStatus} CaseStatus */
/** @typedef {import("./messages.js").MuscleStatus} MuscleStatus */
/** @typedef {import("./messages.js").Event} Event */
/** @typedef {import("./messages.js").AmrStateChanged} AmrStateChanged */
/** @typedef {import("./messages.js").IndeterminateStarted} IndeterminateStarted */
/** @typedef {import("./frames.js").SweepFrame} SweepFrame */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

/**
 * @typedef {object} ShownSweep one muscle in one sweep
 * @property {number} number
 * @property {number} timeS
 * @property {number} startMs
 * @property {number} stepMs
 * @property {ArrayLike<number>} samples in microvolts
 * @property {boolean} accepted
 * @property {readonly string[]} reasons
 * @property {number | null} onsetMs
 * @property {number | null} peakToPeakUv
 * @property {number | null} [noiseUv]
 * @property {number | null} [mWavePercent]
 */

/**
 * @typedef {object} MuscleView
 * @property {string} muscle
 * @property {MuscleStatus | null} status
 * @property {string} words
 * @property {number} wordsSeq event that the words may not be older than
 * @property {AmrStateChanged | null} change newest change of state
 * @property {IndeterminateStarted | null} indeterminate since when nothing is known, while so
 * @property {ShownSweep | null} accepted newest sweep that counts
 * @property {ShownSweep | null} rejected newest sweep, where it does not count
 * @property {ShownSweep[]} recent newest last
 */

export const RECENT_SWEEPS = 60;
const KEPT_EVENTS = 2000;

export class Model {
  constructor() {
    /** @type {Hello | null} */ this.hello = null;
    /** @type {Heartbeat | null} */ this.heartbeat = null;
    /** @type {CaseStatus | null} */ this.status = null;
    /** @type {"viewer" | "operator"} */ this.role = "viewer";
    this.statusSeq = 0;
    this.seq = 0;
    this.caseId = "";
    this.openedAtS = 0;
    /** @type {Map<string, MuscleView>} */ this.muscles = new Map();
    /** @type {BaselineFrame | null} */ this.baseline = null;
    /** @type {Event[]} newest last */ this.events = [];
    /** @type {import("./messages.js").CaseClosed | null} */ this.closed = null;
    /** @type {number | null} */ this.currentMa = null;
    this.sweepIndex = -1;
    this.sweepTimeS = 0;
  }

  /** @param {Hello} hello */
  takeHello(hello) {
    if (hello.case_id !== this.caseId) this.forgetCase(hello.case_id);
    this.hello = hello;
    this.role = hello.role;
    for (const channel of hello.montage) this.view(channel.muscle);
  }

  /** @param {string} caseId */
  forgetCase(caseId) {
    this.caseId = caseId;
    this.seq = 0;
    this.statusSeq = 0;
    this.openedAtS = 0;
    this.status = null;
    this.baseline = null;
    this.events = [];
    this.closed = null;
    this.sweepIndex = -1;
    this.muscles.clear();
  }

  /** Stretch of the case that was let go: the pictures of the sweeps before it are old. */
  forgetPictures() {
    for (const view of this.muscles.values()) {
      view.recent = [];
      view.accepted = view.rejected = null;
    }
  }

  /**
   * @param {string} muscle
   * @returns {MuscleView}
   */
  view(muscle) {
    let view = this.muscles.get(muscle);
    if (!view) {
      view = {
        muscle, status: null, words: "", wordsSeq: 0, change: null, indeterminate: null,
        accepted: null, rejected: null, recent: [],
      };
      this.muscles.set(muscle, view);
    }
    return view;
  }

  /** @param {Heartbeat} heartbeat */
  takeHeartbeat(heartbeat) {
    this.heartbeat = heartbeat;
    if (heartbeat.status && heartbeat.status_seq !== null) {
      this.takeStatus(heartbeat.status, heartbeat.status_seq);
    }
  }

  /**
   * @param {CaseStatus} status
   * @param {number} seq
   */
  takeStatus(status, seq) {
    if (seq < this.statusSeq) return;
    this.status = status;
    this.statusSeq = seq;
    if (status.sample_index < this.sweepIndex) return;
    for (const muscle of status.muscles) this.takeMuscleStatus(muscle, seq);
  }

  /**
   * @param {MuscleStatus} status
   * @param {number} seq
   */
  takeMuscleStatus(status, seq) {
    const view = this.view(status.muscle);
    if (seq < view.wordsSeq) return;
    view.status = status;
    view.words = status.words;
    view.wordsSeq = seq;
  }

  /** @param {Event} event */
  takeEvent(event) {
    this.seq = event.seq;
    this.events.push(event);
    if (this.events.length > KEPT_EVENTS) this.events.splice(0, KEPT_EVENTS / 4);
    switch (event.type) {
      case "case_opened":
        this.openedAtS = event.time_s;
        for (const muscle of event.muscles) this.view(muscle);
        break;
      case "amr_state_changed": {
        const view = this.view(event.muscle);
        view.change = event;
        if (event.words) {
          view.words = event.words;
          view.wordsSeq = event.seq;
        }
        break;
      }
      case "indeterminate_started":
        this.view(event.muscle).indeterminate = event;
        break;
      case "indeterminate_ended":
        this.view(event.muscle).indeterminate = null;
        break;
      case "baseline_restarted":
      case "epoch_started":
        this.baseline = null;
        break;
      case "case_closed":
        this.closed = event;
        break;
      case "stimulation_changed":
        this.currentMa = event.current_ma;
        break;
    }
  }

  /** @param {BaselineFrame} frame */
  takeBaseline(frame) {
    this.baseline = frame;
  }

  /** @param {SweepFrame} frame */
  takeSweep(frame) {
    const { header, rows } = frame;
    if (header.sample_index < this.sweepIndex) this.forgetPictures();
    this.sweepIndex = header.sample_index;
    this.sweepTimeS = header.time_s;
    this.currentMa = header.current_ma;
    header.muscles.forEach((muscle, row) => {
      const quality = header.quality[row];
      const measurement = header.measurement[row];
      this.takeShownSweep(muscle, {
        number: header.sweep_number,
        timeS: header.time_s,
        startMs: header.start_ms,
        stepMs: header.step_ms,
        samples: rows[row],
        accepted: quality.accepted,
        reasons: quality.reasons,
        onsetMs: measurement.onset_latency_ms,
        peakToPeakUv: measurement.peak_to_peak_uv,
        noiseUv: measurement.noise_rms_uv,
        mWavePercent: measurement.m_wave_percent,
      });
      const status = header.status[row];
      if (status) this.takeMuscleStatus(status, header.seq);
    });
  }

  /**
   * @param {string} muscle
   * @param {ShownSweep} sweep
   */
  takeShownSweep(muscle, sweep) {
    const view = this.view(muscle);
    const newest = view.recent.at(-1);
    if (newest && newest.number === sweep.number) return;
    view.recent.push(sweep);
    if (view.recent.length > RECENT_SWEEPS) view.recent.shift();
    if (sweep.accepted) view.accepted = sweep;
    view.rejected = sweep.accepted ? null : sweep;
  }

  /**
   * Fill in sweeps of before the page was there.
   * @param {string} muscle
   * @param {ShownSweep[]} sweeps
   */
  takePastSweeps(muscle, sweeps) {
    const view = this.view(muscle);
    const byNumber = new Map([...sweeps, ...view.recent].map((sweep) => [sweep.number, sweep]));
    const newest = view.recent.at(-1)?.number ?? Infinity;
    const known = [...byNumber.values()].filter((sweep) => sweep.number <= newest);
    view.recent = known.sort((a, b) => a.number - b.number).slice(-RECENT_SWEEPS);
    view.accepted ??= [...view.recent].reverse().find((sweep) => sweep.accepted) ?? null;
  }

  /** The case is judged and nothing shown until it is closed. */
  get isShadow() {
    const mode = this.status?.case?.mode ?? this.hello?.mode;
    return mode === "shadow" && (this.status?.is_open ?? true);
  }

  /** Seconds of the recording now, as far as the page knows. */
  get nowS() {
    return Math.max(this.status?.time_s ?? 0, this.sweepTimeS);
  }
}
