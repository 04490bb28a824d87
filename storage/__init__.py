"""Remember: everything T-Minus keeps is in one database, reached through units of work."""

from storage.engine import Store, open_store
from storage.lane import Busy, Closed, Unknown
from storage.schema import CannotMigrate, TooNew
from storage.vault import Vault

__all__ = ["Busy", "CannotMigrate", "Closed", "Store", "TooNew", "Unknown", "Vault", "migrate", "open_store"]


def migrate(url: str, to: str = "head") -> list[str]:
    """storage.migrating.migrate, loaded when it is needed: a bot that runs keeps its tools out of memory."""
    from storage import migrating

    return migrating.migrate(url, to)
