"""The bars of pointer and bots on recorded people: slow, and skipped where the reference data are absent."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from benchmarks.behaviour import bots, drivers
from benchmarks.behaviour import mouse as bench
from tests import reference

from watchword.behaviour.bots import find_bots

pytestmark = pytest.mark.slow


@cache
def balabit() -> tuple[bench.Sessions, dict[int, object], dict[int, object]]:
    held = bench.sessions()
    training = [at for at, train in enumerate(held.training) if train]
    tested = [at for at, label in enumerate(held.labels) if label >= 0]
    return held, dict(bench.entries(held, training)), dict(bench.entries(held, tested))


@pytest.fixture(autouse=True)
def _data() -> None:
    for name in ("behaviour/balabit.npz", "behaviour/aalto_subset.npz"):
        reference.path(name)


def test_ten_people_are_told_apart_by_their_own_data() -> None:
    found = bench.judge(*balabit(), background=False)
    assert len(found.label) == 816
    assert found.auc() >= 0.91


def test_ten_people_are_told_apart_against_the_others() -> None:
    found = bench.judge(*balabit(), background=True)
    assert found.auc() >= 0.945
    certain = found.llr >= 2
    assert found.label[certain].mean() < 0.1
    assert found.label[found.llr <= -2].mean() > 0.9


def test_half_the_samples_cost_little() -> None:
    held, training, tested = balabit()
    half = bench.entries(held, list(training), 2), bench.entries(held, list(tested), 2)
    for background, least in ((False, 0.90), (True, 0.93)):
        assert bench.judge(held, *half, background).auc() >= least


def test_people_who_type_show_hardly_a_sign() -> None:
    total, flagged, _, rarest = bots.found(bots.people_typing())
    assert total > 9000
    assert flagged / total <= 0.005
    assert rarest > 1e-5


def test_people_who_point_show_hardly_a_sign() -> None:
    total, flagged, _, _ = bots.found(bots.people_pointing())
    assert total > 1600
    assert flagged / total <= 0.005


LEAST = {"gaussian delay, gaussian hold": 0.5, "uniform delay, uniform hold": 0.85}
NOT_FOUND = "lognormal delay, lognormal hold"
"""Rules do not see a script that draws times as people's are distributed."""


@pytest.mark.parametrize("name", sorted({*drivers.TYPING} - {NOT_FOUND}))
def test_scripts_that_type_are_found(name: str) -> None:
    rng = np.random.default_rng(1)
    found = sum(bool(find_bots(drivers.TYPING[name](rng, 50))) for _ in range(200))
    assert found / 200 >= LEAST.get(name, 0.99)


@pytest.mark.parametrize("name", sorted(drivers.POINTER_PATHS))
def test_scripts_that_point_are_found_after_five_strokes(name: str) -> None:
    rng = np.random.default_rng(2)
    found = sum(bool(find_bots(drivers.strokes(drivers.POINTER_PATHS[name], rng, 5))) for _ in range(200))
    assert found / 200 >= 0.99
