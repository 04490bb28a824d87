"""Whatever a release holds is read back equal, however it changes on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.clock import StoryClock
from bot.release.attached import Condition, LateChange, Override, Tick
from bot.release.policy import LIGHT, REGULATED, TEAM, Cover, Escalation, Item, Milestone, Policy, Role, SignOff
from bot.release.release import Choice, Kind, Outcome, Part, PartState, Release, Risk, Round, Stopped, Vote
from bot.release.states import Move, State
from bot.release.when import PlannedTime
from bot.release.words import At, Bold, Channel, Code, Group, Link, Mention, Said, Who
from storage import migrate
from storage.connecting import make_engine
from storage.known import Memory
from storage.releases import AlreadyOpen
from storage.types import storable
from storage.work import Work
from tests.storage.given import NOW

TEXT = st.text(max_size=20).map(storable)
USERS = st.sampled_from(["UANA", "UBO", "UCLARA", "UDAN"])
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"])
SPAN_OF_LIFE = (NOW.replace(year=1990, tzinfo=None), NOW.replace(year=2199, tzinfo=None))
AT = st.datetimes(*SPAN_OF_LIFE, timezones=st.just(UTC))
#: Python calls an instant that the clocks of a zone skip, or show twice, unequal to itself in UTC: so its offset alone.
ELSEWHERE = st.datetimes(*SPAN_OF_LIFE, timezones=st.timezones(), allow_imaginary=False).map(
    lambda at: at.replace(tzinfo=timezone(at.utcoffset() or timedelta(0)))
)
MAYBE_AT = st.none() | AT
SPAN = st.integers(0, 10_000_000).map(lambda seconds: timedelta(seconds=seconds))
PIECES = st.one_of(
    TEXT.filter(bool), st.builds(At, AT, st.sampled_from(["time", "day", "date"]), st.none() | ZONES),
    *(st.builds(kind, TEXT) for kind in (Who, Mention, Group, Channel, Said, Bold, Code)), st.builds(Link, TEXT, TEXT),
)  # fmt: skip
WORDS = st.lists(PIECES, max_size=4).map(tuple)
MILESTONES = st.builds(Milestone, SPAN, st.integers(0, 9), st.none() | st.just("10:00"))
SIGN_OFFS = st.builds(
    SignOff, TEXT, st.integers(1, 5), st.frozensets(USERS), st.frozensets(TEXT), st.frozensets(TEXT), st.booleans(),
    st.booleans(), st.booleans(), st.booleans(), st.frozensets(st.sampled_from(Cover)),
    outside=st.frozensets(USERS), recorded=st.integers(0, 3), delegates=st.booleans(),
    escalation=st.none() | st.builds(Escalation, st.none() | SPAN, st.none() | SPAN, st.frozensets(USERS)),
)  # fmt: skip
ITEMS = st.lists(st.builds(Item, TEXT, TEXT, st.frozensets(USERS), st.booleans()), max_size=2).map(tuple)
POLICIES = st.sampled_from([LIGHT, TEAM, REGULATED]) | st.builds(
    Policy,
    name=TEXT,
    version=st.integers(1, 99),
    sign_offs=st.lists(SIGN_OFFS, max_size=3).map(tuple),
    opens=st.just("at once") | MILESTONES,
    closes=MILESTONES,
    open_at_least=SPAN,
    close=st.sampled_from(["first-go", "deadline"]),
    approval_lasts=SPAN,
    monitoring=SPAN,
    rights=st.dictionaries(st.sampled_from(Move), st.frozensets(st.sampled_from(Role))),
    services=st.lists(TEXT, max_size=2).map(tuple),
    is_default=st.booleans(),
    checklist=ITEMS,
    code_cut_off=st.none() | MILESTONES,
    nudges=st.lists(SPAN, max_size=2).map(tuple),
    freeze_exception=st.booleans(),
    open_review_blocks=st.booleans(),
    clash_distance=SPAN,
    releases_a_day=st.integers(1, 9),
)
PARTS = st.builds(
    Part, TEXT, TEXT, TEXT, st.sampled_from(PartState), st.booleans(), MAYBE_AT, MAYBE_AT, MAYBE_AT, TEXT, TEXT
)  # fmt: skip
VOTES = st.builds(
    Vote, USERS, st.sampled_from(Choice), AT, st.integers(1, 3), TEXT, TEXT, TEXT, TEXT, st.booleans(),
    provisional=st.booleans(), cast_by=st.none() | USERS, as_of=MAYBE_AT,
)  # fmt: skip
ROUNDS = st.none() | st.builds(
    Round, st.integers(1, 9), AT, AT, MAYBE_AT, st.none() | st.sampled_from(["go", "no_go", "no_decision"]),
    causes=st.none() | st.lists(st.fixed_dictionaries({"kind": TEXT, "role": TEXT}), max_size=2),
)  # fmt: skip
CONDITIONS = st.lists(
    st.builds(
        Condition, st.integers(1, 9), st.integers(1, 3), USERS, AT, TEXT, TEXT, USERS, AT,
        st.none() | st.sampled_from(["met", "missed", "withdrawn"]), MAYBE_AT, st.none() | USERS,
    ),
    max_size=3, unique_by=lambda one: one.number,
).map(lambda some: sorted(some, key=lambda one: one.number))  # fmt: skip
LATE = st.builds(
    LateChange, st.integers(1, 3), USERS, AT, TEXT, st.dictionaries(TEXT, TEXT, max_size=2), st.integers(0, 9)
)
OVERRIDES = st.builds(Override, USERS, AT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple))
RELEASES = st.builds(
    Release,
    workspace_id=st.just(1),
    channel=st.sampled_from(["C1", "C2"]),
    is_private=st.booleans(),
    captain=USERS,
    created_by=USERS,
    created_at=AT | ELSEWHERE,
    planned=st.builds(PlannedTime, TEXT, ZONES, AT, st.just("2026a")),
    policy=POLICIES,
    parts=st.lists(PARTS, min_size=1, max_size=3, unique_by=lambda part: part.key),
    kind=st.sampled_from(Kind),
    risk=st.sampled_from(Risk),
    deployer=st.none() | USERS,
    changes=TEXT,
    rollback_plan=TEXT,
    state=st.sampled_from(State),
    stopped=st.none() | st.sampled_from(Stopped),
    stopped_said=WORDS,
    held_from=st.none() | st.sampled_from(State),
    held_by=st.none() | USERS,
    held_why=TEXT,
    held_at=MAYBE_AT,
    plan_revision=st.integers(1, 99),
    opens_at=MAYBE_AT,
    round=ROUNDS,
    votes=st.lists(VOTES, max_size=8, unique_by=lambda vote: (vote.round, vote.user)),
    decided_at=MAYBE_AT,
    expires_at=MAYBE_AT,
    monitoring_ends_at=MAYBE_AT,
    outcome=st.none() | st.sampled_from(Outcome),
    outcome_at=MAYBE_AT,
    rollback_why=TEXT,
    slipped=st.booleans(),
    first_planned_at=MAYBE_AT,
    content_revision=st.integers(0, 9),
    links=TEXT,
    override=st.none() | OVERRIDES,
    conditions=CONDITIONS,
    ticks=st.dictionaries(TEXT, st.builds(Tick, USERS, AT, st.booleans(), st.integers(0, 9)), max_size=2),
    escalated=st.frozensets(TEXT, max_size=2),
    late=st.none() | LATE,
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[list[Engine]]:
    """A database of each kind, shared by all examples: each is undone."""
    file: Path = tmp_path_factory.mktemp("round_trip") / "tminus.sqlite3"
    urls = [f"sqlite:///{file}", request.getfixturevalue("postgres")("round_trip")]
    for url in urls:
        migrate(url)
    made = [make_engine(url) for url in urls]
    yield made
    for engine in made:
        engine.dispose()


@given(first=RELEASES, second=RELEASES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_release_is_read_as_it_was_stored_and_changed(engines: list[Engine], first: Release, second: Release) -> None:
    for engine in engines:
        with engine.connect() as conn, conn.begin() as transaction:
            work = Work(conn, StoryClock(NOW, running=False), None, None, Memory())
            work.enter(work.workspaces.ensure("A1", "T1", None, "UBOT"))
            stored = work.releases.add(replace(first, workspace_id=work.workspace_id))
            work.releases.forget_copies()
            assert work.releases.get(stored.id) == stored
            changed = replace(second, workspace_id=work.workspace_id, id=stored.id, number=stored.number)
            try:
                work.releases.save(changed)
            except AlreadyOpen:
                pytest.fail("there is no other release")
            work.releases.forget_copies()
            assert work.releases.lock(stored.id) == changed
            transaction.rollback()
