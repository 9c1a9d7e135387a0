"""Deflating what is long in a decision: its evidence in words. A third of its size, for some 12 us.

Compressed before it is sealed; what the length of a row may tell is told by its plain evidence codes already.
"""

from __future__ import annotations

import zlib

LEAST_BYTES = 900
_WINDOW_BITS = -12
_PLAIN, _DEFLATED = b"\0", b"\1"
_DICTIONARY = b"".join(
    (
        b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ",
        b"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Firefox/127.0 ",
        b"Gecko/20100101 python-requests/2.32 curl/8.5.0 Edg/126.0.0.0",
        b"Mozilla/5.0 (Linux; Android 10; K) Mobile Safari/537.36 Mozilla/5.0 (X11; Linux x86_64; rv:127.0)",
        b'"Chromium";v="126", "Google Chrome";v="126", "Not-A.Brand";v="8"',
        b'"Windows"',
        b'"Android"',
        b'"macOS"',
        b"en-GB,en;q=0.9",
        b"en-US,en;q=0.5",
        b"text/html,application/json,*/*;q=0.8",
        b"gzip, deflate, br",
        b"user-agent",
        b"accept-encoding",
        b"accept-language",
        b"sec-fetch-site",
        b"sec-ch-ua-platform",
        b"sec-ch-ua-mobile",
        b"sec-ch-ua",
        b"screenResolution",
        b"1920x1080",
        b"timezone",
        b"Europe/London",
        b"America/New_York",
        b"userAgent",
        b"language",
        b"platform",
        b" within a day",
        b"usual hours of this user, local time",
        b" learnt log-ins from ",
        b" devices",
        b"A device never seen in ",
        b" km from the last log-in ",
        b" minutes ago: ",
        b" km/h",
        b"distanceKm",
        b"speedKmh",
        b"The first log-in from ",
        b" km from the nearest normal place",
        b"IMPOSSIBLE_TRAVEL",
        b"FAR_FROM_USUAL",
        b"NEW_COUNTRY",
        b"NO_PLACE",
        b"NO_HISTORY",
        b"UNUSUAL_HOUR",
        b"NEW_DEVICE",
        b"hosting",
        b"residential_proxy",
        b"ANONYMISER",
        b"tor",
        b"vpn",
        b"unknown",
        b"desktop",
        b"mobile",
        b"Chrome",
        b"Safari",
        b"Windows",
        b"Mac OS X",
        b"Android",
        b"access",
        b"GEOLOCATION",
        b"BEHAVIORAL",
        b"ACCOUNT",
        b"NETWORK",
        b"DEVICE",
        b"LOW",
        b" users tried from this address within an hour, ",
        b" of ",
        b"Log-ins for this user from ",
        b" addresses within an hour, ",
        b" attempts failed",
        b"CREDENTIAL_STUFFING_IP",
        b"DISTRIBUTED_GUESSING",
        b"users",
        b"The last 9 log-ins for this user came every ",
        b" s, varying by ",
        b"gapMs",
        b"variation",
        b"CLOCKWORK_FAILURES",
        b"HOURLY_LOGINS_IP",
        b" failed log-ins for this user within an hour",
        b" log-in attempts for this user within a minute",
        b"RAPID_LOGINS",
        b"RAPID_LOGINS_IP",
        b" log-in attempts at one user from this address within a minute, ",
        b" failed",
        b" users from this address within a minute",
        b"FAILED_LOGINS_IP",
        b" failed log-ins from this address within an hour",
        b"attempts",
        b"failed",
        b"atLeast",
        b"CRITICAL\xa5block\xa5block\xa7enforce\x95\x97",
        b"HIGH\xa6verify\xa6verify\xa7enforce\x92\x97",
        b"MEDIUM\xa7monitor\xa7monitor\xa7enforce\x91\x97",
        b"\xa8VELOCITY\xafRAPID_LOGINS_IP\xa8CRITICAL\xce\x00\x0e",
        b"\x84\xa8attempts\x10\xa6failed\x10\xa7atLeast\xc2\xa5users",
        b"\x97\xa8VELOCITY\xb0FAILED_LOGINS_IP\xa6MEDIUM\xce\x00\n",
        b"\x83\xa8attempts\xcc\x96\xa6failed\xcc\x96\xa7atLeast\xc2",
        b"login",
        b"success",
        b"failure",
        b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, ",
        b"like Gecko) Chrome/126.0.0.0 Safari/537.36",
    )
)
"""What decisions often say, the most frequent last. Rows were written with it: it never changes; another one is added
beside it, under a mark of its own."""

_fresh = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS, 6, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)


def shrink(packed: bytes) -> bytes:
    """The bytes, deflated where that is worth it, behind a mark that says which."""
    if len(packed) < LEAST_BYTES:
        return _PLAIN + packed
    stream = _fresh.copy()
    return b"".join((_DEFLATED, stream.compress(packed), stream.flush()))


def grow(shrunk: bytes) -> bytes:
    """The bytes that were given to `shrink`. Raises ValueError for a mark of a newer release."""
    mark, body = shrunk[:1], shrunk[1:]
    if mark == _PLAIN:
        return body
    if mark != _DEFLATED:
        raise ValueError(f"packed in form {mark!r}, which this release does not know")
    return zlib.decompressobj(_WINDOW_BITS, _DICTIONARY).decompress(body)
