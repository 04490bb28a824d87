"""Plan a release: from one typed line, or from a dialog with the same fields."""

import re
from dataclasses import replace

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Lines, Message, Option, Para, Reply, Small, say
from bot.kit.clashes import warnings
from bot.kit.declare import verb
from bot.kit.desk import MAIN_CARD, Desk
from bot.kit.fitting import cut
from bot.kit.forms import Form
from bot.kit.interaction import Kind as Gesture
from bot.kit.naming import is_version, split_word
from bot.kit.place import require_place
from bot.kit.plan_rows import plan_in_short
from bot.kit.plan_text import read_plan
from bot.kit.rotations import staff, tell_staff
from bot.kit.telling import MOST_NAMES, headline, in_zones
from bot.kit.times import CHOOSES, ask_back, offer_earliest, read_time, say_time, typed
from bot.release.durations import say_length
from bot.release.errors import FieldRefusal, TooSoon
from bot.release.planning import plan
from bot.release.policy import BUILT_IN, Policy, service_key, unknown_service
from bot.release.release import Kind, Part, Release, Risk
from bot.release.states import Move, State, may
from bot.release.tidy import bare_name
from bot.release.when import PlannedTime, TimeQuestion
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words
from storage.releases import AlreadyOpen

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
            "What else goes live with it?",
            kind="lines",
            optional=True,
            placeholder="web 5.1",
            hint="Other services of this release, one on each line: the service, its version, and its environment "
            "where that is another one, for example: api 3 staging",
        ),
    ),
    submit="Plan it",
)


#: So much of what is no time is kept for the dialog that asks for one.
MOST_UNREAD = 300
#: What ends a part in the dialog: people write lists with commas too.
_LINES = r"\n|[,;]\s"


def _fitted(ask: Ask, desk: Desk) -> Form:
    """The dialog with the kinds that there may be: those of the service's policy, or of any where none is named."""
    applied = desk.work.policies.all_latest() or [BUILT_IN[desk.workspace.policy]]
    service = service_key(ask.arg("service"))
    naming = [one for one in applied if service in map(service_key, one.services)]
    policies = (naming or [one for one in applied if one.is_default] or applied) if service else applied
    possible = frozenset[str]().union(*(policy.kinds for policy in policies))
    options = tuple(one for one in _KINDS if one.value in possible)
    fields = tuple(
        replace(one, options=options, initial=options[0].value) if one.name == "kind" else one for one in FORM.fields
    )
    return replace(FORM, fields=fields)


@verb(
    "new",
    usage="new <service> <version> <when>",
    summary="Plan a release; without arguments, in a dialog",
    who="full members of the channel",
    examples=(
        "new payments 2.14.0 tomorrow 14:00",
        "new web 5.1 to staging fri 3pm",
        "new payments 3.0 + web 5.1 in 3h",
        "new api 3.0.1 hotfix in 30m",
    ),
    aliases=("plan", "create"),
    subject="none",
    first=True,
    form=FORM,
    fitted=_fitted,
    parse=read_plan,
    label="New release",
)
def new(ask: Ask, desk: Desk) -> Reply:
    channel = ask.arg("channel")
    facts = require_place(channel, ask, desk)
    planned = read_time(ask, desk, likely=desk.workspace.zone)

    def take(label: str, when: str) -> Button:
        return Button(label, "do.new", {"t": _typed(ask, ask.arg("service"), ask.arg("version"), when)})

    if isinstance(planned, TimeQuestion):
        if not planned.options and ask.did.kind is not Gesture.MODAL:
            chooses = take(CHOOSES, "")
            chooses = replace(chooses, data={**chooses.data, "when": cut(ask.arg("when"), MOST_UNREAD)})
            return say(planned.text, blocks=(Actions((chooses,)),))
        return ask_back(planned, ask, desk, take)
    if swapped := _swapped(ask, planned):
        return swapped
    parts = [_part(ask.arg("service"), ask.arg("version"), ask.arg("environment")), *_more_parts(ask)]
    policy = _policy(parts, desk)
    release = Release(
        workspace_id=desk.workspace.id,
        channel=channel,
        is_private=facts,
        captain=ask.user,
        created_by=ask.user,
        created_at=desk.now,
        planned=planned,
        policy=policy,
        parts=parts,
        kind=_kind(policy, ask, desk),
        risk=Risk(ask.arg("risk") or "medium"),
        changes=ask.arg("changes"),
        rollback_plan=ask.arg("rollback_plan"),
        days_off=desk.work.days_off,
    )
    access.require_create(desk, release)
    by_rotation = staff(release, desk)
    try:
        plan(release, desk.electorate(release), now=desk.now)
    except TooSoon as no:
        return offer_earliest(no, planned.zone, ask, desk, take)
    try:
        desk.work.releases.add(release)
    except AlreadyOpen as clash:
        other = desk.work.releases.get(clash.id)
        if other is None or not access.may_see(desk, ask.user, other):
            raise
        return _already_planned(other, planned, ask, desk)
    ask.found = release
    desk.draw(MAIN_CARD, release, channel)
    if by_rotation:
        tell_staff(release, ask.user, desk)
    return Reply(_answer(release, by_rotation, ask, desk))


def _typed(ask: Ask, service: str, version: str, when: str) -> str:
    """The release asked for as one typed line."""
    to = f" to {ask.arg('environment')}" if ask.arg("environment") else ""
    kind = f" {ask.arg('kind')}" if ask.arg("kind") not in ("", Kind.NORMAL.value) else ""
    others = "".join(f" + {line.strip()}" for line in re.split(_LINES, ask.arg("parts")) if line.strip())
    changes = f", {ask.arg('changes')}" if when and ask.arg("changes") else ""
    return f"{_quoted(service)} {version}{others}{kind}{to} {when}{changes}"


def _quoted(service: str) -> str:
    return f'"{service}"' if " " in service else service


def _part(service: str, version: str, environment: str) -> Part:
    service, version = bare_name(service), bare_name(version)
    for field, value, example in (("service", service, "payments"), ("version", version, "2.14.0")):
        if not value:
            raise FieldRefusal(field, f"Which {field}? For example ", Code(example), ".", code="missing")
        if len(value) > MAX_NAME:
            raise FieldRefusal(field, f"That {field} is longer than {MAX_NAME} characters.", code="too_long")
    return Part(service, version, bare_name(environment).strip('()" ') or "production")


def _more_parts(ask: Ask) -> list[Part]:
    parts = []
    for line in re.split(_LINES, ask.arg("parts")):
        service, rest = split_word(line)
        version, environment = split_word(rest)
        if not service:
            continue
        if not version:
            raise FieldRefusal("parts", "“", Said(line), "” has no version. Write it after the service, for example: ",
                               Code(f"{service} 5.1"), code="missing")  # fmt: skip
        if _looks_swapped(service, version):
            meant = Code(f"{version} {service} {environment}".strip())
            raise FieldRefusal("parts", "“", Said(line), "”: did you mean ", meant, "?", code="swapped")
        parts.append(_part(service, version, environment or ask.arg("environment")))
    if len(parts) >= MAX_PARTS:
        raise FieldRefusal("parts", f"A release has at most {MAX_PARTS} parts.", code="too_many")
    return parts


def _looks_swapped(service: str, version: str) -> bool:
    return is_version(service) and not any(letter.isdigit() for letter in version)


def _swapped(ask: Ask, planned: PlannedTime) -> Reply | None:
    """`new 2.15.0 payments …`: the commonest slip is asked about."""
    service, version = ask.arg("service"), ask.arg("version")
    if not _looks_swapped(service, version):
        return None
    row = words("“", Said(service), "” looks like a version. Did you mean ", Said(f"{version} {service}"), "?")
    if ask.did.kind is Gesture.MODAL:
        raise FieldRefusal("service", row, code="swapped")
    meant = {"t": _typed(ask, version, service, typed(planned))}
    return say(row, blocks=(Actions((Button(f"{version} {service}", "do.new", meant),)),))


def _already_planned(other: Release, planned: PlannedTime, ask: Ask, desk: Desk) -> Reply:
    """The same again with another time most often means: move it."""
    row = words(Said(other.title), " is already planned for ", At(other.target_at, "day", other.planned.zone),
                f" ({desk.ref(other)}).")  # fmt: skip
    movable = planned.at != other.target_at and may(other.state, Move.RESCHEDULE)
    if ask.did.kind is Gesture.MODAL:
        how = Code(f"{desk.catalogue.command} reschedule {desk.ref(other)} {ask.arg('when')}")
        raise FieldRefusal("version", row, words(" To move it: ", how) if movable else (), code="already_open")
    buttons = [desk.offer("status", other)]
    if movable and access.may(desk, ask.user, Move.RESCHEDULE, other):
        shown = say_time(planned, desk.zone_of(ask.user), desk)
        buttons.insert(0, desk.offer("reschedule", other, label=f"Move it to {shown}", t=typed(planned)))
    return say(row, blocks=(Actions(tuple(buttons)),))


def _kind(policy: Policy, ask: Ask, desk: Desk) -> Kind:
    """The kind asked for. Where nothing was said and the policy knows one alone, that one."""
    kind = ask.arg("kind") or Kind.NORMAL.value
    if (
        kind not in policy.kinds
        and kind == Kind.NORMAL
        and len(policy.kinds) == 1
        and ask.did.kind is not Gesture.MODAL
    ):
        (kind,) = policy.kinds
    if kind not in policy.kinds:
        allowed = sorted(policy.kinds)
        example = f"{desk.catalogue.command} new {_quoted(ask.arg('service'))} {ask.arg('version')} {allowed[0]} "
        raise FieldRefusal(
            "kind", "The ", Said(policy.name), f" policy has no {kind} releases, but ",
            listing([(one,) for one in allowed]), " ones. For example: ",
            Code(example + (ask.arg("when") or "tomorrow 14:00")), code="kind_not_allowed",
        )  # fmt: skip
    return Kind(kind)


def _policy(parts: list[Part], desk: Desk) -> Policy:
    """The one policy that all parts follow. Raises Refusal for an unknown service, and where there are several."""
    policy, *others = (_policy_of(part, desk, "parts" if place else "service") for place, part in enumerate(parts))
    for part, other in zip(parts[1:], others, strict=True):
        if other.name != policy.name:
            alone = Code(f"{desk.catalogue.command} new {part.name} tomorrow 14:00")
            raise FieldRefusal(
                "parts", Said(part.service), " follows the policy ", Said(other.name), ", and ", Said(parts[0].service),
                " follows ", Said(policy.name), "; one release has one policy. Plan it as a release of its own: ",
                alone, code="several_policies",
            )  # fmt: skip
    return policy


def _policy_of(part: Part, desk: Desk, field: str) -> Policy:
    """The applied policy that names its service; else the default; else the workspace's built-in one."""
    policies = desk.work.policies
    found = policies.for_service(service_key(part.service))
    if found is not None:
        return found
    if policies.any_applied():
        unknown = unknown_service(part.service, policies.known_services())
        raise FieldRefusal(field, unknown.words, code=unknown.code)
    return BUILT_IN[desk.workspace.policy]


def _answer(release: Release, by_rotation: Words, ask: Ask, desk: Desk) -> Message:
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
    if release.changes and ask.did.kind is not Gesture.MODAL:
        blocks.append(Para(words("In it: “", Said(release.changes), "”.")))
    if by_rotation:
        mine = () if release.captain == ask.user else (desk.offer("take-over", release, label="Lead it yourself"),)
        blocks += [Para(by_rotation), *((Actions(mine),) if mine else ())]
    if release.state is State.OPEN and not any(electorate.givers(one, release) for one in release.sign_offs):
        blocks.append(
            Para(words("Nobody in this channel may say go yet. Invite somebody, or ask an admin for a policy."))
        )
    blocks += _nobody_gives(release, desk)
    if shown := plan_in_short(release, desk):
        blocks.append(Small(shown))
    blocks += _closes_late(release)
    blocks += warnings(release, ask.user, desk)
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


def _nobody_gives(release: Release, desk: Desk) -> list[Block]:
    """Of which sign-offs it can never be go, as it is planned: whoever may give it leads or deploys it."""
    electorate = desk.electorate(release)
    kept = []
    for one in release.sign_offs:
        eligible = electorate.eligible.get(one.role, frozenset())
        if eligible and not one.recorded and not electorate.givers(one, release):
            whom = listing([Who(user) for user in sorted(eligible)], most=MOST_NAMES)
            kept.append(words("⚠️ Nobody can say go for ", Bold(one.role), ": its policy asks for ", whom,
                              ", and keeps whoever leads or deploys it from that."))  # fmt: skip
    row = Actions((desk.offer("captain", release),))
    return [Lines(tuple(kept)), row] if kept and len(release.sign_offs) > 1 else []


def _closes_late(release: Release) -> list[Block]:
    """A go/no-go is open for a while at least, also where the release is planned sooner than that."""
    held = release.round
    if release.state is not State.OPEN or held is None or held.closes_at <= release.target_at:
        return []
    least = say_length(release.policy.open_at_least)
    then = "It can be deployed as soon as it is go." if release.policy.close == "first-go" else "It is decided then."
    until = At(held.closes_at, "day", release.planned.zone)
    return [Para(words(f"Its go/no-go is open for {least} at least, so until ", until, f", after that time. {then}"))]
