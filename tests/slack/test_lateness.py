"""How long a request was on its way is known as far as whole seconds and two clocks allow, and never overstated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.lateness import SPAN, Lateness

#: Slack's clock minus ours: any.
APART = 1_790_000_000.37


class Post:
    """Slack sends, and after a while it is here."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.lateness = Lateness(lambda: self.now)

    def brings(self, *, after: float, off: float = 0.0) -> float:
        """What is made of a request that has just come, sent so many seconds ago by a sender whose clock is off."""
        return self.lateness.of(int(self.now - after + APART + off))


@pytest.fixture
def post() -> Post:
    return Post()


def test_one_that_waited_somewhere_is_known_by_those_that_did_not(post: Post) -> None:
    assert post.brings(after=0.1) == 0.0
    post.now += 10
    assert 2.9 < post.brings(after=5.0) <= 5.0
    assert post.brings(after=0.1) < 0.2


def test_the_first_one_is_taken_as_it_comes(post: Post) -> None:
    assert post.brings(after=100.0) == 0.0


def test_a_sender_whose_clock_is_wrong_is_forgotten(post: Post) -> None:
    post.brings(after=0.1, off=30.0)
    assert post.brings(after=0.1) > 20, "nobody knows yet which of the two is wrong"
    for _ in range(3):
        post.now += SPAN
        last = post.brings(after=0.1)
    assert last < 0.2


def test_an_idle_night_makes_nobody_late(post: Post) -> None:
    post.brings(after=0.1)
    post.now += 8 * 3600
    assert post.brings(after=0.1) < 0.2


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 20)), max_size=50))
def test_nobody_is_called_later_than_they_are(way: list[tuple[float, float]]) -> None:
    post = Post()
    for rest, after in way:
        post.now += rest
        assert post.brings(after=after) <= after + 1e-6
