"""HTTP mode stands on the open internet: who is not Slack is refused at the door, in one line, and is not quoted."""

import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from structlog.types import EventDict

from bot.clock import Wire
from bot.sandbox.http_push import sign
from bot.slack.signed import parse
from tests.story import Story

FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode({"command": "/release", "text": "setup abcdef0123456789", "team_id": "T1"}).encode()
DEEP = b"[" * 100_000
ANYTHING = (COMMAND, b"", b"\xff\xfe", b"payload={x", b"payload=" + DEEP, DEEP, b"[1,2]", b"5", b"null", b"ssl_check=2")


class _Libraries(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()} {record.exc_text or ''}")


@dataclass
class Door:
    """The bot's `/slack/events`, with what it and its libraries log."""

    story: Story
    ours: list[EventDict]
    others: list[str]

    async def gets(self, body: bytes, *, kind: str | None = FORM, signed: bool = True, **headers: str) -> int:
        """Post that; the status of the answer. Headers given by name win over the right ones."""
        stamp = str(int(Wire().unix()))
        good = {"X-Slack-Request-Timestamp": stamp, "User-Agent": "x"} | ({"Content-Type": kind} if kind else {})
        good["X-Slack-Signature"] = sign(self.story.box.signing_secret, stamp, body) if signed else "v0=" + "0" * 64
        good |= {f"X-Slack-{name.replace('_', '-')}": value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.story.app.port}/slack/events"
        self.ours.clear()
        self.others.clear()
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=good) as answer:
            assert "Server got itself in trouble" not in await answer.text()
            return answer.status

    def said(self) -> str:
        return json.dumps(self.ours, default=str) + "".join(self.others)


@pytest.fixture
def everything_logged() -> Iterator[tuple[list[EventDict], list[str]]]:
    handler, root = _Libraries(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    with capture_logs() as lines:
        yield lines, handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def door(
    sqlite_database: str, tmp_path: Path, everything_logged: tuple[list[EventDict], list[str]]
) -> AsyncIterator[Door]:
    story = Story("http", sqlite_database, tmp_path, *everything_logged)
    await story.begins_with()
    yield Door(story, *everything_logged)
    await story.stops()


async def test_nobody_but_slack_gets_further_than_the_door(door: Door) -> None:
    now = int(Wire().unix())
    for stamp in ("", "abc", "1.5", "nan", "inf", "-1", "9" * 30, "١٢٣", f"{now}.0", f" {now} 1", str(now - 301)):
        assert await door.gets(COMMAND, Request_Timestamp=stamp) == 401, stamp
        _one_quiet_line(door)
    for signature in ("", "v0=", "v0=é", "v1=" + "0" * 64, "x" * 5000):
        assert await door.gets(COMMAND, Signature=signature) == 401, signature
        _one_quiet_line(door)


@pytest.mark.parametrize("kind", [FORM, "application/json", "text/plain; charset=nonsense", None])
async def test_what_is_not_signed_is_not_read(door: Door, kind: str | None) -> None:
    for body in ANYTHING:
        assert await door.gets(body, kind=kind, signed=False) == 401, body[:20]
        _one_quiet_line(door)


def _one_quiet_line(door: Door) -> None:
    [line] = door.ours
    assert (line["event"], line["log_level"]) == ("request_refused", "warning")
    assert not door.others
    assert "abcdef0123456789" not in door.said()
    assert "exc_info" not in line


async def test_a_look_at_the_certificate_needs_no_signature(door: Door) -> None:
    for body in (b"ssl_check=1", b"ssl_check=1&token=x", b"token=x&ssl_check=1", COMMAND + b"&ssl_check=1"):
        assert await door.gets(body, signed=False) == 200, body
        assert not door.ours and not door.others


async def test_what_is_signed_and_cannot_be_read_is_a_bad_request(door: Door) -> None:
    for body in (b"\xff\xfe", b"payload=\xff", b"payload={x", b"payload=[]", b"payload=" + DEEP, b"payload=5"):
        assert await door.gets(body) == 400, body[:20]
        assert [(line["event"], line["log_level"]) for line in door.ours] == [("request_unreadable", "warning")]
        assert not door.others
    for body in (DEEP, b"[1,2]", b'"x"', b"null", b"5", b"{"):
        assert await door.gets(body, kind="application/json") == 400, body[:20]


async def test_slack_itself_is_let_in(door: Door) -> None:
    asked: dict[str, Any] = {"type": "url_verification", "token": "x", "challenge": "3eZbrw1"}
    assert await door.gets(json.dumps(asked).encode(), kind="application/json") == 200
    assert await door.gets(COMMAND.replace(b"T1", door.story.box.team_id.encode())) != 401


async def test_what_slack_signs_and_nobody_expects_gets_an_answer_and_no_traceback(door: Door) -> None:
    team = {"team": {"id": door.story.box.team_id}, "user": {"id": "U1", "team_id": door.story.box.team_id}}
    gestures: list[tuple[dict[str, Any], int]] = [
        ({"type": "block_actions", "actions": []}, 400),
        ({"type": "block_actions"}, 404),
        ({"type": "block_actions", "actions": [{"action_id": "do.go#0"}]}, 404),
        ({"type": "view_submission", "view": {}}, 404),
        ({"type": "dialog_submission", "callback_id": "x", "submission": {}}, 404),
        ({"type": "interactive_message", "callback_id": "x", "actions": [{"name": "a", "type": "button"}]}, 404),
        ({"type": "workflow_step_edit", "callback_id": "x"}, 400),
        ({"type": "event_callback", "event": "x"}, 400),
        ({"type": ["block_actions"], "actions": [{"action_id": "do.go#0"}]}, 400),
        ({"type": {}, "event": {"type": "app_mention"}}, 400),
        ({"type": "event_callback", "event": {"type": ["app_mention"]}}, 400),
        ({"type": "event_callback", "event": {"type": 5}}, 400),
        ({"type": "block_actions", "team": 5, "actions": [{"action_id": "do.go#0"}]}, 400),
        ({"type": "block_actions", "user": "U1", "actions": [{"action_id": "do.go#0"}]}, 404),
        ({"type": "event_callback"}, 200),
        ({"type": "app_rate_limited", "minute_rate_limited": 1}, 200),
    ]
    for gesture, status in gestures:
        assert await door.gets(urlencode({"payload": json.dumps(team | gesture)}).encode()) == status, gesture
        assert [line["log_level"] for line in door.ours] == ["warning"], door.ours
        assert not door.others


def _people(id: str) -> dict[str, Any]:
    profile = {"display_name": "Nobody", "real_name": "No Body", "team": "T1"}
    return {"id": id, "name": "nobody", "real_name": "No Body", "tz": "Europe/Berlin", "team_id": "T1",
            "profile": profile, "enterprise_user": {"enterprise_id": "E1"}}  # fmt: skip


def _events() -> dict[str, dict[str, Any]]:
    """An event of each type that the manifest subscribes to, with its parts as Slack documents them."""
    said = {"user": "U404", "text": "why", "channel": "D404", "ts": "1.2", "thread_ts": "1.1", "team": "T1",
            "user_team": "T1"}  # fmt: skip
    group = {"id": "S404", "handle": "qa", "name": "QA", "users": ["U404"]}
    parts: dict[str, dict[str, Any]] = {
        "app_home_opened": {"user": "U404", "tab": "home"},
        "app_mention": said,
        "app_uninstalled": {},
        "member_joined_channel": {"user": "U404", "channel": "C404"},
        "member_left_channel": {"user": "U404", "channel": "C404"},
        "message.im": {**said, "channel_type": "im"},
        "subteam_created": {"subteam": group},
        "subteam_members_changed": {"subteam_id": "S404"},
        "subteam_updated": {"subteam": group},
        "team_join": {"user": _people("U405")},
        "tokens_revoked": {"tokens": {"oauth": ["U404"], "bot": []}},
        "user_change": {"user": _people("U405")},
    }
    subscribed = yaml.safe_load(Path("manifest.yml").read_text())["settings"]["event_subscriptions"]["bot_events"]
    for name in subscribed:
        if name not in parts:
            kind, _, did = name.partition("_")
            assert kind in ("channel", "group"), f"{name}: how does Slack document it?"
            parts[name] = {"channel": {"id": "C404", "name": "x"} if did == "rename" else "C404"}
    assert parts.keys() == {*subscribed}
    return parts


def _spoiled(whole: Any, odd_ones: tuple[Any, ...] = (), at: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """It with one part missing or of another kind, for each of its parts."""
    if isinstance(whole, list):
        for place, part in enumerate(whole):
            for where, spoiled in _spoiled(part, odd_ones, (*at, str(place))):
                yield where, [*whole[:place], spoiled, *whole[place + 1 :]]
    for key, part in whole.items() if isinstance(whole, dict) else ():
        for odd in (_MISSING, None, 5, "\x00\ud800", *odd_ones):
            rest = {name: other for name, other in whole.items() if name != key}
            yield ".".join((*at, key)), rest if odd is _MISSING else rest | {key: odd}
        for where, spoiled in _spoiled(part, odd_ones, (*at, key)):
            yield where, whole | {key: spoiled}


_MISSING = object()


async def test_an_event_without_its_parts_is_a_warning_at_most(door: Door) -> None:
    """Slack repeats what is answered with an error, and switches events off where many are."""
    number = 0
    for name, event in _events().items():
        about = {"type": "event_callback", "team_id": door.story.box.team_id, "event_id": "Ev"}
        sent = about | {"event": event | {"type": name.removesuffix(".im")}}
        for where, spoiled in _spoiled(sent):
            if where in ("type", "event", "event.type"):
                continue  # then it is no event, or another
            number += 1
            if spoiled.get("event_id") == "Ev":
                spoiled |= {"event_id": f"Ev{number}"}
            assert await door.gets(json.dumps(spoiled).encode(), kind="application/json") == 200, (name, where, spoiled)
            bad = [line for line in door.ours if line["log_level"] not in ("debug", "info", "warning")]
            assert not bad and "Traceback" not in door.said(), (name, where, spoiled, bad)


def _gestures(team: str, user: str) -> list[dict[str, Any]]:
    """A click, a submission and the two shortcuts, with their parts as Slack documents them."""
    who = {"user": {"id": user, "username": "ana", "name": "ana", "team_id": team}, "team": {"id": team, "domain": "x"},
           "api_app_id": "A1", "token": "x", "is_enterprise_install": False, "trigger_id": "1.2.x"}  # fmt: skip
    said = {"type": "message", "user": "U404", "ts": "1.2", "thread_ts": "1.1", "text": "x", "blocks": []}
    where = {"channel": {"id": "C404", "name": "x"}, "message": said, "response_url": "http://127.0.0.1:9/gone"}
    click = {"type": "button", "action_id": "do.no-go#0", "block_id": "b", "value": '{"r":1}', "action_ts": "1.2",
             "text": {"type": "plain_text", "text": "No-go"}}  # fmt: skip
    entry = {"text": {"type": "plain_text", "text": "x"}, "value": '["do.why",{"r":1}]'}
    chosen = {"type": "overflow", "action_id": "more#0", "block_id": "b", "action_ts": "1.2", "selected_option": entry}
    at = {"type": "message", "message_ts": "1.2", "channel_id": "C404", "thread_ts": "1.1", "is_ephemeral": False}
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "tests"}
    filled_in = {"reason": {"reason": {"type": "radio_buttons", "selected_option": option}},
                 "why": {"why": {"type": "plain_text_input", "value": "red"}}}  # fmt: skip
    view = {"id": "V1", "type": "modal", "callback_id": "do.no-go", "hash": "1.x", "private_metadata": '{"r":1}',
            "state": {"values": filled_in}, "root_view_id": "V1", "previous_view_id": None}  # fmt: skip
    shortcut = {"callback_id": "new_release", "action_ts": "1.2"}
    return [
        {"type": "block_actions", **who, **where, "container": at, "actions": [click], "state": {"values": {}}},
        {"type": "block_actions", **who, **where, "container": at, "actions": [chosen], "state": {"values": {}}},
        {"type": "view_submission", **who, "view": view, "response_urls": []},
        {"type": "shortcut", **who, **shortcut},
        {"type": "message_action", **who, **where, **shortcut, "callback_id": "release_actions", "message_ts": "1.2"},
    ]


async def test_a_gesture_whose_parts_are_of_another_kind_is_refused_and_no_failure_of_ours(door: Door) -> None:
    [ana] = door.story.people("ana")
    await ana.types("/release new payments 3.0 today 15:00")
    number = 0
    for sent in _gestures(door.story.box.team_id, ana.id):
        for where, spoiled in _spoiled(sent, (True, 10**30, ["x"], {"a": {"b": 1}})):
            number += 1
            if spoiled.get("trigger_id") == "1.2.x":
                spoiled |= {"trigger_id": f"1.2.{number}"}
            status = await door.gets(urlencode({"payload": json.dumps(spoiled)}).encode())
            assert status in (200, 400, 404), (where, spoiled, door.said())
            await door.story.app.gateway.acks_first()
            failed = [line for line in door.ours if line["event"] in ("gesture_failed", "command_failed")]
            assert not failed and "Traceback" not in door.said(), (where, spoiled, failed)


@pytest.mark.parametrize("kind", ["file_share", "thread_broadcast", "me_message"])
async def test_a_line_with_a_picture_is_a_line(door: Door, kind: str) -> None:
    ana, bo = door.story.people("ana", "bo")
    await ana.types("/release new payments 3.0 today 15:00")
    said = {"type": "message", "subtype": kind, "channel_type": "im", "user": bo.id, "text": "no-go REL-1 it crashes",
            "channel": bo.dm.channel.id, "ts": "1.2", "event_ts": "1.2"}  # fmt: skip
    sent = {"type": "event_callback", "team_id": door.story.box.team_id, "event_id": "Ev1", "event": said}
    assert await door.gets(json.dumps(sent).encode(), kind="application/json") == 200
    await door.story.quiet()
    assert (await door.story.release("payments")).votes == {"bo": "no-go"}


def _said_to_the_bot(door: Door, who: Any, **said: Any) -> bytes:
    event = {"type": "message", "channel_type": "im", "user": who.id, "channel": who.dm.channel.id, "ts": "1.2", **said}
    ours = [{"user_id": door.story.box.bot_user_id, "is_bot": True, "team_id": door.story.box.team_id}]
    return json.dumps({
        "type": "event_callback", "team_id": door.story.box.team_id, "event_id": "Ev1", "event": event,
        "authorizations": ours,
    }).encode()  # fmt: skip


async def test_a_picture_alone_is_no_line(door: Door) -> None:
    [bo] = door.story.people("bo")
    sent = _said_to_the_bot(door, bo, subtype="file_share", text="", files=[{"id": "F1"}])
    assert await door.gets(sent, kind="application/json") == 200
    await door.story.quiet()
    assert bo.dm.reads() == ""


async def test_who_is_named_first_in_a_direct_message_is_not_taken_for_the_bot(door: Door) -> None:
    ana, bo = door.story.people("ana", "bo")
    await ana.types("/release new payments 3.0 today 15:00")
    sent = _said_to_the_bot(door, bo, text=f"<@{ana.id}> go payments")
    assert await door.gets(sent, kind="application/json") == 200
    await door.story.quiet()
    assert (await door.story.release("payments")).votes == {}


@pytest.mark.parametrize("name", ["payments", "می\u200cخواهم", "क\u094d\u200dष", "x\u00a0y"])
async def test_a_channel_may_have_any_name(door: Door, name: str) -> None:
    [ana] = door.story.people("ana")
    sent = {"command": "/release", "text": "list", "team_id": door.story.box.team_id, "user_id": ana.id,
            "trigger_id": "1.2.x", "channel_id": "C404", "channel_name": name,
            "response_url": "http://127.0.0.1:9/gone"}  # fmt: skip
    assert await door.gets(urlencode(sent).encode()) == 200, door.said()


async def test_an_answer_nested_without_end_is_refused_in_one_line(door: Door) -> None:
    [ana] = door.story.people("ana")
    submitted = next(one for one in _gestures(door.story.box.team_id, ana.id) if one["type"] == "view_submission")
    submitted["view"]["state"]["values"]["why"]["why"]["value"] = "DEEP"
    for depth in (500, 800, 850, 900, 925, 950, 975, 990, 100_000):
        sent = json.dumps(submitted).replace('"DEEP"', "[" * depth + "]" * depth)
        assert await door.gets(urlencode({"payload": sent}).encode()) in (400, 404), (depth, door.said())
        assert {line["log_level"] for line in door.ours} <= {"info", "warning"}, door.said()
        assert "Traceback" not in door.said()


@pytest.mark.parametrize("user", [None, "U404", [], {}, {"id": 5}, {"id": ""}, {"id": "U9", "profile": "x"}])
async def test_a_person_who_cannot_be_read_is_nobody(door: Door, user: Any) -> None:
    about = {"type": "event_callback", "team_id": door.story.box.team_id, "event_id": "Ev1"}
    sent = about | {"event": {"type": "user_change"} | ({} if user is None else {"user": user})}
    assert await door.gets(json.dumps(sent).encode(), kind="application/json") == 200
    [line] = door.ours
    assert (line["event"], line["log_level"]) == ("not_understood", "warning")
    assert "user" in line["why"]


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name != "payload"), st.text()))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    assert parse(urlencode(fields), FORM) == fields
    assert parse(urlencode({"payload": json.dumps(fields)}), FORM) == fields
    assert parse(json.dumps(fields), "application/json") == fields


def test_what_people_said_is_not_kept_once_it_is_read() -> None:
    body = urlencode({"payload": json.dumps({"type": "block_actions", "said": "x" * 1_000})})
    held = sys.getrefcount(body)
    assert parse(body, FORM)["type"] == "block_actions"
    assert sys.getrefcount(body) == held, "yarl remembers the last 128 that it was given, of up to a megabyte each"
