"""Edit a policy in a dialog; before it is in force, see what that changes and which open releases it touches."""

import re
from dataclasses import replace
from typing import Any

from bot.kit import access, follow
from bot.kit.ask import Ask
from bot.kit.blocks import Block, Input, Lines, Message, Modal, Option, Para, Reply, Small, say
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.kit.in_force import Kept, added_to, all_in_force, how_many_keep, keeping_older
from bot.kit.policy_dialogs import Dialog, for_whom, what_stays, which
from bot.kit.policy_form import of_kind, with_kind
from bot.policy_words import diff, sections
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import BUILT_IN, Policy
from bot.release.reapplying import effect, reapply
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Bold, Code, Said, Words, listing, words

#: Slack shows at most so many checkboxes; as many open releases are offered to take the new version over at once.
MOST_TAKEN = 10
#: A checkbox's label holds so many characters.
MAX_LABEL = 75
#: A button beside a text is no longer than this.
MOST_IN_BUTTON = 40
#: The dialog carries so many characters of what was changed to its second page.
MAX_CARRIED = 2_600


@press("policy.edit")
def edit(ask: Ask, desk: Desk) -> Reply:
    """Open the dialog, filled with what is in force now."""
    return _open(which(ask.data), ask, desk)


@press("policy.rights")
def edit_rights(ask: Ask, desk: Desk) -> Reply:
    """Who may do what, and where it is told: a dialog of its own."""
    return _open(which({**ask.data, "d": "rights"}), ask, desk)


@press("policy.sign_off")
def edit_sign_off(ask: Ask, desk: Desk) -> Reply:
    """What the dialog of them all has no room for: one sign-off at a time."""
    return _open(which({**ask.data, "d": "sign-off"}), ask, desk)


@press("policy.sign_offs")
def sign_offs(ask: Ask, desk: Desk) -> Reply:
    """Each of them in words, with its button; those that a kind of releases has of its own, too."""
    access.require_admin(desk, ask.user)
    one = _in_force(str(ask.data.get("p", "")), desk)
    own = [(kind, of_kind(one, kind)) for kind, lane in sorted(one.lanes.items())
           if lane.sign_offs and kind in one.kinds]  # fmt: skip
    rows: list[Block] = []
    for kind, shown in (("", one), *own):
        for each, said in zip(shown.sign_offs, sections(shown).who, strict=True):
            label = f"Change {each.role}"[:MOST_IN_BUTTON]
            change = desk.catalogue.presses["policy.sign_off"].button(label, p=one.name, s=each.role, k=kind)
            rows.append(Para(words(f"{kind} — " if kind else "", said), change))
    head = words("The sign-offs of ", Bold(one.name), f", version {one.version}. ", Bold("Edit"),
                 " adds one, takes one away, and says whose it is.")  # fmt: skip
    return Reply(Message(head, (Para(head), *rows)))


def _open(dialog: Dialog, ask: Ask, desk: Desk) -> Reply:
    """The dialog, filled with what is in force now."""
    access.require_admin(desk, ask.user)
    one = _in_force(str(ask.data.get("p", "")), desk)
    asked = dialog.fields(of_kind(one, dialog.kind), desk)
    head: list[Block] = [Para(words(Bold(one.name), f", version {one.version}. ", for_whom(dialog)))]
    head += [Small(stays)] if (stays := what_stays(one, dialog)) else []
    return Reply(modal=Modal("policy.apply", dialog.title, (*head, *asked), submit="Preview", data=_shown(one, dialog)))


@press("policy.file")
def in_a_file(ask: Ask, desk: Desk) -> Reply:
    """All of it, as `tminus policy apply` reads it: what the dialog does not ask is changed there."""
    access.require_admin(desk, ask.user)
    from bot.policy_writing import as_file  # with what writes YAML: loaded where somebody wants a file

    one = _in_force(str(ask.data.get("p", "")), desk)
    name = re.sub(r"[^\w-]+", "-", one.name)
    file = {"filename": f"{name}.yml", "title": f"{one.name}, version {one.version}", "content": as_file(one)}
    desk.work.outbox.put("file", ask.user, payload=file)
    return say("The policy ", Bold(one.name), " comes as a file in a direct message. Change it, look at what that does "
               "with ", Code("tminus policy apply FILE --dry-run"), ", and put it in force with ",
               Code("tminus policy apply FILE"), ".")  # fmt: skip


@press("policy.apply")
def preview(ask: Ask, desk: Desk) -> Reply:
    """What would change, rule by rule, and for which open releases; nothing is stored yet."""
    access.require_admin(desk, ask.user)
    one, dialog = _as_shown(ask, desk), which(ask.data)
    answers = dialog.changed(of_kind(one, dialog.kind), ask.did.values, desk)
    after = _after(one, dialog, answers, ask, desk)
    rows = diff(one, after)
    if not rows:
        said = Para(words("Nothing is changed yet."))
        return Reply(modal=Modal("policy.again", dialog.title, (said,), submit="Back", data=_shown(one, dialog),
                                 confirms=True))  # fmt: skip
    carried = {**_shown(one, dialog), "w": answers}
    if len(str(carried)) > MAX_CARRIED:
        raise FieldRefusal(dialog.otherwise, "That is more than fits into one step. Change less at a time.")
    after = replace(after, version=_next_version(one, desk))
    head = words(Bold(one.name), f", version {one.version} → {after.version}:")
    blocks: list[Block] = [Para(head), Lines(tuple(words("• ", row) for row in rows))]
    blocks += _touched(after, desk, ask.user)
    return Reply(modal=Modal("policy.sure", "Apply this?", tuple(blocks), submit="Apply", data=carried, confirms=True))


@press("policy.again")
def again(ask: Ask, desk: Desk) -> Reply:
    """The dialog once more, after it was sent off as it was."""
    return _open(which(ask.data), ask, desk)


@press("policy.sure")
def apply(ask: Ask, desk: Desk) -> Reply:
    """Put it in force, and take it over to the open releases that were ticked."""
    access.require_admin(desk, ask.user)
    desk.work.policies.hold_still()
    one, dialog, answers = _as_shown(ask, desk), which(ask.data), ask.data.get("w")
    after = _after(one, dialog, answers if isinstance(answers, dict) else {}, ask, desk)
    if not desk.work.policies.latest(one.name):  # a built-in one: what releases were planned with is its version 1
        desk.work.policies.put(one, ask.user, desk.now)
    stored = desk.work.policies.put(after, ask.user, desk.now)
    desk.work.audit.note("policy_applied", ask.user, ask.did.path, {"policy": stored.name, "version": stored.version})
    row = words(Bold(stored.name), f", version {stored.version}, is in force for new releases.")
    blocks: list[Block] = [Para(row)]
    chosen = {int(one) for one in ask.did.values.get("take") or () if str(one).isdigit()}
    for kept in sorted((kept for kept in keeping_older(stored, desk.work) if kept.release.id in chosen),
                       key=lambda kept: kept.release.id):  # fmt: skip
        blocks.append(Para(_taken_over(kept, stored, ask, desk)))
    left = keeping_older(stored, desk.work)
    if left:
        typed = Code(f"{desk.catalogue.command} re-apply {desk.ref(left[0].release)}")
        blocks.append(Small(words(f"{how_many_keep(len(left))}; ", typed, " takes it over.")))
    return Reply(Message(row, tuple(blocks)))


def _taken_over(kept: Kept, stored: Policy, ask: Ask, desk: Desk) -> Words:
    """Take it over to one release; what is not possible for it is said, and stops nothing else."""
    title = words(Bold(kept.release.title), f" ({desk.ref(kept.release)}) ")
    release = follow.lock(kept.release, desk)
    try:
        with desk.work.savepoint():
            access.require(desk, ask.user, Move.REAPPLY, release)
            said = effect(release, kept.after)
            reapply(release, stored, desk.electorate, added=added_to(release, desk.work), now=desk.now, by=ask.user)
            follow.flush(release, desk)
    except Refusal as no:
        return words("✋ ", title, "keeps what it was planned with: ", no.words)
    return words("✅ ", title, "follows it: ", said, ".")


def _touched(after: Policy, desk: Desk, user: str) -> list[Block]:
    """The open releases that keep the version before, unless they are ticked here."""
    kept = keeping_older(after, desk.work)
    mine = [one for one in kept if access.may(desk, user, Move.REAPPLY, one.release)]
    if not kept:
        return [Small(words("New releases follow it. No open release is touched."))]
    options = tuple(Option(str(one.release.id), _label(one.release, desk)) for one in mine)
    said = words("New releases follow it. ", how_many_keep(len(kept)), ", but for those you tick:")
    told = [words("• ", one.told(desk.ref(one.release))) for one in kept[:MOST_TAKEN]]
    rest = [words(f"and {len(kept) - MOST_TAKEN} more")] if len(kept) > MOST_TAKEN else []
    blocks: list[Block] = [Lines((said, *told, *rest))]
    if options:
        blocks.append(Input("take", "Take it over for these too?", kind="checks", options=options[:MOST_TAKEN],
                            optional=True, hint="Whose sign-off is touched is asked again."))  # fmt: skip
    if len(mine) > MOST_TAKEN:
        typed = Code(f"{desk.catalogue.command} re-apply {desk.ref(mine[MOST_TAKEN].release)}")
        blocks.append(Small(words(f"and {len(mine) - MOST_TAKEN} more; ", typed, " takes it over for one of them")))
    return blocks


def _label(release: Release, desk: Desk) -> str:
    return f"{desk.ref(release)} {release.title}"[:MAX_LABEL]


def _in_force(name: str, desk: Desk) -> Policy:
    found = [one for one in all_in_force(desk) if one.name == name]
    if not found:
        typed = Code(f"{desk.catalogue.command} policy")
        named = listing([Said(one.name) for one in all_in_force(desk)])
        raise Refusal("The policy ", Said(name), " is not in force any more. In force: ", named, ". Look again: ",
                      typed, code="no_such_policy")  # fmt: skip
    return found[0]


def _as_shown(ask: Ask, desk: Desk) -> Policy:
    """The policy that the dialog showed. Raises Refusal when another version is in force by now."""
    one = _in_force(str(ask.data.get("p", "")), desk)
    if ask.data.get("v") != one.version:
        typed = Code(f"{desk.catalogue.command} policy")
        raise Refusal("Somebody changed ", Said(one.name), f" meanwhile: version {one.version} is in force. Nothing of "
                      "yours is stored; look again with ", typed, ".", code="superseded_policy")  # fmt: skip
    return one


def _after(one: Policy, dialog: Dialog, answers: dict[str, Any], ask: Ask, desk: Desk) -> Policy:
    """The policy with these answers. Raises FieldRefusal, under a field that the dialog has, for what cannot be."""
    try:
        return with_kind(one, dialog.kind, dialog.edited(of_kind(one, dialog.kind), answers, desk))
    except FieldRefusal as no:
        field = no.field if no.field in ask.did.values else dialog.otherwise
        raise FieldRefusal(field, no.words, code=no.code) from no


def _shown(one: Policy, dialog: Dialog) -> dict[str, Any]:
    return {"p": one.name, "v": one.version, **dialog.data}


def _next_version(one: Policy, desk: Desk) -> int:
    known = desk.work.policies.latest(one.name)
    return (known.version if known else BUILT_IN[one.name].version) + 1
