// Say instants as the acting person would read them: in their zone, by the story's clock.
// All instants here are unix seconds (Slack's `ts` strings work too); zones are IANA names.

const formats = new Map();

function formatter(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) {
    let made;
    try {
      made = new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC", ...options });
    } catch {
      made = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
    }
    formats.set(key, made);
  }
  return formats.get(key);
}

const WALL = {
  hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
};

/** The wall clock of `zone` at an instant: {year, month, day, hour, minute, second} as numbers. */
export function wall(at, zone) {
  const parts = formatter(zone, WALL).formatToParts(new Date(Number(at) * 1000));
  return Object.fromEntries(parts.filter((p) => p.type !== "literal").map((p) => [p.type, Number(p.value)]));
}

/** The instant at which `zone`'s wall shows a date "YYYY-MM-DD" and time "HH:MM" (the first, when shown twice). */
export function instantOf(date, time, zone) {
  const [year, month, day] = date.split("-").map(Number);
  const [hour, minute] = time.split(":").map(Number);
  const wanted = Date.UTC(year, month - 1, day, hour, minute) / 1000;
  let guess = wanted;
  for (let round = 0; round < 3; round += 1) {
    const w = wall(guess, zone);
    guess += wanted - Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute) / 1000;
  }
  return Math.round(guess);
}

const two = (n) => String(n).padStart(2, "0");
export const isoDate = (at, zone) => {
  const w = wall(at, zone);
  return `${w.year}-${two(w.month)}-${two(w.day)}`;
};
export const clockTime = (at, zone) => {
  const w = wall(at, zone);
  return `${two(w.hour)}:${two(w.minute)}`;
};

/** Whole calendar days from `now` (on the calendar of `nowZone`) to `at`: 0 is today, 1 tomorrow. */
export function daysAhead(at, now, zone, nowZone = zone) {
  const day = (w) => Date.UTC(w.year, w.month - 1, w.day) / 86400000;
  return day(wall(at, zone)) - day(wall(now, nowZone));
}

function ordinal(n) {
  if (n % 100 >= 11 && n % 100 <= 13) return `${n}th`;
  return `${n}${["th", "st", "nd", "rd"][n % 10] || "th"}`;
}

const named = (at, zone, options) => formatter(zone, options).format(new Date(Number(at) * 1000));
const month = (at, zone, style = "long") => named(at, zone, { month: style }).replace("Sept", "Sep");
export const weekday = (at, zone, style = "long") => named(at, zone, { weekday: style });

/** "Today", "Yesterday" or "Tuesday, 1 December" for the line between two days of messages. */
export function dayName(at, now, zone) {
  const ahead = daysAhead(at, now, zone);
  if (ahead === 0) return "Today";
  if (ahead === -1) return "Yesterday";
  const w = wall(at, zone);
  const year = w.year === wall(now, zone).year ? "" : `, ${w.year}`;
  return `${weekday(at, zone)}, ${month(at, zone)} ${ordinal(w.day)}${year}`;
}

/** "Tue 1 Dec 2026, 14:05": short enough for the clock in the bar. */
export function shortMoment(at, zone) {
  const w = wall(at, zone);
  return `${weekday(at, zone, "short")} ${w.day} ${month(at, zone, "short")} ${w.year}, ${clockTime(at, zone)}`;
}

/** "Tue 1 Dec at 14:05:09", for tooltips. */
export function longMoment(at, zone) {
  const w = wall(at, zone);
  return `${weekday(at, zone)}, ${w.day} ${month(at, zone)} ${w.year} at ${clockTime(at, zone)}:${two(w.second)}`;
}

/** "today at 14:05", "1 Dec at 14:05": for the "last reply" of a thread bar. */
export function replyMoment(at, now, zone) {
  const ahead = daysAhead(at, now, zone);
  const w = wall(at, zone);
  const day = ahead === 0 ? "today" : ahead === -1 ? "yesterday" : `${w.day} ${month(at, zone, "short")}`;
  return `${day} at ${clockTime(at, zone)}`;
}

const pretty = (plain) => (at, now, zone) =>
  ({ 0: "today", 1: "tomorrow", "-1": "yesterday" })[daysAhead(at, now, zone)] ?? plain(at, now, zone);

function ago(at, now) {
  const gap = Math.round(now - at);
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, s]) => Math.abs(gap) >= s) || ["second", 1];
  const count = Math.round(Math.abs(gap) / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return gap >= 0 ? `${words} ago` : `in ${words}`;
}

// Slack leaves the year out when the date is less than half a year away.
const year = (at, now, zone) => (Math.abs(daysAhead(at, now, zone)) < 183 ? "" : `, ${wall(at, zone).year}`);
const dateMiddle = (at, now, zone) => `${month(at, zone)} ${ordinal(wall(at, zone).day)}${year(at, now, zone)}`;
const dateLong = (at, now, zone) => `${weekday(at, zone)}, ${dateMiddle(at, now, zone)}`;
const dateShort = (at, now, zone) => `${month(at, zone, "short")} ${wall(at, zone).day}${year(at, now, zone)}`;

const TOKENS = {
  date_num: (at, _now, zone) => isoDate(at, zone),
  date_slash: (at, _now, zone) => isoDate(at, zone).replaceAll("-", "/"),
  date: dateMiddle,
  date_short: dateShort,
  date_long: dateLong,
  date_pretty: pretty(dateMiddle),
  date_short_pretty: pretty(dateShort),
  date_long_pretty: pretty(dateLong),
  time: (at, _now, zone) => clockTime(at, zone),
  time_secs: (at, _now, zone) => `${clockTime(at, zone)}:${two(wall(at, zone).second)}`,
  day_divider_pretty: pretty(dateLong),
  ago: (at, now) => ago(at, now),
};

/** Fill a Slack date format such as "{date_short_pretty} at {time}"; null when it cannot be filled. */
export function fillDate(at, format, now, zone) {
  if (!/^-?\d+$/.test(String(at))) return null;
  let known = true;
  const words = format.replace(/\{(\w+)\}/g, (_, token) => {
    if (!Object.hasOwn(TOKENS, token)) known = false;
    return known ? TOKENS[token](Number(at), now, zone) : "";
  });
  if (!known) return null;
  // "{date_short_pretty} at {time}" reads "Tomorrow at 14:00".
  return format.startsWith("{date") ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}
