"""Show how releases stand: one of them in full, or all that are open."""

from bot.kit import pages
from bot.kit.access import may_see, of_use
from bot.kit.action_rows import action_rows
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Divider, Lines, Message, Para, Reply, Small
from bot.kit.checklist_rows import checklist_for
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.edits import late_block
from bot.kit.follow import read
from bot.kit.freezes import freeze_blocks
from bot.kit.leading import lost_rows
from bot.kit.listing import channel_list, everywhere, mine, of_service, release_line
from bot.kit.naming import tidy
from bot.kit.plan_rows import MOST_ROWS, plan_blocks
from bot.kit.reviews import open_reviews, review_line
from bot.kit.sign_off_rows import shows_sign_offs, sign_off_blocks
from bot.kit.subject import nothing_here
from bot.kit.telling import details, headline, in_zones, part_rows, when_line
from bot.kit.trains import line_of
from bot.release.release import Release
from bot.release.words import At, Bold, Said, Who, Words, listing, words
from storage.audit import AuditRow
from storage.timers import TimerRow

LAST_EVENTS = 5
#: The history shows so many, this many in a block.
MOST_EVENTS, EVENTS_IN_A_BLOCK = 200, 10
MOST_LEFT_OUT = 3
#: What people add to `list`.
_HERE = {"open", "open releases", "releases", "here", "this channel", "channel"}
_EVERYWHERE = {"all", "everything", "everywhere", "all channels", "all releases", "*"}
_MINE = {"mine", "my", "me", "my own", "my releases"}
#: What is done about a late change that waits.
LATE = ("late accept", "late refuse")
_WHAT = {"card": "a card", "notice": "an announcement", "direct": "a direct message", "ephemeral": "an answer",
         "file": "a file", "home": "a Home tab"}  # fmt: skip


@verb(
    "status",
    usage="status [release]",
    summary="How it stands, in full, with what happened last",
    who="everyone in the channel",
    examples=("status", "status payments", "status REL-12"),
    aliases=("show", "info"),
    subject="optional",
    reads=True,
    first=True,
    label="Status",
)
def status(ask: Ask, desk: Desk) -> Reply:
    if ask.found is None:
        if ask.text and ask.several:
            fitting = [release_line(one, desk, ask.user) for one in ask.several]
            return Reply(Message((f"{len(fitting)} releases fit.",), (*fitting, *pages.others_too(ask, desk))))
        if ask.text:
            raise nothing_here(desk)
        return channel_list(ask, desk)
    if (others := pages.for_others(ask, desk)) is not None:
        return others
    release = ask.found
    electorate = desk.electorate(release)
    line = headline(release, electorate)
    person = desk.work.people.get(ask.user)
    zones = [release.planned.zone, *([person.zone] if person is not None and person.zone else [])]
    head = words(
        Bold(f"{release.names} → {release.environments}"),
        f"   {desk.ref(release)} · {release.kind.value} · {release.risk.value} risk · {release.policy.name} policy",
    )
    there = in_zones(release.target_at, zones, desk.now)
    blocks: list[Block] = [Lines((head, line, when_line(release, desk.now), (there,)))]
    blocks += [*lost_rows(release, desk, ask.user), *details(release)]
    if of_train := line_of(release, desk):
        blocks.append(Small(of_train))
    if rows := part_rows(release):
        blocks.append(Lines(tuple(rows)))
    if shows_sign_offs(release):
        blocks += sign_off_blocks(release, electorate)
    if late := late_block(release):
        number = release.late.number if release.late is not None else 0
        blocks += late
        blocks += of_use(desk, ask.user, release, [desk.offer(one, release, k=number) for one in LATE])
    blocks += freeze_blocks(release, desk, ask.user)
    blocks += checklist_for(ask.user, release, desk)
    blocks += action_rows(release, desk)
    if owed := review_line(release, desk):
        done = [desk.offer("review done", release)] if open_reviews(release, desk) else []
        blocks += [Small(owed), *of_use(desk, ask.user, release, done)]
    blocks += plan_blocks(release, desk, MOST_ROWS)
    blocks.append(Divider())
    blocks += _history(release, desk)
    return Reply(Message(words(Said(release.title), ": ", line), tuple(blocks)))


def _history(release: Release, desk: Desk) -> list[Block]:
    zone = release.planned.zone
    blocks: list[Block] = []
    record = desk.work.audit.tail(release.id, LAST_EVENTS)
    if record:
        blocks.append(Lines(tuple(_happened(row, zone) for row in record)))
    if record and record[-1].seq > len(record):
        every = desk.offer("history", release, label=f"All {record[-1].seq} events")
        blocks.append(Actions((every,)))
    skipped = [row for row in desk.work.timers.of(release.id) if row.state == "skipped"]
    if skipped:
        left_out = [_left_out(row, zone, desk) for row in skipped[-MOST_LEFT_OUT:]]
        blocks.append(Small(words("Left out: ", listing(left_out, last="; "))))
    if lost := desk.work.outbox.undelivered_of(release.id, LAST_EVENTS):
        blocks.append(Small(words("Not delivered: ", "; ".join(f"{_WHAT[row.kind]} ({row.error})" for row in lost))))
    return blocks


def _happened(row: AuditRow, zone: str) -> Words:
    who = () if _is_sentence(row.said) else words(Who(row.by), " ") if row.by else ("T-Minus ",)
    why = words(": “", Said(row.why), "”") if row.why else ()
    return words(At(row.at, "day", zone), "  ", who, row.said, why)


@verb(
    "history",
    usage="history [release]",
    summary="All that happened to it, and who did it",
    who="everyone in the channel",
    examples=("history", "history REL-12"),
    aliases=("status all", "log"),
    subject="optional",
    reads=True,
    label="History",
)
def history(ask: Ask, desk: Desk) -> Reply:
    """Its whole record, the oldest first; of a very long one the newest part."""
    if ask.found is None:
        return status.handle(ask, desk)
    if (others := pages.for_others(ask, desk)) is not None:
        return others
    record = desk.work.audit.tail(ask.release.id, MOST_EVENTS)
    rows = [_happened(row, ask.release.planned.zone) for row in record]
    blocks: list[Block] = [Para(words(Bold(ask.release.title), f"   {desk.ref(ask.release)} · all that happened"))]
    if record and record[0].seq > 1:
        blocks.append(Small((f"{record[0].seq - 1} earlier ones are not shown.",)))
    blocks += [Lines(tuple(rows[at : at + EVENTS_IN_A_BLOCK])) for at in range(0, len(rows), EVENTS_IN_A_BLOCK)]
    return Reply(Message(words(Said(ask.release.title), f": {len(rows)} events."), tuple(blocks)))


def _left_out(row: TimerRow, zone: str, desk: Desk) -> Words:
    """`the reminder a day before, Thu 14:00 (T-Minus was not running then, …)`."""
    prompt = desk.catalogue.prompts.get(row.name)
    called = prompt.called if prompt is not None else row.name
    return words(called, ", ", At(row.due_at, "day", zone), " (", row.reason, ")")


def _is_sentence(said: Words) -> bool:
    """What happened to the release, such as “Go — all 3 sign-offs”; the rest begins with who did it."""
    return not (said and isinstance(said[0], str) and said[0][:1].islower())


@verb(
    "list",
    usage="list [all, mine or a service]",
    summary="This channel's open releases, or those of all channels, yours, or a service's",
    who="everyone in the channel",
    examples=("list", "list all", "list mine", "list payments"),
    aliases=("ls", "releases"),
    subject="none",
    reads=True,
)
def list_open(ask: Ask, desk: Desk) -> Reply:
    asked = tidy(ask.text).rstrip("?! ")
    if not asked or asked.casefold() in _HERE:
        return channel_list(ask, desk)
    if asked.casefold() in _EVERYWHERE:
        return everywhere(ask, desk)
    return mine(ask, desk) if asked.casefold() in _MINE else of_service(asked, ask, desk)


@verb(
    "",
    usage="",
    summary="This channel's open releases, and what waits on me",
    who="everyone in the channel",
    examples=("",),
    subject="none",
    reads=True,
    hidden=True,
)
def overview(ask: Ask, desk: Desk) -> Reply:
    card = desk.work.cards.by_ts(ask.did.channel, ask.did.thread_ts) if ask.did.channel and ask.did.thread_ts else None
    if card is not None and (release := desk.work.releases.get(card.release_id)) and may_see(desk, ask.user, release):
        ask.found = read(release, desk)  # spoken to in a release's thread: that one
        return status.handle(ask, desk)
    return channel_list(ask, desk)
