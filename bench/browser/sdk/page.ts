/** Runs before the tracker on every page: clocks around calls and clicks, and a list of long tasks. */

declare const trackOne: (index: number) => void;

const longTasks: number[] = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration);
}).observe({ type: "longtask", buffered: true });

const errors: string[] = [];
addEventListener("error", ({ message }) => errors.push(message));
addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));

// The first listener of a click anywhere is this one, and the last is the one that `watchClicks` adds.
let clickStart = 0;
const clickMicros: number[] = [];
addEventListener("click", () => (clickStart = performance.now()), { capture: true });

const wait = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

const page = {
  /** Milliseconds of each task over 50 ms, and what went wrong. */
  state: () => ({ long_tasks: longTasks, errors, is_tracking: typeof trackOne === "function" }),

  /** Calls the tracker `n` times, a pause after each, and returns the microseconds of each call. */
  async calls(n: number, pauseMillis: number): Promise<number[]> {
    const micros = [];
    for (let index = 0; index < n; index++) {
      const start = performance.now();
      trackOne(index);
      micros.push((performance.now() - start) * 1000);
      await wait(pauseMillis);
    }
    return micros;
  },

  /** From now on, clicks are timed. Returns the middles of the buttons to click. */
  watchClicks(): [number, number][] {
    addEventListener("click", () => clickMicros.push((performance.now() - clickStart) * 1000));
    return [...document.querySelectorAll("button.buy")].slice(0, 8).map((button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    });
  },

  /** Microseconds that the listeners of each click took. */
  clicks: () => clickMicros,
};

Object.assign(globalThis, { page });
