"""Turn one interaction into one transaction and one answer.

The order is fixed: seen this gesture before? Which verb, which release? Lock it, let time pass, may this person?
Then the handler, inside a savepoint. State, votes, audit rows, timers and outbox rows are flushed in the same
transaction; whoever called answers Slack only after COMMIT.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.clock import Clock, Wire
from bot.kit import access, follow, pages, render, subject, typed_verb
from bot.kit.ask import Ask
from bot.kit.blocks import ASKED, Message, Reply
from bot.kit.declare import Catalogue, Press, Verb, shown
from bot.kit.desk import MAIN_CARD, Desk, Needs
from bot.kit.interaction import Interaction, Kind
from bot.kit.meant import meant, require_meant
from bot.kit.mentions import spelled_out
from bot.kit.voters import concerned
from bot.release.errors import FieldRefusal, Refusal
from bot.release.words import At, Said, Words
from storage.engine import Busy, Store, Unknown
from storage.outbox_rows import Hold, OutboxRow
from storage.releases import AlreadyOpen
from storage.work import Work

log = structlog.get_logger(__name__)

#: Seconds from receipt within which a gesture is stored or refused; Slack waits 3 s for the ack.
DEADLINE = 2.2
#: Seconds that fetching facts from Slack may take before the handler runs without them.
FETCH = 0.8
#: Characters that may be typed after a verb: as many as its dialog takes, and as a button can carry on.
MOST_TYPED = 1_000
#: As many cards are shown when the bot is invited to a channel.
MOST_SHOWN = 20
#: What a dialog remembers of the button that opened it: as it was drawn, and what the button is about.
_CARRIED = ("n", "v", "f", "s", "k", "w", "b")
_DONE: Words = ("Done.",)
#: What a reference is made of: 32 characters that nobody takes for each other.
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_FORM = "form."
_DO = "do."
#: What is typed, rather than chosen or written into a field.
_TYPED = (Kind.COMMAND, Kind.MENTION)
#: Between a release's name and a reason.
_DASH = re.compile(r"^(?:-{1,3}|[–—:;.])\s+")


@dataclass(frozen=True)
class Answer:
    """Slack-ready. `message` for the person alone; `modal` to open or, from a modal, to put in its place."""

    message: Mapping[str, Any] | None = None
    modal: Mapping[str, Any] | None = None
    push: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        return {"message": self.message, "modal": self.modal, "push": self.push, "errors": dict(self.errors)}


_NOTHING = Answer().data()


class _Opens(Exception):
    """A dialog is opened, or stays open with its errors: nothing shall be written."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


#: Fetch facts from Slack and store them: (workspace id, people, channels and user groups). Never raises.
Fetch = Callable[[int, frozenset[str], frozenset[str]], Awaitable[None]]


class Dispatcher:
    """`wake` is called after each commit that may have left something to send or to do, with what was done if known.

    `hold` gives what an answer is put under that is handed to `send` once it is committed; None to have it queued.
    """

    def __init__(self, catalogue: Catalogue, store: Store, clock: Clock, *, fetch: Fetch) -> None:
        self.catalogue = catalogue
        self.store = store
        self.clock = clock
        self.fetch = fetch
        self.refresh: Callable[[int, frozenset[str]], None] = lambda workspace, sources: None
        self.wake: Callable[[Work | None], None] = lambda work: None
        self.hold: Callable[[], Hold | None] = lambda: None
        self.send: Callable[[OutboxRow, Hold], None] = lambda row, hold: None

    # ---- one gesture ----------------------------------------------------------------------
    async def run(self, did: Interaction, workspace: int, *, received: float | None = None) -> Answer:
        """Do it and say what to answer. Raises storage.engine.Busy when nothing could be stored in time.

        `received` is the real monotonic second of receipt, from which the deadline counts.
        """
        started = Wire().monotonic() if received is None else received
        tried: frozenset[str] = frozenset()
        reads = self._reads(did)
        write = did.key is not None and reads is None
        while True:
            left = DEADLINE - (Wire().monotonic() - started)
            if left <= 0:  # the facts came too late, or this process stood still: Slack has shown it as failed
                raise Busy("there was no time left to store it")
            desks: list[Desk] = []

            def unit(work: Work, known: frozenset[str] = tried, desks: list[Desk] = desks) -> Answer:
                work.cause = did.ref or None
                desk = Desk(work, self.catalogue, did, known, hold=self.hold())
                desks.append(desk)
                return self._once(did, desk)

            try:
                if write:
                    answer = await self.store.write(unit, workspace=workspace, deadline=left, group=did.about)
                    self._go_on(desks[-1])
                else:  # what only reads leaves nothing to send or to do
                    answer = await self.store.read(unit, workspace=workspace, deadline=left, name=reads)
            except _Opens as opens:
                answer, opens.__traceback__ = opens.answer, None  # its frames hold all that it was made of
            except Needs as needs:
                wanted, needs.__traceback__ = needs.people | needs.channels, None
                await self.fetch(workspace, needs.people, needs.channels)
                tried |= wanted
                continue
            except Unknown:
                answer = await self._after_unknown(did, workspace, max(0.05, left))
                self.wake(None)
            if desks and desks[-1].stale:
                self.refresh(workspace, frozenset(desks[-1].stale))
            return answer

    def _go_on(self, desk: Desk) -> None:
        """It is stored: send what was put to be sent now, and let the rest be found."""
        for row, hold in desk.held:
            self.send(row, hold)
        self.wake(desk.work)

    async def _after_unknown(self, did: Interaction, workspace: int, left: float) -> Answer:
        """COMMIT was sent and its outcome lost: the gesture's key tells whether it is stored."""
        look = self.store.read(lambda work: work.keys.find(did.key or ""), workspace=workspace, deadline=left)
        try:
            found = await look
        except Busy as problem:  # that was the look; what was sent before it may be stored
            raise Unknown("the database does not say whether it was stored") from problem
        if found is None or found.reply is None:
            raise Unknown("the database lost the connection while storing")
        return Answer(**found.reply)

    def _reads(self, did: Interaction) -> str | None:
        """The verb, where it only reads: then it has no key and no need of the outbox, and runs on a snapshot."""
        verb = typed_verb.read(did.text, self.catalogue)[0] if did.kind is Kind.COMMAND else None
        return verb.verb if verb is not None and verb.reads else None

    def _once(self, did: Interaction, desk: Desk) -> Answer:
        """All of one interaction, inside one transaction."""
        keyed = did.key is not None and self._reads(did) is None
        if keyed and did.key is not None:
            before = desk.work.keys.claim(did.key, _NOTHING)
            if before is not None:
                return Answer(**before.reply) if before.reply is not None else Answer()
        ask = Ask(did)
        try:
            reply = self._handle(ask, desk)
        except Refusal as refusal:
            reply = self._refuse(refusal, ask, desk)
        answer = self._finish(reply, ask, desk)
        kept = answer if reply.kept is None else self._finish(Reply(reply.kept), ask, desk)
        if keyed and did.key is not None and (said := kept.data()) != _NOTHING:
            desk.work.keys.settle(did.key, said)
        return answer

    def _finish(self, reply: Reply, ask: Ask, desk: Desk) -> Answer:
        """The reply in Slack's form, with what does not fit into an ack put into the outbox."""
        did = ask.did
        voice = desk.voice(did.user)
        asked = ASKED in did.data  # the button below a question: what comes of it stands in the question's place
        shown = reply.message or (Message(_DONE) if asked else None)
        said = render.message(shown, voice) if shown else None
        if did.kind is Kind.MODAL:
            again = reply.modal if reply.modal is not None and reply.modal.name == did.name else None
            if reply.errors or again:  # nothing was accepted, so nothing is stored; the same values get the same answer
                raise _Opens(Answer(errors=reply.errors, modal=render.modal(again, voice) if again else None))
            if reply.modal is None and reply.message is not None:
                title = ask.verb.form.title if ask.verb is not None and ask.verb.form is not None else "T-Minus"
                return Answer(modal=render.result(title, reply.message, voice))
            return Answer(modal=render.modal(reply.modal, voice) if reply.modal else None, push=reply.push)
        if reply.modal is not None:
            raise _Opens(Answer(modal=render.modal(reply.modal, voice), push=reply.push))
        if did.in_modal:  # an answer that is worth reading, with buttons of its own
            return Answer(modal=render.result("T-Minus", reply.message or Message(_DONE), voice))
        if did.kind is Kind.COMMAND:
            return Answer(message=said)
        if did.in_home:
            desk.show_home(did.user, said)
        elif said is not None:
            desk.privately(did, said, replaces=reply.replaces or asked)
        return Answer()

    def _refuse(self, refusal: Refusal, ask: Ask, desk: Desk) -> Reply:
        log.info("refused", why=refusal.code, user=ask.user, kind=ask.did.kind.value, name=ask.did.name)
        if ask.did.kind is Kind.MODAL:
            named = refusal.field if isinstance(refusal, FieldRefusal) else self._field(ask)
            field_name = named if ask.did.values else None  # a page that only confirms has no field
            if field_name is not None:
                return Reply(errors={field_name: render.plain(refusal.words, desk.voice(ask.user))})
        if ask.found is not None and ask.did.kind in (Kind.BUTTON, Kind.HOME):
            desk.repair(ask.found)
        return pages.refused(refusal, ask, desk)

    def _field(self, ask: Ask) -> str | None:
        """Where to show an error that belongs to no field: under the last one, so that what was typed is kept."""
        names = list(ask.did.values)
        return names[-1] if names else None

    # ---- which ability --------------------------------------------------------------------
    def _handle(self, ask: Ask, desk: Desk) -> Reply:
        did = ask.did
        if did.name.startswith((_DO, _FORM)):
            verb = self.catalogue.words.get(did.name.split(".", 1)[1])
            ask.text = str(did.data.get("t", ""))
            if verb is None:
                raise Refusal("This button is from an older version. Please use the card's buttons.", code="old_button")
            return self._do(verb, ask, desk)
        if did.name:
            press = self.catalogue.presses.get(did.name)
            if press is None:
                raise Refusal("This button is from an older version. Please use the card's buttons.", code="old_button")
            return self._press(press, ask, desk)
        verb, ask.text = typed_verb.read(did.text, self.catalogue)
        alone = typed_verb.alone(did.text, self.catalogue)
        if alone is not None and subject.after_name(did, ask.text, desk) == "":
            verb = alone
        if verb is None:
            return self._guess(ask, desk)
        verb, ask.text = meant(verb, ask.text, ask, desk, self.catalogue)
        return self._do(verb, ask, desk)

    def _guess(self, ask: Ask, desk: Desk) -> Reply:
        """No verb is in front: one may stand behind the release's name, or something is said of it."""
        asks, ask.text = ask.text.endswith("?"), ask.text.rstrip("? ")
        rest = subject.after_name(ask.did, ask.text, desk)
        if rest is None:
            word, named = pages.split_unknown(typed_verb.unpleased(ask.text))
            ask.found = subject.named(ask.did, typed_verb.bare(named), desk)
            return pages.unknown(word, ask, desk)
        late, left = typed_verb.after_name(rest, self.catalogue)
        name = ask.text[: len(ask.text) - len(rest)].strip()
        if late is not None and not (asks and typed_verb.is_asked(late, left)):
            left += "?" if asks and left and not late.reads else ""  # whoever asks may do so with more than the verb
            late, left = meant(late, left, ask, desk, self.catalogue, name)
            ask.text = f"{name} {left}".strip()
            return self._do(late, ask, desk)
        if asks:  # “payments is live?”
            ask.text, rest = name, ""
        release = subject.named(ask.did, name, desk) if rest else None
        reply = pages.said_of(rest, release, ask, desk) if release is not None else None
        return reply or self._do(self.catalogue.words["status"], ask, desk)

    def _press(self, press: Press, ask: Ask, desk: Desk) -> Reply:
        access.require_full_member(desk, ask.user, ask.did.user_team)
        if isinstance(ask.data.get("r"), int):
            found, _ = subject.find(ask.did, "", desk)
            ask.found = follow.lock(found, desk)
        try:
            return self._in_savepoint(press.handle, ask, desk)
        except subject.Several as several:
            return pages.choose(several, press.name, desk)

    def _do(self, verb: Verb, ask: Ask, desk: Desk) -> Reply:
        """A verb, by whatever way it came."""
        ask.verb = verb
        access.require_full_member(desk, ask.user, ask.did.user_team, verb, ask.data)
        if len(ask.text) > MOST_TYPED:
            raise Refusal(f"That is {len(ask.text):,} characters, and {MOST_TYPED:,} are the most. Please say it "
                          "shorter, and the rest in the release's thread.", code="too_long")  # fmt: skip
        if verb.subject != "none":
            try:
                found, ask.text = subject.find(ask.did, ask.text, desk, verb)
            except subject.Several as several:
                pages.require_possible(several, verb, desk)
                if verb.subject == "required" or several.why:
                    return pages.choose(pages.narrowed(several, verb, ask, desk), _DO + verb.verb, desk)
                ask.several, ask.has_more = tuple(one.release for one in several.candidates), several.has_more
                found = None
            if found is None and verb.subject == "required":
                raise subject.nothing_here(desk)
            if found is not None:
                ask.found = follow.read(found, desk) if verb.reads else follow.lock(found, desk)
        if ask.found is not None and ask.did.kind in _TYPED:
            ask.text = _DASH.sub("", ask.text) if verb.takes == "why" else ask.text
            require_meant(verb, ask, self.catalogue)
        if ask.found is not None and verb.move is not None:
            access.require(desk, ask.user, verb.move, ask.found)
            access.require_as_shown(ask.found, verb.move, ask.data)
        self._fill(verb, ask, desk)
        ask.text = spelled_out(ask.text, desk)
        return self._in_savepoint(verb.handle, ask, desk)

    def _fill(self, verb: Verb, ask: Ask, desk: Desk) -> None:
        """Read the verb's fields from the text or the modal; open its form when a required one is missing."""
        if verb.form is None:
            return
        if ask.did.kind is Kind.MODAL:
            ask.args = verb.form.read(ask.did.values, ask.found)
            return
        if verb.parse is not None:
            ask.args = dict(verb.parse(ask, desk))
        elif ask.text:
            ask.args = {verb.form.fields[0].name: ask.text}
        ask.args = {key: spelled_out(arg, desk) if isinstance(arg, str) else arg for key, arg in ask.args.items()}
        if not verb.asks_always and all(ask.args.get(name) for name in verb.form.required(ask.found)):
            return
        if verb.check is not None:
            verb.check(ask, desk)
        if ask.did.trigger is None:
            raise pages.incomplete(verb, verb.form.asks(ask.found), ask, desk)
        drawn = {key: ask.data[key] for key in _CARRIED if key in ask.data}
        data = {"c": ask.did.channel} | (dict(shown(ask.found)) if ask.found else {}) | drawn
        intro = (ask.found.title,) if ask.found else ()
        form = verb.fitted(ask, desk) if verb.fitted is not None else verb.form
        dialog = form.modal(_FORM + verb.verb, data=data, initial=ask.args, intro=intro, release=ask.found)
        raise _Opens(Answer(modal=render.modal(dialog, desk.voice(ask.user))))

    def _in_savepoint(self, handle: Callable[[Ask, Desk], Reply], ask: Ask, desk: Desk) -> Reply:
        try:
            with desk.work.savepoint():
                reply = handle(ask, desk)
                if ask.found is not None:
                    follow.flush(ask.found, desk)
        except AlreadyOpen as clash:
            raise self._already_open(clash, ask, desk) from clash
        except Refusal:
            if ask.found is not None:
                ask.found = desk.work.releases.get(ask.found.id)
            raise
        return reply

    def _already_open(self, clash: AlreadyOpen, ask: Ask, desk: Desk) -> Refusal:
        other = desk.work.releases.get(clash.id)
        if other is None or not access.may_see(desk, ask.user, other):
            return Refusal("That service, version and environment is already planned.", code="already_open")
        ask.found = other
        at = At(other.target_at, "day", other.planned.zone)
        return Refusal(Said(other.title), " is already planned for ", at, f" ({desk.ref(other)}).",
                       code="already_open", offers=("status",))  # fmt: skip

    # ---- outside a gesture ----------------------------------------------------------------
    async def tell(self, did: Interaction, workspace: int, message: Mapping[str, Any]) -> None:
        """Say something privately, after the gesture was acked."""
        await self.store.write(lambda work: Desk(work, self.catalogue).privately(did, message), workspace=workspace)
        self.wake(None)

    def member_changed(self, work: Work, user: str, lost: bool) -> None:
        """Somebody left the workspace, came back, or became a guest or a full member. `lost`: may do nothing now."""
        follow.member_changed(Desk(work, self.catalogue, unasked=True), user, lost)

    async def crew_read(self, workspace: int, read: frozenset[str], changed: frozenset[str]) -> None:
        """It is known anew who is in these channels and groups; in those of `changed` are others than before."""

        def look(work: Work) -> list[int]:
            return [one.id for one in concerned(work, read, changed)]

        for id in await self.store.read(look, workspace=workspace):  # each by itself: nobody waits for all of them

            def again(work: Work, id: int = id) -> None:
                follow.look_again(Desk(work, self.catalogue, unasked=True), id)

            await self.store.write(again, workspace=workspace)
            self.wake(None)

    async def joined(self, workspace: int, channel: str) -> None:
        """The bot was invited to a channel: show the cards of its open releases."""

        def show(work: Work) -> None:
            desk = Desk(work, self.catalogue, unasked=True)
            for release in work.releases.open_in_channel(channel, MOST_SHOWN):
                desk.draw(MAIN_CARD, release, channel)

        await self.store.write(show, workspace=workspace)
        self.wake(None)


def reference() -> str:
    """A short name for one failure, shown to the person and in the log."""
    return "".join(_READABLE[byte % 32] for byte in secrets.token_bytes(6))
