"""Measure how fast the bot is: `make bench`, or `python -m tests.bench --only click-sqlite --rounds 3`."""

import argparse
import random

from tests.bench import clicks, servers
from tests.bench.rounds import Row


def gestures(kinds: list[str], rounds: int, rng: random.Random) -> list[Row]:
    """The figures that are measured against bare Bolt."""
    with servers.workspace() as directory:
        course = clicks.Course(directory, kinds, rng)
        try:
            if any("sqlite" in kind or kind == "ack" for kind in kinds):
                course.open("sqlite", f"sqlite:///{directory}/bench.sqlite3")
            if "click postgres" in kinds:
                with servers.postgres(directory) as (create, _):
                    course.open("postgres", create("bench"))
                    rows = course.run(rounds)
                    course.close()
                    return rows
            return course.run(rounds)
        finally:
            course.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=["ack", "click-sqlite", "click-postgres", "status-sqlite"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    kinds = [one.replace("-", " ") for one in asked.only or ["ack", "click-sqlite", "status-sqlite"]]
    for row in gestures(kinds, asked.rounds, random.Random(asked.seed)):
        print(
            f"{row.figure:55} {row.value!s:22} floor {row.floor} target {row.target}  {row.verdict:16} {row.detail}",
            flush=True,
        )


if __name__ == "__main__":
    main()
