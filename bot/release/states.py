"""Keep the one table of what a release may do in which state, and where it goes.

Every pair that is not in the table is a refusal. The README's diagram, `tminus states` and the tests
read this table; nothing else decides whether a move is allowed. Source: the domain's section "States".
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    SCHEDULED = "scheduled"
    OPEN = "open"
    APPROVED = "approved"
    STOPPED = "stopped"
    ON_HOLD = "on_hold"
    DEPLOYING = "deploying"
    MONITORING = "monitoring"
    RELEASED = "released"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    CLOSED = "closed"


#: How a state reads on the screen.
STATE_WORDS: Mapping[State, str] = {
    State.SCHEDULED: "scheduled",
    State.OPEN: "open for go/no-go",
    State.APPROVED: "approved",
    State.STOPPED: "stopped",
    State.ON_HOLD: "on hold",
    State.DEPLOYING: "deploying",
    State.MONITORING: "live and being watched",
    State.RELEASED: "live",
    State.ROLLING_BACK: "rolling back",
    State.ROLLED_BACK: "rolled back",
    State.CANCELLED: "cancelled",
    State.CLOSED: "closed",
}

#: Before these, nothing has been touched in production.
BEFORE_DEPLOY = frozenset({State.SCHEDULED, State.OPEN, State.APPROVED, State.STOPPED, State.ON_HOLD})
#: The release still blocks another one of the same service, version and environment.
STILL_OPEN = BEFORE_DEPLOY | {State.DEPLOYING, State.MONITORING, State.ROLLING_BACK}
#: Nothing more will happen by itself.
ENDED = frozenset({State.CANCELLED, State.CLOSED})


class Move(StrEnum):
    """What people can ask of a release."""

    POLL = "poll"
    POLL_CLOSE = "poll close"
    EXTEND = "extend"
    VOTE = "vote"
    HOLD = "hold"
    RESUME = "resume"
    RESCHEDULE = "reschedule"
    TAKE_OVER = "take-over"
    DEPLOY_START = "deploy start"
    DEPLOY_DONE = "deploy done"
    DEPLOY_FAIL = "deploy fail"
    DROP = "drop"
    ROLLBACK = "rollback"
    ROLLED_BACK = "rolled-back"
    CANCEL = "cancel"
    RETRO = "retro"
    EDIT = "edit"
    LATE = "late-change"
    CONDITION = "condition"
    TICK = "tick"
    ADD_SIGN_OFF = "add-sign-off"
    RECORD_GO = "record-go"
    REAPPLY = "re-apply"
    OVERRIDE = "override"
    REVIEW = "review"


class Alarm(StrEnum):
    """What time itself asks of a release. Reminders and prompts change no state and are not in this table."""

    POLL_OPENS = "poll opens"
    POLL_CLOSES = "poll closes"
    APPROVAL_EXPIRES = "approval expires"
    MONITORING_ENDS = "monitoring ends"
    CLOSES = "closes"
    CONDITION_DUE = "condition due"


#: How a move reads between "You can't" and the release's name.
MOVE_WORDS: Mapping[Move, str] = {
    Move.POLL: "open the go/no-go of",
    Move.POLL_CLOSE: "close the go/no-go of",
    Move.EXTEND: "extend the go/no-go of",
    Move.VOTE: "vote on",
    Move.HOLD: "hold",
    Move.RESUME: "resume",
    Move.RESCHEDULE: "reschedule",
    Move.TAKE_OVER: "take over",
    Move.DEPLOY_START: "start the deploy of",
    Move.DEPLOY_DONE: "finish the deploy of",
    Move.DEPLOY_FAIL: "fail the deploy of",
    Move.DROP: "drop a part of",
    Move.ROLLBACK: "roll back",
    Move.ROLLED_BACK: "finish the rollback of",
    Move.CANCEL: "cancel",
    Move.RETRO: "hold the retrospective of",
    Move.EDIT: "edit",
    Move.LATE: "decide about a late change of",
    Move.CONDITION: "settle a condition of",
    Move.TICK: "tick the checklist of",
    Move.ADD_SIGN_OFF: "add a sign-off to",
    Move.RECORD_GO: "record a go for",
    Move.REAPPLY: "take the newest policy for",
    Move.OVERRIDE: "override the sign-offs of",
    Move.REVIEW: "review",
}
#: Where it is then already, if that is asked again.
LEADS_TO: Mapping[Move, State] = {
    Move.POLL: State.OPEN,
    Move.HOLD: State.ON_HOLD,
    Move.CANCEL: State.CANCELLED,
    Move.DEPLOY_START: State.DEPLOYING,
    Move.ROLLBACK: State.ROLLING_BACK,
    Move.ROLLED_BACK: State.ROLLED_BACK,
}
_OR_CALLED_OFF = (" If nothing is rolled back, call the rollback off.",), ("rollback cancel", "rolled-back")
#: Where a move is not allowed, what is meant as a rule: what is said of it, and the verbs that are offered.
INSTEAD: Mapping[tuple[Move, State], tuple[tuple[str], tuple[str, str]]] = {
    (Move.DEPLOY_DONE, State.APPROVED): (
        (" If it is live, say so: that begins it too.",),
        ("shipped", "deploy start"),
    ),
    (Move.DEPLOY_DONE, State.ROLLING_BACK): _OR_CALLED_OFF,
    (Move.RESUME, State.ROLLING_BACK): _OR_CALLED_OFF,
    (Move.CANCEL, State.ROLLING_BACK): _OR_CALLED_OFF,
}


S, M, A = State, Move, Alarm

#: (state, move) -> the states it may end in; where there are several, the content decides between them.
MOVES: Mapping[State, Mapping[Move, tuple[State, ...]]] = {
    S.SCHEDULED: {
        M.POLL: (S.OPEN, S.APPROVED),
        M.HOLD: (S.ON_HOLD,),
        M.RESCHEDULE: (S.SCHEDULED, S.OPEN, S.APPROVED, S.STOPPED),
        M.EDIT: (S.SCHEDULED,),
        M.LATE: (S.SCHEDULED,),
        M.ADD_SIGN_OFF: (S.SCHEDULED,),
        M.TAKE_OVER: (S.SCHEDULED,),
        M.DROP: (S.SCHEDULED,),
        M.CANCEL: (S.CANCELLED,),
        M.TICK: (S.SCHEDULED,),
        M.OVERRIDE: (S.APPROVED,),
        M.REVIEW: (S.SCHEDULED,),
        M.REAPPLY: (S.SCHEDULED, S.OPEN, S.APPROVED),
    },
    S.OPEN: {
        M.VOTE: (S.OPEN, S.APPROVED),
        M.CONDITION: (S.OPEN, S.APPROVED),
        M.POLL_CLOSE: (S.APPROVED, S.STOPPED),
        M.EXTEND: (S.OPEN,),
        M.HOLD: (S.ON_HOLD,),
        M.RESCHEDULE: (S.OPEN,),
        M.EDIT: (S.OPEN, S.APPROVED),
        M.LATE: (S.OPEN, S.APPROVED),
        M.RECORD_GO: (S.OPEN, S.APPROVED),
        M.ADD_SIGN_OFF: (S.OPEN,),
        M.TAKE_OVER: (S.OPEN,),
        M.DROP: (S.OPEN,),
        M.CANCEL: (S.CANCELLED,),
        M.TICK: (S.OPEN, S.APPROVED),
        M.OVERRIDE: (S.APPROVED,),
        M.REVIEW: (S.OPEN,),
        M.REAPPLY: (S.OPEN, S.APPROVED),
    },
    S.APPROVED: {
        M.DEPLOY_START: (S.DEPLOYING,),
        M.HOLD: (S.ON_HOLD,),
        M.RESCHEDULE: (S.APPROVED, S.SCHEDULED, S.OPEN, S.STOPPED),
        M.EDIT: (S.APPROVED, S.SCHEDULED, S.OPEN),
        M.LATE: (S.APPROVED, S.SCHEDULED, S.OPEN),
        M.TAKE_OVER: (S.APPROVED,),
        M.DROP: (S.APPROVED,),
        M.CANCEL: (S.CANCELLED,),
        M.REVIEW: (S.APPROVED,),
        M.REAPPLY: (S.APPROVED, S.SCHEDULED, S.OPEN),
    },
    S.STOPPED: {
        M.POLL: (S.OPEN, S.APPROVED),
        M.EXTEND: (S.OPEN, S.APPROVED),
        M.RESCHEDULE: (S.SCHEDULED, S.OPEN, S.APPROVED, S.STOPPED),
        M.EDIT: (S.STOPPED, S.APPROVED),
        M.LATE: (S.STOPPED, S.APPROVED),
        M.ADD_SIGN_OFF: (S.STOPPED,),
        M.TAKE_OVER: (S.STOPPED,),
        M.DROP: (S.STOPPED,),
        M.CANCEL: (S.CANCELLED,),
        M.TICK: (S.STOPPED, S.APPROVED),
        M.OVERRIDE: (S.APPROVED,),
        M.REVIEW: (S.STOPPED,),
        M.REAPPLY: (S.STOPPED,),
    },
    S.ON_HOLD: {
        M.VOTE: (S.ON_HOLD,),
        M.CONDITION: (S.ON_HOLD,),
        M.RESUME: (S.SCHEDULED, S.OPEN, S.APPROVED, S.STOPPED),
        M.RESCHEDULE: (S.ON_HOLD,),
        M.EDIT: (S.ON_HOLD,),
        M.LATE: (S.ON_HOLD,),
        M.RECORD_GO: (S.ON_HOLD,),
        M.ADD_SIGN_OFF: (S.ON_HOLD,),
        M.TAKE_OVER: (S.ON_HOLD,),
        M.DROP: (S.ON_HOLD,),
        M.CANCEL: (S.CANCELLED,),
        M.TICK: (S.ON_HOLD,),
        M.OVERRIDE: (S.APPROVED,),
        M.REVIEW: (S.ON_HOLD,),
        M.REAPPLY: (S.ON_HOLD,),
    },
    S.DEPLOYING: {
        M.DEPLOY_START: (S.DEPLOYING,),
        M.DEPLOY_DONE: (S.DEPLOYING, S.MONITORING, S.RELEASED, S.ROLLING_BACK),
        M.DEPLOY_FAIL: (S.DEPLOYING,),
        M.DROP: (S.DEPLOYING, S.MONITORING, S.RELEASED, S.ROLLING_BACK, S.ROLLED_BACK),
        M.ROLLBACK: (S.ROLLING_BACK, S.DEPLOYING),
        M.ROLLED_BACK: (S.DEPLOYING,),
        M.TAKE_OVER: (S.DEPLOYING,),
        M.REVIEW: (S.DEPLOYING,),
    },
    S.MONITORING: {
        M.ROLLBACK: (S.ROLLING_BACK,),
        M.TAKE_OVER: (S.MONITORING,),
        M.REVIEW: (S.MONITORING,),
    },
    S.RELEASED: {
        M.ROLLBACK: (S.ROLLING_BACK,),
        M.TAKE_OVER: (S.RELEASED,),
        M.RETRO: (S.RELEASED, S.CLOSED),
        M.REVIEW: (S.RELEASED,),
    },
    S.ROLLING_BACK: {
        M.ROLLBACK: (S.ROLLING_BACK,),  # of what is not yet
        M.ROLLED_BACK: (S.ROLLED_BACK, S.ROLLING_BACK, S.DEPLOYING, S.MONITORING, S.RELEASED),
        M.TAKE_OVER: (S.ROLLING_BACK,),
        M.REVIEW: (S.ROLLING_BACK,),
    },
    S.ROLLED_BACK: {
        M.TAKE_OVER: (S.ROLLED_BACK,),
        M.RETRO: (S.ROLLED_BACK, S.CLOSED),
        M.REVIEW: (S.ROLLED_BACK,),
    },
    S.CANCELLED: {M.REVIEW: (S.CANCELLED,)},
    S.CLOSED: {M.RETRO: (S.CLOSED,), M.REVIEW: (S.CLOSED,)},
}

#: Who may do these follows from the release itself (its sign-offs, the owner of an item), not from a policy's rights.
RULED = frozenset({M.VOTE, M.CONDITION, M.TICK})
#: Never suggested: an emergency's way out, what is owed after it, and what people are asked with buttons of its own.
UNSAID = frozenset({M.OVERRIDE, M.REVIEW, M.TICK, M.CONDITION, M.LATE, M.ADD_SIGN_OFF, M.REAPPLY})
#: The moves that a policy gives to somebody: those that some state allows.
GIVEN = tuple(move for move in Move if move not in RULED and any(move in row for row in MOVES.values()))

#: (state, alarm) -> the states it may end in. Any other pair is skipped with its reason.
ALARMS: Mapping[State, Mapping[Alarm, tuple[State, ...]]] = {
    S.SCHEDULED: {A.POLL_OPENS: (S.OPEN, S.APPROVED, S.STOPPED)},
    S.OPEN: {A.POLL_CLOSES: (S.APPROVED, S.STOPPED), A.CONDITION_DUE: (S.OPEN,)},
    S.APPROVED: {A.APPROVAL_EXPIRES: (S.STOPPED,)},
    S.STOPPED: {},
    S.ON_HOLD: {},
    S.DEPLOYING: {},
    S.MONITORING: {A.MONITORING_ENDS: (S.RELEASED,)},
    S.RELEASED: {A.CLOSES: (S.CLOSED,)},
    S.ROLLING_BACK: {},
    S.ROLLED_BACK: {A.CLOSES: (S.CLOSED,)},
    S.CANCELLED: {},
    S.CLOSED: {},
}


def may(state: State, move: Move) -> bool:
    """Whether the table has this pair."""
    return move in MOVES[state]


def possible(state: State) -> tuple[Move, ...]:
    """What people can ask of a release in this state, in the table's order."""
    return tuple(MOVES[state])
