"""Hashes of what people know by heart: PINs, answers. Slow on purpose, and worthless without the deployment's key."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

T = TypeVar("T")
THREADS = 2


class Cost(Struct, frozen=True):
    """What one hash costs. The default is OWASP's for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes."""

    memory_kib: int = 19_456
    passes: int = 2


class SecretHasher:
    """Argon2id (RFC 9106) over an HMAC-SHA256 of the secret under a pepper that never enters the data.

    A PIN has few values: without the pepper, whoever holds the hashes can not try them. Hashing runs in two threads of
    its own, so that it neither holds up the loop nor takes more than 40 MB.
    """

    def __init__(self, pepper: bytes, cost: Cost = Cost()) -> None:
        self._pepper = pepper
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="watchword-hash")

    async def hash(self, secret: str) -> str:
        """The hash to keep, with salt and parameters in it."""
        return await self._in_thread(self._hasher.hash, self._peppered(secret))

    async def verify(self, kept: str, secret: str) -> bool:
        """Whether `secret` is the one that was hashed; False, too, for what is no hash."""
        return await self._in_thread(self._verify, kept, self._peppered(secret))

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False)

    def _verify(self, kept: str, peppered: bytes) -> bool:
        try:
            return self._hasher.verify(kept, peppered)
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, secret: str) -> bytes:
        return b64encode(hmac.digest(self._pepper, secret.encode("utf-8", "surrogatepass"), "sha256"))

    async def _in_thread(self, work: Callable[..., T], *given: str | bytes) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
