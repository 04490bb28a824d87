"""Be the edge to Slack: one listener per kind of request, an ack only after COMMIT, failures never shown as success.

A command that failed is answered in words with a reference. A button, modal or event that failed is not acked: over
HTTP that is a 500, in Socket Mode silence, so Slack shows the person an error or repeats the event. Whoever pressed a
button of a message is told why, besides.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, Wire
from bot.dispatch import Answer, Dispatcher, reference
from bot.kit import pages, render
from bot.kit.blocks import Message
from bot.kit.interaction import Interaction
from bot.meters import Meters
from bot.slack import failing, payloads
from bot.slack.people import People
from bot.slack.pulse import Pulse
from bot.slack.trouble import Kind, judge
from storage.engine import Busy, Unknown

log = structlog.get_logger(__name__)
_BOLT_LOG = logging.getLogger("slack_bolt")
#: Bolt reads the token from the environment by itself, and warns that nobody needs it.
_BOLT_LOG.addFilter(lambda record: record.getMessage() != warning_client_prioritized_and_token_skipped())
_ANY = re.compile(".*", re.DOTALL)

Body = dict[str, Any]
Listener = Callable[[Body], Coroutine[Any, Any, BoltResponse]]
_Read = TypeVar("_Read")

#: Real seconds that an answer waits at most while others wait for their ack, which Slack gives three seconds.
ACKS_FIRST = 1.0
#: What Slack sends, by its own names.
_KINDS = {"command", "block_actions", "block_suggestion", "view_submission", "view_closed", "shortcut",
          "message_action", "event_callback", "app_rate_limited"}  # fmt: skip
#: Things that happened, rather than gestures that somebody waits to see answered: unknown ones are acknowledged.
_HAPPENED = {"event_callback", "app_rate_limited"}


#: The subtypes of what people say; the others tell what became of it, or of the channel.
_SAID = (None, "file_share", "thread_broadcast", "me_message")


class NotUnderstood(Exception):
    """A payload that is not as Slack documents it, or of a kind that nothing of ours can cause."""


class _Bolt(AsyncApp):
    """Bolt's own readers raise, unlogged, on payloads that Slack does not send: that is a bad request, in one line.

    Every request gets a reference, which stands in each line of the log that comes of it.
    """

    meters: Meters
    #: Who answers a request without Bolt's way to its listeners; None: Bolt finds out.
    known: Callable[[Body], "Listener | None"]

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        began = Wire().monotonic()
        with structlog.contextvars.bound_contextvars(gesture=reference()):
            answer = await self._whole(req)
        kind = str(req.body.get("type") or ("command" if "command" in req.body else ""))
        self.meters.acks.labels(kind if kind in _KINDS else "other", answer.status).observe(Wire().monotonic() - began)
        return answer

    async def _whole(self, req: AsyncBoltRequest) -> BoltResponse:
        why = "without its parts"
        try:
            if payloads.is_whole(req.body):
                listener = self.known(req.body)
                return await (super().async_dispatch(req) if listener is None else listener(req.body))
        except Exception as problem:
            why = type(problem).__name__
        log.warning("request_unreadable", why=why, kind=str(req.body.get("type")))
        return BoltResponse(status=400, body="")


class Gateway:
    """Builds the Bolt app. `workspace` is the row id of the installation this process serves."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        client: AsyncWebClient,
        people: People,
        clock: Clock,
        *,
        identity: AuthorizeResult,
        workspace: int,
        meters: Meters,
    ) -> None:
        self.dispatcher = dispatcher
        self.client = client
        self.people = people
        self.clock = clock
        self.workspace = workspace
        self.bot_user = identity.bot_user_id
        self.closing = False
        self.pulse = Pulse()
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[None]] = set()

        async def authorize(**_: Any) -> AuthorizeResult:
            return identity

        self.bolt = _Bolt(
            name="tminus",
            client=AsyncWebClient(
                base_url=client.base_url, session=client.session, retry_handlers=[], trust_env_in_session=False
            ),
            authorize=authorize,
            signing_secret="",
            request_verification_enabled=False,  # what comes over HTTP was checked before Bolt saw it: signed.py
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            # Otherwise each of Bolt's loggers has a level of its own, and repeats whole payloads.
            logger=_BOLT_LOG,
        )
        self.bolt.meters = meters
        self.bolt.known = self._known
        self.bolt.view(_ANY)(self._submission)
        self.bolt.view_closed(_ANY)(self._acknowledge)
        self.bolt.shortcut(_ANY)(self._shortcut)
        self.bolt.options(_ANY)(self._no_options)
        self.bolt.event("app_mention")(self._mention)
        self.bolt.event("message")(self._message)
        self.bolt.event("app_home_opened")(self._home)
        self.bolt.event(_ANY)(self._event)
        self.bolt.error(self._error)

    # ---- listeners ------------------------------------------------------------------------
    def _known(self, body: Body) -> Listener | None:
        """Clicks and commands, which are nearly all that comes: Bolt's way to a listener is half of an ack."""
        if "ssl_check" in body:
            return None
        if body.get("type") == "block_actions":
            return partial(self._answered, self._action)
        return partial(self._answered, self._command) if "command" in body else None

    async def _answered(self, listener: Callable[[AsyncAck, Body], Awaitable[None]], body: Body) -> BoltResponse:
        """What a listener acks, or what its failure is answered: as Bolt does with those that it finds."""
        ack = AsyncAck()  # type: ignore[no-untyped-call]
        try:
            await listener(ack, body)
        except Exception as problem:
            return await self._error(problem, body) or BoltResponse(status=500, body="")
        return ack.response or BoltResponse(status=500, body="")

    async def _command(self, ack: AsyncAck, body: Body) -> None:
        received = Wire().monotonic()
        did = self._read(payloads.command, body)
        try:
            answer = await self._run(did, received)
        except Busy:
            log.warning("gesture_busy", kind="command", user=did.user)
            await ack(**self._words(pages.busy(did.ref)))
            return
        except Unknown:
            log.exception("command_uncertain", user=did.user)
            await ack(**self._words(pages.uncertain(did.ref, self.dispatcher.catalogue.command)))
            return
        except Exception:
            log.exception("command_failed", user=did.user)
            await ack(**self._words(pages.failed(did.ref)))
            return
        if answer.message is not None:
            await ack(response_type="ephemeral", **answer.message)
        else:
            await ack()

    async def _action(self, ack: AsyncAck, body: Body) -> None:
        did = self._read(payloads.action, body)
        if did.name != render.NO_OP:
            await self._run(did, Wire().monotonic())
        await ack()

    async def _submission(self, ack: AsyncAck, body: Body) -> None:
        answer = await self._run(self._read(payloads.submission, body), Wire().monotonic())
        if answer.errors:
            await ack(response_action="errors", errors=dict(answer.errors))
        elif answer.modal is not None:
            await ack(response_action="push" if answer.push else "update", view=dict(answer.modal))
        else:
            await ack()

    async def _shortcut(self, ack: AsyncAck, body: Body) -> None:
        await self._run(self._read(payloads.shortcut, body), Wire().monotonic())
        await ack()

    async def _acknowledge(self, ack: AsyncAck) -> None:
        await ack()

    async def _no_options(self, ack: AsyncAck) -> None:
        await ack(options=[])

    async def _mention(self, body: Body) -> None:
        if "bot_id" not in body["event"] and body["event"].get("user"):
            await self._run(self._read(payloads.mention, body), Wire().monotonic())

    async def _message(self, body: Body) -> None:
        """A line typed to the bot directly is a verb; anything else in channels is none of its business."""
        event = body["event"]
        is_line = event.get("subtype") != "file_share" or (event.get("text") or "").strip()  # and not just a picture
        if event.get("channel_type") == "im" and event.get("subtype") in _SAID and is_line:
            await self._mention(body)

    async def _home(self, body: Body) -> None:
        did = self._read(payloads.home_opened, body)
        if did is not None:
            await self._run(did, Wire().monotonic())

    async def _event(self, body: Body) -> None:
        with self._under_way():
            await self._heard(body["event"])

    async def _heard(self, event: Body) -> None:
        await self.people.heard(self.workspace, event)
        joined = event["type"] == "member_joined_channel" and event.get("user") == self.bot_user
        if joined or event["type"] in ("channel_unarchive", "group_unarchive"):
            await self.dispatcher.joined(self.workspace, event["channel"])

    async def _error(self, error: Exception, body: Body) -> BoltResponse | None:
        """Never answers a gesture with success; the person sees Slack's own error, and of a button why."""
        kind = str(body.get("type") or "command")
        if isinstance(error, BoltUnhandledRequestError | NotUnderstood):
            log.warning("not_understood", kind=kind, why=str(error))
            return BoltResponse(status=200 if kind in _HAPPENED else 404, body="")
        if isinstance(error, Busy):
            log.warning("gesture_busy", kind=kind, why=str(error))
        else:
            log.error("gesture_failed", kind=kind, exc_info=error)
        if body.get("response_url"):  # a command is answered with its ack; modals, Home and events have none
            reference = structlog.contextvars.get_contextvars().get("gesture", "")
            message = failing.said(error, reference, self.dispatcher.catalogue.command)
            self._later(self._tell(body, message))
        return None

    def _read(self, read: Callable[[Body, datetime], _Read], body: Body) -> _Read:
        try:
            did = read(body, self.clock.now())
            if isinstance(did, Interaction):
                payloads.require_text(did)
            ref = structlog.contextvars.get_contextvars().get("gesture", "")
            return replace(did, ref=ref) if isinstance(did, Interaction) else did
        except (LookupError, TypeError, AttributeError, RecursionError) as problem:
            raise NotUnderstood(f"{type(problem).__name__} in {read.__name__}") from problem

    # ---- running --------------------------------------------------------------------------
    async def _run(self, did: Interaction, received: float) -> Answer:
        if self.closing:
            raise Busy("shutting down")
        if self.pulse.stood_still:
            log.warning("stood_still", kind=did.kind.value, user=did.user)
            raise Busy("this process stood still, so nobody knows how old this is")
        with self._under_way():
            answer = await self.dispatcher.run(did, self.workspace, received=received)
        took = round((Wire().monotonic() - received) * 1e3)
        log.info("gesture_done", kind=did.kind.value, name=did.name, user=did.user, ms=took)
        opens = not did.view_id or did.in_home or did.in_modal  # what is submitted is answered with the ack
        if opens and answer.modal is not None:
            self._later(self._open(did, dict(answer.modal)))
        return answer

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """What `quiet` and `drain` wait for."""
        self._in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def _open(self, did: Interaction, view: Body) -> None:
        """Open a dialog after the ack, or have the one pressed in become it; what cannot be is explained."""
        try:
            if did.in_modal:
                await self.client.views_update(view_id=did.view_id or "", view=view)
                return
            await self.client.views_open(trigger_id=did.trigger or "", view=view)
        except Exception as problem:
            if (said := self._not_opened(problem, did)) is not None:
                message = render.message(said, render.Voice(lambda user: user))
                await self.dispatcher.tell(did, self.workspace, message)

    def _not_opened(self, problem: Exception, did: Interaction) -> Message | None:
        """What to tell; nothing where a repeat of the same gesture has opened it already."""
        trouble = judge(problem)
        if trouble.error == "exchanged_trigger_id":
            return None
        if trouble.error == "expired_trigger_id" or isinstance(problem, TimeoutError):
            log.warning("dialog_late", error=trouble.error, user=did.user)
            return pages.dialog_late()
        if trouble.kind in (Kind.LIMITED, Kind.AWAY, Kind.UNKNOWN):
            log.warning("dialog_delayed", error=trouble.error, user=did.user)
            return pages.dialog_delayed()
        log.error("dialog_refused", error=trouble.error, user=did.user)
        return pages.dialog_refused(trouble.error, did.ref)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("dialog_not_told", exc_info=problem)

    async def acks_first(self) -> None:
        """Wait until no gesture waits for its ack any more, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ACKS_FIRST):
                await self._idle.wait()

    async def _tell(self, body: Body, message: Message) -> None:
        await self.acks_first()
        await failing.tell(self.client, body, message)

    async def quiet(self) -> None:
        """Wait until no gesture is being worked on and no dialog is being opened."""
        await self._idle.wait()
        while self._tasks:
            await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def drain(self) -> None:
        """Take no new gesture; wait for those in flight, not for those that are refused from now on."""
        self.closing = True
        await self._idle.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @staticmethod
    def _words(message: Message) -> dict[str, Any]:
        return {"response_type": "ephemeral", **render.message(message, render.Voice(lambda user: user))}
