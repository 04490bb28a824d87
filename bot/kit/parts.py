"""Let people say which part of a release they mean: a question where several can be, and buttons that name one."""

from collections.abc import Collection
from dataclasses import replace

from bot.kit.ask import Ask
from bot.kit.blocks import Button, Confirm, Input, Option
from bot.kit.desk import Desk
from bot.kit.interaction import Kind
from bot.kit.naming import calm
from bot.release.deploying import left_to_leave_out
from bot.release.policy import service_key
from bot.release.release import Part, PartState, Release
from bot.release.words import At, Said, Who, Words, listing, words

#: The choice that means all of them.
ALL = "all"
RUNNING = frozenset({PartState.DEPLOYING})
STARTABLE = frozenset({PartState.PENDING, PartState.FAILED})
TOUCHED = frozenset({PartState.LIVE, PartState.DEPLOYING, PartState.FAILED})
GOING_BACK = frozenset({PartState.ROLLING_BACK})
#: In a row stand so many buttons at most.
MOST_IN_A_ROW = 3
#: Slack shows no more radio buttons.
MOST_RADIO = 10


def those(release: Release, states: Collection[PartState]) -> list[Part]:
    return [part for part in release.active_parts if part.state in states]


def which(release: Release, states: Collection[PartState], label: str, all_: str = "") -> tuple[Input, ...]:
    """The question which part is meant, where several can be; `all_`: what else is to be known of choosing them all."""
    able = those(release, states)
    if len(able) < 2:
        return ()
    options = (
        *(Option(_number(release, part), release.part_title(part)) for part in able),
        Option(ALL, "All of these", all_),
    )
    return (Input("part", label, kind="radio" if len(options) <= MOST_RADIO else "choice", options=options),)


def read_part(ask: Ask) -> dict[str, str]:
    """The part named on a button or typed. What is typed without a part means all of them; a button has to ask."""
    typed = ask.did.kind in (Kind.COMMAND, Kind.MENTION)
    return {"part": calm(ask.text) or (ALL if typed else "")}


def chosen(ask: Ask) -> str | None:
    """The part's name, None for all of them."""
    return called(ask.release, ask.arg("part"))


def called(release: Release, part: str) -> str | None:
    """The name of the part that a button or a choice means by its number; a name typed is that name already."""
    if part.startswith("#") and part[1:].isdecimal() and int(part[1:]) < len(release.parts):
        return release.part_title(release.parts[int(part[1:])])
    return part if part and part != ALL else None


def names_both(release: Release, text: str, states: Collection[PartState]) -> bool:
    """Whether that service alone may mean the release as well as its first part: “payments”, of payments and web."""
    first = release.active_parts[0]
    return service_key(text) == service_key(first.service) and len(those(release, states)) > 1


def number(release: Release, title: str) -> str:
    """How a choice remembers the part of that title; all of them by the word."""
    named = [part for part in release.active_parts if release.part_title(part) == title]
    return _number(release, named[0]) if named else title


def _number(release: Release, part: Part) -> str:
    """Buttons remember the part by its place: that is short, and tells apart what is called alike."""
    return f"#{release.parts.index(part)}"


def deploy_buttons(release: Release, desk: Desk) -> tuple[list[Button], list[Button]]:
    """What can be done while it deploys: the row, and what stands in the menu behind it."""
    running, failed = those(release, RUNNING), those(release, {PartState.FAILED})
    waiting = those(release, {PartState.PENDING})
    back = desk.offer("rollback", release, label="Leave out the rest" if left_to_leave_out(release) else "")
    if len(release.active_parts) == 1:
        one = [desk.offer("deploy done", release), desk.offer("deploy fail", release)] if running else []
        again = [desk.offer("deploy start", release, label="Retry" if failed else "Start deploy")]
        return [*(one or again), back], []
    wanted = [_of_part(release, part, desk, "deploy start", "Retry") for part in failed]
    wanted += [_of_part(release, part, desk, "rolled-back", "Rolled back") for part in those(release, GOING_BACK)]
    wanted += [_of_part(release, part, desk, "deploy done", "Done") for part in running]
    wanted += [_of_part(release, part, desk, "deploy start", "Start") for part in waiting]
    more = [desk.offer("deploy fail", release)] if running else []
    more += [desk.offer("rollback cancel", release)] if those(release, GOING_BACK) else []
    if len(running) > 1:
        more.insert(0, desk.offer("deploy done", release, label="All done"))
    return [*wanted[: MOST_IN_A_ROW - 1], back], [*more, *wanted[MOST_IN_A_ROW - 1 :]]


def confirm_start(release: Release, parts: list[Part]) -> Confirm:
    """Asked before a deploy starts: of what, where to, and when it was planned for."""
    names = listing([Said(part.name) for part in parts])
    where = listing([Said(one) for one in dict.fromkeys(part.environment for part in parts)])
    goes = " goes to " if len(parts) == 1 else " go to "
    if failed := [part for part in parts if part.state is PartState.FAILED]:
        why = words(" It failed: “", Said(failed[0].failed_why), "”.") if len(parts) == 1 else ()
        return Confirm("Retry the deploy?", words(names, goes, where, " again.", why), "Retry", danger=False)
    planned = At(release.target_at, "day", release.planned.zone)
    return Confirm(
        "Start the deploy?",
        words(names, goes, where, " now. Planned for ", planned, ".", left_out(release)),
        "Start deploy",
        danger=False,
    )


def left_out(release: Release) -> Words:
    """What does not go live with it, where that waits to be decided."""
    late = release.late
    return (
        words(" The late change of ", Who(late.asked_by), " is not accepted, so it would not be in it.") if late else ()
    )


def _of_part(release: Release, part: Part, desk: Desk, verb: str, label: str) -> Button:
    button = desk.offer(verb, release, label=f"{label}: {release.part_title(part)}", t=_number(release, part))
    return replace(button, confirm=confirm_start(release, [part])) if button.confirm else button
