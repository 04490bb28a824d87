"""Words as pieces: what people typed stays data, and everything comes back from a row as it was."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.release.errors import FieldRefusal, Refusal
from bot.release.words import (
    At,
    Bold,
    Channel,
    Code,
    Group,
    Link,
    Mention,
    Said,
    Who,
    Words,
    from_data,
    listing,
    to_data,
    words,
)

texts = st.text(min_size=1)
instants = st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
pieces = st.one_of(
    texts,
    st.builds(At, instants, st.sampled_from(["time", "day", "date"]), st.sampled_from(["UTC", "Europe/Berlin"])),
    *(st.builds(kind, texts) for kind in (Who, Mention, Group, Channel, Said, Bold, Code)),
    st.builds(Link, texts, texts),
)


@given(st.lists(pieces).map(tuple))
def test_words_come_back_from_a_row_as_they_were(row: Words) -> None:
    assert from_data(json.loads(json.dumps(to_data(row)))) == row


def test_rows_of_words_flatten_and_nothing_stays_nothing() -> None:
    assert words("a", "", ("b", Said("")), words(Who("U1"))) == ("a", "b", Said(""), Who("U1"))
    assert words() == ()


def test_listings_read_as_people_write_them() -> None:
    assert listing([]) == ()
    assert "".join(map(str, listing(["QA"]))) == "QA"
    assert "".join(map(str, listing(["QA", "Security", "Operations"]))) == "QA, Security and Operations"
    assert "".join(map(str, listing(["QA", "Security"], last=" or "))) == "QA or Security"
    assert "".join(map(str, listing([f"v{n}" for n in range(16)], most=2))) == "v0, v1 and 14 more"


def test_a_refusal_keeps_its_words_its_name_and_its_field() -> None:
    no = FieldRefusal("when", "No such time: ", Said("31.11."))
    assert isinstance(no, Refusal)
    assert (no.field, no.code, no.words) == ("when", "bad_input", ("No such time: ", Said("31.11.")))
