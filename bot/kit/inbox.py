"""Find what waits on a person, with the buttons that settle it: the same on Home and under the bare command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.kit import milestones, parts
from bot.kit.access import may_see, owes
from bot.kit.blocks import Button
from bot.kit.checklist_rows import asked
from bot.kit.delegated import buttons, for_whom
from bot.kit.desk import Desk
from bot.kit.fixes import ask_again
from bot.kit.follow import read
from bot.kit.freezes import to_decide
from bot.kit.reminding import looked_back_at
from bot.release.checklist import to_do
from bot.release.conditions import open_now
from bot.release.decision import owing, tally
from bot.release.release import Release
from bot.release.states import Move, State, may
from bot.release.words import Words

#: So many are looked through for it.
MOST_LOOKED = 50
#: A button's label is cut where it is longer on a phone.
MOST_LABEL = 30
#: A deploy is offered so long before its time.
_SHORTLY = timedelta(minutes=10)
#: Conditions in one row of buttons, and characters of what each is about.
MOST_CONDITIONS, MOST_OF_TEXT = 2, 40
#: What was planned longer ago is not looked back at any more.
_LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Waiting:
    """A release, what this person can do about it, and what is asked where the release's own line does not say it."""

    release: Release
    can: list[Button]
    asked: Words = ()


def waiting(desk: Desk, user: str, mine: list[Release]) -> list[Waiting]:
    """What somebody else waits for, and what this person can do about it: votes, what they lead, looking back.

    `mine` are the open releases that they lead or deploy.
    """
    polls = _open_polls(desk, user)
    found = []
    for one in polls:
        asked = _to_answer(desk, user, one)
        if can := [*asked, *_to_tick(desk, user, one)]:
            found.append(Waiting(one, [*can, desk.offer("why", one)]))
    found += [Waiting(one, can) for one in polls if (can := _to_confirm(desk, user, one))]
    found += [Waiting(*one) for one in to_decide(user, desk)]
    found += [Waiting(one, can) for one in _with_steps(desk, user) if (can := _to_do(desk, user, one))]
    found += [Waiting(one, can) for one in mine if (can := [*_late_change(desk, user, one), *_due_of(desk, user, one)])]
    for one in as_of_now(desk.work.releases.to_look_back_at(user, desk.now - _LOOKS_BACK, MOST_LOOKED), desk):
        if _asked_back(desk, user, one):
            found.append(Waiting(one, [desk.offer("retro", one, label="Retrospective"), desk.offer("status", one)]))
    return found


def _to_answer(desk: Desk, user: str, release: Release) -> list[Button]:
    """Their own answer, and what they may say for whom."""
    if not owes(desk, user, release):
        return []
    mine = user in owing(release, desk.electorate(release))
    own = [desk.offer(verb, release) for verb in ("go", "no-go", "go-if")] if mine else []
    return [*own, *(button for other in for_whom(release, desk, user) for button in buttons(release, other, desk))]


def owed(desk: Desk, user: str) -> list[Release]:
    """The go/no-gos that wait for this person's answer, the first to close first."""
    asked = [one for one in _open_polls(desk, user) if owes(desk, user, one)]
    return sorted(asked, key=lambda one: one.round.closes_at if one.round is not None else one.target_at)


def _open_polls(desk: Desk, user: str) -> list[Release]:
    return as_of_now(desk.work.releases.awaiting(MOST_LOOKED, seen=lambda one: may_see(desk, user, one)), desk)


def _to_confirm(desk: Desk, user: str, release: Release) -> list[Button]:
    """What this person sees to, and somebody's go depends on."""
    mine = [one for one in open_now(release) if one.owner == user]
    named = [(one, one.text if len(one.text) <= MOST_OF_TEXT else one.text[: MOST_OF_TEXT - 1] + "…") for one in mine]
    return [
        desk.offer(verb, release, label=f"{label}: {text}", k=one.number)
        for one, text in named[:MOST_CONDITIONS]
        for verb, label in (("condition done", "Done"), ("condition not-done", "Not done"))
    ]


def _late_change(desk: Desk, user: str, release: Release) -> list[Button]:
    """A change after the code cut-off that the captain decides about."""
    if release.late is None or user != release.captain or not may(release.state, Move.LATE):
        return []
    return [
        desk.offer(verb, release, label=f"{label} late change", k=release.late.number)
        for verb, label in (("late accept", "Accept"), ("late refuse", "Refuse"))
    ]


def led_by(desk: Desk, user: str) -> list[Release]:
    """The open releases that this person leads or deploys."""
    return [one for one in as_of_now(desk.work.releases.open_of(user, MOST_LOOKED), desk) if may_see(desk, user, one)]


def as_of_now(found: Iterable[Release], desk: Desk) -> list[Release]:
    """Where the clock has taken them, whether or not a timer ran."""
    return [read(release, desk) for release in found]


def _due_of(desk: Desk, user: str, release: Release) -> list[Button]:
    """What the release waits for from who leads it; nothing while it is the clock's or somebody else's turn."""
    if release.state is State.STOPPED and user == release.captain:
        return [*ask_again(release, desk), *(desk.offer(verb, release) for verb in ("reschedule", "why"))]
    if release.state is State.OPEN and user == release.captain:
        objected = any(row.no_gos for row in tally(release, desk.electorate(release)))
        return [desk.offer(verb, release) for verb in ("why", "hold")] if objected else []
    if release.state is State.ON_HOLD and user in (release.captain, release.held_by):
        return [desk.offer(verb, release) for verb in ("resume", "why")]
    if user != (release.deployer or release.captain):
        return []
    if release.state is State.APPROVED and desk.now >= release.target_at - _SHORTLY:
        return [desk.offer(verb, release) for verb in ("deploy start", "reschedule", "hold")]
    if release.state is State.DEPLOYING:
        return parts.deploy_buttons(release, desk)[0]
    return [desk.offer("rolled-back", release)] if release.state is State.ROLLING_BACK else []


def _to_tick(desk: Desk, user: str, release: Release) -> list[Button]:
    """One button, whether one item of the checklist is theirs or several: the dialog asks which."""
    mine = [item for item in to_do(release) if item.mandatory and user in asked(item, release, desk)]
    if not mine or release.state is not State.OPEN:
        return []
    only = {"k": mine[0].key} if len(mine) == 1 else {}
    label = f"Done: {mine[0].text}" if only else ""
    return [desk.offer("tick", release, label=label if len(label) <= MOST_LABEL else "Tick off", **only)]


def _with_steps(desk: Desk, user: str) -> list[Release]:
    """The releases about whose milestones they were asked."""
    asked = [desk.work.releases.get(id) for id in desk.work.milestones.asked(user, milestones.CARD, MOST_LOOKED)]
    return as_of_now((one for one in asked if one is not None and may_see(desk, user, one)), desk)


def _to_do(desk: Desk, user: str, release: Release) -> list[Button]:
    """What of its timeline they were asked about and have not said is done."""
    done = desk.catalogue.presses["milestone.done"]
    buttons = []
    for step in milestones.todos(user, release, desk)[:MOST_CONDITIONS]:
        text = step.say if len(step.say) <= MOST_OF_TEXT else step.say[: MOST_OF_TEXT - 1] + "…"
        buttons.append(done.button(f"Done: {text}", r=release.id, k=step.key))
    return [*buttons, desk.offer("timeline", release)] if buttons else []


def _asked_back(desk: Desk, user: str, release: Release) -> bool:
    """Whether its retrospective was asked for, and this captain has not answered."""
    if release.state not in (State.RELEASED, State.ROLLED_BACK) or release.outcome_at is None:
        return False
    answered = any(answer.user == user for answer in desk.work.retros.answers(release.id))
    return not answered and desk.now >= looked_back_at(release, release.outcome_at, desk)
