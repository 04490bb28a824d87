"""What speaks against a time: other releases near it, nights, weekends, Friday afternoons, holidays, full days."""

from dataclasses import replace
from datetime import date

import pytest

from bot.release.clashes import Around
from bot.release.release import Part, Release
from bot.release.states import State
from tests.release.life import TOM, Life, planned, read, when

NEW_YORK = "America/New_York"


def against(life: Life, t: str = "Wed 14:00", *others: Release, zone: str | None = None) -> list[tuple[str, str]]:
    found = Around(life.release, others, zone).clashes(planned(t))
    return [(clash.kind, read(clash.said)) for clash in found]


def other(t: str, number: int = 2, part: Part | None = None, **more: object) -> Release:
    made = replace(Life(t=t).release, id=number, parts=[part or Part("payments", f"2.14.{number}")])
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("t", "said"),
    [("Wed 13:30", "payments 2.14.2 goes live 30 min before it."), ("Wed 14:00", "payments 2.14.2 goes live at the "
     "same time."), ("Wed 14:59", "payments 2.14.2 goes live 59 min after it."), ("Wed 15:00", None)],
)  # fmt: skip
def test_releases_of_a_service_in_an_environment_keep_an_hour_apart(t: str, said: str | None) -> None:
    assert against(Life(), "Wed 14:00", other(t)) == ([("same", said)] if said else [])


def test_another_service_another_place_what_was_cancelled_and_itself_do_not_clash() -> None:
    life = Life()
    apart = [
        other("Wed 14:00", part=Part("web", "5.1")),
        other("Wed 14:00", part=Part("payments", "2.15.0", "staging")),
        other("Wed 14:00", state=State.CANCELLED),
        other("Wed 14:00", life.release.id),
    ]
    assert against(life, "Wed 14:00", *apart) == []
    assert against(life, "Wed 14:00", other("Wed 14:10", part=Part("Payments", "9", "Production")))[0][0] == "same"


@pytest.mark.parametrize(
    ("t", "kind"),
    [("Wed 06:59", "night"), ("Wed 07:00", None), ("Wed 19:59", None), ("Wed 20:00", "night"), ("Fri 13:59", None),
     ("Fri 14:00", "friday"), ("Sat 10:00", "weekend"), ("Sun 10:00", "weekend"), ("Thu 10:00", "holiday")],
)  # fmt: skip
def test_nights_weekends_holidays_and_friday_afternoons_are_named(t: str, kind: str | None) -> None:
    life = Life()
    life.release.days_off = {date(2026, 12, 3)}
    assert [found for found, _ in against(life, t)] == ([kind] if kind else [])


def test_the_night_is_that_of_who_deploys_it() -> None:
    life = Life(deployer=TOM)
    assert against(life, "Wed 11:00", zone=NEW_YORK) == [("night", "Tom would deploy it at 05:00 (New York).")]
    assert against(life, "Wed 22:00", zone=NEW_YORK) == []


def test_a_full_day_is_named_last() -> None:
    web = [other("Fri 09:00", number, Part("web", str(number))) for number in range(2, 7)]
    assert against(Life(), "Fri 15:00", *web[:4]) == [("friday", "It would go live on a Friday afternoon.")]
    assert [kind for kind, _ in against(Life(), "Fri 15:00", *web)] == ["friday", "many"]
    assert against(Life(), "Thu 23:59", *web, zone=NEW_YORK) == [], "another day"
    assert web[0].target_at == when("Fri 09:00")
