"""Say what is wrong after a run: what people were promised, what the database holds, what Slack shows.

It believes nobody: it reads the tables with plain SQL and drivers of its own, and Slack from the workspace itself, so
that a bug of the bot cannot hide itself.
"""

import hashlib
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from bot.sandbox.server import Sandbox
from tests.chaos.ledger import Deed, Ledger
from tests.chaos.moves import Account

Row = dict[str, Any]
Rows = list[Row]

#: Plain JSON in text columns.
_JSON = {"payload", "reply", "body", "said"}
_TABLES = ("releases", "release_parts", "votes", "rounds", "keys", "audit", "audit_texts", "outbox", "cards", "timers")
_DELIVERY = "tminus_delivery"
#: So many people a card names before it says "and others".
_MOST_NAMES = 4
_CAUSE = re.compile(r"cause-\d+\.")
_STATE_WORDS = {"open": "Go/no-go open", "approved": "✅ Go", "no-go": "No-go", "no decision": "No decision"}


@dataclass
class Facts:
    """All rows of the tables that matter, by table; instants are aware, JSON is read."""

    rows: dict[str, Rows] = field(default_factory=dict)

    def of(self, table: str, **which: Any) -> Rows:
        return [row for row in self.rows[table] if all(row[name] == value for name, value in which.items())]


def read_database(url: str) -> Facts:
    """Everything, as it is now."""
    facts = Facts()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)) as db:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN")
            for table in _TABLES:
                facts.rows[table] = [_plain(dict(row)) for row in db.execute(f"SELECT * FROM {table}")]
    else:
        address = url.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, row_factory=dict_row) as pg:
            pg.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            every = sql.SQL("SELECT * FROM {}")
            for table in _TABLES:
                facts.rows[table] = [_plain(row) for row in pg.execute(every.format(sql.Identifier(table)))]
    return facts


def _plain(row: Row) -> Row:
    for name, value in row.items():
        if isinstance(value, str) and (name.endswith("_at") or name in ("at", "lease_until", "not_before")):
            row[name] = datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif isinstance(value, str) and name in _JSON and name != "body":
            row[name] = json.loads(value)
    return row


def under_way(url: str, now: datetime) -> list[str]:
    """What is still to be sent, or due and not done."""
    facts = read_database(url)
    posts = [f"{row['kind']} {row['id']} is {row['state']}" for row in facts.of("outbox", settled_at=None)]
    due = [row for row in facts.of("timers", settled_at=None) if row["due_at"] <= now]
    return posts + [f"timer {row['name']} of release {row['release_id']} is due" for row in due]


@dataclass
class _Line:
    """What one person has said on one release so far: the last places in the record, and what may count by now."""

    kept: int = 0
    failed: int = 0
    late: int = 0
    maybe: set[str] = field(default_factory=set)


class Checker:
    """`unsure`: where the bot may not read what was posted, how many of its posts had an outcome unknown to it.

    So many cards may stand once too often then, and other posts may stay ambiguous. None: it may read.
    """

    def __init__(self, url: str, box: Sandbox, ledger: Ledger, now: datetime, *, unsure: int | None = None) -> None:
        self.facts = read_database(url)
        self.box = box
        self.ledger = ledger
        self.now = now
        self.history, self.spare = unsure is None, unsure or 0
        #: How often something that Slack had shown as failed was stored after what the person did next.
        self.late = 0
        self.numbers = {row["id"]: row["number"] for row in self.facts.of("releases")}
        self.titles = {
            row["release_id"]: f"{row['service']} {row['version']}" for row in self.facts.of("release_parts")
        }

    def violations(self) -> list[str]:
        """In words; empty when all promises were kept."""
        return [
            *self._plans(), *self._votes(), *self._final_votes(), *self._moves(), *self._chains(), *self._timers(),
            *self._deliveries(), *self._messages(), *self._news(), *self._cards(),
        ]  # fmt: skip

    # ---- what people did ------------------------------------------------------------------
    def _plans(self) -> Iterator[str]:
        stored = Counter(self.titles.values())
        for deed in self._deeds("plan"):
            count = stored.pop(deed.title, 0)
            if count > 1:
                yield f"applied twice: {deed.title} is planned {count} times"
            if deed.promise == "kept" and not count:
                yield f"lost: {deed.who} was told that {deed.title} is planned, and it is not"
        for title in stored:
            yield f"nobody planned {title}"

    def _votes(self) -> Iterator[str]:
        heard: dict[str, Rows] = defaultdict(list)
        for row in self._events("voted"):
            heard[row["fact"]["key"]].append(row)
        keys = {row["key"] for row in self.facts.of("keys")}
        lines: dict[tuple[str, int | None], _Line] = defaultdict(_Line)
        for deed in self._deeds("vote"):
            found, line = heard.pop(deed.key, []), lines[deed.who, deed.number]
            name = f"{deed.who}'s {deed.choice} {deed.why} on {deed.title}"
            if deed.promise == "kept" and deed.key not in keys:
                yield f"lost: {name} was acknowledged, and its key is not there"
            elif len(found) > 1:
                yield f"applied twice: {name}, {len(found)} times"
            elif not found and deed.promise == "kept" and not (deed.choice == "go" and "go" in line.maybe):
                yield f"lost: {name} was acknowledged, and nothing happened"
            elif found and deed.promise == "declined":
                yield f"{name} was declined and yet stored"
            elif found and self.ledger.may_be_late(deed):
                line.late = max(found[0]["seq"], line.late)
                line.maybe.add(deed.choice)
            elif found and deed.promise == "kept":
                if found[0]["seq"] < line.kept:
                    yield f"out of order: {name} was stored before what {deed.who} said earlier"
                if found[0]["seq"] < line.failed:
                    yield f"out of order: {name} was overtaken by what {deed.who} had seen fail"
                self.late += found[0]["seq"] < line.late
                line.kept, line.maybe = max(found[0]["seq"], line.kept), {deed.choice}
            elif found:  # shown as failed, and stored
                line.failed = max(found[0]["seq"], line.failed)
                line.maybe.add(deed.choice)
        for key in heard:
            yield f"nobody did that: a vote with the key {key}"

    def _final_votes(self) -> Iterator[str]:
        """What counts is what each person said last."""
        users = self.box.workspace.users
        last: dict[tuple[int, int, str], str] = {}
        whys = {row["audit_id"]: row["why"] for row in self.facts.of("audit_texts")}
        for row in self._events("voted"):
            fact = row["fact"]
            where = (row["release_id"], fact["details"]["round"], fact["by"])
            last[where] = f"{fact['details']['choice']} {whys.get(row['id'], '?')}".strip()
        counted = {
            (row["release_id"], row["round"], row["user_id"]): f"{row['choice']} {row['why']}".strip()
            for row in self.facts.of("votes")
        }
        for where in last.keys() | counted.keys():
            if last.get(where) != counted.get(where):
                who = users[where[2]].name
                yield f"lost: {who} said {last.get(where)!r} on {self.titles[where[0]]}; {counted.get(where)!r} counts"

    def _moves(self) -> Iterator[str]:
        rows = sorted(self.facts.of("audit"), key=lambda row: (row["release_id"] or 0, row["seq"]))
        account = Account(
            self.ledger, [row | {"fact": json.loads(row["body"])} for row in rows],
            {row["key"] for row in self.facts.of("keys")},
            {row["id"]: row["state"] for row in self.facts.of("releases")}, self.titles,
        )  # fmt: skip
        yield from account.violations()

    def _deeds(self, what: str) -> list[Deed]:
        return [deed for deed in self.ledger.deeds if deed.what == what]

    # ---- the record -----------------------------------------------------------------------
    def _events(self, *names: str) -> Rows:
        rows = sorted(self.facts.of("audit"), key=lambda row: (row["release_id"] or 0, row["seq"]))
        return [row | {"fact": json.loads(row["body"])} for row in rows if row["name"] in names]

    def _chains(self) -> Iterator[str]:
        chains: dict[int | None, Rows] = defaultdict(list)
        for row in self.facts.of("audit"):
            chains[row["release_id"]].append(row)
        for release, rows in chains.items():
            previous = ""
            for expected, row in enumerate(sorted(rows, key=lambda row: int(row["seq"])), start=1):
                body = json.loads(row["body"])
                good = row["seq"] == body["seq"] == expected and body["previous"] == previous
                if not good or hashlib.sha256(row["body"].encode()).hexdigest() != row["hash"]:
                    yield f"the audit chain of {self.titles.get(release or 0, 'the workspace')} breaks at {row['seq']}"
                previous = row["hash"]

    # ---- what was to happen later ---------------------------------------------------------
    def _timers(self) -> Iterator[str]:
        ran: dict[int, Rows] = defaultdict(list)
        for row in self.facts.of("timers"):
            name = f"timer {row['name']} of {self.titles[row['release_id']]}"
            if row["settled_at"] is None and row["due_at"] <= self.now:
                yield f"no outcome: {name} was due at {row['due_at']:%d %H:%M:%S}"
            elif row["state"] == "dead":
                yield f"{name} was given up: {row['reason']}"
            elif row["state"] in ("done", "skipped"):
                ran[row["release_id"]].append(row)
        for rows in ran.values():
            rows.sort(key=lambda row: (row["due_at"], row["id"]))
            for earlier, later in pairwise(rows):
                if later["settled_at"] < earlier["settled_at"]:
                    title = self.titles[earlier["release_id"]]
                    yield f"out of order: {later['name']} of {title} ran before the earlier {earlier['name']}"
        for row in self.facts.of("releases", state="open"):
            for held in self.facts.of("rounds", release_id=row["id"], number=row["round_number"]):
                if held["closes_at"] <= self.now:
                    yield f"the poll of {self.titles[row['id']]} did not close at its deadline"

    # ---- what Slack shows -----------------------------------------------------------------
    def _deliveries(self) -> Iterator[str]:
        for row in self.facts.of("outbox"):
            name = f"{row['kind']} {row['id']} to {row['lane']}"
            if row["settled_at"] is None:
                yield f"missing: {name} is still {row['state']} ({row['error']})"
            elif row["state"] == "ambiguous" and (self.history or row["kind"] == "card"):
                yield f"missing: {name} stayed ambiguous ({row['error']})"
            elif row["state"] == "dead" and row["kind"] != "ephemeral":
                yield f"missing: {name} was given up ({row['error']})"

    def _posted(self) -> dict[int, list[tuple[str, Row]]]:
        """The bot's messages by the outbox id that they carry, with their channels."""
        found: dict[int, list[tuple[str, Row]]] = defaultdict(list)
        for channel in self.box.workspace.channels.values():
            for message in self.box.workspace.messages(channel):
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == _DELIVERY:
                    found[metadata["event_payload"]["id"]].append((channel.id, message))
        return found

    def _messages(self) -> Iterator[str]:
        """Each post is there once, each card once."""
        posted, rows = self._posted(), {row["id"]: row for row in self.facts.of("outbox")}
        of_card: Counter[int] = Counter()
        for id, messages in posted.items():
            row = rows.get(id)
            if row is None:
                yield f"a message carries the outbox id {id}, which is not there"
            elif row["card_id"] is not None:
                of_card[row["card_id"]] += len(messages)
            elif len(messages) > 1:
                yield f"doubled: {row['kind']} {id} stands {len(messages)} times in {row['lane']}"
        for row in rows.values():
            said = row["state"] == "sent" and row["answer"] != "nothing to show"
            if row["kind"] in ("notice", "direct") and said and row["id"] not in posted:
                yield f"missing: {row['kind']} {row['id']} was sent to {row['lane']}, and it is not there"
        for card in self.facts.of("cards"):
            name = f"card {card['kind']} of {self.titles[card['release_id']]} for {card['recipient']}"
            if (more := of_card[card["id"]] - 1) > 0:
                self.spare -= more
                if self.spare < 0:
                    yield f"doubled: {name} stands {more + 1} times"
            if card["state"] == "live" and not self._message(card):
                yield f"missing: {name}"

    def _message(self, card: Row) -> Row | None:
        channel = self.box.workspace.channels.get(card["channel"] or "")
        return self.box.workspace.message(channel, card["ts"]) if channel and card["ts"] else None

    def _news(self) -> Iterator[str]:
        """What was to be announced was announced once; what the outbox forgot to hold is found here."""
        texts: Counter[str] = Counter()
        cards = {(row["channel"], row["ts"]) for row in self.facts.of("cards")}
        for channel in self.box.workspace.channels.values():
            for message in self.box.workspace.messages(channel):
                if message.get("bot_id") and (channel.id, message["ts"]) not in cards:
                    texts[str(message.get("text"))] += 1
        whys = {row["audit_id"]: row["why"] for row in self.facts.of("audit_texts")}
        for row in self._events("voted", "decided", "poll_opened"):
            title = self.titles[row["release_id"]]
            if row["name"] == "voted":
                if row["fact"]["details"]["choice"] == "go":
                    continue
                why = f": “{whys[row['id']]}”"
                wanted = [f"said no-go{why}", f"before){why}"]
            elif row["name"] == "poll_opened":
                wanted = [f"{title}: go/no-go is open until"]
            else:
                wanted = [f"{title}: go. Deploy", f"{title}: go. It was", f"{title}: it was go", "Next: extend"]
            count = sum(
                times for text, times in texts.items()
                if any(words in text for words in wanted) and (row["name"] != "decided" or title + ":" in text)
            )  # fmt: skip
            if count > 1 or (not count and self.history):
                yield f"{'doubled' if count else 'missing'}: {row['name']} of {title} was told {count} times"

    def _cards(self) -> Iterator[str]:
        """Each release's card shows how it stands now."""
        cards = {row["release_id"]: row for row in self.facts.of("cards", kind="release")}
        for release in self.facts.of("releases"):
            title = self.titles[release["id"]]
            message = self._message(cards[release["id"]]) if release["id"] in cards else None
            if message is None:
                yield f"missing: the card of {title}"
                continue
            shown = json.dumps(message.get("blocks"), ensure_ascii=False)
            state = release["stopped"] if release["state"] == "stopped" else release["state"]
            wanted = {_STATE_WORDS.get(state, "")}
            for words in wanted:
                if words not in shown:
                    yield f"stale: the card of {title} does not show {words!r}, but {shown[:1000]}"
            if release["state"] == "open":
                whys = {row["why"] for row in self.facts.of("votes", release_id=release["id"], choice="no-go")}
                seen = set(_CAUSE.findall(shown))
                if seen - whys or len(seen) < min(len(whys), _MOST_NAMES):
                    yield f"stale: the card of {title} shows {sorted(seen)}, and no-go is {sorted(whys)}"
