"""Hash one-time codes: only the hash is stored."""

import hashlib


def hash_code(code: str) -> str:
    """The code as it is stored; capitals and spaces that people add do not matter."""
    return hashlib.sha256("".join(code.split()).casefold().encode()).hexdigest()
