"""What people say around a name is no name, no reason and no word that would be lost."""

import pytest

from bot.dispatch import Answer
from bot.release.states import State
from tests.handlers.office import ANA, BO, Office


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What is read of a line is the same on every database."""
    return sqlite_database


def buttons(answer: Answer) -> list[str]:
    assert answer.message is not None
    rows = [block["elements"] for block in answer.message["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row if one["type"] == "button"]


@pytest.mark.parametrize("typed", [
    "go payments.", "go payments!", "go it", "go now", "go payments now", "go the payments release", "go on payments",
    "go release payments", "go v3.1", "go payments v3.1", "approve payments 👍", "approve payments :+1:",
    "lgtm, thanks", "I approve payments", "I'm go payments", "we are go", "i vote go payments",
])  # fmt: skip
async def test_a_go_is_a_go(office: Office, typed: str) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    answer = await office.types(BO, typed)
    votes = await office.asks(lambda work: [one.choice.value for one in work.releases.get_number(1).votes])
    assert votes == ["go"], answer.message


@pytest.mark.parametrize("typed", [
    "go payments 👎", "go payments but not web", "I approve payments if the tests pass", "we deploy payments on friday",
    "I would go", "go for lunch", "go to payments and look", "I am on it",
    "we no longer need payments 3.1", "I no longer approve payments", "we go live tomorrow",
])  # fmt: skip
async def test_what_says_more_is_no_go(office: Office, typed: str) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    await office.types(BO, typed)
    assert await office.asks(lambda work: work.releases.get_number(1).votes) == []


@pytest.mark.parametrize("typed", [
    "cancel it", "cancel payments!", "cancel the payments release", "cancel payments now", "hold on",
    "hold payments thanks", "hold on payments", "hold it please", "abort v3.1",
])  # fmt: skip
async def test_what_is_no_reason_is_asked_for_one(office: Office, typed: str) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    answer = await office.types(ANA, typed)
    assert answer.modal is not None
    assert await office.asks(lambda work: work.releases.get_number(1).state) is State.OPEN


async def test_a_reason_keeps_its_words(office: Office) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    await office.types(ANA, "hold the payments database is down now")
    assert await office.asks(lambda work: work.releases.get_number(1).held_why) == "the payments database is down now"


@pytest.mark.parametrize(("typed", "offered"), [
    ("ship it payments", ["Go"]), ("ship it", ["Go"]), ("payments ship it", ["Go"]),
    ("REL-1 approved", ["Go", "Status"]), ("can you approve payments", ["Go"]),
    ("please veto payments", ["No-go", "Hold"]), ("*veto*: it!", ["No-go", "Hold"]),
])  # fmt: skip
async def test_what_may_be_meant_is_a_button(office: Office, typed: str, offered: list[str]) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    assert buttons(await office.types(BO, typed)) == offered


@pytest.mark.parametrize("typed", [
    "no-go payments – tests red", "no-go payments -- tests red", "no-go payments: tests red",
    "no—go payments tests red", "no-go payments. tests red", "no-go payments; tests red", "-1 payments, tests red",
    ":thumbsdown: payments tests red",
])  # fmt: skip
async def test_what_stands_between_a_name_and_a_reason_is_neither(office: Office, typed: str) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    await office.types(BO, typed)
    votes = await office.asks(lambda work: [(one.choice.value, one.why) for one in work.releases.get_number(1).votes])
    assert votes == [("no-go", "tests red")]


@pytest.mark.parametrize(("typed", "offered"), [
    ("yep", ["Go"]), ("ok", ["Go"]), ("✅ payments", ["Go"]), (":white_check_mark:", ["Go"]), ("good to go", ["Go"]),
    ("we're good to go", ["Go"]), ("looks good to me payments", ["Go", "Status"]),
    ("payments looks good", ["Go", "Status"]),
    ("nope", ["No-go"]), (":x:", ["No-go"]), ("not ready", ["No-go"]), ("payments is ready", ["Go", "Status"]),
])  # fmt: skip
async def test_what_sounds_like_an_answer_is_offered_as_one(office: Office, typed: str, offered: list[str]) -> None:
    await office.types(ANA, "new payments 3.1 tomorrow 15:00")
    assert buttons(await office.types(BO, typed)) == offered
    assert await office.asks(lambda work: work.releases.get_number(1).votes) == []
