"""Count and time what the bot does, for Prometheus: /metrics shows it, docs/operations.md says what each means.

One set per process of the bot. What is counted here is this process's; what lies in the database is read when asked.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
#: Seconds; Slack waits 3 s for an ack, and the bot gives up at 2.2 s.
_ACK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.2, 3.0)
_TRANSACTION = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.2)
_LATE = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 3600.0)
_CALL = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """All that is measured. Names are an API: dashboards and alerts read them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.acks = Histogram(
            "tminus_ack_seconds", "From the receipt of a request of Slack's to its answer", ["kind", "status"],
            buckets=_ACK, registry=self.registry,
        )  # fmt: skip
        self.transactions = Histogram(
            "tminus_transaction_seconds", "A transaction, without the wait for its turn", ["kind", "outcome"],
            buckets=_TRANSACTION, registry=self.registry,
        )  # fmt: skip
        self.reruns = Counter(
            "tminus_transaction_reruns", "Transactions that the database asked to run again", registry=self.registry
        )
        self.calls = Histogram(
            "tminus_slack_call_seconds", "A delivery's call to Slack", ["method"], buckets=_CALL, registry=self.registry
        )
        self.errors = Counter(
            "tminus_slack_errors", "Deliveries that Slack did not take", ["method", "error"], registry=self.registry
        )
        self.retries = Counter(
            "tminus_delivery_retries", "Deliveries put back to be tried again", registry=self.registry
        )
        self.lateness = Histogram(
            "tminus_timer_lateness_seconds", "From a timer's due time to its run", buckets=_LATE, registry=self.registry
        )
        self._stored = {
            "outbox_queued": self._gauge("tminus_outbox_queued", "Posts that wait to be sent"),
            "outbox_sending": self._gauge("tminus_outbox_sending", "Posts under way"),
            "outbox_dead": self._gauge("tminus_outbox_dead", "Posts that were given up"),
            "outbox_ambiguous": self._gauge("tminus_outbox_ambiguous", "Posts that may have arrived or not"),
            "outbox_oldest_seconds": self._gauge("tminus_outbox_oldest_seconds", "Age of the oldest post not sent yet"),
            "timer_lag_seconds": self._gauge("tminus_timer_lag_seconds", "How long the oldest due timer has waited"),
            "timers_dead": self._gauge("tminus_timers_dead", "Timers that failed for good in the last 24 h"),
        }

    def stored(self, measures: dict[str, float]) -> None:
        """Take over what was read from the database; by the names that /readyz shows."""
        for name, value in measures.items():
            self._stored[name].set(value)

    def page(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self.registry)
