"""Keep the keys that encrypt Slack tokens at rest.

Configured keys win. A SQLite installation without any makes itself a key file beside its data; replicas on
Postgres share no directory, so there the key has to be configured as soon as a token is to be stored.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.settings import LocalSettings


def token_keys(settings: LocalSettings) -> Callable[[], Sequence[str]] | None:
    """Give the keys when asked: the first encrypts, any decrypts. None: no key, no token can be stored."""
    if settings.secret_key:
        return lambda: settings.secret_key
    if not settings.uses_sqlite:
        return None
    return lambda: [_key_file(settings.data / "secret.key")]


def new_key() -> str:
    from cryptography.fernet import Fernet  # loaded only where a key is needed

    return Fernet.generate_key().decode()


def _key_file(path: Path) -> str:
    """Read the key, making it first if there is none; of two processes at once, one makes it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(new_key())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()
