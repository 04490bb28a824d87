"""Set the workspace up: the first admin by a one-time code, then status channel, time zone and policy in a dialog."""

from dataclasses import replace

from bot.kit import access
from bot.kit.access import present_admins
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Lines, Message, Modal, Option, Para, Reply, Small, say
from bot.kit.codes import hash_code
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.in_force import MOST_LOOKED, how_many_keep, newer_for
from bot.kit.interaction import Kind
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import BUILT_IN, Policy, SignOff, staffed
from bot.release.policy_checks import problems_of
from bot.release.words import Bold, Channel, Code, Who, Words, listing, words
from bot.release.zones import read_zone, suggest_zones

#: Slack shows at most so many radio buttons; more policies stand in a menu.
MOST_RADIOS = 10
_POLICIES = (
    Option("light", "Light", "one go from anybody else in the channel; nothing to configure"),
    Option("team", "Team", "go from QA, Operations and Product"),
    Option("regulated", "Regulated", "four sign-offs, separation of duties, a fixed deadline"),
)


@verb(
    "setup",
    usage="setup [code]",
    summary="Status channel, time zone and policy of this workspace",
    who="release admins; the first one with the code the bot printed at its start",
    examples=("setup",),
    subject="none",
)
def setup(ask: Ask, desk: Desk) -> Reply:
    if ask.text:
        return _with_code(ask, desk)
    access.require_admin(desk, ask.user)
    if ask.did.trigger is None:
        raise Refusal("Type ", Code(f"{desk.catalogue.command} setup"), " in a channel.", code="usage")
    return Reply(modal=_dialog(desk))


def _with_code(ask: Ask, desk: Desk) -> Reply:
    """Consume the code. Every try counts, so a wrong one is an answer and not a refusal, which would be undone."""
    if ask.did.kind is not Kind.COMMAND:
        raise Refusal("Type the code with the slash command: others can read what you say here.", code="not_by_mention")
    tried = desk.work.roles.try_code(hash_code(ask.text), desk.now)
    if tried == "ok":
        desk.work.roles.add_admin(ask.user, "setup code", desk.now)
        desk.work.audit.note("admin_added", ask.user, ask.did.path, {"admin": ask.user, "by": "setup code"})
        return say(
            "You are a release admin now.", blocks=(Actions((Button("Open setup", "do.setup", style="primary"),)),)
        )
    said = {
        "wrong": "That is not the code. It stands where the bot was started, in its first lines.",
        "expired": "That code has expired. Restart the bot: it prints a new one.",
        "used": "That code has been used. Ask an admin to add you.",
        "locked": "There were too many wrong tries. Restart the bot: it prints a new code.",
    }
    if tried not in ("wrong", "expired", "locked") and not present_admins(desk):
        return say("No admin is left here. Restart the bot: it prints a new code.")
    return say(said.get(tried, "There is no code to use: this workspace has an admin."))


def _dialog(desk: Desk) -> Modal:
    here = desk.workspace
    own = tuple(
        Option(policy.name, policy.name.capitalize(), "applied from a file")
        for policy in desk.work.policies.all_latest()
        if policy.name not in BUILT_IN
    )
    status = Input("status_channel", "Status channel", kind="channel", optional=True, initial=here.status_channel,
                   hint="Hears outcomes, in words one can forward. Never votes or reasons.")  # fmt: skip
    zone = Input("zone", "Time zone", initial=here.zone, hint="Where nobody's own is known, for example Europe/Berlin.")
    policies = (*_POLICIES, *own)
    policy = Input("policy", "How are releases decided?", kind="radio" if len(policies) <= MOST_RADIOS else "choice",
                   options=policies, initial=here.policy)  # fmt: skip
    return Modal("setup", "Set up T-Minus", (status, zone, policy))


@press("setup")
def store(ask: Ask, desk: Desk) -> Reply:
    """The dialog's answers. Policies with roles ask for their people next."""
    access.require_admin(desk, ask.user)
    values = ask.did.values
    typed = str(values.get("zone") or "")
    zone = read_zone(typed)
    if zone is None:
        near = suggest_zones(typed)
        raise FieldRefusal(
            "zone",
            "I don't know that time zone. ",
            f"Did you mean {' or '.join(near)}?" if near else "For example: Europe/Berlin",
        )
    name = str(values.get("policy") or "light")
    known = desk.work.policies.latest(name) or BUILT_IN.get(name)
    if known is None:
        raise FieldRefusal("policy", "That policy is not there any more.")
    desk.work.workspaces.update(
        desk.workspace.id, status_channel=values.get("status_channel"), zone=zone, setup_done=True
    )
    desk.work.audit.note(
        "setup", ask.user, ask.did.path, {"zone": zone, "status_channel": values.get("status_channel")}
    )
    if _open_roles(known):
        return Reply(modal=_people_dialog(known, desk))
    _use(known, desk, ask)
    return Reply(_confirmation(desk, known))


def _open_roles(policy: Policy) -> list[SignOff]:
    """The sign-offs of a built-in policy, whose people only the workspace knows."""
    every = (*policy.sign_offs, *(one for lane in policy.lanes.values() for one in lane.sign_offs or ()))
    by_role = {one.role: one for one in every if not one.whole_channel}
    return list(by_role.values()) if policy.name in BUILT_IN else []


def _people_dialog(policy: Policy, desk: Desk) -> Modal:
    before = desk.work.policies.latest(policy.name)
    known = {one.role: tuple(sorted(one.people)) for one in _open_roles(before or policy)}
    fields = tuple(
        Input(f"role.{one.role}", f"Who signs off for {one.role}?", kind="users", initial=known.get(one.role) or None)
        for one in _open_roles(before or policy)
    )
    return Modal("setup.people", "Who signs off?", fields, data={"policy": policy.name})


@press("setup.people")
def store_people(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    name = str(ask.data.get("policy"))
    base = desk.work.policies.latest(name) or BUILT_IN.get(name)  # with what was edited since
    if base is None or name not in BUILT_IN:
        again = Code(f"{desk.catalogue.command} setup")
        raise Refusal("That policy is not there any more. Begin again: ", again, code="no_such_policy")
    people: dict[str, frozenset[str]] = {}
    for one in _open_roles(base):
        chosen = frozenset(ask.did.values.get(f"role.{one.role}") or ())
        others = sorted(chosen - desk.full_members(chosen))
        if others:
            cannot = listing([Who(user) for user in others])
            raise FieldRefusal(
                f"role.{one.role}", "Only full members sign off, no guests and no bots: not ", cannot, "."
            )
        if len(chosen) < one.needs:
            raise FieldRefusal(f"role.{one.role}", f"{one.role} needs {one.needs} or more people to choose from.")
        people[one.role] = chosen
    policy = staffed(base, people)
    if wrong := problems_of(policy):  # such as one person for two sign-offs: nothing could ever be go
        role = next((one.role for one in _open_roles(base) if one.role in wrong[0]), _open_roles(base)[0].role)
        raise FieldRefusal(f"role.{role}", wrong[0].removeprefix("sign_offs: "), ".")
    _use(policy, desk, ask)
    return Reply(_confirmation(desk, policy))


def _use(policy: Policy, desk: Desk, ask: Ask) -> None:
    """From now on new releases of services that no policy names follow it. The same again is no new version."""
    policies = desk.work.policies
    desk.work.workspaces.update(desk.workspace.id, policy=policy.name)
    chosen = policy
    if policy.name != "light" or policies.any_applied():
        for other in policies.all_latest():
            if other.is_default and other.name != policy.name:
                policies.put(replace(other, is_default=False), ask.user, desk.now)
        before = policies.latest(policy.name)
        chosen = replace(policy, is_default=True, version=before.version if before else 0)
        if chosen != before:
            chosen = policies.put(chosen, ask.user, desk.now)
    desk.work.audit.note("policy_applied", ask.user, ask.did.path, {"policy": chosen.name, "version": chosen.version})


def _confirmation(desk: Desk, policy: Policy) -> Message:
    here = desk.workspace
    row: Words = words(
        Bold("T-Minus is set up."),
        f" Releases follow the {policy.name} policy; times without a zone are read in {here.zone}.",
    )
    blocks: list[Block] = [Para(row)]
    staff = [
        words(Bold(one.role), ": ", listing([Who(user) for user in sorted(one.people)], last=" or "))
        for one in policy.sign_offs
        if one.people
    ]
    if staff:
        blocks.append(Lines(tuple(staff)))
    if here.status_channel:
        blocks.append(Para(words("Outcomes are told in ", Channel(here.status_channel), ".")))
        desk.members(here.status_channel)  # has its facts fetched, where they are unknown
        facts = desk.work.people.channel(here.status_channel)
        if facts is None or not facts.bot_is_member:
            blocks.append(Small(words("I'm not in that channel yet: type ", Code("/invite @T-Minus"), " there.")))
    if kept := [one for one in desk.work.releases.all_open(MOST_LOOKED) if newer_for(one, desk) is not None]:
        typed = Code(f"{desk.catalogue.command} re-apply {desk.ref(kept[0])}")
        blocks.append(Small(words(f"{how_many_keep(len(kept))}; ", typed, " takes it over.")))
    blocks.append(Small(words("Try it: ", Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00"))))
    return Message(row, tuple(blocks))
