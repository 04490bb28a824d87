"""Apply policy files to a workspace, and say what is in force: what `tminus policy` does."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bot import command_line
from bot.clock import Clock
from bot.command_line import COMMAND_LINE
from bot.kit import render
from bot.kit.in_force import how_many_keep, keeping_older
from bot.policy_clashes import require_room
from bot.policy_file import read_policies
from bot.policy_words import describe, diff
from bot.release.policy import BUILT_IN, LIGHT, Policy
from bot.release.words import Words
from bot.settings import LocalSettings
from bot.strict_yaml import YamlError
from storage.engine import Store, open_store
from storage.work import Work

#: So many open releases are named.
MOST_TOLD = 20
_VOICE = render.Voice(lambda user: user)


class Unusable(Exception):
    """The file or the workspace cannot be used. `problems` are lines for people."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Nowhere(Unusable):
    """There is no workspace yet that policies could be in force in."""


@dataclass(frozen=True)
class _Wish:
    """What shall be in force: these policies, read from this text, and no longer the retired ones."""

    file: Path
    text: str
    policies: list[Policy]
    retired: tuple[str, ...]
    prefix: str  # of the numbers of releases


async def apply_file(
    settings: LocalSettings, file: Path, *, team: str | None, dry_run: bool, retire: Iterable[str] = ()
) -> list[str]:
    """Apply all policies of the file, or none. Returns what changed, in lines. Raises Unusable.

    `retire` names policies that are taken out of force in the same step.
    """
    text = _text(file)
    try:
        policies = read_policies(text)
    except YamlError as error:
        raise Unusable(_in_file(file, error)) from None
    wish = _Wish(file, text, policies, tuple(dict.fromkeys(retire)), settings.id_prefix)
    return await _apply_wish(settings, wish, team=team, dry_run=dry_run)


def _in_file(file: Path, error: YamlError) -> list[str]:
    return [f"{file}, {problem}" for problem in error.problems]


async def _apply_wish(settings: LocalSettings, wish: _Wish, *, team: str | None, dry_run: bool) -> list[str]:
    store = open_store(settings.database_url, clock=Clock())
    try:
        try:
            workspace = await _workspace(store, team)
        except Nowhere as nowhere:
            if not dry_run:
                raise
            checked = [line for policy in wish.policies for line in (f"{policy.name}:", *_lines(describe(policy)))]
            return [*checked, f"The file is right. There is nothing to compare it with: {nowhere}."]
        if dry_run:
            planned = await store.read(lambda work: _changes(work, wish), workspace=workspace)
            return [*planned, "Nothing was applied: this was a dry run."]
        return await store.write(lambda work: _apply(work, wish), workspace=workspace)
    finally:
        await store.close()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Unusable([f"{file} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise Unusable([f"{file} is not a text file in UTF-8"]) from None


async def show(settings: LocalSettings, *, team: str | None) -> list[str]:
    """The policies in force, in lines. Raises Unusable."""
    store = open_store(settings.database_url, clock=Clock())
    try:
        workspace = await _workspace(store, team)
        return await store.read(_in_force, workspace=workspace)
    finally:
        await store.close()


async def _workspace(store: Store, team: str | None) -> int:
    try:
        await command_line.require_migrated(store)
    except command_line.Unusable as no:
        raise Nowhere([str(no)]) from None
    known = await store.read(lambda work: work.workspaces.all())
    fitting = [row for row in known if team in (None, row.team_id)]
    if not known:
        raise Nowhere(["no workspace is known yet: start the bot once with tminus run, then apply"])
    if len(fitting) != 1:
        teams = ", ".join(row.team_id for row in known)
        raise Unusable([f"which workspace? Name one: --team {known[0].team_id} (known: {teams})"])
    return fitting[0].id


def _changes(work: Work, wish: _Wish) -> list[str]:
    """What would change. Raises Unusable where it clashes with what is, and stays, in force."""
    in_force = {policy.name: policy for policy in work.policies.all_latest()}
    given = {policy.name for policy in wish.policies}
    problems = [
        f"{name} is not in force, so it can't be retired; in force: {', '.join(in_force) or 'none'}"
        for name in wish.retired
        if name not in in_force
    ]
    problems += [f"{name} is in the file, so it can't be retired" for name in wish.retired if name in given]
    staying = [policy for name, policy in in_force.items() if name not in given | {*wish.retired}]
    try:
        require_room(wish.text, wish.policies, staying)
    except YamlError as clashes:
        problems += _in_file(wish.file, clashes)
    if problems:
        raise Unusable(problems)
    changes = [line for policy in wish.policies for line in _change(work, policy, wish.prefix)]
    return [*(f"{name} is no longer in force for new releases." for name in wish.retired), *changes]


def _change(work: Work, policy: Policy, prefix: str) -> list[str]:
    before = work.policies.latest(policy.name)
    if before is None:
        return [f"{policy.name} is new:", *_lines(describe(policy))]
    changed = diff(before, policy)
    if not changed:
        return [f"{policy.name} stays as it is."]
    return [f"{policy.name} changes:", *_lines(changed),
            *_open_ones(work, replace(policy, version=before.version + 1), prefix)]  # fmt: skip


def _open_ones(work: Work, policy: Policy, prefix: str) -> list[str]:
    """The open releases that keep the version before, and what taking this one over would do to each."""
    kept = keeping_older(policy, work)
    if not kept:
        return ["  No open release is planned under it."]
    told = _lines([one.told(f"{prefix}-{one.release.number}") for one in kept[:MOST_TOLD]])
    rest = [f"    and {len(kept) - MOST_TOLD} more"] if len(kept) > MOST_TOLD else []
    first = f"{prefix}-{kept[0].release.number}"
    return [f"  {how_many_keep(len(kept))}; re-apply {first}, typed in Slack, would take this over:",
            *(f"  {line}" for line in told), *rest]  # fmt: skip


def _apply(work: Work, wish: _Wish) -> list[str]:
    work.policies.hold_still()
    lines = _changes(work, wish)
    for name in wish.retired:
        work.policies.retire(name, work.now)
        work.audit.note("policy_retired", COMMAND_LINE, COMMAND_LINE, {"policy": name})
    for policy in wish.policies:
        before = work.policies.latest(policy.name)
        if before is None or diff(before, policy):
            stored = work.policies.put(policy, COMMAND_LINE, work.now)
            work.audit.note(
                "policy_applied", COMMAND_LINE, COMMAND_LINE, {"policy": stored.name, "version": stored.version}
            )
            lines.append(f"{stored.name} version {stored.version} is in force for new releases.")
    if work.workspace.policy in wish.retired:  # what setup offers first has to be there
        default = next((policy.name for policy in work.policies.all_latest() if policy.is_default), LIGHT.name)
        work.workspaces.update(work.workspace.id, policy=default)
    return lines


def _in_force(work: Work) -> list[str]:
    policies = work.policies.all_latest() or [BUILT_IN[work.workspace.policy]]
    return [
        line for policy in policies for line in (f"{policy.name}, version {policy.version}:", *_lines(describe(policy)))
    ]


def _lines(rows: list[Words]) -> list[str]:
    return [f"  {render.plain(row, _VOICE)}" for row in rows]
