"""A process that stood still knows it, for as long as what had waited comes in."""

import time

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


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="Linux alone has this clock")
def test_it_is_noticed_that_the_machine_was_suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse, real = Pulse(), time.clock_gettime
    pulse.beat()
    assert not pulse.stood_still
    asleep = {time.CLOCK_BOOTTIME: 3600.0}  # the others stood still too
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + asleep.get(clock, 0.0))
    assert pulse.stood_still
