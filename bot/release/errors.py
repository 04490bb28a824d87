"""Say no politely: a refusal names what is possible instead, and is not a failure."""

from datetime import datetime

from bot.release.words import Piece, Words, words


class Refusal(Exception):
    """A polite no. `words` says what was wrong and what is possible; `offers` names verbs to offer as buttons.

    `code` is a stable name for the audit log, the tests and machines ("not_approved", "superseded", …).
    """

    def __init__(self, *pieces: Piece | Words, code: str = "refused", offers: tuple[str, ...] = ()) -> None:
        self.words = words(*pieces)
        self.code = code
        self.offers = offers
        super().__init__("".join(str(piece) for piece in self.words))


class FieldRefusal(Refusal):
    """A no that belongs to one field of a form: `field` is the field's name."""

    def __init__(
        self, field: str, *pieces: Piece | Words, code: str = "bad_input", offers: tuple[str, ...] = ()
    ) -> None:
        super().__init__(*pieces, code=code, offers=offers)
        self.field = field


class TooSoon(FieldRefusal):
    """A no to a planned time whose go/no-go could not be held any more. `earliest` is the first possible instant."""

    def __init__(self, *pieces: Piece | Words, earliest: datetime) -> None:
        super().__init__("when", *pieces, code="too_soon")
        self.earliest = earliest
