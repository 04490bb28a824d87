"""Who is named as plain text, which Slack did not turn into a mention, is known by their name, or asked about."""

import pytest

from bot.dispatch import Answer
from bot.release.recorded import id_of
from storage.work import Work
from tests.handlers.office import ANA, BO, Office, a_person, said


def read(answer: Answer) -> str:
    return said(answer.message["blocks"]) if answer.message is not None else ""


async def test_who_is_called_so_is_meant(office: Office) -> None:
    seen = read(await office.types(ANA, "away until fri 9:00 @bo"))
    assert "Bo answers go/no-gos for you" in seen
    assert await office.asks(lambda work: work.decisions.stood_in_for()[ANA].delegate) == BO
    await office.types(ANA, "new payments 2.14.0 in 3h")
    seen = read(await office.types(ANA, "add-sign-off Legal team @Dora, @BO"))
    assert "payments 2.14.0 needs Legal team now, too: a go of Bo or Dora." in seen
    assert "Bo is the captain of payments 2.14.0 now" in read(await office.types(ANA, "captain payments @bo"))
    await office.types(ANA, "new web 5.1 in 3h")
    assert "Dora is the captain of payments 2.14.0 now" in read(await office.types(BO, "captain @dora payments"))


@pytest.mark.parametrize(
    "text",
    ["away until fri 9:00 @nobody", "away @nobody until fri 9:00", "add-sign-off Legal @nobody",
     "stand-in payments @nobody", "captain @nobody", "edit payments deployer @nobody"],
)  # fmt: skip
async def test_who_is_not_known_is_asked_about(office: Office, text: str) -> None:
    await office.types(ANA, "new payments 2.14.0 in 3h")
    seen = await office.types(ANA, text)
    assert seen.modal is None
    assert "I don't know who “@nobody” is: please pick the person from the list Slack opens when you type @." in read(
        seen
    )


async def test_who_is_not_in_slack_is_nobody_s_namesake(office: Office) -> None:
    """What is recorded of somebody outside is kept under a name, too: nobody means them by an @."""

    def put(work: Work) -> None:
        work.people.put(
            *(a_person(id_of(name), office.clock, name=name, is_full_member=False) for name in ("Bo", "Jo"))
        )

    await office.store.write(put, workspace=office.workspace)
    await office.types(ANA, "new payments 2.14.0 in 3h")
    assert "I don't know who “@jo” is" in read(await office.types(ANA, "captain payments @jo"))
    assert "Bo is the captain of payments 2.14.0 now" in read(await office.types(ANA, "captain payments @bo"))


async def test_of_two_with_one_name_nobody_is_guessed(office: Office) -> None:
    def put(work: Work) -> None:
        work.people.put(a_person("UBO2", office.clock, name="bo"), a_person("UBM", office.clock, name="Bo Miller"))
        work.people.put(a_person("UGONE", office.clock, name="Dora", deleted=True))

    await office.store.write(put, workspace=office.workspace)
    await office.types(ANA, "new payments 2.14.0 in 3h")
    assert "Several people are called “@bo”" in read(await office.types(ANA, "captain payments @bo"))
    assert "Bo Miller is the captain" in read(await office.types(ANA, "captain payments @Bo Miller"))
    assert "Dora is the captain" in read(await office.types("UBM", "captain payments @dora")), "not who has left"
