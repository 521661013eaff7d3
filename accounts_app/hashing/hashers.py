"""Password hashers that hash through the gate, for every caller: sign-in, registration, forms, commands."""

from functools import partial

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from accounts_app.hashing.gate import hashing_gate


class GatedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at the cost that OWASP recommends: 19 MiB, two passes, one lane.

    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password; raise HashingBusy when too many are being made."""
        return hashing_gate().run(partial(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Say whether a password has this hash; raise HashingBusy when too many are being made."""
        return hashing_gate().run(partial(super().verify, password, encoded))


class GatedPBKDF2Hasher(PBKDF2PasswordHasher):
    """Django's PBKDF2, for hashes that were made elsewhere. Its `verify` calls `encode`, too."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Return the hash of a password; raise HashingBusy when too many are being made."""
        return hashing_gate().run(partial(super().encode, password, salt, iterations))
