"""One unit of work: one transaction, and all that can be looked up or stored in it."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from bot.clock import Clock
from bot.release.public_holidays import Here
from storage.agenda import Agenda
from storage.appointments import Appointments
from storage.audit import Audit
from storage.cards import Cards
from storage.decisions import Decisions
from storage.erasing import erase
from storage.feeds import Feeds
from storage.freezes import Freezes
from storage.keys import Keys
from storage.known import Memory
from storage.milestones import Milestones
from storage.outbox import Outbox
from storage.people import People
from storage.policies import Policies
from storage.prepared import savepoint
from storage.releases import Releases
from storage.replanning import Replanning
from storage.retros import Retros
from storage.roles import Roles
from storage.rotations import Rotations
from storage.subscriptions import Mutes, Subscriptions
from storage.timers import Timers
from storage.trains import Trains
from storage.vault import Vault
from storage.workspaces import WorkspaceRow, Workspaces

T = TypeVar("T")


class once(Generic[T]):
    """functools.cached_property without the lock that it still has in Python 3.11: a unit of work is one thread's."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __get__(self, work: Any, _: object = None) -> T:
        made = work.__dict__[self._make.__name__] = self._make(work)
        return made


class Work:
    """What a handler is given. Everything but keys' housekeeping, outbox and timers is within one workspace."""

    def __init__(
        self, conn: Connection, clock: Clock, vault: Vault | None, workspace: int | None, memory: Memory
    ) -> None:
        self.conn = conn
        self.memory = memory
        self.dialect = conn.dialect.name
        self.vault = vault
        self._clock = clock
        self._now: datetime | None = None
        self._workspace_id = workspace
        self._workspace: WorkspaceRow | None = None
        #: The reference of what brought this about, as the log names it.
        self.cause: str | None = None

    def over(self) -> None:
        """Its unit has ended: what it is made of lets go of it.

        Such a circle waits for the garbage collector: a hundred objects of each unit kept some gestures waiting for
        twenty milliseconds, and each found its memory cold.
        """
        for name in MADE & self.__dict__.keys():
            if name in TELLING:
                self.__dict__[name]._work = None
            else:
                del self.__dict__[name]

    @property
    def has_queued(self) -> bool:
        """Whether something was put to be sent. Asked afterwards too, as `has_planned` is."""
        return "outbox" in self.__dict__ and self.outbox.is_waiting

    @property
    def has_planned(self) -> bool:
        """Whether something was planned to happen later."""
        return any(name in self.__dict__ and getattr(self, name).has_planned for name in ("timers", "appointments"))

    # ---- when and where -------------------------------------------------------------------
    @property
    def now(self) -> datetime:
        """The clock's instant (UTC) at the first look, and again after each lock that was waited for."""
        if self._now is None:
            self._now = self._clock.now()
        return self._now

    def look_again(self) -> None:
        """Forget the time: something was waited for."""
        self._now = None

    @property
    def workspace_id(self) -> int:
        """The id of the workspace this is about. Raises LookupError when it is about none."""
        if self._workspace_id is None:
            raise LookupError("this unit of work was opened without a workspace")
        return self._workspace_id

    @property
    def workspace(self) -> WorkspaceRow:
        """The workspace this is about, as it is now. Raises LookupError when it is about none."""
        if self._workspace is None:
            self._workspace = self.workspaces.get(self.workspace_id)
        return self._workspace

    def enter(self, workspace_id: int) -> None:
        """From here on it is about this workspace."""
        if workspace_id != self._workspace_id:
            self._workspace_id, self._workspace = workspace_id, None

    def changed_workspace(self) -> None:
        """Forget the workspace's row: it was updated."""
        self._workspace = None

    @once
    def days_off(self) -> Container[date]:
        """The public holidays of the workspace; where they are is read when a day is asked for."""
        return Here(lambda: self.workspace.country)

    def people_counted(self, revision: int) -> None:
        """So often what is known of people has changed by now: read it anew where that was while a lock was waited for.

        Otherwise rights would be those of before the wait.
        """
        if self._workspace is not None and self._workspace.people_rev != revision:
            self.changed_workspace()
            self.people.forget()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is stored inside when an exception leaves it; the exception goes on."""
        try:
            with savepoint(self.conn):
                yield
        except BaseException:
            self.releases.forget_copies()
            self.people.rolled_back()
            self.milestones.rolled_back()
            self.audit.heads.clear()
            self.cards.forget()
            self.__dict__.pop("freezes", None)  # what it remembers may not be so any more
            self._workspace = None
            raise

    def erase(self, user: str, *, by: str | None = None, path: str = "command line") -> int:
        """Erase a person's name and free text here; see storage/erasing.py. Returns in how many releases it was."""
        return erase(self, user, by=by, path=path)

    # ---- what is kept ---------------------------------------------------------------------
    @once
    def workspaces(self) -> Workspaces:
        """Installations and their tokens."""
        return Workspaces(self)

    @once
    def keys(self) -> Keys:
        """Gestures already answered."""
        return Keys(self)

    @once
    def releases(self) -> Releases:
        """Releases with their parts, rounds and votes."""
        return Releases(self)

    @once
    def people(self) -> People:
        """What Slack told about people, channels and groups."""
        return People(self)

    @once
    def policies(self) -> Policies:
        """Release processes that were applied."""
        return Policies(self)

    @once
    def roles(self) -> Roles:
        """Release admins and the setup code."""
        return Roles(self)

    @once
    def cards(self) -> Cards:
        """Messages that live on."""
        return Cards(self)

    @once
    def outbox(self) -> Outbox:
        """What is to be sent."""
        return Outbox(self)

    @once
    def timers(self) -> Timers:
        """What shall happen later."""
        return Timers(self)

    @once
    def milestones(self) -> Milestones:
        """What became of the steps of timelines."""
        return Milestones(self)

    @once
    def replanning(self) -> Replanning:
        """Which releases are to be planned anew."""
        return Replanning(self)

    @once
    def appointments(self) -> Appointments:
        """What shall happen later and is about no release yet."""
        return Appointments(self)

    @once
    def rotations(self) -> Rotations:
        """Who leads and deploys a service's releases, in turn."""
        return Rotations(self)

    @once
    def trains(self) -> Trains:
        """Recurring releases and their departures."""
        return Trains(self)

    @once
    def freezes(self) -> Freezes:
        """Change freezes, and exceptions from them."""
        return Freezes(self)

    @once
    def audit(self) -> Audit:
        """Who did what."""
        return Audit(self)

    @once
    def retros(self) -> Retros:
        """Retrospectives and action items."""
        return Retros(self)

    @once
    def decisions(self) -> Decisions:
        """Edits, late changes, reviews, and who is away."""
        return Decisions(self)

    @once
    def agenda(self) -> Agenda:
        """What stands in a calendar."""
        return Agenda(self)

    @once
    def feeds(self) -> Feeds:
        """Calendars to subscribe to, by a secret address."""
        return Feeds(self)

    @once
    def subscriptions(self) -> Subscriptions:
        """Which channel wants to hear of what."""
        return Subscriptions(self)

    @once
    def mutes(self) -> Mutes:
        """Who does not want to hear of what."""
        return Mutes(self)


#: What a unit of work makes when it is first wanted; and of that, what says afterwards whom to wake.
MADE = frozenset(name for name, made in vars(Work).items() if isinstance(made, once))
TELLING = frozenset({"outbox", "timers", "appointments"})
