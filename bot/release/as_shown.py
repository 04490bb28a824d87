"""Compare what a button or dialog was drawn for with how the release is now: no answer counts for what nobody saw."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from bot.release.errors import Refusal
from bot.release.policy import SignOff
from bot.release.release import Release
from bot.release.words import At, Said

#: What a message was drawn for: the fingerprint for each sign-off by its role, or their marks where those do not fit.
Prints = Mapping[str, str] | str
#: Characters of a mark: some tell the sign-off, the others what it covered. A mark of them all begins as none does.
_ROLE, _MARK, _ALL = 2, 6, "="


def fingerprints(release: Release) -> dict[str, str]:
    """What each sign-off covers, by role."""
    return {sign_off.role: release.fingerprint(sign_off.covers) for sign_off in release.sign_offs}


def marks(prints: Mapping[str, str]) -> str:
    """The fingerprints in few characters: six a sign-off, in no order that matters."""
    return "".join(_mark_of(role, fingerprint) for role, fingerprint in prints.items())


def mark_of_all(few: str) -> str:
    """Of marks that are too many still: tells that something is another now, and not for which sign-off."""
    return _ALL + _short(few)[: 2 * _MARK]


@lru_cache(1_000)  # each entry of a card's menu carries them
def _mark_of(role: str, fingerprint: str) -> str:
    return _short(role)[:_ROLE] + _short(f"{role}\n{fingerprint}")[: _MARK - _ROLE]


def _short(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode()


def require_shown(release: Release, round_shown: int | None) -> None:
    """Raise the Refusal that names the open round, where somebody clicked what an earlier one had drawn."""
    if release.round is not None and round_shown is not None and round_shown != release.round.number:
        raise Refusal(
            f"This button is from round {round_shown}; round {release.round.number} is open until ",
            At(release.round.closes_at, "time", release.planned.zone), ".",
            code="superseded_round", offers=("status",),
        )  # fmt: skip


def require_same_content(release: Release, sign_off: SignOff, shown: Prints | None) -> None:
    """Raise the Refusal unless what this sign-off covers is still what the person was looking at, if that is known.

    `shown`: for each sign-off that was asked for then; one that is not in it was added since.
    """
    if shown is None:
        return
    was_asked, is_same = _compared(sign_off.role, fingerprints(release), shown)
    if not was_asked:
        raise Refusal(
            "Since that message was drawn, ", Said(release.title), " is asked for ", Said(sign_off.role),
            ", too, and that is what your answer would count for. Please say it again if you mean that.",
            code="superseded_sign_offs", offers=("go", "no-go", "go-if"),
        )  # fmt: skip
    if not is_same:
        raise Refusal(
            Said(release.title), " has changed since that message was drawn. Please look at the card again, then vote.",
            code="superseded_content", offers=("status",),
        )  # fmt: skip


def _compared(role: str, prints: Mapping[str, str], shown: Prints) -> tuple[bool, bool]:
    """(whether the sign-off was asked for then, whether what it covers is the same)."""
    if not isinstance(shown, str):
        return role in shown, shown.get(role) == prints[role]
    if shown.startswith(_ALL):
        return True, shown == mark_of_all(marks(prints))
    drawn = {shown[at : at + _MARK] for at in range(0, len(shown), _MARK)}
    now = _mark_of(role, prints[role])
    return any(one[:_ROLE] == now[:_ROLE] for one in drawn), now in drawn
