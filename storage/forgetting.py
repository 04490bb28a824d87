"""Delete what nobody needs any more, a little at a time: a click never waits for more than that takes."""

from datetime import datetime, timedelta

from storage.work import Work

#: How long answers, deliveries and timers are kept (docs/security.md says the same to people).
KEEP_KEYS = timedelta(hours=48)
KEEP_DELIVERED = timedelta(days=14)
KEEP_TIMERS = timedelta(days=90)
#: So many rows are deleted in one transaction.
AT_ONCE = 500


def forget_some(work: Work, now: datetime) -> int:
    """Delete some rows that are older at `now` than they are kept for. Returns how many: 0 once none is left."""
    return (
        work.keys.forget_before(now - KEEP_KEYS, AT_ONCE)
        or work.outbox.forget_before(now - KEEP_DELIVERED, AT_ONCE)
        or work.timers.forget_before(now - KEEP_TIMERS, AT_ONCE)
        or work.appointments.forget_before(now - KEEP_TIMERS, AT_ONCE)
    )
