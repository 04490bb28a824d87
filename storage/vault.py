"""Keep Slack tokens unreadable to whoever reads the database file or a backup of it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Vault:
    """Encrypts with its first key and decrypts with any; see bot/keys.py for where the keys come from.

    They are asked for, and the library behind is loaded, when a token is first stored or read: an installation whose
    token stands in the environment stores none, and the library is a tenth of such a process.
    """

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys

    @cached_property
    def _cipher(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys()])

    def encrypt(self, secret: str) -> str:
        return self._cipher.encrypt(secret.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """Raises ValueError when none of the keys opens it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("none of the keys opens it") from None


class Sealed(Exception):
    """A stored token cannot be read, or none may be stored: the key is missing or another one."""


def seal(vault: Vault | None, secret: str) -> str:
    """The secret encrypted, as text for a row. Raises Sealed without a vault."""
    if vault is None:
        raise Sealed("a token can be stored only with a key: set TMINUS_SECRET_KEY")
    return vault.encrypt(secret)


def unseal(vault: Vault | None, sealed: str) -> str:
    """The inverse of `seal`. Raises Sealed when no configured key opens it."""
    if vault is None:
        raise Sealed("a stored token can be read only with its key: set TMINUS_SECRET_KEY")
    try:
        return vault.decrypt(sealed)
    except ValueError:
        raise Sealed(
            "the stored token was encrypted with another key: put the old one behind the new one in TMINUS_SECRET_KEY "
            "(new,old), or install the app again"
        ) from None
