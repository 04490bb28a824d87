"""Compare what a button or dialog was drawn for with how the release is now: no answer counts for what nobody saw."""

from collections.abc import Mapping

from bot.release.errors import Refusal
from bot.release.policy import SignOff
from bot.release.release import Release
from bot.release.words import At, Said


def require_shown(release: Release, round_shown: int | None) -> None:
    """Raise the Refusal that names the open round, where somebody clicked what an earlier one had drawn."""
    if release.round is not None and round_shown is not None and round_shown != release.round.number:
        raise Refusal(
            f"This button is from round {round_shown}; round {release.round.number} is open until ",
            At(release.round.closes_at, "time", release.planned.zone), ".",
            code="superseded_round", offers=("status",),
        )  # fmt: skip


def require_same_content(release: Release, sign_off: SignOff, shown: Mapping[str, str] | None) -> None:
    """Raise the Refusal unless what this sign-off covers is still what the person was looking at, if that is known.

    `shown`: the fingerprint for each sign-off that was asked for then; one that is not in it was added since.
    """
    if shown is not None and sign_off.role not in shown:
        raise Refusal(
            "Since that message was drawn, ", Said(release.title), " is asked for ", Said(sign_off.role),
            ", too, and that is what your answer would count for. Please say it again if you mean that.",
            code="superseded_sign_offs", offers=("go", "no-go", "go-if"),
        )  # fmt: skip
    if shown is not None and shown[sign_off.role] != release.fingerprint(sign_off.covers):
        raise Refusal(
            Said(release.title), " has changed since that message was drawn. Please look at the card again, then vote.",
            code="superseded_content", offers=("status",),
        )  # fmt: skip
