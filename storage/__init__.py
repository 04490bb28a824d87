"""Remember: everything T-Minus keeps is in one database, reached through units of work."""

from storage.engine import Store, open_store
from storage.lane import Busy, Closed, Unknown
from storage.migrating import TooNew, migrate
from storage.vault import Vault

__all__ = ["Busy", "Closed", "Store", "TooNew", "Unknown", "Vault", "migrate", "open_store"]
