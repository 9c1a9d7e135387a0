"""What strangers send is not kept in memory for ever, however long and however different it is."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta

from watchword.bootstrap import memory_engine
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.geo import GeoChain
from watchword.events.event import DeviceFingerprint
from watchword.events.login import Login

LONG = "\N{PERFORMING ARTS}" * 2_030
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def odd(number: int) -> Login:
    """A log-in whose texts are long, wide and never the same."""
    text = f"Chrome/{number}{LONG}"
    return Login(
        id=str(number), occurred_at=NOON - timedelta(milliseconds=number), user_id="ada", ip="203.0.113.7", result="failure",
        user_agent=text, device_fingerprint=DeviceFingerprint(hash=str(number % 7), user_agent=text, language=text[:256]),
        headers=(("Host", "x"), ("User-Agent", text), ("Sec-CH-UA", text), ("Accept-Language", text)),
    )  # fmt: skip


async def test_long_texts_pass_through() -> None:
    engine = memory_engine(Enricher(GeoChain(()), None), clock=lambda: NOON)
    for number in range(50):
        await engine.preview(odd(number))
    tracemalloc.start()
    for number in range(50, 1_050):
        await engine.preview(odd(number))
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sent = 1_000 * 4 * len(LONG.encode())
    assert kept < sent / 2, f"{kept / 1e6:.1f} of {sent / 1e6:.1f} MB stayed"
