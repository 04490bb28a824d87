"""Suggest when to go live: three times in no freeze, near no other release of it, with the sign-offs awake."""

import re
from dataclasses import replace

from bot.kit.access import may, may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Lines, Message, Para, Reply, Small
from bot.kit.clashes import Lookout
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.in_force import policy_for
from bot.kit.naming import is_version, may_be_version, split_word, tidy
from bot.kit.times import say_time
from bot.release.errors import Refusal
from bot.release.planned import PlannedTime, plan_at
from bot.release.policy import for_kind
from bot.release.release import DEFAULT_ENVIRONMENT, Kind, Part, Release, part_key
from bot.release.states import Move
from bot.release.states import may as can
from bot.release.tidy import bare_name
from bot.release.when_words import read_words
from bot.release.words import At, Bold, Code, Said, Words, words

#: So many are suggested.
MOST = 3
_PLACE = re.compile(r"(?:^|\s)(?:to|in|on)\s+(\S+)$", re.IGNORECASE)
#: `when can I release payments`
_ASKED = re.compile(
    r"^(?:can|could|should|shall|may|is|will)(?:\s+|$)(?:(?:i|we|you|it)(?:\s+|$))?"
    r"(?:(?:release|deploy|ship|plan|go live)(?:\s+|$))?(?:(?:it|this|that)$)?", re.IGNORECASE
)  # fmt: skip


@verb(
    "when",
    usage="when [release or <service>]",
    summary="Three times that would suit it",
    who="everyone in the channel",
    examples=("when payments", "when REL-12", "when payments to staging"),
    subject="optional",
    reads=True,
    label="When?",
)
def when(ask: Ask, desk: Desk) -> Reply:
    found, text = ask.found, _ASKED.sub("", tidy(ask.text).rstrip("?! "))
    if found is not None and part_key(text) in {name for part in found.active_parts for name in part.names}:
        text = ""  # “payments?”
    if found is not None and not text and can(found.state, Move.RESCHEDULE) and may_see(desk, ask.user, found):
        return _for_release(found, ask, desk)
    if found is not None and not _is_service(text):
        raise _unread(found.service, text, desk)
    service, environment = _named(text, found, desk)
    service = service or (found.service if found is not None else "")  # “payments in staging”
    if not service:
        example = Code(f"{desk.catalogue.command} when payments")
        raise Refusal("When shall what go live? For example ", example, ".", code="missing")
    return _for_service(_draft(service, environment, ask, desk), ask, desk)


def _for_release(release: Release, ask: Ask, desk: Desk) -> Reply:
    found = Lookout(release, ask.user, desk).suggested(MOST)
    able = may(desk, ask.user, Move.RESCHEDULE, release)
    buttons = [
        desk.offer("reschedule", release, label=f"Take {_shown(one, ask, desk)}", t=one.typed)
        for one in found
        if able and one.at != release.target_at
    ]
    name = words(Bold(release.title))
    present = words(name, " is planned for ", At(release.target_at, "day", release.planned.zone), ". ")
    return _suggested(name, found, buttons, present)


def _for_service(draft: Release, ask: Ask, desk: Desk) -> Reply:
    found = Lookout(draft, ask.user, desk).suggested(MOST)
    to = "" if draft.parts[0].environment == DEFAULT_ENVIRONMENT else f" to {draft.parts[0].environment}"
    service = f'"{draft.service}"' if " " in draft.service else draft.service
    buttons = [
        Button(f"Plan it {_shown(one, ask, desk)}", "do.new", {"t": f"{service}{to} {one.typed}"}) for one in found
    ]
    where = words(" in ", Said(draft.parts[0].environment)) if to else ()
    return _suggested(words(Bold(draft.service), where), found, buttons)


def _suggested(name: Words, found: list[PlannedTime], buttons: list[Button], present: Words = ()) -> Reply:
    if not found:
        nothing = words(present, "Nothing suits ", "it" if present else name, " within two weeks.")
        row = words(nothing, " Any time can be typed all the same.")
        return Reply(Message(row, (Para(row),)))
    head = words(present, "These times suit ", "it" if present else name, ":")
    rows = tuple(words("• ", At(one.at, "day", one.zone)) for one in found)
    why = ("In working hours, in no freeze, an hour apart from its other releases, with enough for its go awake.",)
    below = (Actions(tuple(buttons)),) if buttons else ()
    return Reply(Message(head, (Para(head), Lines(rows), Small(why), *below)))


def _shown(planned: PlannedTime, ask: Ask, desk: Desk) -> str:
    return say_time(planned, desk.zone_of(ask.user), desk)


def _named(text: str, found: Release | None, desk: Desk) -> tuple[str, str]:
    """The service and the environment asked about."""
    if not text:
        return (found.service, found.parts[0].environment) if found is not None else ("", "")
    place = _PLACE.search(text)
    head = text[: place.start()] if place else text
    service, rest = split_word(head)
    rest = "" if may_be_version(rest) else rest
    if " " in rest or read_words(place[1] if place else rest) is not None:
        raise _unread(service, text[len(service) :].strip(), desk)
    return bare_name(service), place[1] if place else rest or DEFAULT_ENVIRONMENT


def _is_service(text: str) -> bool:
    """Whether what stands behind a release may be a service or a place, and no day and no version."""
    return read_words(text) is None and not is_version(split_word(text)[0])


def _unread(service: str, rest: str, desk: Desk) -> Refusal:
    typed = Code(f"{desk.catalogue.command} when {service}")
    return Refusal("I don't know what “", Said(rest), "” means after “", Said(service), "”. Try ", typed, " or ",
                   Code(f"{desk.catalogue.command} when {service} to staging"), ".", code="unread")  # fmt: skip


def _draft(service: str, environment: str, ask: Ask, desk: Desk) -> Release:
    """As it would be planned here, by this person; nothing of it is stored."""
    here = ask.did.channel or ""
    zone = desk.zone_of(ask.user) or desk.workspace.zone
    policy = for_kind(policy_for(service, desk), Kind.NORMAL.value)
    if here.startswith("D") or not here:  # whoever may answer is not known before it has a channel
        here, policy = "", replace(policy, sign_offs=())
    return Release(
        workspace_id=desk.workspace.id, channel=here, is_private=False, captain=ask.user, created_by=ask.user,
        created_at=desk.now, planned=plan_at(desk.now, zone), policy=policy, opens_at=desk.now,
        parts=[Part(service, "", environment)], days_off=desk.work.days_off,
    )  # fmt: skip
