"""Offer the buttons that change what stands in the way of a release, to those who may press them."""

from collections.abc import Iterable

from bot.kit.access import can, granters, roles_of
from bot.kit.blocks import Button
from bot.kit.declare import Verb
from bot.kit.desk import Desk
from bot.kit.telling import WHOLE_ROUND, left_to_ask
from bot.release.causes import Cause
from bot.release.checklist import causes
from bot.release.policy import Role
from bot.release.recorded import recorded_goes
from bot.release.release import Kind, Release
from bot.release.states import RULED, Move, State, may

_CREW = frozenset({Role.CREW, Role.ADMIN})
#: Who asks others for something, where that is not the whole crew.
_ASKS = {"exception": frozenset({Role.CAPTAIN, Role.DEPLOYER, Role.ADMIN})}


def fixes(cause: Cause, release: Release, user: str, desk: Desk) -> list[Button]:
    """What this person can do about it now, but for voting, which is offered once for all of them."""
    known = [(fix, desk.catalogue.verbs[fix.verb]) for fix in cause.fixes if fix.verb in desk.catalogue.verbs]
    return [
        desk.offer(fix.verb, release, label=fix.label, **dict(fix.data))
        for fix, verb in known
        if verb.move is not Move.VOTE and _able(verb, cause, release, user, desk)
    ]


def offers(verbs: Iterable[str], release: Release, user: str, desk: Desk, but: Iterable[Button] = ()) -> list[Button]:
    """Those of the verbs that this person can do to the release now, as buttons; not again what stands in `but`."""
    there = {button.name for button in but}
    known = [desk.catalogue.verbs[name] for name in verbs if name in desk.catalogue.verbs]
    able = [verb for verb in known if verb.move is None or _may(verb, verb.move, release, user, desk)]
    return [
        desk.offer(verb.verb, release, label=_label(verb.verb, release))
        for verb in able
        if f"do.{verb.verb}" not in there
    ]


def more_time(release: Release, desk: Desk) -> list[Button]:
    """Another round of a stopped release, for as long as there is time before its deploy; nothing where there is none.

    A standard release is approved again, unless something else stands in the way of that.
    """
    minutes = left_to_ask(release, desk.now)
    if release.kind is Kind.STANDARD:
        return [] if minutes < WHOLE_ROUND or causes(release) else [desk.offer("poll", release, label="Approve again")]
    return [desk.offer("extend", release, label=f"Extend {minutes} min", t=f"{minutes}m")] if minutes else []


def ask_again(release: Release, desk: Desk) -> list[Button]:
    """Another round of a stopped release, of its own length where there is time for that."""
    if left_to_ask(release, desk.now) < WHOLE_ROUND:
        return more_time(release, desk)
    return [desk.offer("poll", release, label=_label("poll", release))]


def _label(verb: str, release: Release) -> str:
    return "Ask again" if verb == "poll" and release.state is State.STOPPED else ""


def _able(verb: Verb, cause: Cause, release: Release, user: str, desk: Desk) -> bool:
    if verb.move in RULED:  # the release itself says whose it is
        return user in cause.who_can and may(release.state, verb.move)
    if verb.move is None and not verb.reads:  # such as reminding others
        if verb.verb == "exception" and not granters(user, desk):
            return False
        asks = _ASKS.get(verb.verb, _CREW)
        return desk.is_full_member(user) and bool(roles_of(desk, user, release) & asks)
    return verb.move is None or _may(verb, verb.move, release, user, desk)


def _may(verb: Verb, move: Move, release: Release, user: str, desk: Desk) -> bool:
    able = may(release.state, move) and can(desk, user, move, release)
    return able and not _is_pointless(verb, release, user)


def _is_pointless(verb: Verb, release: Release, user: str) -> bool:
    """Whether it would be refused, or change nothing, though they may."""
    match verb.verb:
        case "take-over":
            return user == release.captain
        case "drop":
            return len(release.active_parts) < 2
        case "go-for":
            return Move.RECORD_GO not in release.possible
        case "go-for withdraw":
            return not recorded_goes(release)
        case "add-sign-off":
            return release.kind is Kind.STANDARD
    return False
