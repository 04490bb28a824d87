"""Give a handler its one transaction and what it may do in it: look up, decide, and leave things to be said later.

Nothing here reaches the network. What is said goes into the outbox of the same transaction; what is unknown about
people and channels is asked for with `Needs`, and the handler runs again once it has been fetched.
"""

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bot.kit import render, voters
from bot.kit.blocks import Button, Lines, Message, Para, Small
from bot.kit.declare import Catalogue
from bot.kit.interaction import Interaction
from bot.release.chain import ANNOUNCED
from bot.release.electorate import FRESH, Electorate
from bot.release.public_holidays import days_off
from bot.release.release import Release
from bot.release.subscribing import Level
from bot.release.words import Channel, Code, Words, from_data, to_data, words
from storage.cards import CardRow
from storage.decisions import Attention
from storage.known import Known
from storage.outbox_rows import Hold, OutboxRow
from storage.work import Work
from storage.workspaces import WorkspaceRow

#: How long Slack takes private answers to a gesture (source: docs.slack.dev, "Handling user interaction").
ANSWERED_FOR = timedelta(minutes=30)
#: So many characters are said together in one message: less than a block holds, and than a notification shows.
MOST_TOGETHER = 2_800
#: Whoever opened their Home tab so long ago may still have it before them.
SEEN = timedelta(hours=12)
HOME_LANE = "home:"
MAIN_CARD = "release"


class Needs(Exception):
    """The handler cannot decide without facts from Slack: people by id, channels and user groups with their members."""

    def __init__(self, people: frozenset[str] = frozenset(), channels: frozenset[str] = frozenset()) -> None:
        self.people = people
        self.channels = channels
        super().__init__(f"needs {sorted(people)} {sorted(channels)}")


@dataclass
class Desk:
    """`tried` are the facts that were fetched, or could not be: they are not asked for again. `unasked`: nobody is
    waiting, so what is unknown stays unknown.
    """

    work: Work
    catalogue: Catalogue
    did: Interaction | None = None
    tried: frozenset[str] = frozenset()
    unasked: bool = False
    stale: set[str] = field(default_factory=set)  # channels and groups whose list should be read in the background
    homes: set[str] = field(default_factory=set)  # whose Home tab shows something else now; published by flush
    card: CardRow | None = None  # the one being drawn
    hold: Hold | None = None  # under which an answer is put that goes out as soon as this is committed
    held: list[tuple[OutboxRow, Hold]] = field(default_factory=list)  # those answers
    _names: dict[str, str] = field(default_factory=dict)
    _electorates: dict[int, tuple[Known, Any, Electorate]] = field(default_factory=dict)
    _stood_in_for: dict[str, Attention] | None = None

    @property
    def now(self) -> datetime:
        return self.work.now

    @property
    def workspace(self) -> WorkspaceRow:
        return self.work.workspace

    # ---- people ---------------------------------------------------------------------------
    def name(self, user: str) -> str:
        if user not in self._names:
            self._names[user] = self.work.people.name(user)
        return self._names[user]

    def zone_of(self, user: str) -> str | None:
        """The person's IANA zone, None when Slack does not tell."""
        person = self.work.people.get(user)
        if person is None:
            self.want(people={user})
            return None
        return person.zone

    def hours_in(self, user: str, release: Release) -> str:
        """The IANA zone whose hours are a person's: their own, the release's where theirs is not known."""
        person = self.work.people.get(user)
        return person.zone if person is not None and person.zone else release.planned.zone

    def days_off(self, user: str) -> Container[date]:
        """The public holidays of a person: those of the place they named, else of the workspace."""
        person = self.work.people.get(user)
        return days_off(person.country) if person is not None and person.country else self.work.days_off

    def is_full_member(self, user: str) -> bool:
        person = self.work.people.get(user)
        if person is None:
            self.want(people={user})
            return False
        return person.is_full_member

    def full_members(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them who are full members."""
        asked = frozenset(users)
        if unknown := asked - self.work.people.many(asked).keys():
            self.want(people=set(unknown))
        return self.work.people.full_members(asked)

    def members(self, channel: str) -> frozenset[str] | None:
        """The channel's members as last known; None when the list cannot be read."""
        row = self.work.people.channel(channel)
        if row is None or row.members_as_of is None:
            self.want(channels={channel})
            return None
        if row.members_as_of < self.now - FRESH:
            self.stale.add(channel)
        return self.work.people.members(channel)

    def group_members(self, group: str) -> frozenset[str]:
        """The user group's members as last known; nobody while it is not known."""
        as_of = self.work.people.as_of(group)
        if as_of is None:
            self.want(channels={group})
        elif as_of < self.now - FRESH:
            self.stale.add(group)
        return self.work.people.group_members(group)

    def want(self, people: set[str] | None = None, channels: set[str] | None = None) -> None:
        """Ask for facts from Slack, unless they were fetched, or nobody is waiting. Raises Needs."""
        wanted_people = frozenset(people or ()) - self.tried
        wanted_channels = frozenset(channels or ()) - self.tried
        if not self.unasked and (wanted_people or wanted_channels):
            raise Needs(wanted_people, wanted_channels)

    def stood_in_for(self) -> Mapping[str, Attention]:
        """Who is away now and has named who acts for them."""
        if self._stood_in_for is None:
            self._stood_in_for = self.work.decisions.stood_in_for()
        return self._stood_in_for

    def who_is_away_changed(self) -> None:
        """Read it anew."""
        self._stood_in_for = None
        self._electorates.clear()

    def is_in_channel(self, user: str, release: Release) -> bool:
        """Whether the person is where the release lives; where the list is unreadable, having acted there shows it."""
        members = self.members(release.channel)
        if members is not None:
            return user in members
        acted_there = self.did is not None and self.did.user == user and self.did.channel == release.channel
        return acted_there or any(vote.user == user for vote in release.round_votes())

    def electorate(self, release: Release, *, freshly_for: str | None = None) -> Electorate:
        """Who may give each sign-off of the release, as known now. `freshly_for`: for an answer of this person."""
        # By all that it is made from: the same object, so that votes need not be counted again for it.
        known, of = self.work.people.known, voters.made_from(self, release)
        before = self._electorates.get(release.id)
        if before is None or before[0] is not known or before[1] != of:
            self._electorates[release.id] = before = (known, of, voters.electorate(self, release))
        if freshly_for is not None:
            voters.freshly(self, release, before[2], freshly_for)
        return before[2]

    # ---- what is shown --------------------------------------------------------------------
    def voice(self, reader: str | None = None) -> render.Voice:
        """How to speak to a reader: names as people know them, their zone where it is known."""
        zone = self.workspace.zone
        if reader is not None and (person := self.work.people.get(reader)) is not None and person.zone:
            zone = person.zone
        return render.Voice(self.name, zone)

    def message(self, shown: Message, reader: str | None = None) -> dict[str, Any]:
        """`{"text", "blocks"}`, ready for Slack."""
        return render.message(shown, self.voice(reader))

    def offer(self, verb: str, release: Release, *, label: str = "", **data: Any) -> Button:
        """A button that does a verb to this release."""
        return self.catalogue.offer(verb, release, label=label, **data)

    def ref(self, release: Release) -> str:
        """REL-12."""
        return f"{self.catalogue.prefix}-{release.number}"

    # ---- what is said later ---------------------------------------------------------------
    def draw(self, kind: str, release: Release, recipient: str, tag: str = "", *, in_thread: bool = False) -> CardRow:
        """Have a card drawn, first or again, for a channel or a person. Rendered when sent, from the rows of then.

        `in_thread`: under the release's main card.
        """
        row = self._card(kind, release, recipient, tag)
        if not self.is_reachable(recipient):
            return row
        root = self._card(MAIN_CARD, release, release.channel).id if in_thread else None
        self.work.outbox.put("card", row.lane, card_id=row.id, release_id=release.id, after_card_id=root)
        return row

    def _card(self, kind: str, release: Release, recipient: str, tag: str = "") -> CardRow:
        return self.work.cards.ensure(release.id, kind, recipient, tag, self.catalogue.cards[kind].formerly)

    def draw_again(self, card: CardRow) -> None:
        """Have one card drawn again, whosever it is."""
        self.work.outbox.put("card", card.lane, card_id=card.id, release_id=card.release_id)

    def redraw(self, release: Release) -> None:
        """Have every card of the release drawn again."""
        self.work.cards.redraw(release.id)

    def repair(self, release: Release) -> None:
        """What was pressed showed what is not so any more: draw that message again, and the release's cards."""
        self.redraw(release)
        if self.did is not None and self.did.channel and self.did.message_ts:
            pressed = self.work.cards.by_ts(self.did.channel, self.did.message_ts)
            if pressed is not None and pressed.release_id != release.id:
                self.draw_again(pressed)

    def in_thread(self, release: Release, shown: Message, *, broadcast: bool = False) -> None:
        """Say something once in the thread of the release's card; `broadcast`: to the channel too."""
        root = self._card(MAIN_CARD, release, release.channel)
        payload = {"message": self.message(shown), "broadcast": broadcast}
        self.work.outbox.put("notice", release.channel, payload=payload, release_id=release.id, after_card_id=root.id)

    def in_thread_together(self, release: Release, row: Words, about: str) -> None:
        """Say something once in the thread, in one message with what else waits to be said `about` the same.

        Slack takes a message a second: fifty at once would hold up the channel for as many seconds.
        """
        root = self._card(MAIN_CARD, release, release.channel)

        def drawn(rows: list[Any]) -> dict[str, Any] | None:
            said = [from_data(one) for one in rows]
            text = words(*(words("\n" if at else "", one) for at, one in enumerate(said)))
            if len(said) > 1 and len(render.mrkdwn(text, self.voice())) > MOST_TOGETHER:
                return None
            shown = Message(text, (Lines(tuple(said)),)) if len(said) > 1 else Message(text)
            return {"message": self.message(shown), "broadcast": False}

        self.work.outbox.put_joined(release.channel, f"{about}:{release.id}", to_data(row), drawn,
                                    release_id=release.id, after_card_id=root.id)  # fmt: skip

    def decision(self, release: Release, row: Words, *, broadcast: bool) -> None:
        """Say what was decided, with the head of the record as of now: whoever has it can tell a changed record."""
        count, head = self.work.audit.head(release.id)
        anchor = words(f"Record: {count} entries, head ", Code(head[:ANNOUNCED]))
        self.in_thread(release, Message(row, (Para(row), Small(anchor))), broadcast=broadcast)

    def in_channel(self, channel: str, shown: Message, release: Release | None = None) -> None:
        """Say something once in a channel."""
        payload = {"message": self.message(shown)}
        self.work.outbox.put("notice", channel, payload=payload, release_id=release.id if release else None)

    def to_stakeholders(self, release: Release, row: Words, level: Level = "outcomes") -> None:
        """Tell it once to each channel that hears of this level: by its subscription, of outcomes the status channels.

        They never hear of a private channel's release; its own channel has heard it already.
        """
        if release.is_private:
            return
        channels: set[str | None] = set(self.work.subscriptions.hearing(level, services_of(release)))
        if level == "outcomes":
            channels |= {*release.policy.status_channels, self.workspace.status_channel}
        trouble = words(" Trouble? ", Channel(release.channel)) if level == "outcomes" else ()
        for channel in sorted(name for name in channels if name and name != release.channel):
            self.in_channel(channel, Message(words(row, trouble)), release)

    def is_muted(self, user: str, release: Release) -> bool:
        """Whether a person does not want to hear of it. Never look where they owe something, nor where they asked."""
        return self.work.mutes.is_muted(user, services_of(release))

    def direct(self, user: str, shown: Message, release: Release | None = None) -> None:
        """Say something once to one person, if Slack lets us; of a release to no guest who is not in its channel."""
        person = self.work.people.get(user)
        is_guest = person is not None and person.is_restricted
        if not self.is_reachable(user) or (is_guest and release and not self.is_in_channel(user, release)):
            return
        payload = {"message": self.message(shown, user)}
        self.work.outbox.put("direct", user, payload=payload, release_id=release.id if release else None)

    def is_reachable(self, recipient: str) -> bool:
        """Whether what is said there arrives: people of other workspaces get no direct messages, nor who has left."""
        if recipient[:1] in ("C", "D", "G"):
            return True
        person = self.work.people.get(recipient)
        return person is None or person.is_full_member or (person.is_restricted and not person.deleted)

    def privately(self, did: Interaction, shown: Mapping[str, Any], *, replaces: bool = False) -> None:
        """Answer a gesture that has no room for an answer in its ack: for the person alone, within 30 minutes."""
        place: dict[str, Any] = {"message": dict(shown)}
        if did.response_url:
            place["response_url"] = did.response_url
            if replaces:
                place["replaces"] = True
            elif did.thread_ts and did.thread_ts != did.message_ts:  # clicked in a thread: the answer belongs there
                place["thread_ts"] = did.thread_ts
            lane = "url:" + hashlib.sha256(did.response_url.encode()).hexdigest()[:16]
            if self.hold is not None:
                until = self.now + ANSWERED_FOR
                held = self.work.outbox.put_held("ephemeral", lane, self.hold, payload=place, expires_at=until)
                self.held.append((held, self.hold))
                return
        elif did.channel and not did.channel.startswith("D"):
            place |= {"channel": did.channel, "user": did.user, "thread_ts": did.thread_ts}
            lane = f"private:{did.channel}:{did.user}"
        else:
            if did.channel and did.thread_ts:  # typed in a thread of the direct messages
                place["thread_ts"] = did.thread_ts
            self.work.outbox.put("direct", did.user, payload=place)
            return
        self.work.outbox.put("ephemeral", lane, payload=place, expires_at=self.now + ANSWERED_FOR)

    def home_changed(self, users: set[str]) -> None:
        """Their Home tab shows something else now, for those who may have it before them."""
        self.homes |= self.work.people.saw_home_since(users, self.now - SEEN)

    def show_home(self, user: str, notice: Mapping[str, Any] | None = None) -> None:
        """Publish a person's Home tab, with one line about what just happened."""
        # A lane of its own: a tab that Slack refuses must not hold up what is to be said to that person.
        self.work.outbox.put("home", HOME_LANE + user, payload={"notice": dict(notice)} if notice else {})


def services_of(release: Release) -> list[str]:
    """The services of its parts, without those that were dropped."""
    return [part.service for part in release.active_parts]
