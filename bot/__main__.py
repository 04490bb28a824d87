"""The console script `tminus`, and `python -m bot`.

A bot that runs for weeks needs nothing of what reads a command line: that is 9 MB, so a plain `run` goes without it.
"""

import sys


def main() -> None:
    if sys.argv[1:] == ["run"]:
        try:
            from bot.running import run

            raise SystemExit(run())
        except KeyboardInterrupt:  # while it was still starting
            raise SystemExit(130) from None
    from bot.cli import cli

    cli()


if __name__ == "__main__":
    main()
