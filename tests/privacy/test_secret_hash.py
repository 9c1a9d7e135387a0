"""What people know by heart is kept as slow, peppered hashes."""

import asyncio
import threading
from types import SimpleNamespace

from watchword.privacy.secret_hash import Cost, SecretHasher

QUICK = Cost(memory_kib=64, passes=1)


async def test_only_the_secret_itself_verifies():
    hasher = SecretHasher(b"p" * 32, QUICK)
    kept = await hasher.hash("1234")
    assert await hasher.verify(kept, "1234")
    assert not await hasher.verify(kept, "1235")
    assert not await hasher.verify("no hash", "1234")
    assert kept != await hasher.hash("1234")


async def test_a_hash_does_not_hold_what_was_hashed():
    kept = await SecretHasher(b"p" * 32, QUICK).hash("a-long-secret-by-heart")
    assert "a-long-secret-by-heart" not in kept


async def test_without_the_pepper_a_hash_is_worthless():
    kept = await SecretHasher(b"p" * 32, QUICK).hash("1234")
    assert not await SecretHasher(b"q" * 32, QUICK).verify(kept, "1234")


async def test_the_default_cost_is_the_one_recommended():
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in await SecretHasher(b"p" * 32).hash("1234")


async def test_the_loop_goes_on_while_hashing():
    hasher, going_on = SecretHasher(b"p" * 32, QUICK), threading.Event()
    hash_ = hasher._hasher.hash

    def waiting(secret):
        assert going_on.wait(60), "the loop stood still"
        return hash_(secret)

    hasher._hasher = SimpleNamespace(hash=waiting)
    hashing = asyncio.ensure_future(hasher.hash("1234"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not hashing.done()
    going_on.set()
    assert (await hashing).startswith("$argon2id$")
