"""The weighted average: exact, in integers, its contributions summing to it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st
from tests.bench_of_evidence import TYPES, piece, pieces

from watchword.scoring.evidence import SEVERITIES, Evidence
from watchword.scoring.scorecard import (
    SEVERITY_WEIGHTS,
    TOP,
    TYPE_MULTIPLIERS,
    Scored,
    apportion,
    weighted_average,
    with_blend,
    with_change,
)  # fmt: skip
from watchword.signals.signal import UNIT


def by_the_book(found: list[Evidence]) -> Fraction:
    """The contract's formula, in fractions: each type once, with its strongest evidence."""
    best: dict[str, Evidence] = {}
    for one in found:
        other = best.get(one.type)
        order = (one.score, -SEVERITIES.index(one.severity))
        if other is None or order > (other.score, -SEVERITIES.index(other.severity)):
            best[one.type] = one
    weight = {
        kind: Fraction(SEVERITY_WEIGHTS[one.severity] * TYPE_MULTIPLIERS[kind], 100) for kind, one in best.items()
    }
    if not weight:
        return Fraction(0)
    return sum((one.score * weight[kind] for kind, one in best.items()), Fraction(0)) / sum(weight.values())


@given(pieces())
def test_it_is_the_formula_exactly(found: list[Evidence]) -> None:
    scored = weighted_average(found)
    assert Fraction(scored.numerator, scored.denominator) == by_the_book(found)
    assert abs(scored.score - by_the_book(found)) <= Fraction(1, 2)


@given(pieces())
def test_contributions_sum_to_the_score_and_are_rounded_by_less_than_one(found: list[Evidence]) -> None:
    scored = weighted_average(found)
    assert sum(part for _, part in scored.contributions) == scored.score
    assert len(scored.contributions) == len({one.type for one in found})
    exact = {
        one.code: Fraction(one.score * SEVERITY_WEIGHTS[one.severity] * TYPE_MULTIPLIERS[one.type]) for one in found
    }
    for code, part in scored.contributions:
        assert abs(part - exact[code] / scored.denominator) < 1


def test_evidence_all_exactly_60_scores_60_whatever_its_types_and_severities() -> None:
    tried = 0
    for size in (1, 2, 3, 4):
        for types in combinations(TYPES, size):
            for severities in product(SEVERITIES, repeat=size):
                found = [piece(kind, f"C{n}", severities[n], 60) for n, kind in enumerate(types)]
                scored = weighted_average(found)
                assert scored.reaches(600_000)
                assert scored.score == 600_000
                tried += 1
    assert tried == 5_384


def test_in_floats_the_same_would_be_lost() -> None:
    """Why it is in integers: the formula in floats falls under 60 for many of these."""
    lost = total = 0
    for types in combinations(TYPES, 3):
        for severities in product((1.0, 0.8, 0.6, 0.4), repeat=3):
            weights = [weight * TYPE_MULTIPLIERS[kind] / 10 for weight, kind in zip(severities, types, strict=True)]
            lost += sum(60.0 * weight for weight in weights) / sum(weights) < 60
            total += 1
    assert lost / total > 0.2


def test_no_evidence_scores_nothing() -> None:
    assert weighted_average([]).score == 0
    assert weighted_average([]).contributions == ()


def test_strongest_is_by_score_then_severity_then_code() -> None:
    same = [piece("DEVICE", "B", "LOW", 50), piece("DEVICE", "A", "LOW", 50), piece("DEVICE", "C", "HIGH", 50)]
    assert [name for name, _ in weighted_average(same).contributions] == ["C"]
    assert [name for name, _ in weighted_average(same[:2]).contributions] == ["A"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12), st.integers(1, 10**6))
def test_largest_remainder_gives_the_missing_to_the_largest_remainders(parts: list[int], denominator: int) -> None:
    names = [f"part{number:02}" for number in range(len(parts))]
    scored = apportion(parts, denominator, names)
    shared = dict(scored.contributions)
    assert sum(shared.values()) == scored.score == (2 * sum(parts) + denominator) // (2 * denominator)
    remainders = {name: part % denominator for name, part in zip(names, parts, strict=True)}
    raised = {name for name, part in zip(names, parts, strict=True) if shared[name] > part // denominator}
    assert all(shared[name] - part // denominator in (0, 1) for name, part in zip(names, parts, strict=True))
    kept = set(names) - raised
    assert not raised or not kept or min(remainders[n] for n in raised) >= max(remainders[n] for n in kept)


@given(pieces(), st.lists(st.integers(-TOP, TOP), max_size=4))
def test_changes_stay_within_bounds_and_sum(found: list[Evidence], changes: list[int]) -> None:
    scored = weighted_average(found)
    for number, change in enumerate(changes):
        scored = with_change(scored, f"rule_{number}", change)
        assert 0 <= scored.score <= TOP
        assert sum(part for _, part in scored.contributions) == scored.score


def test_the_blend_of_the_contracts_golden_case() -> None:
    """Factors 60.5, probability .87, confidence .91: 84.615."""
    blended = with_blend(Scored(605_000, 1, (("FACTORS", 605_000),)), "MODEL", 8_700, 9_100)
    assert blended.score == 846_150
    assert blended.contributions[-1] == ("MODEL", 241_150)


@given(pieces(), st.integers(0, UNIT), st.integers(0, UNIT))
def test_a_blend_lies_between_score_and_probability(found: list[Evidence], probability: int, confidence: int) -> None:
    scored = weighted_average(found)
    blended = with_blend(scored, "MODEL", probability, confidence)
    low, high = sorted((Fraction(scored.numerator, scored.denominator), Fraction(100 * probability)))
    assert low <= Fraction(blended.numerator, blended.denominator) <= high
    assert sum(part for _, part in blended.contributions) == blended.score
