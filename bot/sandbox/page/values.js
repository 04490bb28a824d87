// What people have put into the elements of a message, modal or Home: Slack's `state.values`, kept by the page.
import { useRef, useState } from "./vendor-preact.js";

const TYPED = new Set(["plain_text_input", "number_input", "email_text_input", "url_text_input"]);

/** Per element type: the field of its state entry, and what the app may have set it to at first. */
const FIELDS = {
  static_select: ["selected_option", (e) => e.initial_option],
  external_select: ["selected_option", (e) => e.initial_option],
  users_select: ["selected_user", (e) => e.initial_user],
  channels_select: ["selected_channel", (e) => e.initial_channel],
  conversations_select: ["selected_conversation", (e, here) => e.initial_conversation ?? (e.default_to_current_conversation ? here : null)],
  multi_static_select: ["selected_options", (e) => e.initial_options ?? []],
  multi_external_select: ["selected_options", (e) => e.initial_options ?? []],
  multi_users_select: ["selected_users", (e) => e.initial_users ?? []],
  multi_channels_select: ["selected_channels", (e) => e.initial_channels ?? []],
  multi_conversations_select: ["selected_conversations", (e, here) => e.initial_conversations ?? (e.default_to_current_conversation && here ? [here] : [])],
  radio_buttons: ["selected_option", (e) => e.initial_option],
  checkboxes: ["selected_options", (e) => e.initial_options ?? []],
  datepicker: ["selected_date", (e) => e.initial_date],
  timepicker: ["selected_time", (e) => e.initial_time],
  datetimepicker: ["selected_date_time", (e) => e.initial_date_time],
  rich_text_input: ["rich_text_value", (e) => e.initial_value],
};

export const fieldOf = (type) => (TYPED.has(type) ? "value" : FIELDS[type]?.[0]);
const isStateful = (element) => Boolean(element && fieldOf(element.type));

/** The entry an element has before anybody touches it. */
function initialEntry(element, here) {
  if (TYPED.has(element.type)) return { type: element.type, value: element.initial_value ?? null };
  const [field, initial] = FIELDS[element.type];
  return { type: element.type, [field]: initial(element, here) ?? null };
}

/** Is there nothing in it? (An empty list and an empty text count as nothing.) */
function isBlank(entry) {
  const value = entry?.[fieldOf(entry.type)];
  return value === null || value === undefined || value.length === 0;
}

/** Every element of a block that may hold a value. */
function elementsOf(block) {
  return [block.element, block.accessory, ...(block.type === "actions" ? block.elements ?? [] : [])].filter(isStateful);
}

/** Slack's state.values for some blocks: what was touched, else what the app set. */
function gather(blocks, values, here) {
  const state = {};
  for (const block of blocks ?? []) {
    for (const element of elementsOf(block)) {
      state[block.block_id] ??= {};
      state[block.block_id][element.action_id] =
        values[block.block_id]?.[element.action_id] ?? initialEntry(element, here);
    }
  }
  return state;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What Slack itself refuses in an input before the app hears of it, or null. */
export function complaint(block, entry) {
  const element = block.element;
  if (isBlank(entry)) return block.optional ? null : "Please complete this required field.";
  const value = entry.value;
  if (element.type === "plain_text_input" && element.min_length > value.length) {
    return `Please write at least ${element.min_length} characters.`;
  }
  if (element.type === "plain_text_input" && element.max_length < value.length) {
    return `This can be ${element.max_length} characters long at most.`;
  }
  if (element.type === "email_text_input" && !EMAIL.test(value)) return "Please enter a valid email address.";
  if (element.type === "url_text_input" && !/^https?:\/\/\S+$/i.test(value)) return "Please enter a valid web address (https://…).";
  if (element.type === "number_input") {
    const number = Number(value);
    if (Number.isNaN(number)) return "Please enter a number.";
    if (!element.is_decimal_allowed && !Number.isInteger(number)) return "Please enter a whole number.";
    if (element.min_value !== undefined && number < Number(element.min_value)) return `Please enter ${element.min_value} or more.`;
    if (element.max_value !== undefined && number > Number(element.max_value)) return `Please enter ${element.max_value} or less.`;
  }
  return null;
}

/**
 * The memory of one message, modal or Home. `send(block, element, fields, state)` dispatches and answers
 * {ok, error?}; while it runs, `busy` is "block_id/action_id"; what went wrong stays in `problem`.
 */
export function useSurface({ kind, blocks, here, send, onChange }) {
  const kept = useRef({});
  const latest = useRef();
  latest.current = { blocks, send, onChange, here };
  const [values, setValues] = useState({});
  const [busy, setBusy] = useState(null);
  const [problem, setProblem] = useState(null);
  const surface = {
    kind, values, busy, problem, here,
    entry: (block, element) => values[block.block_id]?.[element.action_id] ?? initialEntry(element, here),
    put(block, element, entry) {
      const inBlock = { ...kept.current[block.block_id], [element.action_id]: entry };
      kept.current = { ...kept.current, [block.block_id]: inBlock };
      setValues(kept.current);
      latest.current.onChange?.(block);
    },
    state: () => gather(latest.current.blocks, kept.current, latest.current.here),
    async act(block, element, fields = {}) {
      setProblem(null);
      setBusy(`${block.block_id}/${element.action_id}`);
      const did = element.type === "button" ? { did: element.text.text } : {};
      const answer = await latest.current.send(block, element, { ...fields, ...did }, surface.state());
      setBusy(null);
      if (!answer.ok) setProblem(answer.error || "That did not work. Please try again.");
      return answer;
    },
    forgive: () => setProblem(null),
    complain: setProblem,
  };
  return surface;
}
