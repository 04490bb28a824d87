"""Draw the states of a release from the table that decides them, for people and for the README."""

from collections.abc import Iterator

from bot.release.states import ALARMS, ENDED, MOVES, STATE_WORDS, Move, State

#: Possible from so many states that arrows would hide the rest; said in words below the picture.
_IN_WORDS = {
    Move.HOLD: (State.ON_HOLD, "Hold"),
    Move.RESUME: (None, "Resume"),
    Move.CANCEL: (State.CANCELLED, "Cancel"),
    Move.OVERRIDE: (State.APPROVED, "Override"),
}


def mermaid() -> str:
    """Return the state diagram as Mermaid source, one arrow per pair of states."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for start, name, end in _changes():
        if name not in _IN_WORDS:
            arrows.setdefault((start, end), []).append(name)
    lines = ["stateDiagram-v2", f"    [*] --> {State.SCHEDULED}"]
    lines += [f"    {state}: {words}" for state, words in STATE_WORDS.items() if state != words]
    lines += [f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in arrows.items()]
    lines += [f"    {state} --> [*]" for state in State if state in ENDED]
    return "\n".join(lines)


def in_words() -> str:
    """Return what the picture leaves out, as Markdown."""
    lines = []
    for move, (end, name) in _IN_WORDS.items():
        starts = [STATE_WORDS[state] for state in State if move in MOVES[state]]
        into = f", into *{STATE_WORDS[end]}*" if end else ", back to where it was or to what time has made of it"
        lines.append(f"- **{name}** is possible while {_either(starts)}{into}.")
    return "\n".join(lines)


def table() -> str:
    """Return what is possible in each state, as Markdown."""
    lines = ["| state | people may | time may |", "|---|---|---|"]
    for state, words in STATE_WORDS.items():
        moves = ", ".join(MOVES[state]) or "–"
        alarms = ", ".join(ALARMS[state]) or "–"
        lines.append(f"| {words} | {moves} | {alarms} |")
    return "\n".join(lines)


def _changes() -> Iterator[tuple[State, str, State]]:
    for table in (MOVES, ALARMS):
        for start, row in table.items():
            for name, ends in row.items():
                yield from ((start, name, end) for end in ends if end != start)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
