"""Steer all bots of a run at once, from outside: what day it is, how fast protocols run, whether the disk is full.

The bots map one small file that the run writes to. Story time moves only forward. Protocol time (leases, rate limits,
backoff) runs HASTE times as fast for the bots and for the local Slack alike, so that all its proportions stay.
"""

import asyncio
import mmap
import struct
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

from bot.clock import Clock, Wire

#: Seconds of protocol time in one real second.
HASTE = 10.0
#: Where real and hasty instants are the same: any instant does, as long as all processes agree.
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_LAYOUT = struct.Struct("dq")


class Disk(IntEnum):
    """Whether SQLite finds room: always, not for a new transaction, not for what shares one with others before it."""

    ROOMY = 0
    FULL = 1
    FILLS = 2


class Control:
    """A page of memory shared by a file. Make it with `fresh`, or open the one that a run has made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _LAYOUT.size)

    @classmethod
    def fresh(cls, path: Path, start: datetime) -> "Control":
        """Story time begins at `start`."""
        path.write_bytes(_LAYOUT.pack((start - Clock().now()).total_seconds(), 0))
        return cls(path)

    @property
    def ahead(self) -> timedelta:
        """How far story time is ahead of real time."""
        return timedelta(seconds=_LAYOUT.unpack(self._page[:])[0])

    @property
    def disk(self) -> Disk:
        return Disk(_LAYOUT.unpack(self._page[:])[1])

    @disk.setter
    def disk(self, disk: Disk) -> None:
        self._page[:] = _LAYOUT.pack(self.ahead.total_seconds(), disk)

    def jump(self, by: timedelta) -> None:
        """Let story time be later at once."""
        if by < timedelta(0):
            raise ValueError("story time only moves forward")
        self._page[:] = _LAYOUT.pack((self.ahead + by).total_seconds(), self.disk)


class SteeredClock(Clock):
    """Story time, as the run has it."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> datetime:
        return super().now() + self._control.ahead


class HastyWire(Wire):
    """Protocol time that runs faster, in step in all processes. Signatures keep real time."""

    def monotonic(self) -> float:
        return super().monotonic() * HASTE

    def instant(self) -> datetime:
        return _BEGAN + (super().instant() - _BEGAN) * HASTE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)
