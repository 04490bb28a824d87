"""Make ids and timestamps that come out the same in every run with the same seed."""

import hashlib
from collections import Counter
from datetime import datetime

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


class Ids:
    """Seeded ids: `named` for what the first workspace holds, `next` for what comes later."""

    def __init__(self, seed: int, *, run: int = 0) -> None:
        """`run` counts the starts on one data file, so that a later run never repeats an id."""
        self._seed = seed
        self._run = run
        self._spent: Counter[str] = Counter()
        self._last_ts = 0

    def named(self, prefix: str, name: str) -> str:
        """The id of something well known, such as named("U", "ana")."""
        return prefix + "0" + self._letters(f"{prefix}/{name}", 9)

    def next(self, prefix: str, length: int = 10) -> str:
        """A new id of this kind."""
        self._spent[prefix] += 1
        return prefix + self._letters(f"{self._run}/{prefix}/{self._spent[prefix]}", length)

    def secret(self, name: str) -> str:
        """32 hexadecimal digits that stand for a secret. A sandbox's secrets protect nothing."""
        return hashlib.sha256(f"{self._seed}/secret/{name}".encode()).hexdigest()[:32]

    def ts(self, now: datetime) -> str:
        """The ts of a message said now: strictly increasing, in microseconds of story time."""
        micros = int(now.timestamp()) * 1_000_000 + now.microsecond
        self._last_ts = max(micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def seen_ts(self, ts: str) -> None:
        """Go on after this ts (state read back from a file)."""
        seconds, _, micros = ts.partition(".")
        self._last_ts = max(self._last_ts, int(seconds) * 1_000_000 + int(micros))

    def _letters(self, what: str, length: int) -> str:
        digest = hashlib.sha256(f"{self._seed}/{what}".encode()).digest()
        number = int.from_bytes(digest, "big")
        letters = []
        for _ in range(length):
            number, place = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[place])
        return "".join(letters)
