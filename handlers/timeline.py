"""Live through the timeline of a policy: say, tell, remind and ask at its times; once, however often T moves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit import access
from bot.kit import milestones as kit
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Lines, Message, Para, Reply, Small
from bot.kit.declare import notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.plan_rows import plan_blocks, plan_in_short
from bot.release import steps as rule
from bot.release.events import Event
from bot.release.policy import Step
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import At, Bold, Said, Who, Words, listing, words

_ANY = tuple(State)
_OVER = {
    "planned": rule.PLANNED_LATER,
    "rescheduled": rule.MOVED_PAST,
    "policy_reapplied": "its time was over when the policy was taken over",
}


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
    stands = access.stands(desk, ask.user, release)
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
    for step in found.left_out:
        kit.mark(step, "skipped", release, desk, why=_OVER[event.name])
    if event.name == "rescheduled":
        _tell_the_new_plan(event, found, release, desk)


def _tell_the_new_plan(event: Event, found: rule.Replanned, release: Release, desk: Desk) -> None:
    """What it is like now, in the thread; and to those who have, or will have, something to do for it."""
    zone = release.planned.zone
    left_out = listing([words("“", Said(step.say), "”") for step in found.left_out], most=3)
    rows = [plan_in_short(release, desk), words("Left out: ", left_out) if found.left_out else ()]
    if rows := [row for row in rows if row]:
        desk.in_thread(release, Message(rows[0], tuple(Small(row) for row in rows)))
    by = words(Who(event.by), " moved ") if event.by else words("Moved: ")
    for user, mine in sorted(kit.concerned(release, desk).items()):
        if user != event.by:
            what = [_ahead(step, when, zone, desk) for step, when in mine]
            row = words(by, Bold(release.title), " to ", At(release.target_at, "day", zone), ". Yours in it: ",
                        listing(what), ".")  # fmt: skip
            desk.direct(user, Message(row, (Para(row), Actions((desk.offer("timeline", release),)))), release)


def _ahead(step: Step, at: datetime, zone: str, desk: Desk) -> Words:
    """With its time, where that is not over."""
    return words("“", Said(step.say), "”", words(", ", At(at, "day", zone)) if at > desk.now else ())


@notice("captain_changed")
def handed_over(event: Event, release: Release, desk: Desk) -> None:
    """What waits for the captain waits for another one now."""
    for step in kit.todos(release.captain, release, desk):
        if not step.to or "captain" in step.to:
            kit.tell_in_hours(step, release, release.captain, desk)


@notice("closed", "cancelled", "rolled_back")
def over(event: Event, release: Release, desk: Desk) -> None:
    """What was asked and not answered is not asked any more."""
    for key, mark in list(desk.work.milestones.of(release.id).items()):
        step = rule.step_of(release, key)
        if mark.outcome == "asked" and step is not None:
            kit.mark(step, "skipped", release, desk, why=rule.NOT_SAID)
        elif mark.outcome == "asked":  # its policy has it no more
            desk.work.milestones.put(release.id, replace(mark, outcome="skipped", why=rule.NOT_SAID))


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
        for user in kit.whom(step, release, desk):
            kit.tell_in_hours(step, release, user, desk)
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
    for user in kit.whom(step, release, desk):
        kit.tell_in_hours(step, release, user, desk)


@prompt(kit.LATER, at=lambda release, desk: (), while_in=_ANY, by_hand=True, called="a milestone in their hours")
def told_later(release: Release, desk: Desk, recipient: str) -> None:
    """It is day where they are, or what they put off is due."""
    key, user = kit.said_later(recipient)
    step, mark = rule.step_of(release, key), kit.marks(release, desk).get(key)
    if step is None or mark is None or (step.is_asked and step not in kit.todos(user, release, desk)):
        return
    if step.is_asked:
        kit.tell(step, release, user, desk)
    elif (moved := rule.due(step, release)) > desk.now:  # before they heard of it
        desk.work.timers.put(release.id, release.plan_revision, kit.LATER, recipient, moved)
    elif rule.why_not(step, release, mark.due_at) is None:
        kit.tell_in_hours(step, release, user, desk)


# ---- who has not said that it is done -----------------------------------------------------------


def _again(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if not release.policy.timeline:
        return
    found = kit.marks(release, desk)
    for step in release.policy.timeline:
        if rule.is_open(step, release, found):
            for user in kit.whom(step, release, desk):
                for at in kit.again_at(step, found[step.key], user, release, desk):
                    yield kit.later(step, user), at


@prompt("timeline.again", at=_again, while_in=_ANY, grace=timedelta(hours=20), called="a milestone's question again")
def ask_again(release: Release, desk: Desk, recipient: str) -> None:
    """Unless they were asked since: for another step of the plan, or before the release moved."""
    key, user = kit.said_later(recipient)
    step, mark = rule.step_of(release, key), kit.marks(release, desk).get(key)
    if step is None or mark is None or step not in kit.todos(user, release, desk):
        return
    due = [at for at in kit.again_at(step, mark, user, release, desk) if at <= desk.now]
    if due and not kit.was_asked(user, max(due), release, desk):
        kit.tell_in_hours(step, release, user, desk)
