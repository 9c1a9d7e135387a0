"""When something was done in a session: typing, pointer, touch and pages on the server's clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchword.events.sample_log import Logged
from watchword.events.samples import Key, Nav, Pointer, Touch, Wheel
from watchword.web.console.session_file import Lanes

MARKS = 480
"""Marks of one lane that a drawing has room for; what lies closer together is one mark."""

KINDS: dict[type, str] = {Key: "typing", Pointer: "pointer", Wheel: "pointer", Touch: "touch"}


def lanes_of(logged: Sequence[Logged], from_ms: int, to_ms: int) -> Lanes:
    """The marks of logged batches, between two times.

    Samples say when they were by the page's clock, batches when they came: a stream's quickest batch sets its clock.
    """
    began = _began(logged)
    found: dict[str, set[int]] = {"typing": set(), "pointer": set(), "touch": set()}
    pages: list[tuple[int, str]] = []
    for batch in logged:
        zero = began[batch.nonce]
        for one in batch.raw:
            kind = KINDS.get(type(one))
            if kind is not None:
                found[kind].add(int(zero + one.t))
            elif isinstance(one, Nav) and one.action == "enter":
                pages.append((int(zero + one.t), one.page))
    step = max(1, (to_ms - from_ms) // MARKS)
    thin = {kind: tuple(sorted({at - (at - from_ms) % step for at in times})) for kind, times in found.items()}
    return Lanes(**thin, pages=_named(sorted(pages)))


def _began(logged: Iterable[Logged]) -> dict[str, float]:
    """When each stream's clock stood at zero (ms since 1970)."""
    began: dict[str, float] = {}
    for batch in logged:
        last = max((one.t for one in batch.raw), default=0.0)
        began[batch.nonce] = min(began.get(batch.nonce, float("inf")), batch.at_ms - last)
    return began


def _named(entered: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """Pages are known by hashes: they are numbered as they were first seen."""
    numbers: dict[str, int] = {}
    return tuple((at, f"Page {numbers.setdefault(page, len(numbers) + 1)}") for at, page in entered)
