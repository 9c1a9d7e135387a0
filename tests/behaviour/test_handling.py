"""How a device is held: a weak term, and a phone that lies still while it is typed on."""

from __future__ import annotations

import numpy as np
import pytest

from watchword.behaviour.handling import AGAINST, FOR, HANDLING
from watchword.behaviour.samples import Samples, gather
from watchword.behaviour.template import Entry, Shelf
from watchword.events.samples import Motion, Orientation, Touch


def held(seed: int, beta: float = 45.0, shake: float = 0.4, touches: int = 3) -> Samples:
    """A phone held at that angle by a hand that shakes so (m/s²), used or not."""
    rng, made = np.random.default_rng(seed), []
    for at in range(60):
        ax, ay, az = rng.normal((0, 6.9, 6.9), shake)
        gx, gy, gz = rng.normal(0, 30 * shake, 3)
        made.append(Motion(seq=1, t=at * 16.0, ax=ax, ay=ay, az=az, gx=gx, gy=gy, gz=gz))
    for at in range(12):
        tilt, roll = rng.normal((beta, 2.0), 3 * shake + 0.05)
        made.append(Orientation(seq=1, t=at * 80.0, alpha=0, beta=tilt, gamma=roll, angle=0))
    made += [Touch(seq=1, t=at * 300.0, phase="start", id=at, x=100, y=400) for at in range(touches)]
    return gather(made)


def one(seed: int, **how: float) -> Entry:
    return HANDLING.extract(held(seed, **how))[0]  # type: ignore[arg-type]


def shelf(entries: int = 20, **how: float) -> Shelf:
    return Shelf(tuple(one(seed, beta=45 + seed % 5, **how) for seed in range(entries)), entries)


def test_a_device_that_nobody_uses_is_not_looked_at() -> None:
    assert HANDLING.extract(held(0, touches=0)) == ()
    assert HANDLING.extract(gather(())) == ()


def test_held_as_ever_speaks_for_the_owner_a_little() -> None:
    found = HANDLING.compare(shelf(), one(99), None)
    assert found and 0 < found.llr <= FOR and found.details["lies_still"] is False


def test_a_phone_that_lies_still_while_it_is_used_speaks_against() -> None:
    found = HANDLING.compare(shelf(), one(99, beta=0.5, shake=0.01), None)
    assert found and AGAINST <= found.llr < -0.3 and found.details["lies_still"] is True
    assert "lies still" in found.message


def test_an_owner_whose_phone_always_lies_is_not_blamed_for_it() -> None:
    resting = Shelf(tuple(one(seed, beta=0.5, shake=0.01) for seed in range(20)), 20)
    found = HANDLING.compare(resting, one(99, beta=0.5, shake=0.01), None)
    assert found and found.llr > 0 and found.details["lies_still"] is False


def test_another_posture_is_named() -> None:
    found = HANDLING.compare(shelf(), one(99, beta=-30.0), None)
    assert found and found.details["tilt_changed_degrees"] == pytest.approx(75, abs=4)
    assert "degrees" in found.message and AGAINST <= found.llr <= 0.2


def test_few_entries_say_nothing() -> None:
    assert HANDLING.compare(shelf(4), one(99), None) is None
