"""The one tree of errors. `web/problems.py` maps its bases to responses; the command line prints `str(error)`.

WatchwordError
├── InvalidInput        the caller sent something wrong: names the field          400 / 422
│   ├── TooOld          `occurredAt` is older than the retention                  422 TOO_OLD
│   ├── TooFarAhead     `occurredAt` lies more than five minutes in the future    422 IN_FUTURE
│   └── TooLarge        a body or `metadata` over its bound                       413
├── Conflict            the same id with other content                            409
│   └── Gap             samples before these never came                           409 GAP
├── Erased              the person was erased; older events are refused           410
├── NotFound            no such thing                                             404
├── Unauthenticated     no valid key                                              401
│   └── Blocked         the session was blocked: nothing revives it               401 BLOCKED
├── Forbidden           a valid key, the wrong role                               403
├── LimitExceeded       too many requests; says when to come back                 429
├── ConfigurationError  a setting, list or rule is wrong: names the place         refused at load
├── StoreError          the store can not answer, or is newer than this code      degraded, or refused at start
├── DeliveryFailed      an e-mail, text message or webhook did not get through      502
├── FeedError           a feed could not be read, or its content was refused      last good copy kept
└── SealBroken          ciphertext that does not open: wrong key, or tampering
"""

from __future__ import annotations


class WatchwordError(Exception):
    """Base of every error this package raises on purpose."""

    code = "ERROR"


class InvalidInput(WatchwordError):
    """The caller's input is wrong. `field` is a JSON path without the leading `$.`, or None for the whole."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooOld(InvalidInput):
    """`occurredAt` lies before the retention, so its id may already be forgotten."""

    code = "TOO_OLD"


class TooFarAhead(InvalidInput):
    """`occurredAt` lies further in the future than clocks differ."""

    code = "IN_FUTURE"


class TooLarge(InvalidInput):
    """A body, or a part of it, is over its bound."""

    code = "TOO_LARGE"


class Conflict(WatchwordError):
    """The same id was seen with other content."""

    code = "ID_REUSED"


class Gap(Conflict):
    """Samples of a stream before these are not durable: all are to be sent again from the last one that is."""

    code = "GAP"


class Erased(WatchwordError):
    """The person was erased, and the event happened before that."""

    code = "ERASED"


class NotFound(WatchwordError):
    """There is no such thing, or the caller may not know of it."""

    code = "NOT_FOUND"


class Unauthenticated(WatchwordError):
    """No valid key came with the request."""

    code = "UNAUTHENTICATED"


class Blocked(Unauthenticated):
    """The token was right, and the session is blocked: dead on every socket, tab and node."""

    code = "BLOCKED"


class Forbidden(WatchwordError):
    """The key is valid, its role is not enough."""

    code = "FORBIDDEN"


class LimitExceeded(WatchwordError):
    """Too many requests. `retry_after_s` is whole seconds until the next may pass."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ConfigurationError(WatchwordError):
    """A setting, list or rule is wrong. `field` is its path; `line` and `column` (from 1) the place in a rule."""

    code = "CONFIGURATION"

    def __init__(
        self, message: str, field: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.field, self.line, self.column = field, line, column


class StoreError(WatchwordError):
    """The store can not answer, or was written by a newer release."""

    code = "STORE"


class DeliveryFailed(WatchwordError):
    """A letter was not taken over by whoever delivers it. `lasting` where trying again would be in vain."""

    code = "DELIVERY"

    def __init__(self, message: str, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class FeedError(WatchwordError):
    """A feed could not be fetched or read, or its content failed the sanity bounds."""

    code = "FEED"


class SealBroken(WatchwordError):
    """Sealed bytes do not open under this key and associated data."""

    code = "SEAL_BROKEN"
