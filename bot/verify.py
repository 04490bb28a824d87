"""Check the record of a release from its file alone: what `tminus verify` does. No database, no Slack, no settings."""

from pathlib import Path

from bot.release.record import Report, check


class Unreadable(Exception):
    """There is no such file, or it cannot be read. Says which, in words."""


def check_file(file: Path, head: str = "") -> Report:
    """What was found in the file. `head`: see `check`. Raises Unreadable."""
    try:
        text = file.read_bytes().decode()
    except OSError as problem:
        raise Unreadable(f"{file} cannot be read: {problem.strerror or problem}.") from None
    except UnicodeDecodeError:
        return Report(["It is not a record of T-Minus, or it is damaged: it is not text."])
    return check(text, head)
