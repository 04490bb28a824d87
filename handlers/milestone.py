"""Ask whether a step of the timeline is done: Done, Not yet, and the way back from a tap too early."""

from dataclasses import replace

from bot.kit import milestones as kit
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Menu, Message, Para, Reply, say
from bot.kit.declare import card, press
from bot.kit.desk import Desk
from bot.kit.reminding import put_off
from bot.kit.telling import headline
from bot.release import steps as rule
from bot.release.errors import Refusal
from bot.release.policy import Step
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY
from bot.release.steps import Mark
from bot.release.words import At, Bold, Said, Who, listing, words


@card(kit.CARD)
def milestone_card(release: Release, desk: Desk, recipient: str) -> Message:
    """All that they are asked about, each with its button; afterwards who did it, or that it matters no more."""
    left = kit.todos(recipient, release, desk)
    found, electorate = kit.marks(release, desk), desk.electorate(release)
    over: list[Block] = [
        _did(step, mark, release)
        for step in release.policy.timeline
        if (mark := found.get(step.key)) is not None
        and mark.by
        and recipient in rule.people(step, release, electorate) | {release.captain}
    ]
    if not left:
        row = words(Said(release.title), ": nothing of its plan waits for you. ", headline(release, electorate), ".")
        return Message(row, (Para(row), *over))
    by = (
        words(" It goes live ", At(release.target_at, "day", release.planned.zone), ".")
        if _is_ahead(release, desk)
        else ()
    )
    what = listing([words("“", Said(step.say), "”") for step in left], most=3)
    head = words("☐ ", Bold(release.title), ": ", what, " — is it done?" if len(left) == 1 else " — are they done?", by)
    behind = Menu((*put_off(release, desk), desk.offer("status", release)))
    rows: list[Block] = [Para(head), *over]
    if len(left) == 1:
        first = done.button("Done", style="primary", r=release.id, k=left[0].key)
        return Message(head, (*rows, Actions((first, not_yet.button("Not yet", r=release.id)), behind)))
    rows += [Para(words("☐ ", Said(step.say)), done.button("Done", r=release.id, k=step.key)) for step in left]
    return Message(head, (*rows, Actions((not_yet.button("Not yet", r=release.id),), behind)))


def _did(step: Step, mark: Mark, release: Release) -> Para:
    row = words("☑ ", Said(step.say), " — ", Who(mark.by or ""), " ", At(mark.at, "day", release.planned.zone))
    asked = release.state in BEFORE_DEPLOY
    return Para(row, back.button("Take back", r=release.id, k=step.key) if asked else None)


def _is_ahead(release: Release, desk: Desk) -> bool:
    return desk.now < release.target_at


@press("milestone.done")
def done(ask: Ask, desk: Desk) -> Reply:
    step = _asked_about(ask, desk)
    kit.mark(step, "done", ask.release, desk, by=ask.user)
    if _on_its_own_card(ask, desk):
        return Reply()
    return say("☑ Done: “", Said(step.say), "”.")


@press("milestone.not_yet")
def not_yet(ask: Ask, desk: Desk) -> Reply:
    """Nothing changes; they hear when they are asked again."""
    release = ask.release
    left, found = kit.todos(ask.user, release, desk), kit.marks(release, desk)
    if not left:
        raise Refusal("Nothing of the plan of ", Said(release.title), " waits for you.", code="not_asked",
                      offers=("status",))  # fmt: skip
    times = [at for step in left for at in kit.again_at(step, found[step.key], ask.user, release, desk)]
    following = min((at for at in times if at > desk.now), default=None)
    return say("All right.", words(" I ask you again at ", At(following, "day"), ".") if following is not None else ())


@press("milestone.back")
def back(ask: Ask, desk: Desk) -> Reply:
    """Somebody pressed too early: it is to do again."""
    release = ask.release
    step, mark = _step(ask, desk)
    if mark.outcome != "done" or mark.by is None:
        raise Refusal("“", Said(step.say), "” was not done, so there is nothing to take back.", code="not_done",
                      offers=("status",))  # fmt: skip
    _require_theirs(step, ask, desk)
    desk.work.milestones.put(release.id, replace(mark, outcome="asked", by=None))
    release.happened("milestone_back", desk.now, ask.user, "took back “", Said(step.say), "”", step=step.key)
    return say("“", Said(step.say), "” is to do again.")


def _step(ask: Ask, desk: Desk) -> tuple[Step, Mark]:
    key = str(ask.data.get("k", ""))
    step, mark = rule.step_of(ask.release, key), kit.marks(ask.release, desk).get(key)
    if step is None or mark is None:
        raise Refusal("That is not part of the plan of ", Said(ask.release.title), " any more.", code="no_such_step",
                      offers=("status",))  # fmt: skip
    return step, mark


def _asked_about(ask: Ask, desk: Desk) -> Step:
    """The step that the button is about, where it still waits for this person."""
    step, mark = _step(ask, desk)
    if mark.outcome == "done":
        by = words(Who(mark.by), " did it ") if mark.by else ("It was done ",)
        raise Refusal(by, At(mark.at, "day", ask.release.planned.zone), ": “", Said(step.say), "”.",
                      code="already_done", offers=("status",))  # fmt: skip
    if not rule.is_open(step, ask.release, {step.key: mark}):
        raise Refusal("“", Said(step.say), "” is not asked any more: ",
                      headline(ask.release, desk.electorate(ask.release)), ".", code="over",
                      offers=("status",))  # fmt: skip
    _require_theirs(step, ask, desk)
    return step


def _require_theirs(step: Step, ask: Ask, desk: Desk) -> None:
    able = rule.people(step, ask.release, desk.electorate(ask.release)) | {ask.release.captain}
    if ask.user not in able:
        names = listing([Who(user) for user in sorted(able)], last=" or ", most=4)
        raise Refusal("“", Said(step.say), "” is not yours to tick off. ", names, " can.", code="may_not",
                      offers=("status",))  # fmt: skip


def _on_its_own_card(ask: Ask, desk: Desk) -> bool:
    """Whether the button stood on the message that asks: that changes, and says enough."""
    if not ask.did.channel or not ask.did.message_ts:
        return False
    shown = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return shown is not None and desk.catalogue.cards[shown.kind].kind == kit.CARD
