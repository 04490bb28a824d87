"""To ask is not to do: no question that says no more than a verb and a name changes anything, at any stage."""

import pytest

from bot.kit.declare import Catalogue
from tests.handlers.office import ANA, BO, Office

PLANNED = (ANA, "new payments 3.1 + web 5.1 tomorrow 15:00")
STAGES = {
    "open": [PLANNED],
    "approved": [PLANNED, (BO, "go")],
    "live": [PLANNED, (BO, "go"), (ANA, "shipped")],
    "rolling back": [PLANNED, (BO, "go"), (ANA, "shipped"), (BO, "rollback REL-1 all")],
    "on hold": [PLANNED, (ANA, "hold the database is down")],
    "stopped": [PLANNED, (BO, "no-go the tests are red"), (ANA, "poll close")],
}
ASKED = ("{}?", "{} payments now?", "payments {} right now?", "{}? payments", "{} or not?", "should we {} payments?")


def verbs(catalogue: Catalogue) -> list[str]:
    """Whatever a line may begin with that changes a release."""
    return sorted(typed for typed, verb in catalogue.words.items() if typed and verb.subject == "required")


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What is read of a line is the same on every database."""
    return sqlite_database


@pytest.mark.parametrize("stage", STAGES)
async def test_a_question_changes_nothing(office: Office, stage: str) -> None:
    await office.has_admin(ANA)
    for who, line in STAGES[stage]:
        await office.types(who, line)

    before = await office.asks(lambda work: work.audit.head(1))
    first = list(STAGES).index(stage)
    for number, verb in enumerate(verbs(office.catalogue)):  # two forms at each stage: all of them come by
        for asked in (ASKED[(number + first) % len(ASKED)], ASKED[(number + first + 3) % len(ASKED)]):
            answer = await office.types(ANA, asked.format(verb))
            after = await office.asks(lambda work: work.audit.head(1))
            assert after == before, (asked.format(verb), answer.message)
