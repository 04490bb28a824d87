"""Dialogs that were opened by another version: what they offered may be gone, and they say so."""

import pytest

from tests.handlers.office import ANA, Office, said

FIELDS = {"service": "payments", "version": "2.0", "when": "in 2h", "channel": "C1"}


@pytest.mark.parametrize("choice", [{"risk": "extreme"}, {"kind": "patch"}])
async def test_a_choice_that_is_none_any_more_is_told_at_its_field(office: Office, choice: dict[str, str]) -> None:
    answer = await office.submits(ANA, "form.new", **FIELDS, **choice)
    assert answer.errors == dict.fromkeys(choice, "That is not a choice any more. Please choose again.")
    assert await office.asks(lambda work: work.releases.find("payments", None, open_only=True, limit=1)) == []


@pytest.mark.parametrize("data", [{"policy": "gone"}, {}])
async def test_the_people_of_a_policy_that_is_gone(office: Office, data: dict[str, str]) -> None:
    await office.has_admin(ANA)
    answer = await office.submits(ANA, "setup.people", data)
    assert said(answer.modal["blocks"]) == "That policy is not there any more. Begin again: /release setup"
