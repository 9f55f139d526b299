// @ts-check
/** Trends, raster and waterfall of a case behind one another, on one time axis. */

import { el, setAttribute } from "./dom.js";
import { landmarksOf } from "./landmarks.js";
import { RasterView } from "./raster.js";
import { StretchView } from "./stretch.js";
import { Timeline } from "./timeline.js";
import { Track } from "./track.js";
import { Trends } from "./trends.js";
import { MUSCLES } from "./words.js";

/** @typedef {import("./messages.js").Event} Event */
/** @typedef {"trends" | "raster" | "waterfall"} Tab */

/** @type {ReadonlyArray<[Tab, string]>} */
const TABS = [["trends", "Trends"], ["raster", "Raster"], ["waterfall", "Waterfall"]];

export class Pictures {
  /**
   * @param {{ isOperator: () => boolean, shown: readonly string[], extra?: HTMLElement[] }} page
   *   `shown`: the figures that the trends begin with
   */
  constructor(page) {
    this.timeline = new Timeline();
    this.track = new Track();
    this.caseId = "";
    this.muscle = "";
    /** @type {readonly string[]} */ this.muscles = [];
    /** @type {readonly number[] | null} */ this.windowMs = null;
    this.chooses = false;
    const chooses = () => this.chooses;
    this.trends = new Trends(this.timeline, { ...page, chooses });
    this.raster = new RasterView(this.timeline, {
      chooses,
      nearest: (timeS, by) => {
        const row = this.track.nearest(timeS, by);
        return row < 0 ? null : this.track.timeS[row];
      },
    });
    this.stretch = new StretchView(this.timeline);
    /** @type {Tab} */ this.tab = "trends";
    this.landmarks = landmarksOf([], 0, 0);
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Pictures of the case" }, TABS.map(([name, text]) => {
      const tab = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, text });
      tab.addEventListener("click", () => this.open(name));
      return tab;
    }));
    this.tabs.addEventListener("keydown", (event) => this.stepTab(event));
    this.choice = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "Muscle of the pictures" }));
    this.choice.addEventListener("change", () => {
      this.muscle = this.choice.value;
      this.show();
    });
    this.chooser = el("button", { type: "button", "aria-pressed": "false", text: "Choose stretch", title: "Then drag over the stretch that the waterfall shall show; Shift and drag does it at any time" });
    this.chooser.addEventListener("click", () => this.setChooses(!this.chooses));
    this.whole = el("button", { type: "button", text: "Whole case", title: "Home" });
    this.whole.addEventListener("click", () => {
      this.timeline.choose(0, 0);
      this.timeline.showAll();
    });
    const tools = el("div", { class: "tools" }, [
      this.choice,
      el("button", { type: "button", text: "−", "aria-label": "Zoom out", onclick: () => this.zoom(1.5) }),
      el("button", { type: "button", text: "+", "aria-label": "Zoom in", onclick: () => this.zoom(1 / 1.5) }),
      this.whole, this.chooser, ...(page.extra ?? []),
    ]);
    this.panels = { trends: this.trends.root, raster: this.raster.root, waterfall: this.stretch.root };
    for (const [name, panel] of Object.entries(this.panels)) {
      for (const [key, value] of Object.entries({ id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` })) panel.setAttribute(key, value);
    }
    this.root = el("div", { class: "pictures" }, [el("div", { class: "pictures-head" }, [this.tabs, tools]), ...Object.values(this.panels)]);
    this.timeline.listen((what) => {
      if (what === "stretch" && this.timeline.stretch && this.chooses) this.chosen();
    });
    this.open("trends");
  }

  /** @param {number} factor */
  zoom(factor) {
    const { fromS, toS, selectedS } = this.timeline;
    this.timeline.zoom(factor, selectedS ?? (this.timeline.follows ? toS : (fromS + toS) / 2));
  }

  /** A stretch is being chosen: once the hand lets go the waterfall shows it. */
  chosen() {
    window.addEventListener("pointerup", () => {
      this.setChooses(false);
      this.open("waterfall");
    }, { once: true });
  }

  /** @param {boolean} chooses */
  setChooses(chooses) {
    this.chooses = chooses;
    setAttribute(this.chooser, "aria-pressed", String(chooses));
    this.root.classList.toggle("choosing", chooses);
    if (chooses && this.tab === "waterfall") this.open("trends");
  }

  /** @param {Tab} name */
  open(name) {
    this.tab = name;
    for (const tab of /** @type {HTMLElement[]} */ ([...this.tabs.children])) {
      const isOpen = tab.id === `tab-${name}`;
      setAttribute(tab, "aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
    }
    for (const [each, panel] of Object.entries(this.panels)) panel.hidden = each !== name;
    this.raster.isVisible = name === "raster";
    this.stretch.isVisible = name === "waterfall";
    this.show();
    if (name === "raster") this.raster.later(0);
    if (name === "waterfall") this.stretch.later(0);
  }

  /** @param {KeyboardEvent} event */
  stepTab(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const at = TABS.findIndex(([name]) => name === this.tab);
    const [name] = TABS[(at + by + TABS.length) % TABS.length];
    this.open(name);
    /** @type {HTMLElement | null} */ (this.tabs.querySelector(`#tab-${name}`))?.focus();
    event.preventDefault();
  }

  /**
   * @param {string} caseId
   * @param {readonly string[]} muscles the lead first
   */
  setCase(caseId, muscles) {
    const isOther = caseId !== this.caseId;
    if (isOther) {
      this.track = new Track();
      Object.assign(this.timeline, { selectedS: null, stretch: null, follows: true });
    }
    if (isOther || muscles.join() !== this.muscles.join()) {
      this.muscles = [...muscles];
      this.choice.replaceChildren(...muscles.map((muscle) => el("option", { value: muscle, text: MUSCLES[muscle] ?? muscle })));
      if (!muscles.includes(this.muscle) || isOther) this.muscle = muscles[0] ?? "";
      this.choice.value = this.muscle;
    }
    this.caseId = caseId;
  }

  /**
   * @param {readonly Event[]} events
   * @param {number} lastS
   */
  setEvents(events, lastS) {
    const firstS = this.track.timeS[0] ?? 0;
    this.timeline.setReach(firstS, Math.max(lastS, this.track.timeS.at(-1) ?? 0));
    this.landmarks = landmarksOf(events, firstS, this.timeline.lastS);
  }

  /** Draw what is at hand in the picture that is open. */
  show() {
    if (!this.caseId) return;
    if (this.tab === "trends") this.trends.show(this.track, this.muscle, this.landmarks);
    if (this.tab === "raster") this.raster.show(this.caseId, this.muscle, this.landmarks, this.windowMs);
    if (this.tab === "waterfall") this.stretch.show(this.caseId, this.muscle, this.windowMs);
  }
}
