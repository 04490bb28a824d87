"""The account of what people did besides voting finds what is lost, doubled, out of order, and in the wrong state."""

from typing import Any

import pytest

from tests.chaos.ledger import Deed, Ledger, Promise
from tests.chaos.moves import Account

DEEDS = [
    Deed("ana", "move", "api 1.0", "hold", key="k1", promise="kept", number=1),
    Deed("ana", "move", "api 1.0", "resume", key="k2", promise="open", number=1),
    Deed("ana", "move", "api 1.0", "hold", key="k3", promise="kept", number=1),
]


def row(seq: int, name: str, key: str) -> dict[str, Any]:
    return {"release_id": 7, "seq": seq, "name": name, "fact": {"key": key, "by": "U1"}}


def found(
    *rows: dict[str, Any], keys: str = "k1 k2 k3", state: str = "on_hold", promise: Promise = "kept"
) -> list[str]:
    deeds = [*DEEDS[:2], Deed("ana", "move", "api 1.0", "hold", key="k3", promise=promise, number=1)]
    return [*Account(Ledger(deeds), list(rows), {*keys.split()}, {7: state}, {7: "api 1.0"}).violations()]


HELD, RESUMED, AGAIN = row(1, "held", "k1"), row(2, "resumed", "k2"), row(3, "held", "k3")


def test_what_is_in_order_is_fine() -> None:
    assert found(HELD, RESUMED, AGAIN) == []
    assert found(HELD, AGAIN) == [], "what was shown as failed need not be there"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("its key is not there", found(HELD, RESUMED, AGAIN, keys="k1 k2")),
        ("nothing happened", found(HELD, RESUMED, state="open")),
        ("was declined and yet stored", found(HELD, RESUMED, AGAIN, promise="declined")),
        ("applied twice", found(HELD, RESUMED, AGAIN, row(4, "held", "k3"))),
        ("saw fail, earlier", found(HELD, row(2, "held", "k3"), row(3, "resumed", "k2"), state="open")),
        ("nobody did that", found(HELD, RESUMED, AGAIN, row(4, "held", "k4"))),
        ("api 1.0 is open", found(HELD, RESUMED, AGAIN, state="open")),
        ("api 1.0 is on_hold", found(HELD, row(2, "held", "k3"), row(3, "resumed", "k2"))),
    ],
)
def test_what_is_wrong_is_found(said: str, wrong: list[str]) -> None:
    assert any(said in line for line in wrong), wrong
