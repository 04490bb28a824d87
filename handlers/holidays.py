"""Say whose public holidays are no working days: for the workspace by its admins, for themselves by everybody."""

from datetime import date, datetime

from bot.kit import access, follow
from bot.kit import milestones as kit
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Lines, Message, Modal, Option, Para, Reply, Small
from bot.kit.declare import appointment, press, verb
from bot.kit.desk import Desk
from bot.kit.interaction import Kind
from bot.release import steps as rule
from bot.release.errors import FieldRefusal, Refusal
from bot.release.public_holidays import DaysOff, name_of, parts_of, read_place
from bot.release.words import Bold, Code, Said, Words, words
from bot.release.zones import local

#: So many of the next ones are shown, and so many parts of a country named.
NEXT, MOST_PARTS = 5, 20
#: So many releases are planned anew in one transaction.
BATCH = 50
MINE, ALL = "me", "workspace"
_NONE = ("off", "none", "no")
_CHANGED = "its time was over when the holidays were changed"


@verb(
    "holidays",
    usage="holidays [me] [country]",
    summary="Whose public holidays are no working days, here or for you",
    who="everyone for themselves, release admins for the workspace",
    examples=("holidays", "holidays DE-BE", "holidays me FR", "holidays me off"),
    subject="none",
)
def show(ask: Ask, desk: Desk) -> Reply:
    """Without a country what holds; with one what it would be, to be saved with a button."""
    typed = ask.text.strip()
    first, _, rest = typed.partition(" ")
    mine = first.casefold() == MINE
    wanted = rest.strip() if mine else typed
    if not wanted:
        return _standing(ask, desk)
    if not mine:
        access.require_admin(desk, ask.user)
    return Reply(_preview(_read(wanted), MINE if mine else ALL, desk, ask.user))


def _read(typed: str) -> str:
    """The place; empty for none. Raises FieldRefusal where nobody knows it."""
    if typed.casefold() in _NONE:
        return ""
    place = read_place(typed)
    if place is None:
        country = read_place(typed.replace("-", " ").strip().partition(" ")[0])
        if country is not None and parts_of(country):
            parts = parts_of(country)
            more = f" and {len(parts) - MOST_PARTS} more" if len(parts) > MOST_PARTS else ""
            raise FieldRefusal("place", name_of(country), " has no part “", Said(typed), "”. It has: ",
                               ", ".join(parts[:MOST_PARTS]), more, ".", code="no_such_place")  # fmt: skip
        raise FieldRefusal("place", "I know no holidays of “", Said(typed), "”. Name a country, and its part where "
                           "that matters, for example ", Code("DE-BE"), ", ", Code("FR"), " or ", Code("US-CA"), ".",
                           code="no_such_place")  # fmt: skip
    return place


def _standing(ask: Ask, desk: Desk) -> Reply:
    person = desk.work.people.get(ask.user)
    own, here = person.country if person is not None else None, desk.workspace.country
    blocks: list[Block] = [_of("This workspace", here, desk, ask.user)]
    blocks.append(_of("You", own, desk, ask.user) if own else Para(words(Bold("You"), "  as the workspace")))
    typed = Code(f"{desk.catalogue.command} holidays me FR")
    blocks.append(Actions((change.button("Change"),)))
    blocks.append(Small(words("They are no working days: for milestones, go/no-gos and retrospectives the workspace's, "
                              "for reminders your own. By command: ", typed)))  # fmt: skip
    return Reply(Message(words("Public holidays"), tuple(blocks)))


def _of(who: str, place: str | None, desk: Desk, user: str) -> Block:
    if not place:
        return Para(words(Bold(who), "  no public holidays; weekends only"))
    return Lines((words(Bold(who), "  ", name_of(place)), *_next(place, desk, user)))


def _next(place: str, desk: Desk, user: str) -> list[Words]:
    today = local(desk.now, desk.voice(user).zone).date().to_stdlib()
    return [words("• ", _day(day), "  ", name) for day, name in DaysOff(place).next(today, NEXT)]


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


@press("holidays.change")
def change(ask: Ask, desk: Desk) -> Reply:
    """Open the dialog."""
    person = desk.work.people.get(ask.user)
    is_admin = ask.user in desk.work.roles.admins()
    whose = (Option(MINE, "For me"), Option(ALL, "For this workspace")) if is_admin else (Option(MINE, "For me"),)
    known = desk.workspace.country if is_admin else person.country if person is not None else None
    fields = (
        Input("place", "Country, or a part of one", optional=True, initial=known, placeholder="DE-BE", max_length=60,
              hint="Such as FR, DE-BE or Germany Berlin; empty for none."),
        Input("whose", "Whose?", kind="radio", options=whose, initial=ALL if is_admin else MINE),
    )  # fmt: skip
    return Reply(modal=Modal("holidays.preview", "Public holidays", fields, submit="Preview"))


@press("holidays.preview")
def preview(ask: Ask, desk: Desk) -> Reply:
    """What they would be; nothing is stored yet."""
    whose = str(ask.did.values.get("whose") or MINE)
    if whose == ALL:
        access.require_admin(desk, ask.user)
    place = _read(str(ask.did.values.get("place") or "").strip() or "none")
    shown = _preview(place, whose, desk, ask.user)
    blocks = tuple(block for block in shown.blocks if not isinstance(block, Actions))
    data = {"p": place, "w": whose}
    return Reply(modal=Modal("holidays.save", "Public holidays", blocks, submit="Save", data=data, confirms=True))


def _preview(place: str, whose: str, desk: Desk, user: str) -> Message:
    of = "Your" if whose == MINE else "This workspace's"
    if place:
        head = words(of, " public holidays would be those of ", Bold(name_of(place)), ":")
        rows: tuple[Block, ...] = (Lines((head, *_next(place, desk, user))),)
    else:
        head = words(of, " working days would be Monday to Friday, " if whose == ALL else " public holidays would be ",
                     "with no public holidays." if whose == ALL else "the workspace's.")  # fmt: skip
        rows = (Para(head),)
    effect = "You are not reminded of anything that can wait on these days."
    if whose == ALL:
        effect = "Milestones count without them at once; a planned go/no-go keeps its times until it is moved."
    return Message(head, (*rows, Small((effect,)), Actions((save.button("Save", style="primary", p=place, w=whose),))))


@press("holidays.save")
def save(ask: Ask, desk: Desk) -> Reply:
    place, whose = str(ask.data.get("p") or "") or None, str(ask.data.get("w") or MINE)
    if whose == ALL:
        access.require_admin(desk, ask.user)
        before = desk.workspace.country
    else:
        person = desk.work.people.get(ask.user)
        before = person.country if person is not None else None
    if place == before:
        raise Refusal("That is so already.", code="already_done")
    # Where somebody lives is theirs: it can be erased, and what is on record cannot.
    details = {"user": ask.user} if whose == MINE else {"country": place, "was": before}
    if whose == ALL:
        desk.work.workspaces.update(desk.workspace.id, country=place)
        desk.work.appointments.replan("holidays.changed", "0", [desk.now])
    else:
        desk.work.people.set_country(ask.user, place)
    desk.work.audit.note("holidays_set", ask.user, ask.did.path, details)
    said = words("Saved: ", name_of(place) if place else "no public holidays" if whose == ALL else "as the workspace")
    row = words(said, " for this workspace." if whose == ALL else " for you.")
    undo: Button = save.button("Back as it was", p=before or "", w=whose)
    return Reply(Message(row, (Para(row), Actions((undo,))) if ask.did.kind is not Kind.MODAL else (Para(row),)))


def one_by_one(desk: Desk, subject: str, due_at: datetime) -> None:
    """One of a batch cannot be planned: each gets an appointment of its own, and those after them are not kept."""
    ids = desk.work.replanning.open_after(int(subject), BATCH)
    for id in ids:
        desk.work.appointments.replan("holidays.release", str(id), [desk.now])
    _go_on(ids, desk)


@appointment("holidays.changed", missed=one_by_one, called="planning anew after other holidays")
def plan_anew(desk: Desk, subject: str, due_at: datetime) -> None:
    """Move the milestones of open releases, some at a time. `subject` is the last one that was."""
    ids = desk.work.replanning.open_after(int(subject), BATCH)
    for id in ids:
        _plan_one(id, desk)
    _go_on(ids, desk)


@appointment("holidays.release", called="planning a release anew after other holidays")
def plan_alone(desk: Desk, subject: str, due_at: datetime) -> None:
    """Of a batch in which something failed."""
    _plan_one(int(subject), desk)


def _plan_one(id: int, desk: Desk) -> None:
    release = desk.work.releases.lock(id)
    if release is None:
        return
    for step in rule.replanned(release, kit.marks(release, desk), desk.now).left_out:
        kit.mark(step, "skipped", release, desk, why=_CHANGED)
    follow.flush(release, desk)
    follow.plan(release, desk)


def _go_on(ids: list[int], desk: Desk) -> None:
    if len(ids) == BATCH:
        desk.work.appointments.replan("holidays.changed", str(ids[-1]), [desk.now])
