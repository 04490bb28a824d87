"""Show and change who has which role: the release admins of this workspace, and who leads and deploys a release."""

from bot.kit import pages
from bot.kit.access import can, how_lost, is_lost, no_admin, present_admins, require_admin
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Lines, Message, Modal, Option, Para, Reply, Small
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.freezes import hit_by
from bot.kit.interaction import Kind
from bot.release.errors import FieldRefusal, Refusal
from bot.release.release import Release
from bot.release.states import Move, may
from bot.release.words import Bold, Code, Said, Who, Words, listing, words

#: So many names of one role are said.
MOST_NAMES = 12
#: What Slack shows in one menu.
MOST_OPTIONS = 100


@verb(
    "roles",
    usage="roles [release]",
    summary="Who is release admin, and who leads, deploys and signs off a release",
    who="everyone; release admins change the admins",
    examples=("roles", "roles REL-12"),
    aliases=("admins", "who"),
    subject="optional",
    reads=True,
    label="Roles",
)
def roles(ask: Ask, desk: Desk) -> Reply:
    row = _admins(desk)
    blocks: list[Block] = [Para(row), *_change(ask, desk)]
    found = (ask.found,) if ask.found is not None else ask.several
    for release in found:
        blocks += _of_release(release, ask, desk)
    return Reply(Message(row, (*blocks, *pages.others_too(ask, desk))))


def _admins(desk: Desk) -> Words:
    admins = sorted(desk.work.roles.admins(), key=desk.name)
    if not present_admins(desk):
        return no_admin(desk)
    named = [words(Who(user), f" ({how_lost(user, desk)})" if is_lost(user, desk) else "") for user in admins]
    return words(Bold("Release admins:"), " ", listing(named, most=MOST_NAMES), ".")


def _change(ask: Ask, desk: Desk) -> list[Block]:
    """What admins may change about it; others hear what admins are for."""
    if ask.user in desk.work.roles.admins():
        add = desk.catalogue.presses["roles.add"].button("Add an admin")
        remove = desk.catalogue.presses["roles.remove"].button("Remove an admin")
        several = len(desk.work.roles.admins()) > 1
        return [Actions((add, remove) if several else (add,))]
    if not present_admins(desk):
        return []
    return [Small(words("They change policies and settings, and step in where a captain is gone. Ask one of them."))]


def _of_release(release: Release, ask: Ask, desk: Desk) -> list[Block]:
    deployer = words(Who(release.deployer)) if release.deployer else words("the captain")
    rows = [words(Bold(release.title), f" ({desk.ref(release)})"), words("Captain: ", Who(release.captain)),
            words("Deployer: ", deployer)]  # fmt: skip
    electorate = desk.electorate(release)
    for one in release.sign_offs:
        givers = [Who(user) for user in sorted(electorate.givers(one, release), key=desk.name)]
        rows.append(words(Said(one.role), ": ", listing(givers, last=" or ", most=MOST_NAMES) or "nobody"))
    able = may(release.state, Move.TAKE_OVER) and can(desk, ask.user, Move.TAKE_OVER, release)
    buttons: list[Button] = []
    if able and ask.user != release.captain:
        buttons.append(desk.offer("take-over", release))
    if able:
        buttons.append(desk.offer("captain", release))
    return [Lines(tuple(rows)), *([Actions(tuple(buttons))] if buttons else [])]


@press("roles.add")
def add(ask: Ask, desk: Desk) -> Reply:
    """Ask whom, then make them admins; they are told."""
    require_admin(desk, ask.user)
    if ask.did.kind is not Kind.MODAL:
        whom = Input("people", "Who shall be a release admin?", kind="users",
                     hint="They may change policies, settings and this list.")  # fmt: skip
        return Reply(modal=Modal("roles.add", "Add release admins", (whom,), submit="Add"))
    chosen = frozenset(ask.did.values.get("people") or ())
    others = sorted(chosen - desk.full_members(chosen))
    if others or not chosen:
        not_them = words(", no guests and no bots: not ", listing([Who(user) for user in others])) if others else ()
        raise FieldRefusal("people", "Choose full members of this workspace", not_them, ".")
    for user in sorted(chosen - desk.work.roles.admins()):
        desk.work.roles.add_admin(user, ask.user, desk.now)
        desk.work.audit.note("admin_added", ask.user, ask.did.path, {"admin": user, "by": ask.user})
        typed = Code(f"{desk.catalogue.command} policy"), Code(f"{desk.catalogue.command} roles")
        desk.direct(user, Message(words(Who(ask.user), " made you a release admin. ", typed[0], " shows and edits how "
                                        "releases are decided, ", typed[1], " who else is one.")))  # fmt: skip
    _redraw_frozen(desk)
    return Reply(Message(_admins(desk)))


def _redraw_frozen(desk: Desk) -> None:
    """They say whether there is an admin who can grant an exception."""
    hit = {release.id: release for freeze in desk.work.freezes.standing() for release in hit_by(freeze, desk)}
    for _, release in sorted(hit.items()):
        desk.redraw(release)


@press("roles.remove")
def remove(ask: Ask, desk: Desk) -> Reply:
    """Ask whom, then take the role; the last admin stays."""
    require_admin(desk, ask.user)
    desk.work.policies.hold_still()  # two admins who remove each other at once must not both succeed
    admins = desk.work.roles.admins()
    if len(admins) < 2:
        raise Refusal("There has to be an admin, and there is one only. Add another one first: ",
                      Code(f"{desk.catalogue.command} roles"), ".", code="last_admin")  # fmt: skip
    if ask.did.kind is not Kind.MODAL:
        options = tuple(Option(user, desk.name(user)[:75]) for user in sorted(admins, key=desk.name)[:MOST_OPTIONS])
        whom = Input("person", "Who shall not be a release admin any more?", kind="choice", options=options,
                     hint="They are told.")  # fmt: skip
        return Reply(modal=Modal("roles.remove", "Remove an admin", (whom,), submit="Remove"))
    user = str(ask.did.values.get("person") or "")
    if user not in admins:
        raise FieldRefusal("person", Who(user), " is no admin any more.")
    if not present_admins(desk) - {user}:
        raise FieldRefusal("person", "There has to be an admin who is here.", code="last_admin")
    configured = desk.work.roles.added_by(user) == "configuration"
    desk.work.roles.remove_admin(user)
    desk.work.audit.note("admin_removed", ask.user, ask.did.path, {"admin": user})
    _redraw_frozen(desk)
    if user != ask.user:
        desk.direct(user, Message(words(Who(ask.user), " took the role of a release admin from you.")))
    again = words("While ", Code("TMINUS_ADMINS"), " names them, they are back after the bot's next start.")
    row = words(Who(user), " is no release admin any more. ", _admins(desk))
    return Reply(Message(row, (Para(row), *((Small(again),) if configured else ()))))
