"""A process that stood still knows it, for as long as what had waited comes in."""

import pytest

from bot.slack.pulse import BEAT, GRACE, STILL, Pulse


@pytest.mark.usefixtures("in_life")
def test_it_is_noticed_with_the_first_that_comes_in_and_forgotten_after_a_moment() -> None:
    now = [100.0]
    pulse = Pulse(lambda: now[0])
    assert not pulse.stood_still
    now[0] += STILL - BEAT
    assert not pulse.stood_still, "slow, and in time"
    now[0] += STILL + BEAT
    assert pulse.stood_still
    now[0] += GRACE / 2
    assert pulse.stood_still
    now[0] += GRACE
    assert not pulse.stood_still
