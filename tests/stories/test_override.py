"""In an emergency a release goes without its go: asked twice, told to all who are skipped, and reviewed."""

import base64
from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, REGULATED, Item, Role, SignOff
from bot.release.record import check
from bot.release.states import Move
from tests.story import Actor, Story, together

WHY = "production is down"


async def three(story: Story, **otherwise: object) -> list[Actor]:
    """QA is Bo, Security Clara, Operations Tom; Ana leads, and is the admin."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    roles = (("QA", bo), ("Security", clara), ("Operations", tom))
    sign_offs = tuple(SignOff(role, people=frozenset({who.id})) for role, who in roles)
    await story.follows(replace(LIGHT, name="three", is_default=True, sign_offs=sign_offs, **otherwise))  # type: ignore[arg-type]
    return [ana, bo, clara, tom]


async def test_an_emergency_goes_without_what_is_missing_and_says_so_everywhere(story: Story) -> None:
    ana, bo, clara, tom = await three(story)
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 5m")
    await tom.types("/release go")
    await clara.types("/release no-go secret scan still red")

    assert "[Override]" not in (await ana.types("/release more")).text, "an emergency is nothing to be tapped into"
    asked = await ana.types(f"/release override {WHY}")
    assert asked.modal is not None
    for shown in ("payments 2.14.0 goes without all of this", "QA (no answer)", "Security (no-go of Clara)"):
        assert shown in asked.text
    assert "Operations" not in asked.text
    assert (await story.release("payments 2.14.0")).state == "open", "nothing has happened yet"

    half = await ana.submits(skip0=["0"])
    assert "Tick every one of them" in str(half.errors)
    done = await ana.submits(skip0=["0", "1"])
    assert "payments 2.14.0 is go by override" in done.text
    assert "The review is due by Thu 3 Dec; somebody else does it." in done.text
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved"
    assert stand.history[-3:] == ["overridden", "decided", "review_opened"]

    assert "Go by override: Ana" in (await ana.types("/release timeline payments")).text
    said = payments.reads()
    skips = "Ana overrode QA (no answer) and Security (no-go of Clara): “production is down”."
    assert f"T-Minus (to channel): ⚠️ payments 2.14.0: go by override. {skips} Deploy starts 09:05" in said
    assert "⚠️ Go by override — Ana, 09:00 today, without QA and Security" in said
    assert "⏭️ QA  skipped by override (Ana)" in said
    assert "The override by Ana is to be reviewed by Thu 3 Dec, by somebody else." in said
    assert "⏭️ Security  skipped by override (Ana) · no-go: Clara: “secret scan still red”" in said
    assert "✅ Operations  Tom 09:00" in said
    await ana.types("/release shipped payments")
    assert "1 sign-off. Go by override, without QA and Security." in payments.reads(), "whoever reads the outcome alone"
    for skipped, role in ((bo, "QA"), (clara, "Security")):
        direct = skipped.dm.reads(skipped.name)
        assert f"Ana overrode your sign-off {role} on payments 2.14.0: “production is down”." in direct
        assert "A review is open until Thu 3 Dec." in direct
        assert "[Review]" in direct
        assert "You were the last" not in direct
    assert "overrode" not in tom.dm.reads("tom"), "his sign-off counted"
    await ana.closes_modal()
    assert "[Review]" in (await bo.types("/release more")).text

    await ana.types("/release deploy start")
    await ana.types("/release deploy done")
    assert "1 sign-off." in payments.reads(), "and not three"


async def test_its_record_says_what_was_skipped_and_what_the_rule_said_without_it(story: Story) -> None:
    ana, bo, clara, tom = await three(story)
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release go-if")
    await bo.submits(condition="smoke test green", owner="tom")
    await clara.types("/release go")
    asked = await ana.types(f"/release override {WHY}")
    assert "QA (condition still open)" in asked.text and "Operations (no answer)" in asked.text
    await ana.submits(skip0=["0", "1"])
    said = payments.reads()
    assert "⏭️ QA  skipped by override (Ana) · Bo: go if “smoke test green” (Tom, by " in said
    assert "✅ Security  Clara 09:00" in said
    assert "Nobody's go depends on you any more." in tom.dm.reads("tom")
    assert "Ana overrode your sign-off QA on payments 2.14.0" in bo.dm.reads("bo")

    seen = await ana.types("/release record")
    skips = "Ana overrode QA (condition still open) and Operations (no answer): “production is down”"
    assert f"⚠️ Go by override: {skips} — 09:00 today" in seen.text
    assert "❔ Bo go-if for QA" in seen.text and "✅ Clara go for Security" in seen.text
    [shared] = [file for file in story.box.workspace.files.values() if file["shared"]]
    assert "Record: 8 entries, head " in said
    report = check(base64.b64decode(shared["content"]).decode(), said.split("head ")[1].split()[0].strip("`"))
    assert report.problems == []
    without = "without it: no decision (QA: condition, Operations: missing) (votes: 2)."
    [line] = [line for line in report.lines if "go by override. The rule, run again, says what it said" in line]
    assert line.endswith(without)


async def test_what_is_edited_meanwhile_is_not_overridden_unseen(story: Story) -> None:
    ana, eve = (await three(story, rights={Move.EDIT: frozenset({Role.ANYONE})}))[0], story.people("eve")[0]
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types(f"/release override {WHY}")
    await eve.types("/release edit payments")
    await eve.submits(changes="the whole ledger anew")
    again = await ana.submits(skip0=["0", "1", "2"])
    assert "It is not what it was when you were asked" in again.text
    assert (await story.release("payments 2.14.0")).state == "open"
    await ana.submits(skip0=["0", "1", "2"])
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_what_changed_meanwhile_is_asked_about_anew(story: Story) -> None:
    ana, bo, _, tom = await three(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    asked = await ana.types(f"/release override {WHY}")
    assert "QA (no answer)" in asked.text and "Operations (no answer)" in asked.text
    await bo.types("/release go")
    again = await ana.submits(skip0=["0", "1", "2"])
    assert "Something else stands in the way by now." in again.text
    assert "QA" not in again.text
    assert (await story.release("payments 2.14.0")).state == "open"
    await tom.types("/release go")
    third = await ana.submits(skip0=["0", "1"])
    assert "Operations" not in third.text and "Security (no answer)" in third.text
    await ana.submits(skip0=["0"])
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert "overrode" not in bo.dm.reads("bo")


async def test_without_a_reason_it_is_asked_for_first(story: Story) -> None:
    ana, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    first = await ana.types("/release override")
    assert "Why can't it wait?" in first.text
    second = await ana.submits(why=WHY)
    assert "What is skipped" in second.text
    await ana.submits(skip0=["0", "1", "2"])
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_spoken_to_it_offers_the_dialog(story: Story) -> None:
    ana, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types(f"@T-Minus override {WHY}")
    assert "asks you to confirm what it skips" in seen.text
    dialog = await ana.clicks("Show what is skipped", on=seen.message)
    assert "“production is down”" in dialog.text
    await ana.submits(skip0=["0", "1", "2"])
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_only_those_whom_the_policy_names_may(story: Story) -> None:
    ana, bo, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await bo.types(f"/release override {WHY}")
    assert "its three policy leaves “override” to release admins" in seen.text
    why = await bo.types("/release why")
    assert "verride" not in why.text + story.room("#payments").reads(), "nobody is led to it"
    assert (await story.release("payments 2.14.0")).state == "open"


@pytest.mark.once
async def test_it_is_refused_where_a_plain_step_does(story: Story) -> None:
    ana, bo, clara, tom = await three(story, close="deadline")
    await ana.types("/release new payments 2.14.0 in 3h")
    for who in (bo, clara, tom):
        await who.types("/release go")
    complete = await ana.types(f"/release override {WHY}")
    assert "has every go it needs. Close its go/no-go. [Close go/no-go]" in " ".join(complete.text.split())
    await ana.types("/release poll close")
    approved = await ana.types(f"/release override {WHY}")
    assert "You can't override the sign-offs of payments 2.14.0: it is approved" in approved.text
    await bo.types("/release hold the database")
    held = await ana.types(f"/release override {WHY}")
    assert "misses nothing but the end of its hold" in held.text and "[Resume]" in held.text


@pytest.mark.once
@pytest.mark.parametrize("way", ["held", "stopped", "expired"])
async def test_from_every_undecided_state(story: Story, way: str) -> None:
    ana, bo, clara, tom = await three(story)
    await ana.types("/release new payments 2.14.0 in 5m")
    shown = "QA (no answer)"
    boxes = 3
    if way == "held":
        await bo.types("/release hold the database")
        shown, boxes = "the hold of Bo", 4
    elif way == "stopped":
        await ana.types("/release poll close")
    else:
        for who in (bo, clara, tom):
            await who.types("/release go")
        await story.advance(hours=8)
        shown, boxes = "the expiry of its approval", 1
    asked = await ana.types(f"/release override {WHY}")
    assert shown in asked.text
    await ana.submits(skip0=[str(box) for box in range(boxes)])
    assert (await story.release("payments 2.14.0")).state == "approved"
    if way == "held":
        assert "Ana overrode your sign-off QA and your hold on payments 2.14.0" in bo.dm.reads("bo")
    await ana.types("/release deploy start")
    assert (await story.release("payments 2.14.0")).state == "deploying"


@pytest.mark.once
async def test_before_anybody_was_asked(story: Story) -> None:
    ana, *_ = await three(story, opens=replace(REGULATED.closes, before=REGULATED.approval_lasts))
    await ana.types("/release new payments 2.14.0 in 9h")
    assert (await story.release("payments 2.14.0")).state == "scheduled"
    asked = await ana.types(f"/release override {WHY}")
    assert "QA (not asked yet)" in asked.text
    await ana.submits(skip0=["0", "1", "2"])
    assert "⏭️ QA  skipped by override (Ana)" in story.room("#payments").reads()
    await ana.types("/release reschedule in 60h")
    stand = await story.release("payments 2.14.0")
    assert stand.state == "scheduled", "its approval does not reach that far"
    assert "override (Ana)" not in story.room("#payments").reads()


async def test_somebody_else_reviews_it_and_is_asked_until_then(story: Story) -> None:
    ana, _, clara, tom = await three(story)
    await tom.types("/release new payments 2.14.0 in 5m")
    await ana.types(f"/release override {WHY}")
    await ana.submits(skip0=["0", "1", "2"])
    await tom.types("/release deploy start")
    await tom.types("/release deploy done")
    await story.until("2026-12-02 09:01")
    asked = tom.dm.reads("tom")
    assert "payments 2.14.0: review its override by Thu 3 Dec. Ana 09:00 yesterday: “production is down”." in asked
    assert "review its override" not in ana.dm.reads("ana"), "she did it"

    own = await ana.types("/release review done it was right")
    assert "You did this override of payments 2.14.0 yourself, so somebody else reviews it" in own.text
    await story.until("2026-12-03 09:01")
    assert tom.dm.reads("tom").count("[Review]") == 2, "with what she said, and where he was asked last"
    await tom.clicks("Review", in_="dm")
    await tom.submits(note="it was right: refunds failed")
    assert "Tom reviewed the override: “it was right: refunds failed”." in story.room("#payments").reads()
    assert "The override of payments 2.14.0 was reviewed by Tom" in tom.dm.reads("tom")
    assert "is to be reviewed" not in story.room("#payments").reads()
    assert "The override by Ana was reviewed by Tom 10:01 today." in story.room("#payments").reads()
    status = (await ana.types("/release status payments 2.14.0")).text
    assert "The override by Ana was reviewed by Tom 10:01 today." in status and "[Review]" not in status
    late = await clara.types("/release review done also fine")
    assert "was reviewed by Tom 14:31 today: “it was right: refunds failed”" in late.text
    await story.until("2026-12-07 09:01")
    assert tom.dm.reads("tom").count("review its override by") == 0
    none = await ana.types("/release new payments 2.15.0 in 5m")
    assert none.text
    nothing = await tom.types("/release review done payments 2.15.0 fine")
    assert "payments 2.15.0 was not overridden, so there is nothing to review" in nothing.text


@pytest.mark.once
async def test_where_the_policy_says_so_an_open_review_keeps_from_the_next_override(story: Story) -> None:
    ana, bo, *_ = await three(story, open_review_blocks=True)
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types(f"/release override {WHY}")
    await ana.submits(skip0=["0", "1", "2"])
    await ana.types("/release deploy start")
    await ana.types("/release deploy done")
    await ana.types("/release new payments 2.14.1 in 3h")
    seen = await ana.types("/release override payments 2.14.1 once more")
    assert "The override of payments 2.14.0 (REL-1) by Ana is not reviewed yet" in seen.text
    assert "Somebody else than you can review it: /release review done REL-1." in seen.text
    await bo.types("/release review done REL-1 right")
    again = await ana.types("/release override payments 2.14.1 once more")
    assert "What is skipped" in again.text


async def test_sent_twice_at_once_it_is_one_override(story: Story) -> None:
    ana, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types(f"/release override {WHY}")
    await together(ana.at_once.submits(skip0=["0", "1", "2"]), ana.at_once.submits(skip0=["0", "1", "2"]))
    await story.quiet()
    assert (await story.release("payments 2.14.0")).history.count("overridden") == 1
    assert story.room("#payments").reads().count("T-Minus (to channel): ⚠️") == 2, "in thread and channel"


@pytest.mark.once
async def test_a_long_list_is_ticked_in_several_fields(story: Story) -> None:
    items = tuple(Item(f"item{number}", f"Thing number {number}") for number in range(12))
    ana, *_ = await three(story, checklist=items)
    await ana.types("/release new payments 2.14.0 in 3h")
    asked = await ana.types("/release override " + "“down”\n" * 140)
    assert asked.modal is not None
    assert "Thing number 11" in asked.text
    half = await ana.submits(skip0=[str(box) for box in range(10)], skip1=["10", "11", "12"])
    assert "Tick every one of them" in half.errors["skip1"]
    await ana.submits(skip0=[str(box) for box in range(10)], skip1=["10", "11", "12", "13", "14"])
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert "and 9 more: “" in story.room("#payments").reads()


@pytest.mark.once
async def test_alone_one_is_reminded_once_that_somebody_else_reviews_it(story: Story) -> None:
    ana, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 5m")
    await ana.types(f"/release override {WHY}")
    await ana.submits(skip0=["0", "1", "2"])
    await ana.types("/release deploy start")
    await ana.types("/release deploy done")
    await story.until("2026-12-10 09:00")
    said = ana.dm.reads("ana")
    assert said.count("Somebody else has to: they type /release review done REL-1.") == 1


async def test_who_abstained_is_not_called_without_an_answer(story: Story) -> None:
    ana, bo, *_ = await three(story)
    await ana.types("/release new payments 2.14.0 in 5m")
    await bo.types("/release abstain I wrote it")
    asked = await ana.types(f"/release override {WHY}")
    assert "QA (no go; Bo abstained)" in asked.text and "Security (no answer)" in asked.text
