"""Why it is not go: one text wherever it is said, with who can change it; what was decided stays as it was."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.release import deploying
from bot.release.causes import causes_from_data
from bot.release.decision import Result
from bot.release.errors import Refusal
from bot.release.release import Choice
from bot.release.states import State
from bot.release.why import MOST, in_the_way, uncounted, why_not
from tests.release.life import ANA, EVE, QI, QUINN, SEC, THREE, TOM, Life, light, read


def text(life: Life) -> str:
    return read(why_not(life.release, life.electorate, life.freezing, life.now))


def no_go(life: Life) -> None:
    life.at("Tue 10:00").no_go(QI)


def missing(life: Life) -> None:
    life.at("Tue 10:00")


def held(life: Life) -> None:
    life.at("Tue 10:00").hold()


def held_too_long(life: Life) -> None:
    life.at("Tue 10:00").hold()
    life.at("Wed 13:45")


def objected(life: Life) -> None:
    no_go(life)
    life.vote(QUINN)
    life.close_poll()
    life.open()


def confirm(life: Life) -> None:
    life.at("Tue 10:00").vote(QI)
    life.reschedule("Thu 14:00")
    life.at("Wed 10:00")


def changed(life: Life) -> None:
    life.at("Tue 10:00").vote(QI)
    life.release.changes = "one more"
    life.release.state, life.release.decided_at = State.OPEN, None


def depends(life: Life) -> None:
    life.at("Tue 10:00").go_if(QI)


def depended_in_vain(life: Life) -> None:
    life.at("Tue 10:00").go_if(QI, "Wed 13:00")
    life.at("Wed 13:00")


def abstained(life: Life) -> None:
    life.at("Tue 10:00").vote(QI, Choice.ABSTAIN)
    life.vote(QUINN, Choice.ABSTAIN)


def stopped(life: Life) -> None:
    no_go(life)
    life.close_poll()


def undecided(life: Life) -> None:
    life.at("Tue 10:00").at("Wed 13:30")


def unseen(life: Life) -> None:
    life.at("Wed 13:30")


def expired(life: Life) -> None:
    life.at("Tue 10:00").vote(QI)
    life.at("Wed 18:00")


SAID: list[tuple[Callable[[Life], object], str]] = [
    (lambda life: None, "🔵 Its go/no-go opens at Tue 10:00"),
    (missing, "⏳ Nobody has said go yet (Qi or Quinn can answer)"),
    (no_go, "🛑 Qi said no-go at 10:00: “secret scan is red”. Only Qi can change that."),
    (held, "⏸️ On hold — Eve: “database migration”. Ana, Eve or an admin can resume it."),
    (held_too_long, "⌛ The go/no-go was due at 13:30, while it was on hold"),
    (objected, "⏳ Qi said no-go before (“secret scan is red”) and has not answered since"),
    (changed, "⏳ The plan changed after Qi voted; please look again"),
    (depends, "⏳ Qi said go if “smoke test green”; Tom has until Wed 13:30"),
    (depended_in_vain, "⏳ “smoke test green” was not done by Wed 13:00; Qi is asked again"),
    (abstained, "⚠️ Nobody has said go yet, and Qi and Quinn abstained"),
    (stopped, "was stopped at Tue 10:00: no-go.\n🛑 Qi said no-go at 10:00: “secret scan is red”\n⏳ Nobody"),
    (undecided, "was stopped at Wed 13:30: no decision.\n⏳ Nobody has said go yet\nNext: the captain (Ana)"),
    (unseen, "⚪ Nobody could be asked: its go/no-go was due from Tue 10:00 until Wed 13:30, and passed unseen\nNext:"),
    (expired, "was stopped at Wed 18:00: its approval expired.\nNext: the captain (Ana)"),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "said"), SAID, ids=[said[:30] for _, said in SAID])
def test_why_and_the_refusal_of_a_deploy_say_the_same(happens: Callable[[Life], object], said: str) -> None:
    life = Life()
    happens(life)
    assert said in text(life)
    with pytest.raises(Refusal) as refused:
        deploying.start(life.release, life.electorate, freezing=life.freezing, now=life.now, by=ANA)
    assert read(refused.value.words) == f"You can't start payments 2.14.0: it {text(life)}"
    assert refused.value.code == "not_approved" and refused.value.offers[-1] == "why"


@pytest.mark.parametrize("happens", [happens for happens, _ in SAID], ids=[said[:30] for _, said in SAID])
def test_each_cause_names_who_can_change_it_since_when_and_by_what(happens: Callable[[Life], object]) -> None:
    life = Life()
    happens(life)
    causes = in_the_way(life.release, life.electorate, life.freezing, life.now)
    for cause in causes:
        assert cause.said and cause.who_can and (cause.fixes or cause.kind == "held"), cause
        assert cause.since is not None, cause


def test_what_a_round_closed_with_stays_so_whoever_comes_or_leaves() -> None:
    life = Life(THREE).at("Tue 10:00")
    life.vote(QI)
    life.no_go(SEC, "the scan is red")
    life.close_poll()
    before, said = life.causes(), text(life)
    assert before == [("no_go", "Security"), ("missing", "Operations")]
    life.eligible["Security"] = life.eligible["Operations"] = life.eligible["QA"] = frozenset({TOM})
    assert (life.verdict().result, life.causes(), text(life)) == (Result.NO_GO, before, said)
    assert "⏳ Operations has not answered\n" in said, "nobody can answer any more"


def test_a_round_that_an_older_version_closed_is_told_by_what_is_known_now() -> None:
    life = Life(THREE).at("Tue 10:00")
    life.no_go(SEC)
    life.close_poll()
    assert life.release.round is not None
    life.release.round.causes = None
    assert life.causes()[1:] == [("no_go", "Security"), ("missing", "Operations")]


def test_a_go_has_no_causes_and_says_so_on_record() -> None:
    life = Life().at("Tue 10:00")
    life.vote(QI)
    assert life.release.round is not None and life.release.round.causes == []
    life.at("Wed 18:00")
    assert causes_from_data(life.release.round.causes) == (), "that the approval expired is no matter of the round"


def test_what_passed_while_it_was_on_hold_is_kept_with_the_round() -> None:
    life = Life().at("Tue 10:00")
    life.hold()
    life.at("Wed 13:45")
    life.resume()
    assert life.causes() == [("held", ""), ("missing", "QA")]


def test_answers_that_do_not_count_are_told_with_their_reason() -> None:
    life = light()
    life.no_go(QI)
    life.vote(EVE)
    life.take_over(EVE)
    rows = [read(row) for row in uncounted(life.release, life.electorate)]
    assert rows == ["▫️ The go of Eve does not count: who leads it now leaves that answer to others"]
    life.channel = frozenset({ANA, EVE})
    assert "▫️ The no-go of Qi does not count: they are not among those who may answer any more" in text(life)
    life.release.policy = replace(life.release.policy, sign_offs=())
    assert "is not asked any more" in text(life)


def test_an_answer_to_another_content_that_nobody_waits_for_is_told_too() -> None:
    life = Life(replace(THREE, close="deadline")).at("Tue 10:00")
    life.vote(QI)
    life.release.changes = "one more"
    life.vote(QUINN)
    assert "▫️ The go of Qi does not count: what it was given for has changed since" in text(life)
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]


def test_more_than_can_be_read_is_counted() -> None:
    sign_offs = tuple(replace(THREE.sign_offs[0], role=f"Role {n}") for n in range(MOST + 3))
    life = Life(replace(THREE, sign_offs=sign_offs)).at("Tue 10:00")
    said = text(life)
    assert said.count("⏳") == MOST and said.endswith("\n… and 3 more; its status shows every answer")


def test_each_of_twelve_sign_offs_that_are_missing_is_named() -> None:
    sign_offs = tuple(replace(THREE.sign_offs[0], role=f"Role {n}") for n in range(12))
    said = text(Life(replace(THREE, sign_offs=sign_offs)).at("Tue 10:00"))
    assert all(f"Role {n} has not answered" in said for n in range(12))
