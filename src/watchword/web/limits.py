"""How often a key may call, and how often an address may be wrong. Token buckets and windows of bounded memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil
from time import monotonic

from msgspec import Struct

from watchword.errors import LimitExceeded
from watchword.ports import ApiKey

MAX_KEYS = 10_000
MAX_ADDRESSES = 10_000
WINDOW_S = 60.0
LOCAL = "local"
"""The address of a caller that has none: a Unix socket, an application in this process."""


class Rates(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Requests a second by role of the key (a second's worth may come at once), and wrong keys a minute by address."""

    service: float = 10_000
    admin: float = 10_000
    analyst: float = 50
    viewer: float = 50
    wrong_keys_per_minute: int = 20


class Bucket:
    """A token bucket: holds at most one second's worth, refilled all the time."""

    __slots__ = ("at_s", "rate", "tokens")

    def __init__(self, rate: float, now_s: float) -> None:
        self.rate = rate
        self.tokens = max(rate, 1.0)
        self.at_s = now_s

    def take(self, now_s: float) -> float:
        """Takes a token and returns 0, or takes none and returns the seconds until there is one."""
        self.tokens = min(max(self.rate, 1.0), self.tokens + (now_s - self.at_s) * self.rate)
        self.at_s = now_s
        if self.tokens >= 1.0:
            self.tokens -= 1.0
            return 0.0
        return (1.0 - self.tokens) / self.rate


class Limits:
    """The limits of one process. `clock` is monotonic, in seconds."""

    def __init__(self, rates: Rates | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.rates = rates or Rates()
        self.refused = 0
        self._now = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: ApiKey) -> None:
        """Counts a request of that key. Raises LimitExceeded."""
        now_s = self._now()
        bucket = self._buckets.get(key.id)
        if bucket is None:
            bucket = self._begin(key, now_s)
        wait_s = bucket.take(now_s)
        if wait_s:
            self.refused += 1
            raise LimitExceeded(f"More than {bucket.rate:g} requests a second with this key.", max(1, ceil(wait_s)))

    def charge(self, key: ApiKey, more: int) -> None:
        """Counts `more` requests against that key: one that was let in holds several. Later ones wait for it."""
        bucket = self._buckets.get(key.id)
        if bucket is not None:
            bucket.tokens -= more

    def count_wrong(self, address: str) -> None:
        """Counts a wrong key from that address. Raises LimitExceeded beyond the limit; loopback has none."""
        if is_local(address):
            return
        now_s = self._now()
        tries = self._tries(network_of(address))
        while tries and now_s - tries[0] >= WINDOW_S:
            tries.popleft()
        if len(tries) >= self.rates.wrong_keys_per_minute:
            self.refused += 1
            raise LimitExceeded("Too many wrong keys from this address.", max(1, ceil(WINDOW_S - (now_s - tries[0]))))
        tries.append(now_s)

    def _begin(self, key: ApiKey, now_s: float) -> Bucket:
        bucket = self._buckets[key.id] = Bucket(getattr(self.rates, key.role), now_s)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return bucket

    def _tries(self, network: str) -> deque[float]:
        tries = self._wrong.get(network)
        if tries is None:
            tries = self._wrong[network] = deque()
        self._wrong.move_to_end(network)
        if len(self._wrong) > MAX_ADDRESSES:
            self._wrong.popitem(last=False)
        return tries


def is_local(address: str) -> bool:
    """Whether the address is this machine's own. What is no address came over no network (a Unix socket)."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def network_of(address: str) -> str:
    """What a limit by address counts: the IPv4 address, or the /64 that one IPv6 subscriber has."""
    parsed = ip_address(address)
    return address if parsed.version == 4 else str(int(parsed) >> 64)
