"""Send each channel the digest that it subscribed to, at its local time."""

from datetime import datetime, timedelta

from bot.kit.declare import appointment
from bot.kit.desk import Desk
from bot.kit.digests import digest_of

#: After so long a digest is skipped, and the next one tells.
GRACE = timedelta(hours=12)


def plan_next(desk: Desk, subject: str, due_at: datetime) -> None:
    """One at a time: so each follows the zone's rules of its day."""
    row = desk.work.subscriptions.get(int(subject))
    wanted = [row.digest.next_after(desk.now)] if row is not None and row.digest is not None else []
    desk.work.appointments.replan("digest", subject, wanted)


@appointment("digest", grace=GRACE, missed=plan_next, called="a channel's digest")
def send(desk: Desk, subject: str, due_at: datetime) -> None:
    row = desk.work.subscriptions.get(int(subject))
    if row is None or row.digest is None:
        return
    told = digest_of(row, row.digest, desk, due_at)
    if told is not None:
        desk.in_channel(row.channel, told)
    plan_next(desk, subject, due_at)
