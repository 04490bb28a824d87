"""The address of a calendar is told once: a repeated gesture hears that it was, and no other answer can carry it."""

import re
from dataclasses import replace

from bot.kit.interaction import Interaction, Kind
from tests.handlers.office import ANA, CHANNEL, GUS, Office, said

_SECRET = re.compile(r"/calendar/([\w-]{43})\.ics")


async def _makes(office: Office) -> Interaction:
    office.catalogue.public_url = "https://tminus.example.com"
    return Interaction(kind=Kind.COMMAND, key="k", team="T1", enterprise=None, user=ANA, user_team="T1",
                       at=office.clock.now(), channel=CHANNEL, text="feed payments")  # fmt: skip


async def test_a_repeated_gesture_makes_no_second_one_and_shows_no_address(office: Office) -> None:
    did = await _makes(office)
    first = await office.dispatcher.run(did, office.workspace)
    again = await office.dispatcher.run(did, office.workspace)
    assert first.message and again.message
    assert _SECRET.search(said(first.message["blocks"]))
    assert "It can't be shown again" in said(again.message["blocks"])
    assert len(await office.asks(lambda work: work.feeds.of(ANA))) == 1


async def test_two_have_two_addresses_and_nobody_has_too_many(office: Office) -> None:
    did = await _makes(office)
    seen = set()
    for number in range(21):
        answer = await office.dispatcher.run(replace(did, key=f"feed {number}"), office.workspace)
        assert answer.message
        text = said(answer.message["blocks"])
        seen.update(_SECRET.findall(text))
    assert len(seen) == 20 and "You have 20 calendar feeds, and that is the most" in text
    await office.types(ANA, "feed revoke all")
    assert await office.asks(lambda work: work.feeds.of(ANA)) == []


async def test_guests_have_none_and_nobody_revokes_anothers(office: Office) -> None:
    did = await _makes(office)
    refused = await office.dispatcher.run(replace(did, user=GUS, key="gus"), office.workspace)
    assert refused.message and "Only full members" in said(refused.message["blocks"])
    await office.dispatcher.run(did, office.workspace)
    (mine,) = await office.asks(lambda work: work.feeds.of(ANA))
    await office.presses("UBO", "feed.revoke", i=mine.id)
    assert "is not yours" in (await office.told())[-1]
    assert len(await office.asks(lambda work: work.feeds.of(ANA))) == 1


async def test_a_button_that_would_make_one_opens_the_dialog_instead(office: Office) -> None:
    await _makes(office)
    answer = await office.presses(ANA, "feed.new", c=CHANNEL)
    assert answer.modal and "What shall it show?" in said(answer.modal)
    kept = await office.submits(ANA, "feed.new", {"c": CHANNEL}, shows="service", service="payments")
    assert kept.modal and _SECRET.search(said(kept.modal))
    wrong = await office.submits(ANA, "feed.new", {"c": CHANNEL}, shows="service", service="")
    assert "Please name a service" in str(wrong.errors)
