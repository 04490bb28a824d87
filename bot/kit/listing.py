"""List releases, a line each: those of a channel, of all channels, of a person or of a service."""

import re
from functools import partial

from bot.kit import access, inbox
from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Message, Para, Reply, Small
from bot.kit.desk import Desk
from bot.kit.follow import read
from bot.kit.inbox import as_of_now
from bot.kit.naming import beginnings, may_be_version, split_name
from bot.kit.telling import one_line
from bot.release.errors import Refusal
from bot.release.policy import service_key
from bot.release.release import Release
from bot.release.tidy import bare_name
from bot.release.when_days import looks_like_day
from bot.release.when_words import read_words
from bot.release.words import Bold, Channel, Code, Said, Words, listing, words

MOST = 10
_NEW = Actions((Button("New release", "do.new"),))
#: What is no service, and names a time to look at.
_SHOWN = {"this week", "next week", "week", "this month", "next month", "month"}
#: `<#C12>`, once its name is spelled out.
_CHANNEL = re.compile(r"#([CG][A-Z0-9]{6,})")
#: What people want listed by, and is no service.
_NO_SERVICES = {
    "approved",
    "held",
    "live",
    "failed",
    "deploying",
    "deployed",
    "rolled",
    "blocked",
    "late",
    "production",
}
_SPANS = {"today", "tomorrow", "week", "month", "weekend", "next", "this"}


def channel_list(ask: Ask, desk: Desk) -> Reply:
    """What waits on this person, wherever, and what is open here."""
    channel = ask.did.channel
    here = desk.work.releases.open_in_channel(channel, MOST + 1) if channel else []
    here = [release for release in here if may_see(desk, ask.user, release)]
    here = as_of_now(here, desk)
    waiting = inbox.waiting(desk, ask.user, inbox.led_by(desk, ask.user))
    if not here and not waiting:
        row = _nothing_open(ask, desk)
        return Reply(Message(row, (Para(row), _NEW)))
    blocks = _waiting(waiting, ask, desk)
    above = {one.release.id for one in waiting}
    rest = [release for release in here if release.id not in above]
    if rest:
        blocks.append(Para((Bold("Open in this channel"),)))
        blocks += [release_line(release, desk, ask.user) for release in rest[:MOST]]
    if len(rest) > MOST:
        blocks.append(Small((f"and more; name one: {desk.catalogue.command} status {desk.catalogue.prefix}-12",)))
    blocks.append(_NEW)
    text = words(f"{len(here)} open here, {len(waiting)} waiting on you.")
    return Reply(Message(text, tuple(blocks)))


def _waiting(waiting: list[inbox.Waiting], ask: Ask, desk: Desk) -> list[Block]:
    blocks: list[Block] = [Para((Bold(f"Waiting on you ({len(waiting)})"),))] if waiting else []
    for one in waiting[:MOST]:
        asked = [Small(one.asked)] if one.asked else []
        blocks += [release_line(one.release, desk, ask.user), *asked, Actions(tuple(one.can))]
    if len(waiting) > MOST:
        blocks.append(Small((f"and {len(waiting) - MOST} more; the Home tab shows them",)))
    return blocks


def release_line(release: Release, desk: Desk, user: str) -> Block:
    return Para(_told(release, desk, user))


def _told(release: Release, desk: Desk, user: str) -> Words:
    return one_line(release, access.stands(desk, user, release), desk.ref(release), desk.now)


def everywhere(ask: Ask, desk: Desk) -> Reply:
    """All that is open and theirs to see, by its time."""
    found = desk.work.releases.all_open(MOST + 1, seen=lambda one: may_see(desk, ask.user, one))
    return _found("Open in all channels", found, ask, desk) or _none(words("No release is open."), desk)


def mine(ask: Ask, desk: Desk) -> Reply:
    """What waits on this person, and what they lead or deploy."""
    led = inbox.led_by(desk, ask.user)
    waiting = inbox.waiting(desk, ask.user, led)
    above = {one.release.id for one in waiting}
    blocks = _waiting(waiting, ask, desk)
    blocks += _rows("Yours", [one for one in led if one.id not in above], ask, desk)
    if not blocks:
        return _none(words("Nothing open is yours, and nothing waits on you."), desk)
    return Reply(Message(words(f"{len(led)} of yours, {len(waiting)} waiting on you."), (*blocks, _NEW)))


def of_service(asked: str, ask: Ask, desk: Desk) -> Reply:
    """What is open of a service, or of a version of it. Raises Refusal for what names neither."""
    command, typed = desk.catalogue.command, asked.casefold().split()
    if typed[0] in _SPANS or read_words(asked) is not None or looks_like_day(typed):
        named = read_words(asked)
        is_day = named is not None and named.day is not None and named.clock is None and named.part is None
        shown = asked if is_day or asked.casefold() in _SHOWN else "week"
        raise Refusal("I can't list “", Said(asked), "”. What is planned when: ",
                      Code(f"{command} calendar {shown}"), ".", code="unread")  # fmt: skip
    if channel := _CHANNEL.fullmatch(asked):
        return _of_channel(channel[1], ask, desk)
    if asked.casefold().lstrip("#").startswith(desk.catalogue.prefix.casefold() + "-"):
        raise Refusal(
            "I list several. One of them: ", Code(f"{command} status {asked.lstrip('#')}"), ".", code="unread"
        )
    look = partial(desk.work.releases.find, seen=lambda one: may_see(desk, ask.user, one))
    name, rest = split_name(asked, desk.work.releases.open_services(beginnings(asked)))
    name, version = bare_name(name), bare_name(rest)
    if version and not may_be_version(version):
        raise _no_list(asked, command)
    if reply := _found(f"Open, of {name}", look(name, version or None, limit=MOST + 1), ask, desk):
        return reply
    plan = words(" Plan the next: " if (last := look(name, open_only=False, limit=1)) else " Plan it: ",
                 Code(f"{command} new {name} <version> tomorrow 14:00"))  # fmt: skip
    if not last and (service_key(name) in _NO_SERVICES or name.startswith(("@", "#"))):
        raise _no_list(asked, command)
    if not last:
        return _none(words(Said(name), " is not planned.", plan), desk)
    stands = words(Bold(last[0].title), ": ", access.stands(desk, ask.user, read(last[0], desk)))
    none_open = words("No release of ", Said(f"{name} {version}".strip()), " is open. The last one: ", stands, ".")
    return _none(words(none_open, plan), desk)


def _no_list(asked: str, command: str) -> Refusal:
    some = [Code(f"{command} list {what}") for what in ("all", "mine", "payments")]
    return Refusal("I can't list “", Said(asked), "”. Try ", listing(some, last=" or "), ".", code="unread")


def _of_channel(channel: str, ask: Ask, desk: Desk) -> Reply:
    """What is open in a channel that was picked from Slack's list."""
    there = desk.work.releases.open_in_channel(channel, MOST + 1)
    found = [release for release in there if may_see(desk, ask.user, release)]
    none = words("No release that you may see is open in ", Channel(channel), ".")
    return _found("Open there", found, ask, desk) or _none(none, desk)


def _found(head: str, found: list[Release], ask: Ask, desk: Desk) -> Reply | None:
    if not found:
        return None
    many = f"{MOST} and more" if len(found) > MOST else str(len(found))
    return Reply(Message(words(f"{many} open."), (*_rows(head, as_of_now(found, desk), ask, desk), _NEW)))


def _rows(head: str, found: list[Release], ask: Ask, desk: Desk) -> list[Block]:
    rows: list[Block] = [Para(words(_told(one, desk, ask.user), " · ", Channel(one.channel))) for one in found[:MOST]]
    more = Small((f"and more; name one: {desk.catalogue.command} status {desk.catalogue.prefix}-12",))
    return [Para((Bold(head),)), *rows, *([more] if len(found) > MOST else [])] if found else []


def _none(row: Words, desk: Desk) -> Reply:
    return Reply(Message(row, (Para(row), _NEW)))


def _nothing_open(ask: Ask, desk: Desk) -> Words:
    """What to type; where there was a release, its service, and not the version that is live."""
    last = desk.work.releases.recent_in_channel(ask.did.channel, 1) if ask.did.channel else []
    for release in last:
        if may_see(desk, ask.user, release):
            example = Code(f"{desk.catalogue.command} new {release.service} <version> tomorrow 14:00")
            stands = words(Bold(release.title), ": ", access.stands(desk, ask.user, read(release, desk)))
            return words("No release is open here. The last one: ", stands, ". Plan the next: ", example)
    example = Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00")
    return words("No release is planned here. Plan one: ", example)
