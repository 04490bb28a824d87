"""Live through the timeline of a policy: say, tell, remind and ask at its times; once, however often T moves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit import milestones as kit
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Lines, Message, Para, Reply
from bot.kit.declare import notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.plan_rows import plan_blocks
from bot.kit.reminding import away_until, put_off_until
from bot.kit.telling import headline
from bot.release import steps as rule
from bot.release.decision import owing
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.policy import Step
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import At, Bold, Said, words

#: Nobody is told out of hours of what is about a time that is over, unless it is so long after T.
AFTERWARDS = timedelta(days=3)
_ANY = tuple(State)


@verb(
    "timeline",
    usage="timeline [release]",
    summary="Its whole plan: what is done, what comes next, what was left out and why",
    who="everyone in the channel",
    examples=("timeline", "timeline REL-12"),
    aliases=("milestones",),
    reads=True,
    label="Timeline",
)
def timeline(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    at = At(release.target_at, "day", release.planned.zone)
    head = words(Bold(release.title), f"   {desk.ref(release)} · planned for ", at)
    stands = headline(release, desk.electorate(release))
    return Reply(Message(head, (Lines((head, stands)), *plan_blocks(release, desk))))


# ---- when -------------------------------------------------------------------------------------


def _steps(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """One timer for each step that nothing became of; whom it is for is looked at when it is due."""
    if release.policy.timeline and release.state is not State.CANCELLED:
        for step, at in rule.to_come(release, kit.marks(release, desk)):
            yield step.key, at


@prompt("timeline.step", at=_steps, while_in=_ANY, called="a milestone")
def reached(release: Release, desk: Desk, recipient: str) -> None:
    step = rule.step_of(release, recipient)
    if step is not None and recipient not in kit.marks(release, desk):
        _live(step, release, desk)


@notice("planned", "rescheduled", "policy_reapplied")
def planned_anew(event: Event, release: Release, desk: Desk) -> None:
    """What lies behind the new plan is asked now or left out; what was left out and lies ahead of it comes again."""
    if not release.policy.timeline:
        return
    found = rule.replanned(release, kit.marks(release, desk), desk.now)
    desk.work.milestones.forget(release.id, found.come_again)
    for step in found.asked:
        _ask(step, release, desk)
    over = rule.PLANNED_LATER if event.name == "planned" else rule.MOVED_PAST
    for step in found.left_out:
        kit.mark(step, "skipped", release, desk, why=over)


# ---- what happens -----------------------------------------------------------------------------


def _live(step: Step, release: Release, desk: Desk) -> None:
    """Its time has come."""
    why = rule.why_not(step, release, desk.now)
    if why is not None:
        kit.mark(step, "skipped", release, desk, why=why)
    elif step.is_asked:
        _ask(step, release, desk)
    else:
        _say(step, release, desk)
        kit.mark(step, "done", release, desk)


def _say(step: Step, release: Release, desk: Desk) -> None:
    row = words("📌 ", Bold(release.title), " — ", Said(step.say))
    if step.do == "remind":
        for user in _whom(step, release, desk):
            _tell_in_hours(step, release, user, desk)
        return
    if step.do == "post":
        desk.in_thread(release, Message(row, (Para(row),)))
        return
    if not step.to or "channel" in step.to:
        desk.in_thread(release, Message(row, (Para(row),)), broadcast=True)
    if "status channels" in step.to:
        desk.to_stakeholders(release, row)
    for channel in sorted(step.to - {"channel", "status channels", release.channel}):
        if not release.is_private:
            desk.in_channel(channel, Message(row, (Para(row),)), release)


def _ask(step: Step, release: Release, desk: Desk) -> None:
    kit.mark(step, "asked", release, desk)
    for user in _whom(step, release, desk):
        _tell_in_hours(step, release, user, desk)


def _whom(step: Step, release: Release, desk: Desk) -> list[str]:
    """Those who are here; for who is away, the captain. Of approvers those whose go/no-go is missing."""
    electorate = desk.electorate(release)
    found = rule.people(step, release, electorate)
    if "approvers" in step.to and release.state is State.OPEN:
        others = rule.people(replace(step, to=step.to - {"approvers"}), release, electorate) if len(step.to) > 1 else ()
        found = frozenset({*others, *owing(release, electorate)})
    known = desk.work.decisions.attention(found)
    here = {user for user in found if away_until(known.get(user), desk) is None}
    return sorted(here or {release.captain})[: kit.MOST_TOLD]


def _tell_in_hours(step: Step, release: Release, user: str, desk: Desk) -> None:
    """Now, or when their day begins, or when they said that they can be reminded."""
    ends = release.target_at if desk.now < release.target_at else desk.now + AFTERWARDS
    at = in_hours(desk.now, kit.zone_of(user, release, desk), ends, desk.days_off(user))
    at = max(at, put_off_until(user, ends, desk) or at)
    if at > desk.now:
        desk.work.timers.put(release.id, release.plan_revision, kit.LATER, kit.later(step, user), at)
    else:
        _tell(step, release, user, desk)


def _tell(step: Step, release: Release, user: str, desk: Desk) -> None:
    if step.is_asked:
        older = [one for one in desk.work.cards.of(release.id) if (one.kind, one.recipient) == (kit.CARD, user)]
        desk.draw(kit.CARD, release, user, tag=str(int(desk.now.timestamp())))
        for one in older:  # one question at a time: it says so
            desk.draw_again(one)
        return
    at = At(release.target_at, "day", release.planned.zone)
    row = words("🔔 ", Bold(release.title), " (", at, "): ", Said(step.say))
    desk.direct(user, Message(row, (Para(row), Actions((desk.offer("status", release),)))), release)


@prompt(kit.LATER, at=lambda release, desk: (), while_in=_ANY, by_hand=True, called="a milestone in their hours")
def told_later(release: Release, desk: Desk, recipient: str) -> None:
    """It is day where they are, or what they put off is due."""
    key, user = kit.said_later(recipient)
    step, mark = rule.step_of(release, key), kit.marks(release, desk).get(key)
    if step is None or mark is None or (step.is_asked and step not in kit.todos(user, release, desk)):
        return
    if step.is_asked or rule.why_not(step, release, mark.due_at) is None:
        _tell(step, release, user, desk)


# ---- who has not said that it is done -----------------------------------------------------------


def _again(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if not release.policy.timeline:
        return
    found = kit.marks(release, desk)
    for step in release.policy.timeline:
        if rule.is_open(step, release, found):
            for user in _whom(step, release, desk):
                zone = kit.zone_of(user, release, desk)
                for at in rule.asked_again(step, found[step.key], release, zone, desk.days_off(user)):
                    yield kit.later(step, user), at


@prompt("timeline.again", at=_again, while_in=_ANY, grace=timedelta(hours=20), called="a milestone's question again")
def ask_again(release: Release, desk: Desk, recipient: str) -> None:
    key, user = kit.said_later(recipient)
    step = rule.step_of(release, key)
    if step is not None and step in kit.todos(user, release, desk):
        _tell_in_hours(step, release, user, desk)
