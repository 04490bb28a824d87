// Remember which lines of the first screen's hint were followed, here or in another tab of this browser.
import { nameOf } from "./mentions.js";
import { me, set, state } from "./store.js";

const KEY = "sandbox.tips";
const lines = () => state.world?.hint ?? [];
const whole = () => lines().map((tip) => tip.text).join("\n");

/** The places of the lines that were followed; of another hint than this one, none were. */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return found.of === whole() ? found.followed : [];
  } catch {
    return [];
  }
}

function keep(followed) {
  localStorage.setItem(KEY, JSON.stringify({ of: whole(), followed }));
  set({ followed });
}

export const recall = () => set({ followed: kept() });
window.addEventListener("storage", ({ key }) => key === KEY && recall());

/** Somebody pressed a button of this label, or typed this line. */
export function countTowardsHint(did) {
  const fits = (does) => did === does || (does.startsWith("/") && did.startsWith(`${does} `));
  const now = lines().flatMap((tip, n) => (tip.followed_by.some(fits) && tip.but_not !== nameOf(me()) ? [n] : []));
  if (now.length) keep([...new Set([...kept(), ...now])]);
}

/** As though all of it were done. */
export const dismiss = () => keep(lines().map((_, n) => n));
