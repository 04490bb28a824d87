"""Words that people type for what is called otherwise here, and that may mean more than one thing: nothing is done."""

from collections.abc import Mapping

_MEANT = {
    ("go", "deploy start", "shipped"): "ship",
    ("go",): "ok okay yep yup yeah y sure sgtm gtg fine good+to+go all+good :ok_hand: 👌 ✅ :white_check_mark:",
    ("go", "status"): "approved ready looks+good looks+good+to+me looks+fine",
    ("no-go",): "nope nah n nein ❌ :x: not+ok not+ready not+good not+go",
    ("new", "deploy start", "shipped"): "release launch",
    ("deploy start", "poll"): "start begin retry again",
    ("deploy done", "shipped"): "finish finished complete completed",
    ("hold", "cancel", "deploy fail"): "stop halt",
    ("shipped", "deploy done", "status"): "deployed live out it's its",
    ("deploy fail", "rollback", "hold"): "broken down failing",
    ("reschedule", "deploy start"): "push",
    ("status", "why"): "is are how",
    ("no-go", "hold"): "block veto",
    ("rollback", "cancel"): "undo",
    ("cancel", "drop"): "delete remove abandon",
    ("version", "edit"): "rename bump",
    ("captain", "take-over"): "assign lead owner",
    ("list mine",): "mine my todo todos tasks waiting",
    ("list mine", "list", "calendar"): "what what's whats",
    ("list", "calendar"): "next upcoming today tomorrow week",
    ("why", "status"): "blocked blockers",
    ("remind", "why"): "ping chase",
    ("remind", "stand-in"): "escalate",
    ("abstain", "no-go"): "withdraw retract unvote",
    ("edit", "rotation"): "deployer",
    ("edit",): "risk notes changelog describe description",
    ("new", "edit"): "add copy clone duplicate",
    ("tick", "status"): "checklist check",
    ("subscribe",): "watch follow notify digest digests",
    ("status", "subscribe"): "summary report update updates",
    ("freeze", "hold"): "lock",
    ("freezes", "resume"): "unlock",
    ("setup", "policy"): "settings config configure preferences",
    ("away",): "vacation ooo pto absent",
    ("record", "timeline"): "export audit proof",
    ("help",): "hi hello hey thanks thank about commands usage",
}
#: What was typed, as lower-case letters, and the verbs that may be meant, the likeliest first.
MAY_MEAN: Mapping[str, tuple[str, ...]] = {
    word.replace("+", " "): meant for meant, typed in _MEANT.items() for word in typed.split()
}
#: So many words are one of those at most.
MOST_WORDS = 4
#: The same for what is said of a release: `payments is done` need not mean that its deploy has been started here.
SAID_OF: Mapping[str, tuple[str, ...]] = {**MAY_MEAN, "done": MAY_MEAN["deployed"], "failed": MAY_MEAN["failing"]}
