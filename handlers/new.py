"""Plan a release: from one typed line, or from a dialog with the same fields."""

import re
from collections.abc import Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Block, Button, Input, Message, Option, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import MAIN_CARD, Desk
from bot.kit.forms import Form
from bot.kit.subject import split_word
from bot.kit.telling import headline, in_zones
from bot.kit.times import ask_back, read_time
from bot.release.errors import FieldRefusal
from bot.release.planning import plan
from bot.release.policy import BUILT_IN, Policy, service_key, unknown_service
from bot.release.release import Kind, Part, Release, Risk
from bot.release.states import State
from bot.release.when import TimeQuestion, split_when
from bot.release.words import Bold, Code, Said, words

MAX_NAME = 60
MAX_TEXT = 3_000
MAX_PARTS = 10
_RISKS = (Option("low", "Low"), Option("medium", "Medium"), Option("high", "High"))
_KINDS = (
    Option("normal", "Normal", "asked go/no-go"),
    Option("standard", "Standard", "pre-approved: announced, not voted"),
    Option("hotfix", "Hotfix", "the emergency lane of its policy"),
)

FORM = Form(
    "New release",
    (
        Input("service", "Service", placeholder="payments", max_length=MAX_NAME),
        Input("version", "Version", placeholder="2.14.0", max_length=MAX_NAME),
        Input(
            "when",
            "When",
            placeholder="tomorrow 14:00",
            hint="In your time zone; fri 3pm, in 2h, 2026-12-01 14:00 Europe/Berlin",
        ),
        Input("channel", "Channel", kind="channel", hint="Where its card lives."),
        Input("environment", "Environment", optional=True, initial="production", max_length=MAX_NAME),
        Input("changes", "What's in it?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("rollback_plan", "How would you roll it back?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("risk", "Risk", kind="choice", options=_RISKS, initial="medium"),
        Input("kind", "Kind", kind="choice", options=_KINDS, initial="normal"),
        Input(
            "parts",
            "More parts",
            kind="lines",
            optional=True,
            hint="One a line: service version [environment], for example: web 5.1",
        ),
    ),
    submit="Plan it",
)


def parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`payments 2.14.0 to staging tomorrow 14:00` into the form's fields."""
    service, rest = split_word(ask.text)
    head, when = split_when(rest)
    environment = ""
    if found := re.search(r"(?:^|\s)(?:to|on|in)\s+(\S+)$", head):
        environment, head = found[1], head[: found.start()]
    version, left = split_word(head)
    channel = ask.did.channel if ask.did.channel and not ask.did.channel.startswith("D") else None
    fields = {
        "service": service,
        "version": version,
        "when": " ".join((left, when)).strip(),
        "environment": environment,
    }
    return {**fields, "channel": channel, "risk": "medium", "kind": "normal"}


@verb(
    "new",
    usage="new <service> <version> <when>",
    summary="Plan a release; without arguments, in a dialog",
    who="full members of the channel",
    examples=("new payments 2.14.0 tomorrow 14:00", "new web 5.1 to staging fri 3pm"),
    aliases=("plan", "create"),
    subject="none",
    first=True,
    form=FORM,
    parse=parse,
    label="New release",
)
def new(ask: Ask, desk: Desk) -> Reply:
    channel = ask.arg("channel")
    facts = _where(channel, ask, desk)
    planned = read_time(ask, desk, likely=desk.workspace.zone)
    if isinstance(planned, TimeQuestion):
        return ask_back(planned, ask, desk, lambda label, when: Button(label, "do.new", {"t": _typed(ask, when)}))
    parts = [_part(ask.arg("service"), ask.arg("version"), ask.arg("environment")), *_more_parts(ask)]
    release = Release(
        workspace_id=desk.workspace.id,
        channel=channel,
        is_private=facts,
        captain=ask.user,
        created_by=ask.user,
        created_at=desk.now,
        planned=planned,
        policy=_policy(parts, desk),
        parts=parts,
        kind=Kind(ask.arg("kind") or "normal"),
        risk=Risk(ask.arg("risk") or "medium"),
        changes=ask.arg("changes"),
        rollback_plan=ask.arg("rollback_plan"),
    )
    plan(release, desk.electorate(release), now=desk.now)
    desk.work.releases.add(release)
    ask.found = release
    desk.draw(MAIN_CARD, release, channel)
    return Reply(_answer(release, ask, desk))


def _where(channel: str, ask: Ask, desk: Desk) -> bool:
    """Whether the channel is private. Raises Refusal for a place where no card can live."""
    if not channel or channel.startswith("D"):
        raise FieldRefusal(
            "channel", "Choose the channel in which its card shall live, for example #payments.", code="no_channel"
        )
    members = desk.members(channel)
    row = desk.work.people.channel(channel)
    if row is not None and row.is_archived:
        raise FieldRefusal("channel", "That channel is archived. Choose another one.", code="archived")
    acted_there = ask.did.channel == channel and ask.did.kind.value == "command"
    if members is not None and ask.user not in members and not acted_there:
        raise FieldRefusal("channel", "Only members of a channel can plan releases there.", code="not_in_channel")
    return row.is_private if row is not None else True


def _typed(ask: Ask, when: str) -> str:
    """What was asked for as one typed line, with another time."""
    to = f" to {ask.arg('environment')}" if ask.arg("environment") else ""
    return f"{_quoted(ask.arg('service'))} {ask.arg('version')}{to} {when}"


def _quoted(service: str) -> str:
    return f'"{service}"' if " " in service else service


def _part(service: str, version: str, environment: str) -> Part:
    for field, value, example in (("service", service, "payments"), ("version", version, "2.14.0")):
        if not value:
            raise FieldRefusal(field, f"Which {field}? For example ", Code(example), ".", code="missing")
        if len(value) > MAX_NAME:
            raise FieldRefusal(field, f"That {field} is longer than {MAX_NAME} characters.", code="too_long")
    return Part(service, version, environment or "production")


def _more_parts(ask: Ask) -> list[Part]:
    parts = []
    for line in ask.arg("parts").splitlines():
        service, rest = split_word(line)
        version, environment = split_word(rest)
        if not service:
            continue
        if not version:
            raise FieldRefusal("parts", "“", Said(line), "” needs a version, for example: web 5.1", code="missing")
        parts.append(_part(service, version, environment or ask.arg("environment")))
    if len(parts) >= MAX_PARTS:
        raise FieldRefusal("parts", f"A release has at most {MAX_PARTS} parts.", code="too_many")
    return parts


def _policy(parts: list[Part], desk: Desk) -> Policy:
    """The applied policy that names the first part's service; else the default; else the workspace's built-in one."""
    policies = desk.work.policies
    found = policies.for_service(service_key(parts[0].service))
    if found is not None:
        return found
    if policies.any_applied():
        raise unknown_service(parts[0].service, policies.known_services())
    return BUILT_IN[desk.workspace.policy]


def _answer(release: Release, ask: Ask, desk: Desk) -> Message:
    """What was understood, in the zones of the crew, and what happens now."""
    electorate = desk.electorate(release)
    crew = {release.captain} | {user for sign_off in release.sign_offs for user in electorate.givers(sign_off, release)}
    people = desk.work.people.many(frozenset(sorted(crew)[:20]))
    zones = [release.planned.zone, *sorted({person.zone for person in people.values() if person.zone})]
    row = words(
        Bold(release.title),
        " is planned for ",
        in_zones(release.target_at, zones, desk.now),
        f" ({desk.ref(release)}).",
    )
    blocks: list[Block] = [Para(row), Para(headline(release, electorate))]
    if release.state is State.OPEN and not any(electorate.givers(one, release) for one in release.sign_offs):
        blocks.append(
            Para(words("Nobody in this channel may say go yet. Invite somebody, or ask an admin for a policy."))
        )
    channel = desk.work.people.channel(release.channel)
    if channel is None or not channel.bot_is_member:
        blocks.append(
            Small(
                words(
                    "It is saved, but I'm not in that channel: type ",
                    Code("/invite @T-Minus"),
                    " there to show its card.",
                )
            )
        )
    return Message(row, tuple(blocks))
