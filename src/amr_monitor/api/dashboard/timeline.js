// @ts-check
/** Which part of the case is looked at: one time axis for trends, raster and waterfall. */

const SHORTEST_S = 10;

export class Timeline {
  constructor() {
    this.firstS = 0;
    this.lastS = SHORTEST_S;
    this.fromS = 0;
    this.toS = SHORTEST_S;
    /** Whether the right edge goes with the newest sweep. */
    this.follows = true;
    /** @type {number | null} the sweep that is looked at */
    this.selectedS = null;
    /** @type {{ fromS: number, toS: number } | null} the stretch chosen for the waterfall */
    this.stretch = null;
    /** @type {number | null} under the pointer */
    this.hoverS = null;
    /** @type {Array<(what: "range" | "select" | "stretch" | "hover") => void>} */
    this.listeners = [];
  }

  /** @param {(what: "range" | "select" | "stretch" | "hover") => void} listener */
  listen(listener) {
    this.listeners.push(listener);
  }

  /** @param {"range" | "select" | "stretch" | "hover"} what */
  tell(what) {
    for (const listener of this.listeners) listener(what);
  }

  get isWhole() {
    return this.fromS <= this.firstS && this.toS >= this.lastS;
  }

  /**
   * How far the case reaches.
   * @param {number} firstS
   * @param {number} lastS
   */
  setReach(firstS, lastS) {
    const wasWhole = this.isWhole;
    const span = this.toS - this.fromS;
    this.firstS = firstS;
    this.lastS = Math.max(lastS, firstS + SHORTEST_S);
    if (wasWhole) [this.fromS, this.toS] = [this.firstS, this.lastS];
    else if (this.follows) [this.fromS, this.toS] = [this.lastS - span, this.lastS];
    else return;
    this.tell("range");
  }

  showAll() {
    this.look(this.firstS, this.lastS);
  }

  /**
   * @param {number} fromS
   * @param {number} toS
   */
  look(fromS, toS) {
    const span = Math.min(Math.max(toS - fromS, SHORTEST_S), this.lastS - this.firstS);
    const start = Math.min(Math.max(fromS, this.firstS), this.lastS - span);
    this.fromS = start;
    this.toS = start + span;
    this.follows = this.toS >= this.lastS - 1e-6;
    this.tell("range");
  }

  /** @param {number} seconds */
  pan(seconds) {
    this.look(this.fromS + seconds, this.toS + seconds);
  }

  /**
   * @param {number} factor above 1 sees more
   * @param {number} aroundS
   */
  zoom(factor, aroundS) {
    const span = Math.max(SHORTEST_S, (this.toS - this.fromS) * factor);
    const share = (aroundS - this.fromS) / (this.toS - this.fromS);
    this.look(aroundS - share * span, aroundS + (1 - share) * span);
  }

  /** @param {number | null} timeS */
  select(timeS) {
    this.selectedS = timeS;
    if (timeS !== null && (timeS < this.fromS || timeS > this.toS)) {
      const half = (this.toS - this.fromS) / 2;
      this.look(timeS - half, timeS + half);
    }
    this.tell("select");
  }

  /**
   * @param {number} fromS
   * @param {number} toS
   */
  choose(fromS, toS) {
    const [a, b] = fromS < toS ? [fromS, toS] : [toS, fromS];
    this.stretch = b - a < 1 ? null : { fromS: a, toS: b };
    this.tell("stretch");
  }

  /** @param {number | null} timeS */
  hover(timeS) {
    this.hoverS = timeS;
    this.tell("hover");
  }
}
