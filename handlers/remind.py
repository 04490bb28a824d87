"""Remind, when somebody asks for it, those whose go/no-go is missing: at once, or when their day begins."""

from bot.kit.access import roles_of
from bot.kit.ask import Ask
from bot.kit.asked import MOST_ASKED
from bot.kit.blocks import Actions, Block, Lines, Message, Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.missing import remind_missing
from bot.kit.telling import headline
from bot.release.decision import owing, tally
from bot.release.errors import Refusal
from bot.release.policy import Role
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import Code, Said, Who, Words, words


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
    rows = [*remind_missing(release, desk, but=ask.user), *_too_many(release, owed, desk)]
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
