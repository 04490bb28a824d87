"""Remind, when somebody asks for it, those whose go/no-go is missing: at once, or when their day begins."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.kit.access import roles_of
from bot.kit.ask import Ask
from bot.kit.asked import MOST_ASKED, asked_at, asked_by_message, zones
from bot.kit.blocks import Actions, Block, Lines, Message, Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.reminding import away_until, later, remind, snoozed_until
from bot.kit.telling import headline
from bot.release.decision import owing, tally
from bot.release.delegating import stood_in
from bot.release.errors import Refusal
from bot.release.hours import in_hours
from bot.release.policy import Role
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words

#: Nobody is reminded again sooner than this after they were asked or reminded.
PAUSE = timedelta(minutes=15)


@verb(
    "remind",
    usage="remind [release]",
    summary="Remind those whose go/no-go is missing",
    who="captain, deployer, approvers, members of the channel, admins",
    examples=("remind", "remind REL-12"),
    aliases=("nudge",),
    label="Remind them",
)
def remind_them(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    _require(ask, desk)
    electorate = desk.electorate(release)
    owed = owing(release, electorate)
    instead = {user: delegate for user, delegate in stood_in(release, electorate).items() if user in owed}
    asked = (owed & asked_by_message(release, desk) | frozenset(instead.values())) - {ask.user}
    rows = [*_told(release, asked, instead, desk), *_too_many(release, owed, desk)]
    own = (desk.offer("go", release), desk.offer("no-go", release)) if ask.user in owed else ()
    if own:
        rows.append(words("Your own answer is missing, too."))
    if not rows:
        rows.append(words("Nobody's answer is missing on ", Said(release.title), "."))
    blocks: list[Block] = [Lines(tuple(rows))]
    if own:
        blocks.append(Actions(own))
    return Reply(Message(rows[0], tuple(blocks)))


def _require(ask: Ask, desk: Desk) -> None:
    release = ask.release
    if release.state is not State.OPEN or release.round is None:
        stands = headline(release, desk.electorate(release))
        raise Refusal("Nobody is asked about ", Said(release.title), " now: ", stands, ".", code="nobody_asked",
                      offers=("why",))  # fmt: skip
    if not roles_of(desk, ask.user, release) & {Role.CREW, Role.ADMIN}:
        raise Refusal("Only its crew reminds others of ", Said(release.title), ": ", Who(release.captain),
                      ", its captain, can.", code="may_not", offers=("status",))  # fmt: skip


def _told(release: Release, asked: frozenset[str], instead: Mapping[str, str], desk: Desk) -> list[Words]:
    """Remind each now, or at the time that suits them; and say which, a line for each.

    `instead`: who answers for somebody who is away.
    """
    closes = release.round.closes_at if release.round is not None else release.target_at
    known = desk.work.decisions.attention(asked)
    now: list[Words] = []
    rows: list[Words] = []
    for user, zone in zones(asked, release, desk):
        attention = known.get(user)
        nudged = attention.nudged_at if attention is not None else None
        asks_at = asked_at(release, user, zone, desk)
        day = in_hours(desk.now, zone, closes, desk.days_off(user))
        last = asks_at if nudged is None else max(asks_at, nudged)
        if (until := away_until(attention, desk)) is not None:
            answers = words("; ", Who(instead[user]), " answers for them") if user in instead else ()
            rows.append(words(Who(user), " is away until ", At(until, "day"), answers, "."))
        elif asks_at > desk.now:
            rows.append(words(Who(user), " is asked when their day begins, at ", At(asks_at, "day"), "."))
        elif last > desk.now - PAUSE:
            rows.append(words(Who(user), " was asked at ", At(last), "; again from ", At(last + PAUSE), " on."))
        elif (until := snoozed_until(attention, release, desk)) is not None:
            rows.append(_then(release, user, until, " put it off and is reminded at ", desk))
        elif day > desk.now:
            rows.append(_then(release, user, day, " is reminded when their day begins, at ", desk))
        else:
            remind(release, user, desk)
            now.append(words(Who(user)))
    return [*([words(Bold("Reminded: "), listing(now), ".")] if now else []), *rows]


def _then(release: Release, user: str, at: datetime, said: str, desk: Desk) -> Words:
    later(release, user, at, desk)
    return words(Who(user), said, At(at, "day"), ".")


def _too_many(release: Release, owed: frozenset[str], desk: Desk) -> list[Words]:
    """Sign-offs of so many people that nobody is written to in person."""
    rows = []
    for row in tally(release, desk.electorate(release)):
        if row.lacks and len(row.givers) > MOST_ASKED:
            typed = Code(f"{desk.catalogue.command} stand-in {desk.ref(release)} @name")
            count = len(row.waiting_for & owed)
            many = f": {count} people can answer, too many to write to each; the card asks them. To ask one: "
            rows.append(words(Said(row.sign_off.role), many, typed))
    return rows
