"""Set the stage in a fresh database: the workspace, its people, and releases whose go/no-go is open.

What stands there is what the bot itself would have stored; the clicks are built from its own cards.
"""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import storage
from bot.app import load_catalogue
from bot.clock import Clock
from bot.kit import follow
from bot.kit.desk import MAIN_CARD, Desk
from bot.release.planned import plan_at
from bot.release.policy import Policy, SignOff
from bot.release.release import Part, Release, Round
from bot.release.states import State
from storage.engine import open_store
from storage.people import ChannelRow, Person
from storage.work import Work
from tests.bench import who

#: Like the built-in *light*, but it waits for everybody until its deadline: a vote never ends the go/no-go.
POLICY = Policy(
    name="bench",
    sign_offs=(SignOff("Sign-off", needs=len(who.VOTERS), whole_channel=True, captain_may=False),),
    close="deadline",
)
_CHANGES = "Faster checkout: the basket is priced once. Migration 0042 runs before it, and can be undone."
CATALOGUE = load_catalogue()
#: So many releases are opened in one transaction.
BATCH = 100


@dataclass(frozen=True)
class Shown:
    """A release's card as it stands in Slack."""

    id: int
    number: int
    channel: str
    ts: str
    message: dict[str, Any]

    def go_button(self) -> dict[str, Any]:
        """The Go button, as the bot drew it."""
        for block in self.message["blocks"]:
            for element in block.get("elements", ()):
                if str(element.get("action_id", "")).startswith("do.go#") or element.get("action_id") == "do.go":
                    return {**element, "block_id": block["block_id"]}
        raise LookupError("the card has no Go button")


def build(url: str, releases: int) -> list[Shown]:
    """Migrate the database and set the stage. The last release, one more, is alone in its channel."""
    storage.migrate(url)
    return asyncio.run(_build(url, [*_spread(releases), who.QUIET_CHANNEL], "service", is_new=True))


def open_more(url: str, releases: int, name: str) -> list[Shown]:
    """Open more releases there, also while a bot runs on it. `name` is their services', new each time."""
    return asyncio.run(_build(url, _spread(releases), name, is_new=False))


def _spread(releases: int) -> list[str]:
    return [who.CHANNELS[number % len(who.CHANNELS)] for number in range(releases)]


async def _build(url: str, places: list[str], name: str, *, is_new: bool) -> list[Shown]:
    store = open_store(url, clock=Clock())
    shown: list[Shown] = []
    try:
        workspace = await store.write(_people) if is_new else 1
        for start in range(0, len(places), BATCH):

            def put(work: Work, start: int = start) -> list[Shown]:
                batch = places[start : start + BATCH]
                return [_open(work, f"{name}-{start + at}", place) for at, place in enumerate(batch)]

            shown += await store.write(put, workspace=workspace, deadline=60)
    finally:
        await store.close()
    return shown


def _people(work: Work) -> int:
    now = work.now
    workspace = work.workspaces.ensure(who.APP, who.TEAM, None, who.BOT_USER, zone="Europe/Berlin")
    work.enter(workspace)
    work.roles.add_admin(who.CAPTAIN, "configuration", now)
    for user in who.CREW:
        work.people.put(Person(user, user.capitalize(), "Europe/Berlin", True, False, False, False, who.TEAM, now))
    for one in who.channels():
        work.people.put_channel(ChannelRow(one["id"], one["name"], False, False, False, True, None, False))
    tell_members(work)
    return workspace


def tell_members(work: Work) -> None:
    """As if Slack had just told who is in the channels."""
    for one in who.channels():
        work.people.put_members(one["id"], frozenset(who.CREW), work.now, True)


def _open(work: Work, service: str, channel: str) -> Shown:
    """One release with an open go/no-go and its card in Slack."""
    now = work.now
    desk = Desk(work, CATALOGUE, unasked=True)
    release = work.releases.add(
        Release(
            workspace_id=work.workspace_id, channel=channel, is_private=False, captain=who.CAPTAIN,
            created_by=who.CAPTAIN, created_at=now, planned=plan_at(now + timedelta(days=30), "Europe/Berlin"),
            policy=POLICY, parts=[Part(service, "2.14.0")], changes=_CHANGES, state=State.OPEN,
            round=Round(1, now, now + timedelta(days=29)),
        )
    )  # fmt: skip
    release.happened("planned", now, who.CAPTAIN, "planned it")
    release.happened("poll_opened", now, who.CAPTAIN, "opened the go/no-go", round=1)
    work.audit.append(release, release.events, by_path="command", key="")
    release.events.clear()
    ts = f"{1_790_000_000 + release.id}.000100"
    card = work.cards.ensure(release.id, MAIN_CARD, channel)
    work.cards.posted(card.id, channel, ts)
    follow.plan(release, desk)
    message = desk.message(CATALOGUE.cards[MAIN_CARD].draw(release, desk, channel))
    return Shown(release.id, release.number, channel, ts, message)


class Clicks:
    """Clicks that were not made yet: each voter's first vote on each release, in random order, one trigger each."""

    def __init__(self, shown: list[Shown], slack_port: int, seed: int, *, first_trigger: int = 1) -> None:
        self._slack = f"http://127.0.0.1:{slack_port}"
        pairs = [(one, user) for one in shown for user in who.VOTERS]
        random.Random(seed).shuffle(pairs)
        self._left = iter(pairs)
        self._back: list[bytes] = []
        self._trigger = itertools.count(first_trigger)

    def take(self, count: int) -> list[bytes]:
        """The bodies of so many clicks. Raises RuntimeError when there are not so many left."""
        taken, self._back = self._back[:count], self._back[count:]
        taken += [
            vote(one, user, next(self._trigger), self._slack)
            for one, user in itertools.islice(self._left, count - len(taken))
        ]
        if len(taken) < count:
            raise RuntimeError("every vote was given: set a larger stage")
        return taken

    def put_back(self, unused: list[bytes]) -> None:
        """Those that were not sent after all."""
        self._back += unused


def vote(shown: Shown, user: str, trigger: int, slack: str) -> bytes:
    """The form body of a click on Go."""
    button = shown.go_button()
    action = {"action_id": button["action_id"], "block_id": button["block_id"], "text": button["text"],
              "value": button["value"], "style": "primary", "type": "button"}  # fmt: skip
    return _click(shown, user, trigger, slack, action)


def no_op(shown: Shown, user: str, trigger: int, slack: str) -> bytes:
    """The form body of a click on a link button: acknowledged, and nothing else."""
    action = {"action_id": "open#0", "block_id": "links", "text": {"type": "plain_text", "text": "Dashboard"},
              "type": "button"}  # fmt: skip
    return _click(shown, user, trigger, slack, action)


def _click(shown: Shown, user: str, trigger: int, slack: str, action: dict[str, Any]) -> bytes:
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": who.TEAM},
        "api_app_id": who.APP,
        "token": "bench-verification",
        "container": {"type": "message", "message_ts": shown.ts, "channel_id": shown.channel, "is_ephemeral": False},
        "trigger_id": f"{trigger}.1790000000.{trigger:032x}",
        "team": {"id": who.TEAM, "domain": "bench"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": shown.channel, "name": shown.channel.lower()},
        "message": {"user": who.BOT_USER, "type": "message", "ts": shown.ts, "bot_id": who.BOT, "app_id": who.APP,
                    "team": who.TEAM, **shown.message},
        "state": {"values": {}},
        "response_url": f"{slack}/response/{trigger}",
        "actions": [{**action, "action_ts": f"1790000000.{trigger:06d}"}],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(payload)}).encode()


def command(text: str, trigger: int, slack: str, *, channel: str = who.QUIET_CHANNEL) -> bytes:
    """The form body of a slash command."""
    return urlencode(
        {
            "token": "bench-verification", "team_id": who.TEAM, "team_domain": "bench", "channel_id": channel,
            "channel_name": channel.lower(), "user_id": who.VOTERS[0], "user_name": "ana", "command": "/release",
            "text": text, "api_app_id": who.APP, "is_enterprise_install": "false",
            "response_url": f"{slack}/response/{trigger}", "trigger_id": f"{trigger}.1790000000.{trigger:032x}",
        }
    ).encode()  # fmt: skip
