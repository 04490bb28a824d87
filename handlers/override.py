"""Let a release go without its go, in an emergency: asked twice, told to everybody who is skipped, and reviewed."""

from bot.kit import access, render
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Message, Modal, Option, Para, Reply, Small, say
from bot.kit.declare import notice, press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.freezes import freezing
from bot.kit.interaction import Kind
from bot.release import override as rule
from bot.release.causes import Cause
from bot.release.conditions import counts_as_go
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.policy import Cover
from bot.release.release import Choice, Release
from bot.release.states import Move
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words

CONFIRM = "override.confirm"
#: A reason travels with the second dialog, which holds 3,000 characters in all.
MAX_WHY = 1_000
#: Slack shows so many checkboxes in one field.
MOST_BOXES = 10
#: Where more people than this could give a skipped sign-off, the channel's announcement tells them.
MOST_TOLD = 8
#: So many open reviews are looked through for one that this person may know of.
MOST_REVIEWS = 20
_WHY = Form(
    "Override the go/no-go",
    (
        Input("why", "Why can't it wait?", kind="lines", max_length=MAX_WHY,
              hint="It stays on record, and whoever is skipped reads it."),
    ),
    submit="Next",
)  # fmt: skip


def _check(ask: Ask, desk: Desk) -> None:
    _skipped(ask.release, desk)
    _require_reviewed(ask, desk)


def _skipped(release: Release, desk: Desk) -> tuple[Cause, ...]:
    return rule.would_skip(release, desk.electorate(release), freezing(release, desk), desk.now)


@verb(
    "override",
    usage="override [release] <why>",
    summary="In an emergency, let it go without its go",
    who="admins",
    examples=("override production is down, this is the fix",),
    move=Move.OVERRIDE,
    form=_WHY,
    check=_check,
    label="Override",
    style="danger",
)
def override(ask: Ask, desk: Desk) -> Reply:
    """The second question: what exactly is skipped. Nothing is stored before it is answered."""
    release, why = ask.release, ask.arg("why")
    _check(ask, desk)
    if ask.did.kind is not Kind.MODAL and ask.did.trigger is None:  # spoken to: only a click can open a dialog
        go_on = desk.offer("override", release, label="Show what is skipped", t=why)
        row = words("An override of ", Said(release.title), " asks you to confirm what it skips.")
        return Reply(Message(row, (Para(row), Actions((go_on,)))))
    return Reply(modal=_confirm(release, why, desk))


def _confirm(release: Release, why: str, desk: Desk, *, again: Words = ()) -> Modal:
    """A box to tick for each thing that is skipped."""
    causes = _skipped(release, desk)
    voice = desk.voice(desk.did.user if desk.did else None)
    boxes = [
        Option(str(place), render.plain(rule.called(cause, release), voice), _described(cause, voice))
        for place, cause in enumerate(causes)
    ]
    head = words(Bold(release.title), " goes without all of this. Tick each to confirm.")
    head = words(again, " ", head) if again else head
    due = rule.say_date(rule.review_due(release, desk.now))
    after = words("Whose sign-off you skip is told, with your reason: “", Said(why), "”. Somebody else reviews it by ",
                  due, ".")  # fmt: skip
    fields = tuple(
        Input(_field(at), "What is skipped" if not at else "and also", kind="checks",
              options=tuple(boxes[at : at + MOST_BOXES]))
        for at in range(0, len(boxes), MOST_BOXES)
    )  # fmt: skip
    data = {"r": release.id, "t": why, "h": rule.mark_of(causes), "f": release.fingerprint(Cover)}
    return Modal(CONFIRM, _WHY.title, (Para(head), *fields, Small(after)), submit="Go by override", data=data)


def _field(at: int) -> str:
    return f"skip{at // MOST_BOXES}"


def _described(cause: Cause, voice: render.Voice) -> str:
    """Nothing where the label says all of it: “QA (no answer)”."""
    return "" if cause.kind == "missing" else render.plain(cause.said, voice)


@press(CONFIRM)
def confirmed(ask: Ask, desk: Desk) -> Reply:
    release, why = ask.release, str(ask.data.get("t") or "")
    access.require(desk, ask.user, Move.OVERRIDE, release)
    _check(ask, desk)
    causes = _skipped(release, desk)
    if ask.data.get("h") != rule.mark_of(causes):
        return Reply(modal=_confirm(release, why, desk, again=("Something else stands in the way by now.",)))
    if ask.data.get("f", "") not in ("", release.fingerprint(Cover)):  # dialogs of the version before have none
        changed = words(
            "It is not what it was when you were asked: see ", Code(f"{desk.catalogue.command} status"), "."
        )
        return Reply(modal=_confirm(release, why, desk, again=changed))
    ticked = {one for name in ask.did.values if name.startswith("skip") for one in ask.did.values[name] or ()}
    left = [place for place in range(len(causes)) if str(place) not in ticked]
    if left:
        return Reply(errors={_field(left[0]): "Tick every one of them, or cancel: all of it is skipped."})
    frozen = freezing(release, desk)
    rule.override(release, why, desk.electorate(release), freezing=frozen, now=desk.now, by=ask.user)
    due_on = rule.review_due(release, desk.now)
    review = desk.work.decisions.add_review(release.id, due_on, ask.user)
    rule.open_review(release, review, due_on, now=desk.now)
    expires = release.expires_at or release.target_at
    return say(Bold(release.title), " is go by override, until ", At(expires, "day", release.planned.zone),
               ". Whoever was skipped is told. The review is due by ", rule.say_date(due_on),
               "; somebody else does it.")  # fmt: skip


def _require_reviewed(ask: Ask, desk: Desk) -> None:
    """Where the policy says so, an override waits for the review of the last one."""
    release = ask.release
    if not release.policy.open_review_blocks:
        return
    services = {key for part in release.active_parts for key in part.key[:1]}
    for review in desk.work.decisions.open_reviews(services, MOST_REVIEWS):
        other = desk.work.releases.get(review.release_id)
        if other is None:
            continue
        seen = access.may_see(desk, ask.user, other)
        which = words(Said(other.title), f" ({desk.ref(other)})") if seen else ("another release",)
        said = words("The override of ", which, " by ", Who(review.opened_by), " is not reviewed yet, and the ",
                     Said(release.policy.name), " policy asks for that before the next one. ")  # fmt: skip
        mine = review.opened_by == ask.user
        how = "Somebody else than you can review it" if mine else "Review it first"
        typed = f": {desk.catalogue.command} review done {desk.ref(other)}." if seen else "."
        raise Refusal(said, how, typed, code="review_open")


# ---- saying what happened ----------------------------------------------------------------------


@notice("overridden")
def overridden(event: Event, release: Release, desk: Desk) -> None:
    """To the channel instead of the decision; and to each person whose say was skipped."""
    if event.by is None or release.overridden is None:
        return
    starts = words(" Deploy starts ", At(release.target_at, "day", release.planned.zone), ".")
    if release.target_at <= desk.now:
        starts = (" It can be deployed now.",)
    row = words("⚠️ ", Said(release.title), ": go by override. ", Who(event.by), " ", event.said, ": “",
                Said(event.why), "”.", starts)  # fmt: skip
    desk.decision(release, row, broadcast=True)
    for user, what in sorted(_skipped_people(release, desk).items()):
        if user != event.by:
            _tell(user, what, event, release, desk)


def _tell(user: str, what: list[Words], event: Event, release: Release, desk: Desk) -> None:
    by = Who(event.by) if event.by else "T-Minus"
    due = rule.say_date(rule.review_due(release, event.at))
    row = words(by, " overrode ", listing(what), " on ", Said(release.title), ": “", Said(event.why),
                "”. A review is open until ", due, ".")  # fmt: skip
    review = access.of_use(desk, user, release, (desk.offer("review done", release, label="Review"),))
    desk.direct(user, Message(row, (Para(row), *review)), release)


def _skipped_people(release: Release, desk: Desk) -> dict[str, list[Words]]:
    """Who is told, and what of theirs was skipped: who said anything but go, and whoever could still have answered."""
    told: dict[str, list[Words]] = {}
    by = release.overridden
    electorate = desk.electorate(release)
    roles = rule.skipped_roles(release)
    for sign_off in release.sign_offs:
        if sign_off.role not in roles:
            continue
        votes = [vote for vote in release.round_votes() if vote.sign_off == sign_off.role]
        others = electorate.givers(sign_off, release)
        given = {vote.user for vote in votes if vote.choice is Choice.GO or counts_as_go(release, vote)}
        people = {vote.user for vote in votes if vote.cast_by is None}
        people |= others if len(others) <= MOST_TOLD else frozenset()
        people -= given
        yours = "your sign-off" + (f" {sign_off.role}" if len(release.sign_offs) > 1 else "")
        for user in people:
            told.setdefault(user, []).append((yours,))
    for kind, name in by.skipped if by is not None else ():
        if kind == "held":
            told.setdefault(name, []).append(("your hold",))
        item = next((one for one in release.policy.checklist if (kind, one.key) == ("item", name)), None)
        for user in (item.owner or {release.captain}) if item is not None else ():
            told.setdefault(user, []).append(words("“", Said(item.text if item else ""), "”"))
    return {user: what for user, what in told.items() if access.may_see(desk, user, release)}
