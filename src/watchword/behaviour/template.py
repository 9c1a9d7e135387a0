"""What is kept of how one person behaves: the newest accepted entries of each modality. Sealed like a profile."""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.behaviour.remembered import Same, remembered

PACKED = {"frozen": True, "array_like": True, "omit_defaults": True, "gc": False}
MAX_ENTRIES = 60
"""Entries kept a shelf: beyond 30-60 nothing is gained (research on the CMU set), and people change."""

MAX_SHELVES = 24
ENTRY_BYTES = 200
"""What an entry takes beside its features."""

LEARNT = 10
"""Accepted entries from which a modality compares instead of learning."""


class Entry(Struct, **PACKED):
    """One stretch of one modality as features: a password typed, fifty keys, a session's strokes.

    `about` is what it can be compared with: for fixed text the field and its length, else empty. `count` keys or
    strokes lie behind `vector` (float32, little-endian). `at_ms` is when it was observed (ms since 1970), `session` the
    first 8 bytes of its session's hash.
    """

    about: str
    count: int
    vector: bytes
    at_ms: int = 0
    session: int = 0

    @property
    def values(self) -> NDArray[np.float32]:
        """The features."""
        return np.frombuffer(self.vector, dtype="<f4")


def entry(about: str, count: int, values: NDArray[np.float64] | NDArray[np.float32], at_ms: int = 0) -> Entry:
    """An entry of those features."""
    return Entry(about, count, np.asarray(values, dtype="<f4").tobytes(), at_ms)


class Shelf(Struct, **PACKED):
    """The entries of one modality about one thing, oldest first. `accepted` counts all that were ever taken."""

    entries: tuple[Entry, ...] = ()
    accepted: int = 0

    @property
    def packed(self) -> bytes:
        """The entries' vectors one after the other, oldest first; the same object each time."""
        return _packed(Same(self))

    @property
    def matrix(self) -> NDArray[np.float32]:
        """The entries' features, one row each, oldest first."""
        return np.frombuffer(self.packed, dtype="<f4").reshape(len(self.entries), -1)

    def plus(self, one: Entry, most: int = MAX_ENTRIES) -> Shelf:
        """With one more entry; the oldest goes where there are too many, all where the features changed their shape."""
        kept = self.entries if not self.entries or len(self.entries[0].vector) == len(one.vector) else ()
        return Shelf((*kept, one)[-most:], self.accepted + 1 if kept or not self.entries else 1)


@remembered(256)
def _packed(same: Same[Shelf]) -> bytes:
    return b"".join(one.vector for one in same.one.entries)


class Template(Struct, **PACKED):
    """Shelves by modality and subject (`fixed_text/password:11`, `mouse/`)."""

    shelves: dict[str, Shelf] = {}

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        every = [shelf.entries for shelf in self.shelves.values()]
        return sum(len(entries) * (ENTRY_BYTES + len(entries[0].vector)) for entries in every if entries)

    def shelf(self, modality: str, about: str = "") -> Shelf:
        """What was learnt of that; an empty shelf where nothing was."""
        return self.shelves.get(f"{modality}/{about}") or Shelf()

    def plus(self, modality: str, one: Entry, most: int = MAX_ENTRIES) -> Template:
        """With one more entry. The shelf that was used longest ago goes where there are too many."""
        name = f"{modality}/{one.about}"
        shelves = {key: shelf for key, shelf in self.shelves.items() if key != name}
        while len(shelves) >= MAX_SHELVES:
            del shelves[min(shelves, key=lambda key: shelves[key].entries[-1].at_ms if shelves[key].entries else 0)]
        return Template({**shelves, name: self.shelf(modality, one.about).plus(one, most)})


_decoder = msgspec.msgpack.Decoder(Template)
_encoder = msgspec.msgpack.Encoder()


def pack(template: Template) -> bytes:
    """The template's bytes."""
    return _encoder.encode(template)


def unpack(packed: bytes | None) -> Template:
    """The template in those bytes; an empty one where there are none."""
    return _decoder.decode(packed) if packed else Template()
