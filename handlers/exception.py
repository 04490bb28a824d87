"""Ask for an exception from a freeze; an admin grants or refuses it. It is used once, by the deploy it lets through."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Lines, Message, Para, Reply, say
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.freezes import freezing, in_its_way, is_of_use, why_of
from bot.kit.telling import headline
from bot.kit.times import read_time
from bot.release.errors import FieldRefusal, Refusal
from bot.release.events import Event
from bot.release.freeze import Exemption, Freeze, Met
from bot.release.frozen import lasts_until, scope
from bot.release.planned import PlannedTime, TimeQuestion, at_wall, plan_at
from bot.release.policy import Role
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words
from bot.release.zones import local

CARD = "exception"
OVER = "exception.over"
#: It lasts at least so long after the planned time, unless an admin says otherwise; and so long at most.
LASTS, LONGEST = timedelta(hours=4), timedelta(days=31)
_WHY = Form(
    "Ask for an exception",
    (Input("why", "Why can't it wait?", kind="lines", max_length=1_000, hint="It stays on record; admins read it."),),
    submit="Ask",
)
_GRANT = Form(
    "Grant an exception",
    (
        Input("when", "Until when?", hint="For one deploy that starts before then."),
        Input("why", "What shall they know?", kind="lines", optional=True, max_length=1_000),
    ),
    submit="Grant it",
)  # fmt: skip
_REFUSE = Form(
    "No exception",  # asked for, or granted and taken back
    (Input("why", "Why not?", kind="lines", max_length=1_000, hint="Whoever asked for it reads it."),),
    submit="Say no",
)


# ---- asking ------------------------------------------------------------------------------------


def _check(ask: Ask, desk: Desk) -> None:
    _require_askable(ask.release, ask.user, desk)


def _require_askable(release: Release, user: str, desk: Desk) -> list[Freeze]:
    """The freezes that an exception would be from: those that nobody has asked about for it yet.

    Raises Refusal where there is nothing to ask, or nobody.
    """
    if not access.roles_of(desk, user, release) & {Role.CAPTAIN, Role.DEPLOYER, Role.ADMIN}:
        raise Refusal("Who leads or deploys ", Said(release.title), " asks for an exception: ", Who(release.captain),
                      words(" or ", Who(release.deployer)) if release.deployer else (), ".",
                      code="may_not")  # fmt: skip
    blocked = in_its_way(release, desk)
    if not blocked:
        raise Refusal("No freeze is in the way of ", Said(release.title), ".", code="not_frozen", offers=("status",))
    found = freezing(release, desk)
    unasked = [one for one in blocked if found.waiting(one) is None]
    if not unasked and (waiting := found.waiting(blocked[0])) is not None:
        asked = words("You have") if waiting.asked_by == user else words(Who(waiting.asked_by), " has")
        raise Refusal(*asked, " asked for it already; an admin decides.", code="asked_already", offers=("status",))
    if not access.granters(user, desk):
        lifted = Code(f"{desk.catalogue.command} freeze lift {blocked[0].number}")
        raise Refusal("Somebody else has to grant it, and there is no other admin. An admin can lift the freeze: ",
                      lifted, ".", code="nobody_grants")  # fmt: skip
    return unasked


@verb(
    "exception",
    usage="exception [release] <why>",
    summary="Ask admins to let it through a freeze",
    who="the captain, the deployer or an admin",
    examples=("exception the fix cannot wait",),
    aliases=("freeze exception",),
    form=_WHY,
    check=_check,
    label="Ask for an exception",
)
def exception(ask: Ask, desk: Desk) -> Reply:
    release, why = ask.release, ask.arg("why")
    blocked = _require_askable(release, ask.user, desk)
    asked = desk.work.freezes.ask(Exemption(ask.user, desk.now, why, tuple(one.id for one in blocked), release.id))
    release.happened("exception_asked", desk.now, ask.user, "asked for an exception from ", _names(blocked), why=why,
                     exception=asked.id, freezes=[one.number for one in blocked])  # fmt: skip
    admins = [Who(user) for user in access.granters(ask.user, desk)]
    return say("Asked: ", listing(admins, last=" or "), " can grant it. You hear when it is decided.")


@notice("exception_asked")
def asked(event: Event, release: Release, desk: Desk) -> None:
    if event.by is None:
        return
    row = words(Who(event.by), " ", event.said, ": “", Said(event.why), "”. An admin decides.")
    desk.in_thread(release, Message(row))
    for admin in access.granters(event.by, desk):
        desk.draw(CARD, release, admin, tag=f"x{event.details['exception']}")


@card(CARD)
def exception_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question to an admin; afterwards what became of it."""
    tag = desk.card.tag.removeprefix("x") if desk.card is not None else ""
    found = next((one for one in desk.work.freezes.exceptions_of(release.id) if str(one.id) == tag), None)
    head = words(Bold(release.title), f" ({desk.ref(release)})")
    if found is None or found.outcome is not None or not is_of_use(release):
        ended = (
            _ended(found, release.planned.zone)
            if found is not None and found.outcome
            else ("it is not needed any more",)
        )
        row = words(head, ": ", ended, ". ", headline(release, desk.electorate(release)))
        back = desk.offer("exception refuse", release, label="Take it back", k=found.id if found else 0)
        return Message(row, (Para(row), *((Actions((back,)),) if found and _is_unused(found, desk) else ())))
    blocked = [one for one in (desk.work.freezes.get(id) for id in found.freezes) if one is not None]
    row = words(head, ": an exception from ", _names(blocked), "? ", Who(found.asked_by), ": “", Said(found.why), "”")
    zone = release.planned.zone
    when = words("Planned for ", At(release.target_at, "day", zone), f" · {release.risk.value} risk. ",
                 headline(release, desk.electorate(release)))  # fmt: skip
    when_due = max(desk.now, release.target_at)
    met = [Met(each, window) for each in blocked for window in islice(each.windows(when_due), 1)]
    frozen = [words(lasts_until(each, zone, desk.now), ".") for each in met]
    choices = [desk.offer(verb, release, k=found.id) for verb in ("exception grant", "exception refuse", "status")]
    return Message(row, (Para(row), Lines((*frozen, when)), Actions(tuple(choices))))


def _is_unused(found: Exemption, desk: Desk) -> bool:
    """Whether it may still let a deploy through."""
    return found.is_granted(desk.now) and found.used_at is None


def _names(blocked: list[Freeze]) -> Words:
    """`freeze 3 of payments`."""
    return listing([words(f"freeze {one.number}", scope(one)) for one in blocked])


# ---- deciding ----------------------------------------------------------------------------------


def _require_deciding(ask: Ask, desk: Desk, *, back: bool = False) -> Exemption:
    """The request that waits; with `back` also one that was granted and is not used yet.

    Raises Refusal for whoever may not decide it, and where it was decided.
    """
    access.require_admin(desk, ask.user)
    release, number = ask.release, ask.data.get("k")
    every = desk.work.freezes.exceptions_of(release.id)
    open_ones = [one for one in every if one.outcome is None or (back and _is_unused(one, desk))]
    found = next((one for one in (every if number else open_ones) if number in (None, one.id)), None)
    if found is None:
        raise Refusal("Nobody has asked for an exception for ", Said(release.title), ".", code="none_waiting",
                      offers=("status",))  # fmt: skip
    if found.outcome is not None and found not in open_ones:
        about = words(" for ", Said(release.title))
        raise Refusal(*_ended(found, release.planned.zone, about), ".", code="already_done", offers=("status",))
    if not is_of_use(release):
        raise Refusal(Said(release.title), " does not need it any more.", code="not_needed", offers=("status",))
    if found.asked_by == ask.user and found.outcome is None:
        raise Refusal("You asked for it yourself, so another admin decides.", code="yourself", offers=("status",))
    return found


def _ended(found: Exemption, zone: str, about: Words = ()) -> Words:
    at = At(found.decided_at, "day", zone) if found.decided_at else "meanwhile"
    by = Who(found.decided_by) if found.decided_by else "An admin"
    said = (
        words(" took the exception", about, " back ")
        if found.was_taken_back
        else (words(f" {found.outcome} the exception", about, " "))
    )
    return words(by, said, at, why_of(found))


def _check_deciding(ask: Ask, desk: Desk) -> None:
    _require_deciding(ask, desk)


def _default_end(release: Release, now: datetime) -> PlannedTime:
    """The end of the planned day, or some hours after the planned time if that is later."""
    begins, zone = max(release.target_at, now), release.planned.zone
    midnight = at_wall(local(begins, zone).date().to_stdlib() + timedelta(days=1), time(0), zone)
    return plan_at(max(midnight, begins.replace(second=0, microsecond=0) + LASTS), zone)


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`until fri 18:00 because …`, or nothing."""
    found = re.match(r"(?:until\s+)?(.*?)(?:(?:^|\s)because\s+(.*))?$", ask.text, re.IGNORECASE | re.DOTALL)
    until, why = (found[1], found[2]) if found else ("", None)
    return {"when": until or _default_end(ask.release, desk.now).typed, "why": why or ""}


@verb(
    "exception grant",
    usage="exception grant [release] [<until>] [because …]",
    summary="Grant an exception from a freeze, for one deploy",
    who="admins",
    examples=("exception grant REL-12", "exception grant REL-12 until fri 18:00 because the law says so"),
    form=_GRANT,
    parse=_parse,
    check=_check_deciding,
    asks_always=True,
    label="Grant",
    style="primary",
)
def grant(ask: Ask, desk: Desk) -> Reply:
    release, found = ask.release, _require_deciding(ask, desk)
    read = read_time(ask, desk, likely=release.planned.zone)
    if isinstance(read, TimeQuestion):
        raise FieldRefusal("when", read.text, code="time_question")
    if not desk.now < read.at <= max(desk.now, release.target_at) + LONGEST:
        raise FieldRefusal("when", "Please name a time from now on, a month after its planned time at most.",
                           code="bad_time")  # fmt: skip
    why = ask.arg("why")
    desk.work.freezes.decide(found.id, "granted", ask.user, why, read.at)
    desk.work.timers.put(release.id, release.plan_revision, OVER, "", read.at)
    until = At(read.at, "day", release.planned.zone)
    release.happened("exception_granted", desk.now, ask.user, "granted the exception that ", Who(found.asked_by),
                     " asked for, until ", until, why=why, exception=found.id, until=read.at)  # fmt: skip
    left = in_its_way(release, desk)
    still = words(" Something stays in its way: ", _names(left), ".") if left else ()
    return say("Granted: ", Bold(release.title), " may be deployed once until ", until, ".", still)


@verb(
    "exception refuse",
    usage="exception refuse [release] <why>",
    summary="Refuse an exception from a freeze, or take it back",
    who="admins",
    examples=("exception refuse REL-12 it can wait until Monday",),
    form=_REFUSE,
    check=lambda ask, desk: _check_refusing(ask, desk),
    label="Refuse",
)
def refuse(ask: Ask, desk: Desk) -> Reply:
    release, found, why = ask.release, _require_deciding(ask, desk, back=True), ask.arg("why")
    did = "refused" if found.outcome is None else "took back"
    if found.outcome is None:
        desk.work.freezes.decide(found.id, "refused", ask.user, why, None)
    else:
        desk.work.freezes.take_back(found.id, ask.user, why)
    release.happened("exception_refused", desk.now, ask.user, f"{did} the exception that ", Who(found.asked_by),
                     " asked for", why=why, exception=found.id)  # fmt: skip
    return say("Refused. " if did == "refused" else "Taken back. ", Who(found.asked_by), " is told why.")


def _check_refusing(ask: Ask, desk: Desk) -> None:
    _require_deciding(ask, desk, back=True)


@notice("exception_granted", "exception_refused")
def decided(event: Event, release: Release, desk: Desk) -> None:
    """The thread, and whoever asked, with what they can do now."""
    if event.by is None:
        return
    why = words(": “", Said(event.why), "”") if event.why else ()
    desk.in_thread(release, Message(words(Who(event.by), " ", event.said, why, ".")))
    every = desk.work.freezes.exceptions_of(release.id)
    found = next((one for one in every if one.id == event.details["exception"]), None)
    if found is None:
        return
    granted = event.name == "exception_granted"
    until = At(found.expires_at or release.target_at, "day", release.planned.zone)
    did = "granted" if granted else "took back" if found.was_taken_back else "refused"
    row = words(Bold(release.title), ": ", Who(event.by), f" {did} your exception",
                words(" until ", until) if granted else "", why, ".")  # fmt: skip
    verbs = ("deploy start", "status") if granted else ("reschedule", "status")
    able = tuple(desk.offer(verb, release) for verb in verbs if verb != "deploy start" or _is_approved(release))
    desk.direct(found.asked_by, Message(row, (Para(row), *access.of_use(desk, found.asked_by, release, able))), release)


def _is_approved(release: Release) -> bool:
    return release.state is State.APPROVED


@notice("deploy_started")
def used(event: Event, release: Release, desk: Desk) -> None:
    """Once: the deploy that it let through."""
    for one in event.details.get("freezes", ()):
        if "exception" in one:
            desk.work.freezes.use(one["exception"])


@prompt(OVER, at=lambda release, desk: (), while_in=BEFORE_DEPLOY, by_hand=True, called="the end of an exception")
def over(release: Release, desk: Desk, recipient: str) -> None:
    """It was not used in time: the card says so, and that the freeze is in the way again."""
    desk.redraw(release)
