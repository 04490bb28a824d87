"""The release card of a crowd: readable, within Slack's limits, and what is not shown is counted, and where it is."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kit import render
from bot.kit.blocks import Lines, Message, Small
from bot.kit.desk import Desk
from bot.kit.fitting import MAX_TEXT_CHARS
from bot.kit.render import MAX_BLOCKS_MESSAGE, MAX_FALLBACK, Voice
from bot.release.policy import LIGHT, SignOff
from bot.release.release import Choice, Part, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Mention, Said
from bot.sandbox.blockkit import check_blocks, text_of
from tests.handlers.office import ANA, BO, Office, a_person, said
from tests.storage.given import NOW, an_open_one

PEOPLE = tuple(f"U{number:03}" for number in range(240))
ROLES = tuple(f"Sign-off of department {number}" for number in range(12))
CROWD = replace(
    LIGHT, name="crowd", close="deadline",
    sign_offs=tuple(SignOff(role, needs=20, people=frozenset(PEOPLE[place * 20 : place * 20 + 20]))
                    for place, role in enumerate(ROLES)),
)  # fmt: skip


async def a_crowd(office: Office, choice: Choice = Choice.GO, why: str = "", **fields: Any) -> Release:
    """12 sign-offs of 20 people each, all of whom have answered, on a release of 200 changes."""
    people = [a_person(id, office.clock, name=f"Person number {id[1:]}") for id in PEOPLE]
    await office.store.write(lambda work: work.people.put(*people), workspace=office.workspace)
    changes = "\n".join(f"PAY-{n}: fix {n}" for n in range(200))
    release = an_open_one(office.workspace, policy=CROWD, changes=changes, rollback_plan="redeploy", **fields)
    release.votes = [
        Vote(user, choice, NOW + timedelta(seconds=place), 1, sign_off.role, release.fingerprint(sign_off.covers),
             why, "button")
        for place, user in enumerate(PEOPLE) for sign_off in CROWD.sign_offs if user in sign_off.people
    ]  # fmt: skip
    return await office.has(release)


async def drawn(office: Office, release: Release, kind: str = "release", recipient: str = "C1") -> Any:
    def draw(work: Any) -> Any:
        desk = Desk(work, office.catalogue, unasked=True)
        found = work.releases.get(release.id)
        return desk.message(office.catalogue.cards[kind].draw(found, desk, recipient))["blocks"]

    return await office.asks(draw)


@pytest.mark.parametrize(("choice", "why"), [(Choice.GO, ""), (Choice.NO_GO, "the scan is red " * 60)])
async def test_a_card_of_12_sign_offs_20_people_and_200_changes(office: Office, choice: Choice, why: str) -> None:
    release = await a_crowd(office, choice, why)
    blocks = await drawn(office, release)
    assert check_blocks(blocks, "message") == []
    assert len(blocks) <= MAX_BLOCKS_MESSAGE and text_of(blocks) <= MAX_TEXT_CHARS
    text = said(blocks)
    for role in ROLES:
        assert role in text, "every sign-off has its row"
    assert text.count("16 more") == len(ROLES), "and says how many it does not name"
    assert "Every answer: /release status REL-1" in text
    assert "PAY-0: fix 0" in text and "PAY-199" not in text
    shown = text.count("PAY-")
    assert f"… and {200 - shown} more lines: /release status REL-1" in text
    assert "[Go][No-go]" in text, "the buttons stay"


async def test_the_status_of_a_crowd_names_everybody(office: Office) -> None:
    await a_crowd(office)
    shown = (await office.types(ANA, "status REL-1")).message
    assert shown is not None and check_blocks(shown["blocks"], "message") == []
    text = said(shown["blocks"])
    assert all(f"PAY-{n}: fix {n}" in text for n in range(200))
    assert all(f"Person number {id[1:]}" in text for id in PEOPLE)


async def test_who_is_asked_sees_how_much_more_there_is(office: Office) -> None:
    release = await a_crowd(office)
    await office.store.write(lambda work: work.people.put(a_person(BO, office.clock)), workspace=office.workspace)
    release = await office.asks(lambda work: work.releases.get(release.id))
    text = said(await drawn(office, release, "ask", PEOPLE[0]))
    assert "You said go" in text
    bo = replace(CROWD, sign_offs=(SignOff("QA", people=frozenset({BO})),))
    web = [Part("web", "5.1")]
    other = await office.has(an_open_one(office.workspace, parts=web, policy=bo, changes=release.changes))
    text = said(await drawn(office, other, "ask", BO))
    assert "more lines: /release status REL-2" in text


def test_a_block_that_is_full_says_how_many_lines_it_leaves_out() -> None:
    rows = tuple((f"{n} " + "x" * 98,) for n in range(40))
    blocks = render.message(Message(("x",), (Lines(rows),)), Voice(str))["blocks"]
    text = said(blocks)
    shown = text.count("x" * 98)
    assert 20 < shown < 40 and text.endswith(f"\n… and {40 - shown} more lines")
    assert check_blocks(blocks, "message") == []


_TOKENS = re.compile(r"<[@!][^<>]+>|&(?:amp|lt|gt);")
_PIECES = st.sampled_from([At(NOW), Mention("U1"), Said("a & b"), Said("<b>"), Bold("R&D"), "so it is"])


@given(st.lists(_PIECES, max_size=6), st.integers(0, 30))
def test_what_is_too_long_is_cut_between_characters_as_people_read_them(pieces: list[Any], more: int) -> None:
    row = ("x" * more, *pieces * 300)
    shown = render.message(Message(row, (Small(row),)), Voice(str))
    small = shown["blocks"][0]["elements"][0]
    for text in [shown["text"], *([small["text"]] if small["type"] == "mrkdwn" else [])]:
        assert len(text) <= MAX_FALLBACK and not {*_TOKENS.sub("", text)} & {*"<>&"}, text[-60:]


async def test_a_refusal_of_many_reasons_counts_what_it_leaves_out(office: Office) -> None:
    await a_crowd(office, Choice.NO_GO, "the scan is red " * 60)
    shown = (await office.types(ANA, "deploy start REL-1")).message
    assert shown is not None and check_blocks(shown["blocks"], "message") == []
    text = said(shown["blocks"])
    assert text.startswith("You can't start payments 2.14.0: it is not go yet. 240 things stand in the way:")
    assert "more lines" in text
    assert 0 < text.count("said no-go at") == text.count("(Berlin)"), "no bits and pieces of what is left out"


async def can_do(office: Office, user: str) -> str:
    shown = (await office.types(user, "more REL-1")).message
    assert shown is not None and check_blocks(shown["blocks"], "message") == []
    return said(shown["blocks"])


async def test_more_offers_all_that_this_person_may_do_now(office: Office) -> None:
    release = await office.has(an_open_one(office.workspace))
    mine = await can_do(office, ANA)
    assert "What you can do now:" in mine
    for label in (
        "[No-go]",
        "[Hold]",
        "[Reschedule]",
        "[Extend]",
        "[Close go/no-go]",
        "[Cancel the release]",
        "[Why?]",
    ):
        assert (label in mine) == (label != "[No-go]"), f"{label}: she leads it"
    assert "Take over" not in mine and "Drop" not in mine, "she leads it already, and it has one part"
    others = await can_do(office, BO)
    assert "[Go][No-go]" in others and "[Take over]" in others and "[Cancel the release]" not in others
    assert await office.state(release) is State.OPEN
