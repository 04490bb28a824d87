"""Keep the checklist of a release: who ticked what, and what is still to do."""

from collections.abc import Iterable
from datetime import datetime

from bot.release.attached import Tick
from bot.release.causes import Cause, Fix
from bot.release.errors import Refusal
from bot.release.policy import Cover, Item
from bot.release.release import Release
from bot.release.states import Move, State, may
from bot.release.words import At, Said, Who, Words, listing, words


def causes(release: Release) -> tuple[Cause, ...]:
    """The mandatory items that are not ticked."""
    return tuple(_cause(item, release) for item in to_do(release) if item.mandatory)


def _cause(item: Item, release: Release) -> Cause:
    tick = release.ticks.get(item.key)
    short = words(called(item), " is not done")
    said = words(short, " (", listing([Who(user) for user in sorted(owners(item, release))], last=" or "),
                 " can tick it)")  # fmt: skip
    asked = release.round.opened_at if release.round is not None else release.created_at
    since = tick.at if tick is not None else asked
    return Cause("item", "", said, owners(item, release), since, short=short,
                 fixes=(Fix("tick", "Done", (("k", item.key),)),), about=item.key)  # fmt: skip


def called(item: Item) -> Words:
    """`“Runbook updated”`."""
    return words("“", Said(item.text), "”")


def owners(item: Item, release: Release) -> frozenset[str]:
    """Whose it is: those the policy names, or else the captain."""
    return item.owner or frozenset({release.captain})


def to_do(release: Release) -> list[Item]:
    """What is not ticked, optional items too."""
    return [item for item in release.policy.checklist if not is_ticked(item, release)]


def is_ticked(item: Item, release: Release) -> bool:
    tick = release.ticks.get(item.key)
    return tick is not None and tick.ticked


def can_change(release: Release) -> bool:
    """Whether it is still time to tick: until it is go."""
    return may(release.state, Move.TICK) and release.stage is not State.APPROVED


def may_tick(item: Item, user: str, release: Release) -> bool:
    """Its owners and the captain."""
    return user == release.captain or user in item.owner


def tick(release: Release, key: str, *, now: datetime, by: str) -> Item:
    """Note that an item is done."""
    item = _changeable(release, key, by)
    before = release.ticks.get(key)
    if before is not None and before.ticked:
        raise Refusal(called(item), " is ticked already: ", Who(before.by), " ",
                      At(before.at, "day", release.planned.zone), ".", code="already_ticked",
                      offers=("status",))  # fmt: skip
    release.ticks[key] = Tick(by, now, True, before.undone if before is not None else 0)
    release.happened("ticked", now, by, "ticked ", *called(item), item=key)
    return item


def untick(release: Release, key: str, *, now: datetime, by: str) -> Item:
    """Take a tick back. Votes that cover the checklist are asked for again, also once it is ticked anew."""
    item = _changeable(release, key, by)
    before = release.ticks.get(key)
    if before is None or not before.ticked:
        raise Refusal(called(item), " is not ticked, so there is nothing to take back.", code="already_unticked",
                      offers=("status",))  # fmt: skip
    touched = [vote.sign_off for vote in release.standing(release.round_votes()) if _covers(vote.sign_off, release)]
    release.ticks[key] = Tick(by, now, False, before.undone + 1)
    release.happened("unticked", now, by, "took back ", *called(item), item=key, touched=sorted(set(touched)))
    return item


def _covers(role: str, release: Release) -> bool:
    sign_off = release.sign_off(role)
    return sign_off is not None and Cover.CHECKLIST in sign_off.covers


def find(release: Release, text: str, among: Iterable[Item] | None = None) -> Item | None:
    """The item that is called so, by its beginning where that is enough; None where it may be several."""
    wanted = " ".join(text.casefold().strip(" “”\"'").split())
    items = list(release.policy.checklist if among is None else among)
    exact = [item for item in items if item.text.casefold() == wanted]
    begins = [item for item in items if wanted and item.text.casefold().startswith(wanted)]
    found = exact or begins
    return found[0] if len(found) == 1 else None


def require_changeable(release: Release) -> None:
    """Raise the Refusal unless the state lets its checklist change, and there is one."""
    if not release.policy.checklist:
        raise Refusal(Said(release.title), " has no checklist: its ", Said(release.policy.name), " policy names none.",
                      code="no_checklist", offers=("status",))  # fmt: skip
    if release.stage is State.APPROVED:
        held = "Resume it" if release.state is State.ON_HOLD else "If something is wrong, put it on hold"
        raise Refusal(Said(release.title), " is go, with its checklist as it was. ", held, ".", code="already_decided",
                      offers=("resume" if release.state is State.ON_HOLD else "hold",))  # fmt: skip
    release.require(Move.TICK)


def _changeable(release: Release, key: str, by: str) -> Item:
    require_changeable(release)
    item = next((one for one in release.policy.checklist if one.key == key), None)
    if item is None:
        raise Refusal("That is not on the checklist of ", Said(release.title), " any more.", code="no_such_item",
                      offers=("status",))  # fmt: skip
    if not may_tick(item, by, release):
        able = listing([Who(user) for user in sorted(owners(item, release) | {release.captain})], last=" or ")
        raise Refusal(called(item), " is not yours to tick. ", able, " can.", code="may_not", offers=("status",))
    return item
