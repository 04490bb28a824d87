"""Messages live for months: every button that ever stood on one answers, and none does what it no longer should."""

import copy
import json
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

from bot.release.policy import LIGHT, Cover, SignOff
from bot.sandbox.finding import find, labels
from bot.sandbox.workspace import Change
from tests.story import Story


class Album:
    """Every look that each of the bot's messages in a channel ever had."""

    def __init__(self, story: Story, room: str) -> None:
        self.looks: list[dict[str, Any]] = []
        self._channel = story.room(room).id
        self._story = story
        story.box.workspace.listeners.append(self._keep)

    def _keep(self, change: Change) -> None:
        if change.type == "message" and change.channel == self._channel:
            message = change.data["message"]
            if self._story.is_bots(message):
                self.looks.append(copy.deepcopy(message))

    def buttons(self) -> list[tuple[dict[str, Any], str]]:
        """(message as it was, label), each once by what the button carries."""
        seen: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        for look in self.looks:
            for label in labels(look):
                found = find(look, label)
                carries = (found.option or found.element) if found else {}
                seen.setdefault((label, str(carries.get("value"))), (look, label))
        return list(seen.values())


async def test_every_button_that_ever_was_answers_when_all_is_over(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    album = Album(story, "#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await tom.types("/release hold incident")
    await tom.types("/release resume")
    await story.until("15:00")
    await ana.types("/release extend 1h")
    await bo.types("/release go")
    await ana.types("/release deploy start")
    await ana.types("/release deploy fail smoke test red")
    await ana.types("/release deploy start")
    await ana.types("/release done")
    await tom.types("/release rollback payments")
    await tom.types("/release rolled-back")
    await story.until("2026-12-02 09:01")
    await ana.types("/release retro")
    await ana.submits(well="nobody was hurt")
    over = await story.release("payments")
    assert (over.state, over.outcome) == ("closed", "rolled_back")

    pressed = album.buttons()
    assert {"Go", "No-go", "Go if …", "Hold", "Resume", "Start deploy", "Done", "Failed", "Retry", "Roll back",
            "Rolled back", "Extend 30 min", "Ask a stand-in", "More …", "Why?", "Status",
            "Answer"} <= {label for _, label in pressed}  # fmt: skip
    for (look, label), person in zip(pressed, cycle((ana, bo)), strict=False):
        seen = await person.clicks(label, on=look, in_="#payments", stale=True)
        assert seen.text, f"{label!r} on “{look['text']}” says nothing to {person.name}"
        if person.modal:
            await person.closes_modal()
    after = await story.release("payments")
    assert (after.state, after.outcome, after.round, after.votes) == (over.state, over.outcome, over.round, over.votes)
    assert after.history == over.history, "and nothing was done to it"


async def test_an_old_button_never_acts_on_another_release_or_round(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    album = Album(story, "#payments")
    await ana.types("/release new payments 2.14.0 today 12:00")
    await bo.types("/release no-go too early")
    await story.until("11:01")
    await ana.types("/release extend 2h")
    assert (await story.release("payments 2.14.0")).round == 2
    first_go = next(look for look, label in album.buttons() if label == "Go")
    seen = await eve.clicks("Go", on=first_go, in_="#payments", stale=True)
    assert "round" in seen.text
    assert (await story.release("payments 2.14.0")).votes.get("eve") is None, "round 1's button is no go for round 2"

    await ana.types("/release cancel payments 2.14.0 wrong version")
    await ana.types("/release new payments 2.14.1 today 18:00")
    await eve.clicks("Go", on=first_go, in_="#payments", stale=True)
    assert (await story.release("payments 2.14.1")).votes == {}, "nor for another release"


async def test_an_old_resume_lifts_only_the_hold_it_stood_under(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release hold coffee")
    shown = await ana.types("/release why")
    await ana.types("/release resume")
    await clara.types("/release hold incident: do not deploy")
    seen = await ana.clicks("Resume", on=shown.message, stale=True)
    assert "is on hold for another reason now: “incident: do not deploy”" in seen.text
    assert (await story.release("payments 2.14.0")).state == "on_hold"
    assert bo.dm.reads("bo").count("[Go] [No-go]") <= 1


async def test_buttons_of_before_plans_were_counted_do_not_act_on_a_moved_release(story: Story) -> None:
    """Messages of an earlier version carry release and round alone."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    card = story.room("#payments").card("[Go] [No-go]")
    for block in card["blocks"]:
        for element in block.get("elements", []):
            if element.get("type") == "button":
                data = json.loads(element["value"])
                element["value"] = json.dumps({"r": data["r"], "n": data["n"]})
    old = copy.deepcopy(card)
    await ana.types("/release reschedule in 4h")
    seen = await bo.clicks("Go", on=old, stale=True)
    assert "has changed since that message" in seen.text
    assert (await story.release("payments 2.14.0")).votes == {}


async def test_a_policy_of_many_sign_offs_has_a_card(story: Story) -> None:
    """What a menu entry can carry is far less than what a button can."""
    ana, bo = story.people("ana", "bo")
    roles = ("Quality Assurance", "Information Security", "Operations", "Product", "Legal", "Compliance")
    many = replace(
        LIGHT, name="many", is_default=True,
        sign_offs=tuple(SignOff(role, people=frozenset({bo.id, f"U{number}"})) for number, role in enumerate(roles)),
    )  # fmt: skip
    await story.follows(many)
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "[Go] [No-go]" in story.room("#payments").reads()
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}


async def test_who_leaves_the_channel_is_not_waited_for_any_more(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go scan is red")
    await bo.types("/release go")
    await tom.leaves("#payments")
    await story.quiet()
    assert (await story.release("payments 2.14.0")).state == "approved", "nothing is missing any more"
    assert "✅ Go" in payments.reads("bo")


async def test_a_stopped_release_names_nobody_who_has_left(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release poll close")
    assert "⏳ Sign-off  one go from Bo, Clara, Eve or Tom" in payments.reads()
    await tom.leaves("#payments")
    await story.quiet()
    assert "⏳ Sign-off  one go from Bo, Clara or Eve" in payments.reads()


async def test_an_old_menu_gives_no_answer_to_what_it_did_not_show(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    qa = SignOff("QA", people=frozenset({bo.id, tom.id}), covers=frozenset(Cover))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), nudges=(timedelta(hours=2),)))
    await ana.types("/release new payments 2.14.0 today 14:00")
    await story.until("12:05")
    card = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    reminder = copy.deepcopy(next(one for one in reversed(tom.dm.messages) if "Snooze" in str(one)))
    await ana.types("/release edit payments")
    await ana.submits(changes="the whole ledger anew")
    for label, look in (("Abstain", card), ("Go if …", reminder), ("Abstain", reminder)):
        seen = await tom.clicks(label, on=look, stale=True)
        assert seen.modal is None and "has changed since that message was drawn" in seen.text, label
    card = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await ana.types(f"/release add-sign-off Legal <@{clara.id}> <@{tom.id}>")
    assert "is asked for Legal, too" in (await clara.clicks("Abstain", on=card, stale=True)).text
    assert (await story.release("payments 2.14.0")).votes == {}
    await tom.clicks("Abstain", in_="#payments")
    assert (await story.release("payments 2.14.0")).votes == {"tom": "abstain"}
