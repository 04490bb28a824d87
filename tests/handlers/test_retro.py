"""The retrospective: a question that fits what happened, answers by person, action items, and when it is over."""

from datetime import UTC, datetime, timedelta

from bot.kit.desk import Desk
from bot.release.events import Event
from bot.release.release import Outcome
from bot.release.states import State
from bot.release.when import PlannedTime
from handlers.retro import SHORT, ask_for_retro
from storage.work import Work
from tests.handlers.office import ANA, BO, DORA, GUS, SECRET, Office, a_person
from tests.storage.given import DAY, HOUR, NOW, a_release

BERLIN = PlannedTime("2026-12-01T09:00", "Europe/Berlin", NOW - HOUR, "2026a")


async def due(office: Office, **fields: object) -> list[datetime]:
    release = a_release(office.workspace, **{"outcome": Outcome.LIVE, "outcome_at": NOW, "planned": BERLIN} | fields)

    def ask(work: Work) -> list[datetime]:
        return [at for _, at in ask_for_retro.at(release, Desk(work, office.catalogue, unasked=True))]

    found: list[datetime] = await office.asks(ask)
    return found


async def test_it_is_asked_the_next_working_day_at_ten_where_the_captain_is(office: Office) -> None:
    assert await due(office) == [datetime(2026, 12, 2, 9, 0, tzinfo=UTC)]
    await office.store.write(
        lambda work: work.people.put(a_person(ANA, office.clock, zone="America/New_York")), workspace=office.workspace
    )
    assert await due(office) == [datetime(2026, 12, 2, 15, 0, tzinfo=UTC)]
    assert await due(office, captain="UNOBODY") == [datetime(2026, 12, 2, 9, 0, tzinfo=UTC)], "else where it is planned"
    friday = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    assert await due(office, outcome_at=friday) == [datetime(2026, 12, 7, 15, 0, tzinfo=UTC)]


async def test_a_cancelled_release_is_not_looked_back_at(office: Office) -> None:
    assert await due(office, outcome=Outcome.CANCELLED) == []
    assert await due(office, outcome=None, outcome_at=None) == []


async def test_an_uneventful_release_gets_one_line_and_two_buttons(office: Office) -> None:
    release = await office.has_a_live_one(planned=BERLIN)
    assert await office.card("retro", release) == (
        "@UANA payments 2.14.0 went out on time.\n[Smooth][Something to improve]"
    )


async def test_after_trouble_the_full_question_comes_with_the_drafted_timeline(office: Office) -> None:
    release = await office.has_a_live_one(slipped=True, planned=BERLIN)
    await office.has_record(
        release,
        Event(name="voted", at=NOW - 3 * HOUR, by=BO, said=(), why="scan is red", details={"choice": "no-go"}),
        Event(name="decided", at=NOW - 2 * HOUR, by=BO, said=(), details={"result": "go"}),
        Event(name="deploy_started", at=NOW - HOUR, by=ANA, said=("started", " the deploy")),
        Event(name="went_live", at=NOW, by=None, said=()),
    )
    drafted = (
        "Planned Tue 1 Dec 09:00 (Berlin), started 09:00 (Berlin), live 10:00 (Berlin).\n"
        "No-go by Bo Tue 1 Dec 07:00 (Berlin): “scan is red”, never taken back; go was decided 1 h later.\n"
    )
    shown = await office.card("retro", release)
    assert shown == f"@UANA @UBO how did payments 2.14.0 go?\n{drafted}[Answer]", "who objected is asked too"
    await office.submits(BO, "form.retro", {"r": release.id}, well="Caught early")
    assert drafted in await office.card("retro", release), "and it stays when answers come"


async def test_one_tap_says_smooth_once_and_the_captain_s_closes(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.clock.advance(DAY)
    await office.presses(BO, "retro.smooth", release)
    await office.presses(BO, "retro.smooth", release)
    assert await office.state(release) is State.RELEASED, "others' answers are gathered"
    await office.clock.advance(timedelta(minutes=1))
    await office.presses(ANA, "retro.smooth", release)
    assert await office.state(release) is State.CLOSED
    shown = await office.card("retro", release)
    assert "Retrospective of payments 2.14.0 — 2 answers" in shown
    assert "Went well\nBo: Smooth\nAna: Smooth\n[Add to it]" in shown


async def test_an_admin_s_answer_closes_too(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.has_admin(BO)
    await office.clock.advance(DAY)
    await office.submits(BO, "form.retro", {"r": release.id}, ideas="Start at noon")
    assert await office.state(release) is State.CLOSED


async def test_only_its_crew_and_admins_answer(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.presses(DORA, "retro.smooth", release)
    await office.presses(GUS, "retro.smooth", release)
    told = await office.told()
    assert "its light policy leaves “retro” to its crew or release admins" in told[0]
    assert "guests can't" in told[1]
    assert await office.asks(lambda work: work.retros.answers(release.id)) == []


async def test_answers_add_up_by_person_and_a_closed_release_still_takes_them(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.clock.advance(DAY)
    await office.submits(ANA, "form.retro", {"r": release.id}, well="Quick rollout", not_well="<!here> waited for QA")
    await office.submits(ANA, "form.retro", {"r": release.id}, well="Calm")
    await office.submits(BO, "form.retro", {"r": release.id}, ideas="Start at noon")
    shown = await office.card("retro", release)
    assert "Went well\nAna: Quick rollout\nCalm" in shown
    assert "Did not go well\nAna: <!here> waited for QA" in shown, "what people typed is text, never markup"
    assert "Ideas\nBo: Start at noon" in shown
    history = await office.asks(lambda work: [row.name for row in work.audit.tail(release.id, 10)])
    assert history == ["retro_answered", "closed", "retro_answered", "retro_answered"]


async def test_an_action_item_has_an_owner_and_a_day(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.submits(ANA, "form.retro", {"r": release.id}, action="Second QA", owner=BO, due="2026-12-10")
    await office.submits(ANA, "form.retro", {"r": release.id}, action="Write it down")
    shown = await office.card("retro", release)
    assert "◻️ Second QA — Bo, by Thu 10 Dec[Done]\n◻️ Write it down — Ana, by Tue 8 Dec[Done]" in shown, (
        "else: me, in a week"
    )


async def test_several_action_items_at_once_and_their_owner_is_told(office: Office) -> None:
    release = await office.has_a_live_one()
    both = "Second QA\n\n  Write it down "
    await office.submits(ANA, "form.retro", {"r": release.id}, action=both, owner=BO, due="2026-12-10")
    rows = "◻️ Second QA — Bo, by Thu 10 Dec[Done]\n◻️ Write it down — Bo, by Thu 10 Dec[Done]"
    assert rows in await office.card("retro", release)
    to_him = rows.replace(" — Bo", "")
    assert (await office.told())[-1] == (
        f"Ana gave you 2 action items in the retrospective of payments 2.14.0.\n{to_him}"
    )
    await office.forgets_posts()
    await office.submits(BO, "form.retro", {"r": release.id}, action="Mine")
    assert not any("gave you" in one for one in await office.told()), "one's own is known"
    answer = await office.submits(ANA, "form.retro", {"r": release.id}, action="x\n" * 11)
    assert answer.errors == {"action": "At most 10 action items at once, each of at most 300 characters."}


async def test_a_private_release_s_action_items_stay_with_those_who_may_see_it(office: Office) -> None:
    release = await office.has_a_live_one(channel=SECRET, is_private=True)
    answer = await office.submits(ANA, "form.retro", {"r": release.id}, action="Second QA", owner=DORA)
    assert answer.errors == {"owner": "Dora is not in this release's channel, which is private."}


async def test_an_action_item_is_closed_by_its_owner_or_the_crew_and_once(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.submits(ANA, "form.retro", {"r": release.id}, action="Second QA", owner=DORA)
    (item,) = await office.asks(lambda work: work.retros.actions(release.id))
    await office.presses(GUS, "retro.done", release, a=item.id)
    assert await office.asks(lambda work: len(work.retros.open_actions_of(DORA, 9))) == 1, "a guest closes nothing"
    assert "My action items\nSecond QA, by Tue 8 Dec[Done]" in await office.home(DORA)
    await office.presses(DORA, "retro.done", release, a=item.id)
    assert "✅ Second QA — done by Dora" in await office.card("retro", release)
    assert "My action items" not in await office.home(DORA)
    await office.presses(ANA, "retro.done", release, a=item.id)
    assert "closed already by Dora" in (await office.told())[-1]
    assert (await office.asks(lambda work: work.audit.tail(release.id, 1)))[0].name == "action_closed"


async def test_the_owner_is_asked_on_its_day_and_once_more(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.submits(ANA, "form.retro", {"r": release.id}, action="Second QA", owner=BO, due="2026-12-10")

    async def planned() -> list[tuple[str, str]]:
        rows = await office.asks(lambda work: work.timers.of(release.id))
        return [(row.recipient, f"{row.due_at:%d %H:%M}") for row in rows if row.name == "retro.action" and
                row.state == "planned"]  # fmt: skip

    assert await planned() == [(BO, "10 09:00"), (BO, "17 09:00")], "at ten where the owner is"
    (item,) = await office.asks(lambda work: work.retros.actions(release.id))
    await office.presses(BO, "retro.done", release, a=item.id)
    assert await planned() == []


async def test_whoever_answered_early_the_captain_is_still_asked(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.submits(BO, "form.retro", {"r": release.id}, well="Calm")
    await office.store.write(
        lambda work: ask_for_retro.run(release, Desk(work, office.catalogue, unasked=True), ""),
        workspace=office.workspace,
    )
    assert "@UANA how did payments 2.14.0 go? There is 1 answer already.\n[Answer]" in (await office.told())[-1]


async def test_the_last_closed_one_is_meant_when_nothing_else_can_be(office: Office) -> None:
    release = await office.has_a_live_one()
    await office.clock.advance(DAY)
    await office.submits(ANA, "form.retro", {"r": release.id}, well="Calm")
    assert await office.state(release) is State.CLOSED
    answer = await office.types(ANA, "retro")
    assert answer.modal is not None and "payments 2.14.0" in str(answer.modal)


async def test_what_is_missing_or_wrong_is_said_at_its_field(office: Office) -> None:
    release = await office.has_a_live_one()

    async def errors(**values: object) -> dict[str, str]:
        return dict((await office.submits(ANA, "form.retro", {"r": release.id}, **values)).errors)

    assert await errors(well=" ", ideas=None) == {"well": "Please answer at least one of the questions."}
    assert list(await errors(well="Calm", owner=BO)) == ["action"]
    assert list(await errors(action="Second QA", due="2026-11-30")) == ["due"]
    assert list(await errors(action="Second QA", owner=GUS)) == ["owner"]
    assert await office.asks(lambda work: work.retros.answers(release.id)) == [], "and nothing of it is kept"


async def test_before_the_outcome_there_is_nothing_to_look_back_at(office: Office) -> None:
    release = await office.has(a_release(office.workspace, opens_at=NOW + timedelta(hours=1)))
    refused = await office.types(ANA, "retro REL-1")
    assert refused.modal is None and refused.message is not None
    assert await office.state(release) is State.SCHEDULED


async def test_a_long_summary_is_cut_and_says_where_the_rest_is(office: Office) -> None:
    release = await office.has_a_live_one(state=State.CLOSED)
    long = "x" * (SHORT + 1)

    def answer(work: Work) -> None:
        for number in range(11):
            text = long if number == 0 else f"well {number}"
            work.retros.put_answer(release.id, f"U{number:02}", text, "", "", NOW + timedelta(seconds=number))
            work.retros.add_action(release.id, f"todo {number}", BO, NOW.date(), ANA, NOW)

    await office.store.write(answer, workspace=office.workspace)
    shown = await office.card("retro", release)
    assert long not in shown and "well 7" in shown and "well 8" not in shown
    assert shown.count("and 3 more") == 2 and shown.endswith("[Add to it][Change an action item][Show all]")
    everything = (await office.presses(BO, "retro.all", release)).modal
    assert everything is not None
    text = str(everything)
    assert long in text and "well 10" in text and "todo 10" in text
