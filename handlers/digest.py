"""Send each channel the digest that it subscribed to, at its local time."""

from datetime import datetime, timedelta

from bot.kit.declare import appointment
from bot.kit.desk import Desk
from bot.kit.digests import digest_of, plan_next
from bot.release.subscribing import Digest

#: After so long a digest is skipped, and the next one tells.
GRACE = timedelta(hours=12)


def _unsent(desk: Desk, subject: str, due_at: datetime) -> None:
    if (row := desk.work.subscriptions.get(int(subject))) is not None:
        plan_next(row, desk)


def _untold(subject: str, digest: Digest, due_at: datetime, desk: Desk) -> datetime | None:
    """Since when nothing was told, where what was due since the last one was slept through or failed for good."""
    lost: datetime | None = None
    for row in desk.work.appointments.of("digest", subject):
        if row.state == "done" and row.due_at < due_at:
            lost = None
        elif row.state in ("skipped", "dead") and row.due_at < due_at:
            lost = lost or row.due_at
    return None if lost is None else digest.span(lost)[0]


@appointment("digest", grace=GRACE, missed=_unsent, called="a channel's digest")
def send(desk: Desk, subject: str, due_at: datetime) -> None:
    row = desk.work.subscriptions.get(int(subject))
    if row is None or row.digest is None:
        return
    told = digest_of(row, row.digest, desk, due_at, _untold(subject, row.digest, due_at, desk))
    if told is not None:
        desk.in_channel(row.channel, told)
    plan_next(row, desk)
