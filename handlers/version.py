"""Say which version a release is, once that is known; a train's releases go by their day before."""

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Reply, say
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.edits import asked_again
from bot.kit.forms import Form
from bot.kit.naming import HURRY, is_version, may_be_version, split_word, tidy
from bot.release import editing as rule
from bot.release.errors import FieldRefusal, Refusal
from bot.release.late import is_late
from bot.release.release import Release
from bot.release.states import Move
from bot.release.when_words import read_words
from bot.release.words import Bold, Code, Said, words


def _fields(release: Release) -> tuple[Input, ...]:
    again = " Its go is asked for again." if rule.would_ask(release, ["version"]) else ""
    return (Input("version", "Which version goes live?", max_length=rule.MAX_VERSION, initial=release.parts[0].version,
                  hint=f"It is called by it from then on, everywhere.{again}"),)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> dict[str, str]:
    """A version, as in `2.1 beta`, or what stands in quotes: “version web 5.2” is about another service."""
    named, rest = split_word(tidy(ask.text))
    if may_be_version(named) and _is_of_version(rest):
        return {"version": f"{named} {rest}".rstrip()}
    if rest:
        typed = Code(f"{desk.catalogue.command} version {desk.ref(ask.release)} 2.14.0")
        raise FieldRefusal("version", "I don't know what “", Said(ask.text), "” means: a version of ",
                           Said(ask.release.service), " begins with its number, with one word behind it at most, "
                           "for example ", typed, ". A longer one is put in quotes.")  # fmt: skip
    return {"version": named}


def _is_of_version(rest: str) -> bool:
    """`beta`, `rc1` or nothing; not `tomorrow`, `to production`, `+ web 3` or `please`."""
    one = len(rest.split()) <= 1 and rest[:1] not in {"+", "&", ",", "@", "<"}
    return one and not is_version(rest) and read_words(rest) is None and rest.casefold() not in HURRY


def _check(ask: Ask, desk: Desk) -> None:
    rule.require_editable(ask.release)


@verb(
    "version",
    usage="version [release] <version>",
    summary="Say which version goes live, for example of a train's release",
    who="the captain or an admin",
    examples=("version 2.14.0", "version REL-12 2.14.0"),
    move=Move.EDIT,
    form=Form("The version", (), "Save", _fields),
    parse=_parse,
    check=_check,
    label="Set the version",
)
def version(ask: Ask, desk: Desk) -> Reply:
    release, was = ask.release, ask.release.title
    wanted = {"version": ask.arg("version")}
    rule.require_editable(release)
    if rule.changes_in(release, wanted) and is_late(release, wanted, desk.now):
        raise Refusal("The code cut-off of ", Said(was), " is past, so another version is a late change: plan it as a "
                      "release of its own, or ask for it with edit.", code="late", offers=("edit",))  # fmt: skip
    done = rule.edit(release, wanted, desk.electorate(release), now=desk.now, by=ask.user)
    desk.work.decisions.add_edit(release.id, release.content_revision, done.changed, ask.user)
    back = " It is not go any more." if done.approval_ended else ""
    again = asked_again(release, done.touched, done.stand)
    return say(Said(was), " is ", Bold(release.title), " now.", back, words(" ", again) if again else "")
