"""Show how a service's releases are decided, in words; administrators edit it here, and see first what that changes."""

import re
from dataclasses import replace

from bot.kit import access, subject
from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Divider, Lines, Message, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.in_force import all_in_force, newer_for, policy_for
from bot.policy_words import sections
from bot.release.errors import Refusal
from bot.release.policy import Policy, service_key
from bot.release.reapplying import effect
from bot.release.release import Release
from bot.release.words import Bold, Code, Said, Words, listing, words

#: So many policies are listed, each with its button.
MOST = 20
#: So many services of a policy are named in a list.
MOST_SERVICES = 6
#: What else an administrator may do about a policy.
_BESIDES = {"policy.sign_offs": "Sign-offs", "policy.rights": "Rights and channels", "policy.file": "As a file"}


@verb(
    "policy",
    usage="policy [service]",
    summary="How releases of a service are decided: who says go, when, and who may do what",
    who="everyone; release admins may edit it",
    examples=("policy payments", "policy REL-12"),
    aliases=("policies", "rules"),
    subject="none",
    reads=True,
    label="Policy",
)
def policy(ask: Ask, desk: Desk) -> Reply:
    named = ask.text.strip().strip("?!“”\"'").strip()
    if ref := re.match(rf"#?{re.escape(desk.catalogue.prefix)}[- ]?\d+", named, re.IGNORECASE):
        found, _ = subject.find(ask.did, ref[0], desk)  # what else was typed changes nothing: it is only read
        if found is not None:
            return _of_release(found, ask, desk)
    if named:
        by_name = {service_key(one.name): one for one in all_in_force(desk)}
        known = {service_key(service) for one in by_name.values() for service in one.services}
        if service_key(named) in by_name and service_key(named) not in known:
            return _shown(by_name[service_key(named)], (), ask, desk)
        return _of_service(named, ask, desk)
    here = desk.work.releases.recent_in_channel(ask.did.channel, 1) if ask.did.channel else []
    for release in here:
        if may_see(desk, ask.user, release) and (one := _followed(release.service, desk)) is not None:
            return _shown(one, _follows(release.service, one), ask, desk)
    every = all_in_force(desk)
    return _shown(every[0], (), ask, desk) if len(every) == 1 else _list(every, desk)


def _followed(service: str, desk: Desk) -> Policy | None:
    try:
        return policy_for(service, desk)
    except Refusal:  # it was planned under a policy that is retired
        return None


def _of_service(service: str, ask: Ask, desk: Desk) -> Reply:
    found = policy_for(service, desk)
    return _shown(found, _follows(service, found), ask, desk)


def _follows(service: str, found: Policy) -> Words:
    rest = ", as every service that no policy names" if service_key(service) not in found.services else ""
    return words(Bold(service), " follows the policy ", Bold(found.name), f", version {found.version}{rest}.")


def _of_release(release: Release, ask: Ask, desk: Desk) -> Reply:
    """The copy that was made when it was planned; and that there is a newer one, if so."""
    row = words(Bold(release.title), " keeps the policy ", Bold(release.policy.name),
                f", version {release.policy.version}, that it was planned with.")  # fmt: skip
    shown = _shown(release.policy, row, ask, desk)
    after = newer_for(release, desk)
    if after is None or shown.message is None:
        return shown
    told = words(f"Version {after.version} of ", Bold(after.name), " is in force by now: ", effect(release, after), ".")
    take = access.of_use(desk, ask.user, release, (desk.offer("re-apply", release),))
    return replace(shown, message=replace(shown.message, blocks=(*shown.message.blocks, Para(told), *take)))


def _list(every: list[Policy], desk: Desk) -> Reply:
    row = words(f"{len(every)} policies are in force. Which one do you want to see?")
    show = [Para(_in_short(one), Button("Show", "do.policy", {"t": one.name})) for one in every[:MOST]]
    rest = [Small((f"and {len(every) - MOST} more; name a service: {desk.catalogue.command} policy payments",))]
    return Reply(Message(row, (Para(row), *show, *(rest if len(every) > MOST else ()))))


def _in_short(one: Policy) -> Words:
    named = listing([Said(service) for service in one.services], most=MOST_SERVICES)
    others = words("every service that no policy names") if one.is_default else ()
    asked = listing([Said(sign_off.role) for sign_off in one.sign_offs], most=MOST_SERVICES)
    return words(Bold(one.name), " · for ", listing([row for row in (named, others) if row]), " · go of ", asked)


def _shown(one: Policy, row: Words, ask: Ask, desk: Desk) -> Reply:
    """The policy as a page: who, when as a timeline, what else, who may do what."""
    head = row or words(Bold(one.name), f", version {one.version}.")
    told = sections(one)
    blocks: list[Block] = [
        Para(head),
        Lines((words(Bold("Who says go")), *told.who)),
        Lines((words(Bold("What happens when")), *told.when)),
        Divider(),
        Lines(tuple(told.more)),
        Small(words(*(words("\n" if at else "", right) for at, right in enumerate(told.rights)))),
    ]
    blocks += _next(one, ask, desk)
    return Reply(Message(head, tuple(blocks)))


def _next(one: Policy, ask: Ask, desk: Desk) -> list[Block]:
    """What may be done about it: administrators edit what is in force, others hear whom to ask."""
    if (one.name, one.version) not in {(each.name, each.version) for each in all_in_force(desk)}:
        return []
    if ask.user in desk.work.roles.admins():
        presses = desk.catalogue.presses
        edit = presses["policy.edit"]
        lane = [edit.button("Edit for hotfixes", p=one.name, k="hotfix")] if "hotfix" in one.kinds else []
        others = [presses[name].button(label, p=one.name) for name, label in _BESIDES.items()]
        return [Actions((edit.button("Edit", p=one.name), *lane, *others))]
    typed = Code(f"{desk.catalogue.command} roles")
    return [Small(words("Release admins can change it; ", typed, " says who they are."))]
