"""Run units of work on threads, in order of arrival, and never past their deadline.

The only file in the house that knows threads. SQLite has one writer thread and so one writer; Postgres a pool.
A unit that is late is given up before its COMMIT is sent, or not at all: then its outcome has to be waited for.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Wire

T = TypeVar("T")

#: Seconds a unit may take whose caller set no deadline.
PATIENCE = 10.0
#: Seconds past the deadline in which a COMMIT that was sent may still be answered.
COMMIT_GRACE = 0.5
#: Seconds that the usual threads work alone; then another one helps, so that what is short passes what is long.
ALONE = 0.02
#: Seconds after which answers are handed out while others are still being worked on.
TOLD_EVERY = 0.01


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
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = self.loop.create_future()
        self.context = copy_context()  # so that its log lines name the gesture it came with
        self._within = within
        self._run = run
        self._result: T | None = None
        self._problem: BaseException | None = None
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
            if self._phase is not _Phase.WAITING or self.answer.cancelled():
                return False
            self._phase = _Phase.RUNNING
            return True

    def serve(self) -> None:
        """Run it on this thread, in a transaction of its own. Never raises."""
        try:
            result = self.context.run(self._run, self)
        except BaseException as problem:  # the thread outlives whatever a unit raises
            self.break_off(problem)
        else:
            self.succeed(result)

    def succeed(self, result: T) -> None:
        """Settle it, unless it was settled before."""
        with self._lock:
            if self._phase is not _Phase.SETTLED:
                self._phase, self._result = _Phase.SETTLED, result

    def fail(self, problem: BaseException) -> None:
        """Settle it by what is to be raised, unless it was settled before."""
        self._fail(problem)

    def break_off(self, problem: BaseException) -> None:
        """Settle it by what went wrong around it: once COMMIT was sent, that does not tell whether it is stored."""
        if self._phase is _Phase.COMMITTING and not isinstance(problem, Unknown):
            unsure = Unknown("something failed after COMMIT was sent")
            unsure.__cause__ = problem
            problem = unsure
        self._fail(problem)

    def give_up(self) -> bool:
        """At the deadline: settle it by Busy, unless COMMIT was sent. Says whether it is settled now."""
        return self._fail(Busy("the database did not answer in time; nothing was stored"), even_committing=False)

    def lose_sight(self) -> None:
        """After the grace: settle it by Unknown."""
        self._fail(Unknown("the database did not say whether it was stored"))

    def tell(self) -> None:
        """Answer who waits for it, once it is settled. On the loop."""
        if self.answer.done():
            return
        problem = self._problem
        if isinstance(problem, StopIteration):  # which no future takes
            problem = RuntimeError("a unit of work raised StopIteration").with_traceback(problem.__traceback__)
        if problem is not None:
            self.answer.set_exception(problem)
        else:
            self.answer.set_result(cast(T, self._result))

    def _fail(self, problem: BaseException, *, even_committing: bool = True) -> bool:
        with self._lock:
            if self._phase is _Phase.COMMITTING and not even_committing:
                return False
            if self._phase is not _Phase.SETTLED:
                self._phase, self._problem = _Phase.SETTLED, problem
            return True


class Lane:
    """Some threads, and the queue before them. `together` serves up to `most` units that wait, where there are more.

    With `alike` only those of one group share, and one batch of a group is under way at a time.

    Python lets one thread go on at a time, and passing that on at every statement costs more than the statement. So the
    loop first takes in what has arrived, then has it served, and is woken once for the answers that come soon after
    each other. `usual` says how many threads work as long as nobody has waited for long; all of them, if not given.
    """

    def __init__(
        self, name: str, threads: int, together: Callable[[list[Unit[Any]]], None] | None = None, most: int = 1,
        *, alike: bool = False, usual: int | None = None,
    ) -> None:  # fmt: skip
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._count = threads
        self._waiting: deque[Unit[Any]] = deque()
        self._settled: deque[Unit[Any]] = deque()
        self._together = together
        self._most = most if together is not None else 1
        self._alike = alike
        self._usual = threads if usual is None else usual
        self._busy: set[str] = set()
        self._working = 0
        self._taken = 0
        self._lock = threading.Lock()
        self._called = self._watched = False
        self._closing = False

    def run(
        self, do: Callable[[Unit[T]], T], deadline: float | None, within: Callable[[Any], T] | None = None,
        group: str | None = None,
    ) -> Awaitable[T]:  # fmt: skip
        """Queue a unit and return what to await: it raises Busy, Unknown or what the unit raises. Raises Closed."""
        if self._closing:
            raise Closed("the store is closing and takes no new work")
        unit = Unit(do, deadline, within, group if self._alike else None)
        alarms: list[asyncio.TimerHandle] = []

        def late() -> None:
            if unit.give_up():
                unit.tell()
            else:
                alarms.append(unit.loop.call_later(COMMIT_GRACE, lost))

        def lost() -> None:
            unit.lose_sight()
            unit.tell()

        def answered(_: object) -> None:
            for alarm in alarms:
                alarm.cancel()

        alarms.append(unit.loop.call_later(unit.seconds, late))
        unit.answer.add_done_callback(answered)
        with self._lock:
            self._waiting.append(unit)
        if not self._called:
            self._called = True
            unit.loop.call_soon(self._call, unit.loop)
        return unit.answer

    def here(self, do: Callable[[], T]) -> Awaitable[T]:
        """Do it at once, on the loop itself, and return what to await. Raises Closed, and what the database raises."""
        if self._closing:
            raise Closed("the store is closing and takes no new work")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            answer.set_result(do())
        except SQLAlchemyError:
            raise
        except Exception as problem:
            answer.set_exception(problem)
        return answer

    # ---- on the loop ----------------------------------------------------------------------
    def _call(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Have those served that wait by now."""
        self._called = False
        with self._lock:
            wanted = 0 if self._closing else min(len(self._waiting), self._usual) - self._working
            self._working += max(0, wanted)
        for _ in range(wanted):
            self._threads.submit(self._serve)
        if loop is not None and not self._watched:
            self._watched = True
            loop.call_later(TOLD_EVERY, self._watch, loop, self._taken, 1)

    def _watch(self, loop: asyncio.AbstractEventLoop, taken: int, times: int) -> None:
        """While there is work: hand out what is done, and call a further thread where nothing went on for long."""
        with self._lock:
            self._watched = self._working > 0
            stuck = taken == self._taken
            helps = stuck and bool(self._waiting) and times * TOLD_EVERY >= ALONE and self._working < self._count
            helps = helps and not self._closing
            self._working += helps
        self._tell()  # not before: whoever ends in between has left answers, and nobody would watch any more
        if helps:
            self._threads.submit(self._serve)
        if self._watched:
            loop.call_later(TOLD_EVERY, self._watch, loop, self._taken, times + 1 if stuck else 1)

    def _tell(self) -> None:
        while self._settled:
            self._settled.popleft().tell()

    # ---- on a thread ----------------------------------------------------------------------
    def _serve(self) -> None:
        """Serve who waits, until nobody does or only those whom another thread takes along when it is done."""
        while units := self._take():
            group = units[0].group
            if len(units) > 1 and self._together is not None:
                self._serve_together(units, self._together)
            else:
                for unit in units:
                    unit.serve()
            self._settled.extend(units)
            if group is not None:
                with self._lock:
                    self._busy.discard(group)  # whoever was passed over meanwhile is served by a next round
            if self._together is not None or not self._waiting:
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    units[0].loop.call_soon_threadsafe(self._tell)

    @staticmethod
    def _serve_together(units: list[Unit[Any]], together: Callable[[list[Unit[Any]]], None]) -> None:
        try:
            together(units)
        except BaseException as problem:  # a thread that ends here would be missed for ever
            for unit in units:
                unit.break_off(problem)

    def _take(self) -> list[Unit[Any]]:
        """The first that may be served now, and those that go with it. Where there is nobody, this thread is done."""
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
            self._taken += len(taken)
            self._working -= not taken
        return taken

    def close(self) -> None:
        """Take no new work, from now on; what was taken is served."""
        self._call()
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
