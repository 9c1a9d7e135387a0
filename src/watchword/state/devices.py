"""What a device looks like, as keyed hashes of its parts, and whether two looks are of one device.

A visitor id (the hash of everything) changes with the time zone, the language, the zoom and the GPU's being off, and
identical machines share it (measured: research in docs/explanation/devices.md). So the parts are compared one by one,
by how often each moves on one device and how often two devices of one family share it (Fellegi and Sunter 1969).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import exp, log
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from watchword.events.pseudonym import Pseudonyms

DIGEST_BYTES = 8
MINHASH_SLOTS = 64
MOST_MEMBERS = 512
SAME_SET, OTHER_SET = 0.9, 0.6
"""Two sets that share that part of their members (Jaccard) agree, or differ; between the two the evidence is graded."""

RECOGNISED = 3.0
"""Natural logarithm of the odds from which two looks are of one device; see `tests/state/test_device_looks.py`."""

RESEMBLING = -3.0
"""Odds under which a look can not be of the device whose cookie it brings: the cookie was carried elsewhere."""

NEWEST_STEP = 12
"""A browser may have skipped that many versions between two visits."""


class Part(NamedTuple):
    """One component. `moves`: how often it differs between two visits of one device; `shared`: how often two devices of
    one family (browser, system, kind) have it in common; parts of one `group` move together and count once."""

    moves: float
    shared: float
    group: str
    why: str


PARTS: dict[str, Part] = {
    "webgl": Part(0.03, 0.15, "graphics", "the GPU and its driver; another only where the GPU is off or was replaced"),
    "canvas": Part(0.3, 0.1, "graphics", "moves with zoom, GPU and most browser updates"),
    "webglExtensions": Part(0.1, 0.5, "graphics", "a set; drivers and updates add to it"),
    "audio": Part(0.1, 0.4, "audio", "by browser engine and processor; private windows add noise"),
    "fonts": Part(0.05, 0.15, "fonts", "a set; what is installed is most of what tells two desktops apart"),
    "screenResolution": Part(0.15, 0.2, "display", "moves with zoom and a second monitor"),
    "pixelRatio": Part(0.15, 0.5, "display", "moves with zoom"),
    "hardwareConcurrency": Part(0.01, 0.3, "cores", "the processor does not change"),
    "deviceMemory": Part(0.01, 0.45, "memory", "in coarse steps, hardly ever changed"),
    "platform": Part(0.005, 0.97, "platform", "nearly the same for the whole family, so it tells only by differing"),
    "colorDepth": Part(0.02, 0.85, "depth", "24 nearly everywhere"),
    "touchPoints": Part(0.01, 0.9, "touch", "follows from the family"),
    "plugins": Part(0.05, 0.9, "plugins", "a set; the same five in nearly every browser"),
    "timezone": Part(0.1, 0.7, "place", "moves with every trip"),
    "languages": Part(0.05, 0.7, "place", "a set; people add a language"),
    "storage": Part(0.05, 0.8, "flags", "whether cookies and storage are there; private windows"),
    "privacy": Part(0.05, 0.8, "flags", "Do Not Track and Global Privacy Control"),
    "version": Part(0.02, 0.4, "version", "grows; an older browser, or a jump of more than 12 versions, is another"),
}
SETS = frozenset({"webglExtensions", "fonts", "plugins", "languages"})
TELLING = frozenset({"webgl", "canvas", "fonts"})
"""Without one of these in common nothing can be recognised: the rest is shared by millions."""

STABLE = ("webgl", "fonts", "audio", "hardwareConcurrency", "deviceMemory", "platform", "touchPoints")
"""What one image of a machine has in common wherever it runs, and what hardly moves: by these looks are counted."""


class Look(Struct, array_like=True, frozen=True, gc=False):
    """A device's parts as keyed hashes. `family` stands for browser, system and kind; `version` is the browser's.

    `parts` holds 8-byte digests, and for sets 64-byte MinHash signatures (Broder 1997; one byte a slot, Li and Koenig
    2010). Nothing in it can be turned back without the deployment's key.
    """

    family: bytes
    version: int
    parts: dict[str, bytes]


def look_at(
    family: str, version: int, exact: Mapping[str, Any], sets: Mapping[str, Sequence[str]], pseudonyms: Pseudonyms
) -> Look:
    """The look of a device whose parts are `exact` values and `sets`, by their names in `PARTS`; None is left out."""
    parts = {
        name: pseudonyms.digest(f"part:{name}", str(value).encode("utf-8", "surrogatepass"))[:DIGEST_BYTES]
        for name, value in exact.items()
        if value is not None
    }
    parts |= {name: minhash(name, members, pseudonyms) for name, members in sets.items()}
    return Look(pseudonyms.digest("part:family", family.encode())[:DIGEST_BYTES], version, parts)


def minhash(name: str, members: Sequence[str], pseudonyms: Pseudonyms) -> bytes:
    """The signature of a set, which an empty one has too; of more than 512 members the first in order count."""
    wanted = sorted(set(members))[:MOST_MEMBERS] or [""]
    kind = f"set:{name}"
    keyed = b"".join(pseudonyms.digest(kind, one.encode("utf-8", "surrogatepass"))[:8] for one in wanted)
    mixed = np.frombuffer(keyed, np.uint64)[:, None] * _FACTORS[None, :]
    least: bytes = ((mixed >> np.uint64(32)).min(axis=0) & np.uint64(0xFF)).astype(np.uint8).tobytes()
    return least


def jaccard(one: bytes, other: bytes) -> float:
    """The share of members that two sets have in common, estimated from their signatures: +-0.06, 0-1."""
    equal = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    return max(0.0, (equal - 1 / 256) / (1 - 1 / 256))


def is_telling(look: Look) -> bool:
    """Whether anything in it tells devices of one family apart: graphics, drawing or fonts."""
    return not TELLING.isdisjoint(look.parts)


def likeness(known: Look, seen: Look) -> float:
    """How much speaks for one device, as natural logarithm of odds (from even odds); -inf for another family.

    In a group of parts that move together the strongest agreement and the strongest difference count, once each.
    Without a telling part in common it is at most 0.
    """
    if known.family != seen.family:
        return float("-inf")
    found: dict[str, list[float]] = {"version": [_weigh("version", _follows(known.version, seen.version))]}
    common = known.parts.keys() & seen.parts.keys()
    for name in common:
        found.setdefault(PARTS[name].group, []).append(_weigh(name, _agreement(name, known, seen)))
    total = sum(
        max(0.0, *weights) + min(0.0, *weights) if len(weights) > 1 else weights[0] for weights in found.values()
    )
    return total if common & TELLING else min(total, 0.0)


def similarity(known: Look, seen: Look) -> float:
    """`likeness` as a probability from even odds, 0-1."""
    odds = likeness(known, seen)
    return 0.0 if odds < -700 else 1 / (1 + exp(-odds))


def stable_key(look: Look, pseudonyms: Pseudonyms) -> bytes | None:
    """What identical machines share, in 16 bytes; None where too little is told to count by."""
    if not is_telling(look):
        return None
    told = [look.family, *(look.parts.get(name, b"-") for name in STABLE)]
    return pseudonyms.digest("look", b"|".join(told))


def fingerprint(look: Look, pseudonyms: Pseudonyms) -> bytes:
    """One 16-byte hash of everything: an index, not an identity."""
    told = [look.family, str(look.version).encode()]
    told += [part for name in sorted(look.parts) for part in (name.encode(), look.parts[name])]
    return pseudonyms.digest("fingerprint", b"|".join(told))


def pack(look: Look) -> bytes:
    """The look as bytes."""
    return msgspec.msgpack.encode(look)


def _agreement(name: str, known: Look, seen: Look) -> float:
    one, other = known.parts[name], seen.parts[name]
    if name not in SETS:
        return float(one == other)
    return min(1.0, max(0.0, (jaccard(one, other) - OTHER_SET) / (SAME_SET - OTHER_SET)))


def _follows(known: int, seen: int) -> float:
    return float(not known or not seen or known <= seen <= known + NEWEST_STEP)


def _weigh(name: str, agreement: float) -> float:
    part = PARTS[name]
    agreeing = log((1 - part.moves) / part.shared)
    differing = log(part.moves / (1 - part.shared))
    return agreement * agreeing + (1 - agreement) * differing


_FACTORS = np.array(
    [int.from_bytes(blake2b(b"slot %d" % slot, digest_size=8).digest(), "little") | 1 for slot in range(MINHASH_SLOTS)],
    np.uint64,
)
