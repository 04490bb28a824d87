"""Show what freezes have to do with a release: the lines on its card and in its status, and what changes that."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.kit.access import granters, may_see
from bot.kit.blocks import Actions, Block, Button, Lines
from bot.kit.desk import Desk
from bot.kit.fixes import fixes
from bot.kit.follow import read
from bot.release.causes import Cause, explain
from bot.release.clashes import Around
from bot.release.freeze import Exemption, Freeze, Freezing, Met, Window, met
from bot.release.frozen import causes, name_of
from bot.release.planned import PlannedTime
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.words import At, Said, Who, Words, words

#: So many planned releases are looked through for those that a freeze hits.
MOST_LOOKED = 200
#: What was planned so long before it, and is not deployed yet, is hit as well.
OVERDUE = timedelta(days=1)
_DAY = timedelta(days=1)
#: Weeks are counted from here.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
#: So many requests for an exception are looked at.
MOST_AWAITED = 50


def freezing(release: Release, desk: Desk) -> Freezing:
    """The freezes that stand in the workspace, and the exceptions that were asked for this release."""
    standing = desk.work.freezes.standing()
    if not any(freeze.is_about(part) for freeze in standing for part in release.active_parts):
        return Freezing(standing)
    asked = desk.work.freezes.exceptions_of(release.id) if release.id else ()
    who_may_ask = {release.captain, release.deployer or release.captain, *desk.work.roles.admins()}
    return Freezing(standing, asked, any(granters(user, desk) for user in who_may_ask), _fits(release, desk))


def _fits(release: Release, desk: Desk) -> Callable[[PlannedTime], bool]:
    """Whether no other release that its captain knows of, and no night or weekend, speaks against a time."""

    @cache
    def around(week: int) -> Around:
        start = _EPOCH + timedelta(weeks=week)
        near = max(release.policy.clash_distance, _DAY)
        found = desk.work.releases.between(start - near, start + timedelta(weeks=1) + near, MOST_LOOKED,
                                           seen=lambda other: may_see(desk, release.captain, other))  # fmt: skip
        return Around(release, found, None)

    return lambda planned: not around((planned.at - _EPOCH) // timedelta(weeks=1)).clashes(planned)


def freeze_rows(release: Release, desk: Desk) -> list[Words]:
    """The freezes in the way of its deploy, a line each, for who is asked about it."""
    return [explain(cause) for cause in causes(release, freezing(release, desk), desk.now)]


def freeze_blocks(release: Release, desk: Desk, user: str | None = None) -> list[Block]:
    """The freezes in the way of its deploy, what was asked of admins, and two buttons; empty where there is none.

    `user`: with those buttons only that are of use to this person.
    """
    if release.state not in BEFORE_DEPLOY and release.state is not State.DEPLOYING:
        return []
    found = freezing(release, desk)
    when = max(desk.now, release.target_at) if release.state in BEFORE_DEPLOY else desk.now
    blocked = causes(release, found, desk.now, at=when)
    passed = [one for one in met(release, found, when) if one.way is not None]
    rows = [*(explain(cause) for cause in blocked), *(_passes(one, release) for one in passed)]
    rows += _refused(found.exceptions, release) if blocked else []
    blocks: list[Block] = [Lines(tuple(rows))] if rows else []
    buttons = _buttons(blocked, release, desk)
    if user is not None:
        mine = {button.name for cause in blocked for button in fixes(cause, release, user, desk)}
        buttons = [button for button in buttons if button.name in mine]
    if buttons:
        blocks.append(Actions(tuple(buttons)))
    return blocks


def is_of_use(release: Release) -> bool:
    """Whether an exception may still let a deploy of it through."""
    return release.state in BEFORE_DEPLOY or release.state is State.DEPLOYING


def to_decide(user: str, desk: Desk) -> list[tuple[Release, list[Button], Words]]:
    """The exceptions that this admin may grant or refuse, and what others asked for with them."""
    asked = desk.work.freezes.awaited(MOST_AWAITED)
    if not asked or user not in desk.work.roles.admins():
        return []
    found = []
    for one in asked:
        release = desk.work.releases.get(one.release_id)
        if release is not None and one.asked_by != user and is_of_use(read(release, desk)):
            verbs = ("exception grant", "exception refuse", "status")
            why = words("🎫 ", Who(one.asked_by), " asks for an exception from its freeze: “", Said(one.why), "”")
            found.append((release, [desk.offer(verb, release, k=one.id) for verb in verbs], why))
    return found


def in_its_way(release: Release, desk: Desk) -> list[Freeze]:
    """The freezes that would refuse its deploy now, or at its planned time."""
    found, times = freezing(release, desk), [desk.now]
    if release.state in BEFORE_DEPLOY:
        times.append(max(desk.now, release.target_at))
    elif release.state is not State.DEPLOYING:
        return []
    blocked = {one.freeze.id: one.freeze for at in times for one in met(release, found, at) if one.way is None}
    return [*blocked.values()]


def _buttons(blocked: Iterable[Cause], release: Release, desk: Desk) -> list[Button]:
    """What to do instead, each once; of several freezes the last to end says when."""
    every = {fix.verb: fix for cause in reversed([*blocked]) for fix in cause.fixes}
    known = [every[verb] for verb in ("reschedule", "exception") if verb in every and verb in desk.catalogue.verbs]
    return [desk.offer(fix.verb, release, label=fix.label, **dict(fix.data)) for fix in known]


def _passes(one: Met, release: Release) -> Words:
    name = name_of(one.freeze)
    if one.exemption is not None and one.exemption.expires_at is not None:
        by, until = one.exemption.decided_by, At(one.exemption.expires_at, "day", release.planned.zone)
        granted = words(" granted an exception until ", until, why_of(one.exemption))
        return words("🎫 ", name, ": ", Who(by) if by else "an admin", granted)
    how = "its policy lets it through" if one.way == "policy" else "the override goes through it"
    return words("🎫 ", name, ": ", how)


def _refused(exceptions: Iterable[Exemption], release: Release) -> list[Words]:
    last = next(iter(exceptions), None)
    if last is None or last.outcome != "refused" or last.decided_by is None:
        return []
    said = " took an exception back" if last.was_taken_back else " refused an exception"
    return [words("🚫 ", Who(last.decided_by), said, why_of(last))]


def why_of(exemption: Exemption) -> Words:
    return words(": “", Said(exemption.decided_why), "”") if exemption.decided_why else ()


def hit_by(freeze: Freeze, desk: Desk) -> list[Release]:
    """The releases that are planned inside it and would not pass, by id; of very many those that come first."""
    window = next(freeze.windows(desk.now), None)
    found = []
    for release in planned_in(freeze, window, desk) if window is not None else ():
        exceptions = desk.work.freezes.exceptions_of(release.id) if freeze.id else ()
        if release.state in BEFORE_DEPLOY and causes(release, Freezing((freeze,), exceptions), desk.now):
            found.append(release)
    return found


def planned_in(freeze: Freeze, window: Window, desk: Desk) -> list[Release]:
    """The open releases that it is about, planned in or shortly before a window, by id; or later, if it recurs."""
    until = None if freeze.recurs else window.ends_at
    planned = desk.work.releases.upcoming(window.starts_at - OVERDUE, until, MOST_LOOKED)
    about = [one for one in planned if any(freeze.is_about(part) for part in one.active_parts)]
    return sorted(about, key=lambda one: one.id)
