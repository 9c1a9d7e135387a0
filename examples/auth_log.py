"""Prints the log that the tutorial scans: three days of a small office's server, made up line by line.

    python examples/auth_log.py > examples/auth.log

Names are invented and addresses are drawn from large carriers' ranges; none of it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

BEGINS = datetime(2026, 11, 16, tzinfo=UTC)
OFFICE = "89.11.243.83"  # Oslo
HOMES = {"ana": "77.17.158.104", "ben": "46.9.227.32", "mia": "82.164.236.148"}
GUESSER = "186.206.148.40"  # Belo Horizonte
SPRAYER = "78.81.116.66"  # Veliky Novgorod
THIEF = "36.95.67.178"  # Jakarta
UNKNOWN = ("admin", "oracle", "test", "ubuntu", "git", "pi", "deploy", "www", "backup", "jenkins")

Line = tuple[datetime, int, str]


def make_lines() -> list[str]:
    """Every line, in order of time."""
    rng = Random(7)  # noqa: S311 (a story, not a secret)
    lines = sorted([*_days(rng), *_guessing(rng), *_spraying(rng), *_theft()])
    return [f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}+00:00 gate sshd[{pid}]: {text}" for at, pid, text in lines]


def _days(rng: Random) -> Iterator[Line]:
    """People at work from the office, in the evening from home; now and then a slip of the finger."""
    for day in range(3):
        for number, name in enumerate(HOMES):
            for hour, address in ((8, OFFICE), (13, OFFICE), (19, HOMES[name])):
                at = BEGINS + timedelta(
                    days=day, hours=hour, seconds=rng.randrange(3000), microseconds=rng.randrange(10**6)
                )
                pid = 1000 + 100 * day + 10 * number + hour
                if rng.random() < 0.1:
                    yield (
                        at - timedelta(seconds=9),
                        pid,
                        f"Failed password for {name} from {address} port {_port(rng)} ssh2",
                    )
                yield at, pid, f"Accepted password for {name} from {address} port {_port(rng)} ssh2"


def _guessing(rng: Random) -> Iterator[Line]:
    """One address works through a list of passwords for root."""
    at = BEGINS + timedelta(days=1, hours=3, minutes=12)
    for number in range(90):
        at += timedelta(seconds=2, microseconds=rng.randrange(900_000))
        yield at, 4000 + number // 3, f"Failed password for root from {GUESSER} port {_port(rng)} ssh2"


def _spraying(rng: Random) -> Iterator[Line]:
    """Another tries names that hardly exist, slowly."""
    at = BEGINS + timedelta(days=1, hours=21)
    for number in range(40):
        at += timedelta(seconds=rng.randrange(40, 90), microseconds=rng.randrange(10**6))
        name = f"invalid user {UNKNOWN[number % len(UNKNOWN)]}" if number % 8 else "ben"
        yield at, 5000 + number, f"Failed password for {name} from {SPRAYER} port {_port(rng)} ssh2"


def _theft() -> Iterator[Line]:
    """Mia's password is used from the other side of the earth, forty minutes after she logged in."""
    at = BEGINS + timedelta(days=2, hours=14, minutes=31, seconds=20)
    yield at, 6001, f"Failed password for mia from {THIEF} port 50122 ssh2"
    yield at + timedelta(seconds=31), 6001, f"Accepted password for mia from {THIEF} port 50122 ssh2"


def _port(rng: Random) -> int:
    return rng.randrange(32_768, 61_000)


if __name__ == "__main__":
    print("\n".join(make_lines()))
