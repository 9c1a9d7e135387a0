"""Percentiles, a baseline that tells how busy the machine is, and the last line."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import msgspec

_SAMPLE = b'{"type":"login","id":"a","items":[1,2,3,4,5,6,7,8],"name":"baseline"}'


def percentile(values: Sequence[float], share: float) -> float:
    """The value under which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def baseline_us(repeats: int = 20_000) -> float:
    """Microseconds for one small JSON decode, now: the yardstick by which figures of two runs are compared."""
    decoder = msgspec.json.Decoder()
    start = perf_counter()
    for _ in range(repeats):
        decoder.decode(_SAMPLE)
    return (perf_counter() - start) / repeats * 1e6


def announce(title: str) -> None:
    """The machine, the versions and the load, before any figure."""
    load = os.getloadavg()[0]
    print(f"{title}\nPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}")
    print(f"baseline: one small JSON decode {baseline_us():.3f} us\n", flush=True)


def conclude(figures: dict[str, Any]) -> None:
    """Prints the figures as the last line, one JSON object."""
    print(json.dumps(figures))
    sys.stdout.flush()
