"""Looks of devices: what moves on one is still that one; others of its family are not; nothing can be turned back."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.state.device_park import CHANGES, KEYED, lived, made, travelled, updated, zoomed

from watchword.events.pseudonym import Pseudonyms
from watchword.state.devices import (
    PARTS,
    RECOGNISED,
    RESEMBLING,
    SETS,
    STABLE,
    TELLING,
    Look,
    fingerprint,
    jaccard,
    likeness,
    look_at,
    minhash,
    pack,
    similarity,
    stable_key,
)  # fmt: skip

PAIRS = 2500


def measured(seed: int) -> tuple[list[float], list[tuple[float, bool]]]:
    """The odds of as many devices met again after some weeks, and of others of their families; whether alike inside."""
    rng = Random(seed)
    again, others = [], []
    for _ in range(PAIRS):
        device = made(rng)
        other = made(rng, like=device)
        again.append(likeness(device.look(), lived(device, rng).look()))
        alike = stable_key(device.look(), KEYED) == stable_key(other.look(), KEYED)
        others.append((likeness(device.look(), lived(other, rng).look()), alike))
    return again, others


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2026, 4077])
def test_the_threshold_recognises_devices_and_hardly_ever_another_of_the_family(
    seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    again, others = measured(seed)
    found = sum(odds >= RECOGNISED for odds in again)
    mistaken = [alike for odds, alike in others if odds >= RECOGNISED]
    recall = found / len(again)
    precision = found / (found + len(mistaken))
    apart = [odds for odds, alike in others if not alike]
    wrong = sum(odds >= RECOGNISED for odds in apart) / len(apart)
    with capsys.disabled():
        print(
            f"\nseed {seed}: recall {recall:.4f} precision {precision:.4f} one for one in the family; "
            f"taken for another {wrong:.5f}, of machines with one image {sum(mistaken)} of {sum(a for _, a in others)}"
        )
    assert recall >= 0.985
    assert precision >= 0.98
    assert wrong <= 0.005


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2026, 4077])
def test_a_device_is_never_so_unlike_itself_that_its_own_cookie_is_doubted(seed: int) -> None:
    again, others = measured(seed)
    assert sum(odds < RESEMBLING for odds in again) / len(again) <= 0.001
    assert sum(odds < RESEMBLING for odds, _ in others) / len(others) >= 0.8


@pytest.mark.parametrize("name", CHANGES)
def test_each_thing_that_happens_to_a_device_leaves_it_that_device(name: str) -> None:
    rng = Random(5)
    odds = [likeness(device.look(), CHANGES[name](device, rng).look()) for device in (made(rng) for _ in range(200))]
    assert sum(one >= RECOGNISED for one in odds) >= 198


def test_an_update_a_zoom_and_a_trip_at_once_too() -> None:
    rng = Random(6)
    odds = []
    for _ in range(300):
        device = made(rng)
        odds.append(likeness(device.look(), travelled(zoomed(updated(device, rng), rng), rng).look()))
    assert sum(one >= RECOGNISED for one in odds) >= 285


def test_another_browser_on_the_same_machine_is_another_device() -> None:
    device = made(Random(1))
    other = Look(b"firefox!", 130, device.look().parts)
    assert likeness(device.look(), other) == float("-inf")
    assert similarity(device.look(), other) == 0.0


def test_without_a_telling_part_nothing_is_recognised() -> None:
    exact = {"screenResolution": "1920x1080", "hardwareConcurrency": 8, "deviceMemory": 8, "timezone": "UTC"}
    look = look_at("Chrome|Windows|desktop", 130, exact, {}, KEYED)
    assert likeness(look, look) <= 0.0
    assert stable_key(look, KEYED) is None


def test_an_older_browser_speaks_against_a_device() -> None:
    new, old = (Look(b"chrome..", version, made(Random(3)).look().parts) for version in (130, 120))
    assert likeness(new, old) < likeness(new, new) - 2


@given(seed=st.integers(0, 10_000))
def test_likeness_is_symmetric_but_for_the_version_and_greatest_with_itself(seed: int) -> None:
    rng = Random(seed)
    one = made(rng)
    same = Look(one.look().family, 130, one.look().parts)
    other = Look(same.family, 130, made(rng, like=one).look().parts)
    assert likeness(same, other) == pytest.approx(likeness(other, same))
    assert likeness(same, other) <= likeness(same, same) + 1e-9


@given(st.sets(st.integers(0, 400), min_size=60, max_size=300), st.integers(0, 59))
def test_signatures_tell_how_much_sets_have_in_common(members: set[int], changed: int) -> None:
    one = [f"font {number}" for number in members]
    other = [*one[changed:], *(f"another {number}" for number in range(changed))]
    truth = (len(one) - changed) / (len(one) + changed)
    assert abs(jaccard(minhash("fonts", one, KEYED), minhash("fonts", other, KEYED)) - truth) < 0.3


def test_the_estimate_is_without_bias() -> None:
    errors = []
    for number in range(300):
        keyed = Pseudonyms(b"%032d" % number)
        one, other = [f"{n}" for n in range(100)], [f"{n}" for n in range(20, 120)]
        errors.append(jaccard(minhash("fonts", one, keyed), minhash("fonts", other, keyed)) - 80 / 120)
    assert abs(sum(errors) / len(errors)) < 0.01
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.07


def test_nothing_of_a_part_is_in_a_look_and_another_key_gives_another() -> None:
    packed = pack(made(Random(9)).look())
    for word in (b"Europe", b"font 1", b"Windows", b"ANGLE", b"1920", b"PDF"):
        assert word not in packed
    exact = {"canvas": "drawn", "timezone": "drawn"}
    one = look_at("f", 1, exact, {"fonts": ["drawn"]}, KEYED)
    other = look_at("f", 1, exact, {"fonts": ["drawn"]}, Pseudonyms(bytes(32)))
    assert not set(one.parts.values()) & set(other.parts.values())
    assert len(set(one.parts.values())) == 3
    assert fingerprint(one, KEYED) != fingerprint(other, Pseudonyms(bytes(32)))


def test_the_order_of_a_set_does_not_matter_and_an_absent_part_is_not_an_empty_one() -> None:
    assert minhash("fonts", ["b", "a", "a"], KEYED) == minhash("fonts", ["a", "b"], KEYED)
    assert "fonts" not in look_at("f", 1, {"canvas": None}, {}, KEYED).parts
    assert "canvas" not in look_at("f", 1, {"canvas": None}, {}, KEYED).parts
    assert jaccard(minhash("fonts", [], KEYED), minhash("fonts", [], KEYED)) == 1.0


def test_the_table_of_parts_is_whole() -> None:
    assert PARTS.keys() >= SETS | TELLING | set(STABLE)
    assert all(0 < part.moves < 0.5 and 0 < part.shared < 1 and part.why for part in PARTS.values())
