"""Run units of work on threads, in order of arrival, and never past their deadline.

The only file in the house that knows threads. SQLite has one writer thread and so one writer; Postgres a pool.
A unit that is late is given up before its COMMIT is sent, or not at all: then its outcome has to be waited for.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from enum import Enum
from typing import Any, Generic, TypeVar

from bot.clock import Wire

T = TypeVar("T")

#: Seconds a unit may take whose caller set no deadline.
PATIENCE = 10.0
#: Seconds past the deadline in which a COMMIT that was sent may still be answered.
COMMIT_GRACE = 0.5


class Busy(Exception):
    """The database did not answer before the deadline; nothing was stored."""


class Unknown(Exception):
    """COMMIT was sent and its answer is lost: it may be stored or not."""


class Closed(Exception):
    """The store is closing and takes no new work; nothing was stored."""


class _Phase(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    COMMITTING = "committing"
    SETTLED = "settled"


class Unit(Generic[T]):
    """One unit of work on its way through a lane. `deadline` is seconds from now, real time.

    `run` does it in a transaction of its own, `within` in one on this connection that it shares with others. Units of
    the same `group` would wait for each other in the database.
    """

    def __init__(
        self, run: "Callable[[Unit[T]], T]", deadline: float | None, within: Callable[[Any], T] | None = None,
        group: str | None = None,
    ) -> None:  # fmt: skip
        self.group = group
        self.seconds = PATIENCE if deadline is None else max(0.0, deadline)
        self.answer: Future[T] = Future()
        self.context = copy_context()  # so that its log lines name the gesture it came with
        self._within = within
        self._run = run
        self._until = Wire().monotonic() + self.seconds
        self._phase = _Phase.WAITING
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self._until - Wire().monotonic())

    def require_time(self) -> None:
        """Raise Busy when it has been given up or its time is over."""
        if self._phase is _Phase.SETTLED or self.left <= 0:
            raise Busy("the database did not answer in time; nothing was stored")

    def committing(self) -> None:
        """Pass the point of no return: from here on it is not given up. Raises Busy when it already was."""
        with self._lock:
            self.require_time()
            self._phase = _Phase.COMMITTING

    def uncommitted(self) -> None:
        """The database refused the COMMIT: it may be tried again, or given up."""
        with self._lock:
            if self._phase is _Phase.COMMITTING:
                self._phase = _Phase.RUNNING

    def within(self, conn: Any) -> T:
        """Do it in a transaction that others share."""
        assert self._within is not None
        return self._within(conn)

    def begin(self) -> bool:
        """Whether it is to be run: not if it was given up or cancelled while it waited."""
        with self._lock:
            if self._phase is not _Phase.WAITING or not self.answer.set_running_or_notify_cancel():
                return False
            self._phase = _Phase.RUNNING
            return True

    def serve(self) -> None:
        """Run it on this thread, in a transaction of its own. Never raises."""
        try:
            result = self.context.run(self._run, self)
        except BaseException as problem:  # the thread outlives whatever a unit raises
            self.fail(problem)
        else:
            self.succeed(result)

    def succeed(self, result: T) -> None:
        """Answer, unless it was answered before."""
        with self._lock:
            if self._phase is not _Phase.SETTLED:
                self._phase = _Phase.SETTLED
                self.answer.set_result(result)

    def fail(self, problem: BaseException) -> None:
        """Answer by raising, unless it was answered before."""
        self._fail(problem)

    def give_up(self) -> bool:
        """At the deadline: answer Busy, unless COMMIT was sent. Says whether it is settled now."""
        return self._fail(Busy("the database did not answer in time; nothing was stored"), even_committing=False)

    def lose_sight(self) -> None:
        """After the grace: answer Unknown."""
        self._fail(Unknown("the database did not say whether it was stored"))

    def _fail(self, problem: BaseException, *, even_committing: bool = True) -> bool:
        with self._lock:
            if self._phase is _Phase.COMMITTING and not even_committing:
                return False
            if self._phase is not _Phase.SETTLED:
                self._phase = _Phase.SETTLED
                if not self.answer.cancelled():
                    self.answer.set_exception(problem)
            return True


class Lane:
    """Some threads, and the queue before them. `together` serves up to `most` units that wait, where there are more.

    With `alike` only those of one group share, and one batch of a group is under way at a time.
    """

    def __init__(
        self, name: str, threads: int, together: Callable[[list[Unit[Any]]], None] | None = None, most: int = 1,
        *, alike: bool = False,
    ) -> None:  # fmt: skip
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: deque[Unit[Any]] = deque()
        self._together = together
        self._most = most if together is not None else 1
        self._alike = alike
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._closing = False

    def run(
        self, do: Callable[[Unit[T]], T], deadline: float | None, within: Callable[[Any], T] | None = None,
        group: str | None = None,
    ) -> Awaitable[T]:  # fmt: skip
        """Queue a unit and return what to await: it raises Busy, Unknown or what the unit raises. Raises Closed."""
        if self._closing:
            raise Closed("the store is closing and takes no new work")
        unit = Unit(do, deadline, within, group if self._alike else None)
        loop = asyncio.get_running_loop()
        answer = asyncio.wrap_future(unit.answer, loop=loop)

        alarms: list[asyncio.TimerHandle] = []

        def late() -> None:
            if not unit.give_up():
                alarms.append(loop.call_later(COMMIT_GRACE, unit.lose_sight))

        alarms.append(loop.call_later(unit.seconds, late))

        def settled(_: object) -> None:
            for alarm in alarms:
                alarm.cancel()

        answer.add_done_callback(settled)
        with self._lock:
            self._waiting.append(unit)
        self._threads.submit(self._serve)
        return answer

    def _serve(self) -> None:
        """Serve who waits. Nobody may be left: an earlier turn took them along, or takes them when it is done."""
        while units := self._take():
            group = units[0].group
            if len(units) > 1 and self._together is not None:
                self._together(units)
            else:
                for unit in units:
                    unit.serve()
            if group is None:
                return
            with self._lock:
                self._busy.discard(group)  # whoever was passed over meanwhile is served by the next round of this loop

    def _take(self) -> list[Unit[Any]]:
        """The first that may be served now, and those that go with it."""
        taken: list[Unit[Any]] = []
        with self._lock:
            for unit in list(self._waiting):
                if len(taken) == self._most:
                    break
                if unit.group in self._busy or (taken and self._alike and unit.group != taken[0].group):
                    continue
                self._waiting.remove(unit)
                if unit.begin():
                    taken.append(unit)
                    if self._alike and unit.group is None:
                        break
            if taken and taken[0].group is not None:
                self._busy.add(taken[0].group)
        return taken

    def close(self) -> None:
        """Take no new work, from now on."""
        self._closing = True

    def finish(self) -> None:
        """Wait for what was taken."""
        self._threads.shutdown()


def drain(*lanes: Lane, then: Callable[[], None] = lambda: None) -> Awaitable[None]:
    """Close the lanes at once; done when what they took is finished and `then` was called."""
    for lane in lanes:
        lane.close()

    def finish() -> None:
        for lane in lanes:
            lane.finish()
        then()

    return asyncio.get_running_loop().run_in_executor(None, finish)
