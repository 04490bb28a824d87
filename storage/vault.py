"""Keep Slack tokens unreadable to whoever reads the database file or a backup of it."""

from cryptography.fernet import InvalidToken, MultiFernet

#: Encrypts with its first key and decrypts with any; see bot/keys.py for where the keys come from.
Vault = MultiFernet


class Sealed(Exception):
    """A stored token cannot be read, or none may be stored: the key is missing or another one."""


def seal(vault: Vault | None, secret: str) -> str:
    """The secret encrypted, as text for a row. Raises Sealed without a vault."""
    if vault is None:
        raise Sealed("a token can be stored only with a key: set TMINUS_SECRET_KEY")
    return vault.encrypt(secret.encode()).decode()


def unseal(vault: Vault | None, sealed: str) -> str:
    """The inverse of `seal`. Raises Sealed when no configured key opens it."""
    if vault is None:
        raise Sealed("a stored token can be read only with its key: set TMINUS_SECRET_KEY")
    try:
        return vault.decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed(
            "the stored token was encrypted with another key: put the old one behind the new one in TMINUS_SECRET_KEY "
            "(new,old), or install the app again"
        ) from None
