// Remember which lines of the first screen's hint were followed, here, in another tab or in another browser.
import { set, state } from "./store.js";

const KEY = "sandbox.tips";
const lines = () => state.world?.hint ?? [];
const whole = () => lines().map((tip) => tip.text).join("\n");

/** What this browser remembers; of another hint than this one, nothing. */
function remembered() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return found.of === whole() ? found.followed : [];
  } catch {
    return [];
  }
}

/** The places of the lines that were followed, as far as the server or this browser knows. */
const kept = () => [...new Set([...remembered(), ...(state.world?.followed ?? [])])];

function keep(followed) {
  localStorage.setItem(KEY, JSON.stringify({ of: whole(), followed }));
  set({ followed });
}

export const recall = () => set({ followed: kept() });
window.addEventListener("storage", ({ key }) => key === KEY && recall());

/** Somebody did what these lines say, here or anywhere else. */
export const follow = (now) => keep([...new Set([...kept(), ...now])]);

/** As though all of it were done. */
export const dismiss = () => keep(lines().map((_, n) => n));
