"""A person's device as it is kept: what it looks like, how far it is trusted, which cookie it carries."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from watchword.state.device_trust import RiskFactor, Trust
from watchword.state.devices import RECOGNISED, Look, likeness
from watchword.state.plan import DAY_MS

MOST_DEVICES = 16
MOST_MARKS = 32
REMEMBERED_DAYS = 90


class Device(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One device of one person. Times are milliseconds since 1970.

    `id` stands for the device itself, whoever uses it; `fingerprint` is the keyed hash of its newest look. `cookies`
    are the times of issue of the newest cookie and the one before; `bound` says that it has brought one back, so that
    it is not known without. `judged_ms` is until when its log-ins have counted for its trust.
    """

    id: str
    fingerprint: str
    label: str
    look: Look
    first_ms: int
    last_ms: int
    visits: int = 1
    trust: Trust = Trust()
    factors: tuple[RiskFactor, ...] = ()
    cookies: tuple[int, ...] = ()
    bound: bool = False
    judged_ms: int = 0


class Mark(Struct, frozen=True, array_like=True):
    """That somebody (a keyed hash, in hex) was on a device, or with a look, on that day (since 1970)."""

    owner: str
    day: int


def recognise(devices: Iterable[Device], look: Look) -> Device | None:
    """The device that looks so, without its cookie: the most alike of those that never brought one back.

    A device that keeps its cookie is known by it alone: whoever comes without may be its twin.
    """
    free = [(likeness(one.look, look), one.last_ms, one) for one in devices if not one.bound]
    odds, _, best = max(free, key=lambda entry: entry[:2], default=(0.0, 0, None))
    return best if odds >= RECOGNISED else None


def marked(marks: Iterable[Mark], owner: str, today: int) -> tuple[Mark, ...]:
    """The marks with this one renewed; at most 32, none older than 90 days."""
    others = [one for one in marks if one.owner != owner and one.day > today - REMEMBERED_DAYS]
    return (*others[-(MOST_MARKS - 1) :], Mark(owner, today))


def unmarked(marks: Iterable[Mark], owner: str) -> tuple[Mark, ...]:
    """The marks without this one."""
    return tuple(one for one in marks if one.owner != owner)


def users_within(marks: Iterable[Mark], today: int, days: int) -> int:
    """How many different people there were within so many days."""
    return sum(one.day > today - days for one in marks)


def overflow(devices: list[Device]) -> list[Device]:
    """Those to forget, so that 16 are left: the never trusted first, then the longest unseen."""
    kept = sorted(devices, key=lambda one: (one.trust.level_set is not None, one.trust.logins > 0, one.last_ms))
    return kept[: max(0, len(kept) - MOST_DEVICES)]


def with_cookie(device: Device, presented_ms: int | None, issued_ms: int | None) -> Device:
    """After a visit that brought the cookie of one time of issue and is given one of another; None for none."""
    kept = device.cookies if presented_ms is None else (presented_ms,)
    cookies = kept if issued_ms is None else (*kept, issued_ms)[-2:]
    return replace(device, cookies=cookies, bound=device.bound or presented_ms is not None)


def day_of(at_ms: int) -> int:
    """The day (since 1970, UTC) of a time."""
    return at_ms // DAY_MS
