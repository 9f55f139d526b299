// @ts-check
/** Zoom, pan, choose and click on a time axis, by pointer and by keyboard alike. */

/** @typedef {import("./timeline.js").Timeline} Timeline */

const CLICK_PX = 4;
const WHEEL_ZOOM = 1.2;

/**
 * Take the hands of one picture over a time axis.
 *
 * Wheel: zoom. Drag: move. Drag with Shift, or while `chooses()`: choose a stretch. Click: that
 * sweep. Double click: the whole case. Keys: arrows move, + and - zoom, Home the whole case,
 * End the newest, comma and full stop the sweep before and after.
 * @param {HTMLElement} element
 * @param {Timeline} timeline
 * @param {{ area: () => { left: number, width: number }, chooses?: () => boolean, nearest?: (timeS: number, by: number) => number | null }} picture
 *   `area` in CSS pixels within the element; `nearest` gives the time of a sweep there, or of
 *   its neighbour
 */
export function takeHands(element, timeline, { area, chooses = () => false, nearest = (timeS) => timeS }) {
  element.tabIndex = 0;
  /** @type {{ x: number, fromS: number, timeS: number, isChoosing: boolean, moved: boolean } | null} */
  let grip = null;
  const timeAt = (/** @type {PointerEvent | WheelEvent | MouseEvent} */ event) => {
    const { left, width } = area();
    const x = event.clientX - element.getBoundingClientRect().left - left;
    const share = Math.min(1, Math.max(0, x / Math.max(1, width)));
    return timeline.fromS + share * (timeline.toS - timeline.fromS);
  };

  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const span = timeline.toS - timeline.fromS;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) timeline.pan((event.deltaX / area().width) * span);
    else timeline.zoom(event.deltaY > 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM, timeAt(event));
  }, { passive: false });

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const isChoosing = event.shiftKey || chooses();
    grip = { x: event.clientX, fromS: timeline.fromS, timeS: timeAt(event), isChoosing, moved: false };
  });

  element.addEventListener("pointermove", (event) => {
    timeline.hover(timeAt(event));
    if (!grip) return;
    if (Math.abs(event.clientX - grip.x) > CLICK_PX) grip.moved = true;
    if (!grip.moved) return;
    if (grip.isChoosing) timeline.choose(grip.timeS, timeAt(event));
    else {
      const span = timeline.toS - timeline.fromS;
      const fromS = grip.fromS - ((event.clientX - grip.x) / area().width) * span;
      timeline.look(fromS, fromS + span);
    }
  });

  const release = (/** @type {PointerEvent} */ event) => {
    if (grip && !grip.moved && event.type === "pointerup") timeline.select(nearest(timeAt(event), 0));
    grip = null;
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", () => timeline.hover(null));
  element.addEventListener("dblclick", () => timeline.showAll());

  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const span = timeline.toS - timeline.fromS;
    const middleS = timeline.selectedS ?? (timeline.fromS + timeline.toS) / 2;
    /** @type {{ [key: string]: () => void }} */
    const keys = {
      ArrowLeft: () => timeline.pan(-span / 10),
      ArrowRight: () => timeline.pan(span / 10),
      "+": () => timeline.zoom(1 / 1.5, middleS),
      "=": () => timeline.zoom(1 / 1.5, middleS),
      "-": () => timeline.zoom(1.5, middleS),
      Home: () => timeline.showAll(),
      End: () => timeline.look(timeline.lastS - span, timeline.lastS),
      ",": () => timeline.select(nearest(middleS, -1)),
      ".": () => timeline.select(nearest(middleS, 1)),
      Escape: () => timeline.select(null),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}
