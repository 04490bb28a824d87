"""The report of a chaos run."""

from tests.chaos.run import Tally


def test_the_report_counts_kills_by_point_and_faults_by_kind() -> None:
    first, second = Tally(runs=1, deeds=3), Tally(runs=1, violations=["lost: a vote"])
    first.kills["before ack"] += 2
    second.faults["delay"] += 5
    first.add(second)
    assert first.report().splitlines() == [
        "2 runs, 3 gestures of people",
        "2 kills:",
        "       2 before ack",
        "5 faults:",
        "       5 delay",
        "1 violations",
    ]
