"""Live a release in the week of Mon 30 Nov 2026, Berlin time, by its real moves alone.

Ana is the captain, Tom may be the deployer; Qi and Quinn give QA, Sec gives Security, Ops gives Operations.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.release import added, checklist, deploying, editing, override, planning, poll, recorded
from bot.release.decision import Verdict, decide
from bot.release.electorate import Electorate
from bot.release.freeze import Freezing
from bot.release.planned import PlannedTime, plan_at
from bot.release.policy import LIGHT, Item, Milestone, Policy, SignOff
from bot.release.reapplying import reapply
from bot.release.release import Choice, Kind, Part, PartState, Release, Vote
from bot.release.states import State
from bot.release.words import At, Words

BERLIN = "Europe/Berlin"
ANA, TOM, QI, QUINN, SEC, OPS, EVE = "UANA", "UTOM", "UQI", "UQUINN", "USEC", "UOPS", "UEVE"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: One QA go; opens the working day before at 10:00, closes half an hour before T; watched for half an hour.
ONE_QA = Policy(
    name="one QA",
    sign_offs=(SignOff("QA", people=frozenset({QI, QUINN})),),
    opens=Milestone(working_days=1, at="10:00"),
    closes=Milestone(before=timedelta(minutes=30)),
    monitoring=timedelta(minutes=30),
)
#: QA, Security and Operations, each by its own people.
THREE = replace(
    ONE_QA,
    name="three",
    sign_offs=(
        SignOff("QA", people=frozenset({QI, QUINN})),
        SignOff("Security", people=frozenset({SEC})),
        SignOff("Operations", people=frozenset({OPS})),
    ),
)
#: An item of a checklist that is Tom's.
RUNBOOK = Item("runbook", "Runbook updated", frozenset({TOM}))


def when(text: str) -> datetime:
    """ "Wed 13:30" of that week, or "Wed+7 13:30" of the next, as a UTC instant."""
    day, clock = text.split()
    name, _, later = day.partition("+")
    hour, minute = clock.split(":")
    midnight = datetime(2026, 11, 30, tzinfo=ZoneInfo(BERLIN)) + timedelta(DAYS.index(name) + int(later or 0))
    return midnight.replace(hour=int(hour), minute=int(minute)).astimezone(UTC)


def planned(text: str, zone: str = BERLIN) -> PlannedTime:
    return plan_at(when(text), zone)


def read(row: Words) -> str:
    """Words as a person in Berlin reads them."""

    def piece(one: Any) -> str:
        if isinstance(one, str):
            return one
        if isinstance(one, At):
            return one.at.astimezone(ZoneInfo(BERLIN)).strftime("%H:%M" if one.style == "time" else "%a %H:%M")
        return str(getattr(one, "text", None) or one.id.removeprefix("U").title())

    return "".join(piece(one) for one in row)


class Life:
    """A release with its electorate and the present time; every move is the real one, at that time."""

    def __init__(
        self,
        policy: Policy = ONE_QA,
        *,
        t: str = "Wed 14:00",
        now: str = "Mon 09:00",
        parts: tuple[str, ...] = ("payments 2.14.0",),
        kind: Kind = Kind.NORMAL,
        deployer: str | None = None,
        channel: frozenset[str] = frozenset(),
        alone: bool = False,
    ) -> None:
        self.now = when(now)
        self.channel, self.alone = channel, alone
        self.eligible: dict[str, frozenset[str]] = {}
        self.delegates: dict[str, str] = {}
        self.freezing = Freezing()
        made = [Part(*title.split()) for title in parts]
        self.release = Release(
            workspace_id=1, channel="C1", is_private=False, captain=ANA, created_by=ANA, created_at=self.now,
            planned=planned(t), policy=policy, parts=made, kind=kind, deployer=deployer,
            changes="faster refunds", rollback_plan="redeploy 2.13.4",
        )  # fmt: skip
        planning.plan(self.release, self.electorate, now=self.now)

    # ---- who and when ----------------------------------------------------------------------
    @property
    def electorate(self) -> Electorate:
        release = self.release
        named = {
            one.role: one.people | (self.channel if one.whole_channel else frozenset()) for one in release.sign_offs
        }
        return Electorate({**named, **self.eligible}, self.alone, delegates=self.delegates)

    def at(self, text: str) -> "Life":
        """Let it become that time; what the clock does, it has done."""
        self.now = max(self.now, when(text))
        planning.let_time_pass(self.release, self.electorate, self.now)
        return self

    def clock_only(self, text: str) -> "Life":
        """Let it become that time with nobody noticing."""
        self.now = when(text)
        return self

    # ---- what people do --------------------------------------------------------------------
    def vote(self, user: str, choice: Choice = Choice.GO, why: str = "", **shown: Any) -> Vote:
        return poll.cast_vote(
            self.release, self.electorate, user=user, choice=choice, why=why, now=self.now, path="button", **shown
        )

    def no_go(self, user: str, why: str = "secret scan is red") -> Vote:
        return self.vote(user, Choice.NO_GO, why)

    def go_if(
        self, user: str, due: str | None = None, *, why: str = "smoke test green", owner: str | None = TOM
    ) -> Vote:
        return self.vote(user, Choice.GO_IF, why, condition=(owner, when(due) if due else None))

    def settle(self, number: int | None = None, *, met: bool = True, by: str = TOM) -> None:
        poll.settle_condition(self.release, self.electorate, number, met, now=self.now, by=by)

    def add_sign_off(self, role: str, *people: str, needs: int = 1) -> None:
        one = added.new_sign_off(self.release, role, needs, people, (), ())
        added.add_sign_off(self.release, one, now=self.now, by=ANA)

    def record_go(self, name: str, role: str | None = None, link: str = "https://mail.example/4711") -> Vote:
        return recorded.record_go(
            self.release, self.electorate, name=name, role=role, link=link, now=self.now, by=ANA, path="button"
        )

    def open(self, by: str = ANA) -> None:
        poll.open_poll(self.release, self.electorate, now=self.now, by=by)

    def close_poll(self, by: str = ANA) -> Verdict:
        return poll.close_poll(self.release, self.electorate, now=self.now, by=by)

    def extend(self, minutes: int = 30) -> None:
        poll.extend(self.release, self.electorate, timedelta(minutes=minutes), now=self.now, by=ANA)

    def hold(self, why: str = "database migration", by: str = EVE) -> None:
        planning.hold(self.release, why, now=self.now, by=by)

    def resume(self) -> None:
        planning.resume(self.release, self.electorate, now=self.now, by=ANA)

    def reschedule(self, text: str) -> None:
        planning.reschedule(self.release, planned(text), self.electorate, now=self.now, by=ANA)

    def take_over(self, by: str = EVE) -> None:
        planning.take_over(self.release, now=self.now, by=by)

    def reapply(self, policy: Policy | None = None, by: str = ANA) -> tuple[str, ...]:
        """Follow the next version of its policy; without one, a version that is watched for longer."""
        old = self.release.policy
        new = policy or replace(old, monitoring=old.monitoring + timedelta(hours=1))
        new = replace(new, version=old.version + 1)
        return reapply(self.release, new, lambda release: self.electorate, now=self.now, by=by)

    def cancel(self, why: str = "not needed any more") -> None:
        planning.cancel(self.release, why, now=self.now, by=ANA)

    def tick(self, item: str = "runbook", by: str = TOM) -> None:
        checklist.tick(self.release, item, now=self.now, by=by)
        poll.look_again(self.release, self.electorate, now=self.now)

    def untick(self, item: str = "runbook", by: str = TOM) -> None:
        checklist.untick(self.release, item, now=self.now, by=by)

    def edit(self, by: str = ANA, **wanted: str) -> editing.Edited:
        wanted = wanted or {"changes": "faster refunds, hotfix 4411"}
        return editing.edit(self.release, wanted, self.electorate, now=self.now, by=by)

    def ask_late(self, by: str = TOM, why: str = "customers wait", number: int = 1, **wanted: str) -> None:
        wanted = wanted or {"changes": "faster refunds, hotfix 4411"}
        editing.ask_late(self.release, wanted, why, number, now=self.now, by=by)

    def accept_late(self, number: int | None = None, by: str = ANA) -> editing.Edited:
        return editing.accept_late(self.release, number, self.electorate, now=self.now, by=by)[1]

    def refuse_late(self, number: int | None = None, why: str = "too risky now", by: str = ANA) -> None:
        editing.refuse_late(self.release, number, why, self.electorate, now=self.now, by=by)

    def override(self, why: str = "production is down", by: str = EVE) -> None:
        override.override(self.release, why, self.electorate, freezing=self.freezing, now=self.now, by=by)

    def review(self, note: str = "it was right", by: str = ANA) -> None:
        override.close_review(self.release, 1, EVE, note, now=self.now, by=by)

    def start(self, part: str | None = None) -> None:
        deploying.start(self.release, self.electorate, part, freezing=self.freezing, now=self.now, by=ANA)

    def done(self, part: str | None = None) -> None:
        deploying.finish(self.release, part, now=self.now, by=ANA)

    def fail(self, part: str | None = None, why: str = "pods crash") -> None:
        deploying.fail(self.release, part, why, now=self.now, by=ANA)

    def drop(self, part: str) -> None:
        deploying.drop(self.release, part, now=self.now, by=ANA)

    def rollback(self, part: str | None = None) -> None:
        deploying.rollback(self.release, part, "errors", now=self.now, by=ANA)

    def rolled_back(self, part: str | None = None) -> None:
        deploying.rolled_back(self.release, part, now=self.now, by=ANA)

    def retro(self, *, complete: bool = True) -> None:
        planning.answer_retro(self.release, now=self.now, by=ANA, complete=complete)

    # ---- what one sees ---------------------------------------------------------------------
    @property
    def state(self) -> State:
        return self.release.state

    def verdict(self) -> Verdict:
        return decide(self.release, self.electorate, self.now)

    def causes(self) -> list[tuple[str, str]]:
        return [(cause.kind, cause.role) for cause in self.verdict().causes]

    def said(self) -> list[str]:
        """The events so far, by name."""
        return [event.name for event in self.release.events]

    def parts(self) -> Mapping[str, PartState]:
        return {part.service: part.state for part in self.release.active_parts}


def light(**more: Any) -> Life:
    """A release under *light* on Tuesday at 10:00, of a channel with Ana, Eve and Qi."""
    return Life(LIGHT, **{"now": "Tue 10:00", "t": "Tue 14:00", "channel": frozenset({ANA, EVE, QI}), **more})
