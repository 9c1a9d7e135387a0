"""The same text, typed again: what becomes an entry, and what a comparison promises."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests import reference
from tests.behaviour.hands import Hands, one_entry, shelf_of, typed

from watchword.behaviour.fixed_population import in_common
from watchword.behaviour.fixed_text import BOUND, FIXED_TEXT, compare, extract
from watchword.behaviour.keystrokes import sent
from watchword.behaviour.modality import Comparison
from watchword.behaviour.samples import FOCUS, KEYS, NAV, PASTE, Table, no_samples, table
from watchword.behaviour.template import Entry, Shelf, entry
from watchword.events.samples import KEY_CLASSES

LETTER, DIGIT, SPACE, BACKSPACE, ENTER, ARROW = (
    float(KEY_CLASSES.index(name)) for name in ("letter-left", "digit", "space", "backspace", "enter", "arrow")
)


KEPT = 30


@pytest.fixture
def owner() -> Hands:
    """Somebody whose next entries are none of those on the shelf; the same for every test, whichever ran before it."""
    hands = Hands(1)
    for _ in range(KEPT):
        hands.times()
    return hands


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return shelf_of(Hands(1), KEPT)


def said(shelf: Shelf, one: Entry, background: object = None) -> Comparison:
    found = compare(shelf, one, background)
    assert found is not None
    return found


def test_a_secret_field_gives_its_holds_gaps_overlaps_and_the_clock() -> None:
    times = np.array([[0.0, 100.0], [150.0, 240.0], [230.0, 300.0], [400.0, 480.0]])
    (one,) = extract(typed(times))
    assert (one.about, one.count) == ("field:4", 4)
    hold, gap = np.log([100, 90, 70, 80]), np.log([150, 80, 170])
    assert one.values == pytest.approx(np.concatenate((hold, gap, np.arcsinh([1, -0.2, 2]), [0.1])), rel=1e-5)


def test_features_do_not_depend_on_when_it_was_typed() -> None:
    times = Hands(3).times()
    (early,), (late,) = extract(typed(times)), extract(typed(times + 86_400_000))
    assert early.values == pytest.approx(late.values, abs=1e-3)


def test_a_field_that_was_not_left_is_not_whole_unless_it_was_sent(owner: Hands) -> None:
    open_field = typed(owner.times(), left=False)
    assert extract(open_field) == ()
    assert len(extract(sent(open_field))) == 1


def test_a_field_counts_as_left_by_leaving_the_page_or_typing_elsewhere(owner: Hands) -> None:
    samples = typed(owner.times(), left=False)
    assert len(extract(replace(samples, nav=table(NAV, [(9e6, 0.0, 1.0)])))) == 1
    keys = {name: np.append(column, value) for (name, column), value in zip(
        samples.keys.columns.items(), (9e6, 9e6, 1.0, 0.0, LETTER, 1.0), strict=True)}  # fmt: skip
    assert [one.about for one in extract(replace(samples, keys=Table(keys), fields=("field", "next")))] == ["field:11"]


@pytest.mark.parametrize("wrong", [BACKSPACE, ARROW, SPACE])
def test_corrections_and_prose_in_open_fields_give_nothing(owner: Hands, wrong: float) -> None:
    cls = np.full(11, LETTER)
    assert len(extract(typed(owner.times(), cls))) == 1
    cls[5] = wrong
    assert extract(typed(owner.times(), cls)) == ()


def test_nothing_but_digits_in_an_open_field_is_another_number_each_time(owner: Hands) -> None:
    assert extract(typed(owner.times(), DIGIT)) == ()
    assert extract(typed(owner.times(), np.array([DIGIT] * 10 + [ENTER]))) == ()


def test_the_key_by_which_an_open_field_was_left_is_not_its_text(owner: Hands) -> None:
    times = owner.times()
    (entered,) = extract(typed(times, np.array([LETTER] * 10 + [ENTER]), left=False))
    (clicked,) = extract(typed(times[:10], LETTER))
    assert entered == clicked


@pytest.mark.parametrize("at_ms", [0.0, 300.0, 9e5])
def test_text_that_came_by_other_means_gives_nothing(owner: Hands, at_ms: float) -> None:
    times = owner.times()
    times -= times[0, 0]
    assert extract(replace(typed(times), paste=table(PASTE, [(at_ms, 0.0, 2.0)]))) == ()
    assert len(extract(replace(typed(times + 1e6), paste=table(PASTE, [(at_ms, 0.0, 2.0)])))) == 1


def test_scripts_coarse_clocks_and_single_keys_give_nothing(owner: Hands) -> None:
    samples = typed(owner.times())
    untrusted = {**samples.keys.columns, "trusted": np.array([1.0] * 10 + [0.0])}
    assert extract(replace(samples, keys=Table(untrusted))) == ()
    assert extract(typed(owner.times(), granularity_ms=16.0)) == ()
    assert extract(typed(owner.times()[:3])) == ()
    assert extract(no_samples()) == ()


def test_a_field_that_goes_on_where_it_was_left_gives_nothing(owner: Hands) -> None:
    samples = typed(owner.times())
    later = {**samples.keys.columns, "pos": samples.keys["pos"] + 3}
    assert extract(replace(samples, keys=Table(later))) == ()


def test_one_field_typed_twice_gives_two_entries(owner: Hands) -> None:
    first, second = owner.times(), owner.times() + 60_000
    rows = [(down, up, 0.0, at % 11, -1.0, 1.0) for at, (down, up) in enumerate(np.concatenate((first, second)))]
    samples = no_samples(keys=table(KEYS, rows), focus=table(FOCUS, [(9e6, 0.0, 0.0)]), fields=("field",))
    assert extract(samples) == (one_entry(first), one_entry(second))


def test_key_ups_that_were_not_seen_are_borne_to_a_fifth_of_the_features(owner: Hands, shelf: Shelf) -> None:
    times = owner.times()
    whole = said(shelf, one_entry(times))
    times[-2:, 1] = np.nan
    assert said(shelf, one_entry(times)).llr == pytest.approx(whole.llr, abs=2.0)
    times[2:, 1] = np.nan
    assert extract(typed(times)) == ()
    gaps = owner.times()
    gaps[-1, 1] = np.nan
    assert said(shelf.plus(one_entry(gaps)), one_entry(owner.times())).llr > 1


def test_too_few_entries_or_another_text_say_nothing(owner: Hands) -> None:
    one = one_entry(owner.times())
    assert compare(Shelf(), one, None) is None
    assert compare(shelf_of(owner, 3), one, None) is None
    assert compare(shelf_of(Hands(1, 10), 20), one, None) is None


def test_owners_are_told_from_others(owner: Hands, shelf: Shelf) -> None:
    own = [said(shelf, one_entry(owner.times())).llr for _ in range(100)]
    others = [said(shelf, one_entry(Hands(who).times())).llr for who in range(2, 102)]
    assert np.mean(np.array(own) > 0) > 0.95
    assert np.mean(np.array(others) < 0) > 0.95


@settings(max_examples=60)
@given(st.lists(st.floats(-3, 9), min_size=31, max_size=31), st.floats(0, 16))
def test_whatever_was_typed_the_ratio_is_bounded_and_finite(values: list[float], clock: float) -> None:
    shelf = shelf_of(Hands(1), 12)
    found = said(shelf, entry("field:11", 11, np.array([*values, clock])))
    assert abs(found.llr) <= BOUND
    assert found.distance >= 0
    assert 0 <= found.quality <= 1 and 0 < found.maturity < 1


def test_the_farther_the_less_it_speaks_for_the_owner(shelf: Shelf) -> None:
    entries = [one_entry(Hands(who).times()) for who in range(1, 60)]
    found = sorted((said(shelf, one) for one in entries), key=lambda one: one.distance)
    assert [one.llr for one in found] == sorted((one.llr for one in found), reverse=True)
    assert len({round(one.llr, 9) for one in found}) == len(found)


@pytest.mark.parametrize("scale", [0.5, 1.6, 2.5])
def test_the_owners_text_at_another_pace_is_less_like_the_owner(owner: Hands, shelf: Shelf, scale: float) -> None:
    usual, other = (
        np.mean([said(shelf, one_entry(owner.times(scale=each))).llr for _ in range(20)]) for each in (1.0, scale)
    )
    assert other < 0 < usual


def test_the_order_of_entries_matters_only_by_how_recent_they_are(owner: Hands) -> None:
    entries = [one_entry(owner.times()) for _ in range(40)]
    stranger = [one_entry(Hands(5).times()) for _ in range(15)]
    tried = [one_entry(owner.times()) for _ in range(20)]

    def mean(kept: list[Entry]) -> float:
        return float(np.mean([said(Shelf(tuple(kept), len(kept)), one).llr for one in tried]))

    old, new = mean([*stranger, *entries[15:]]), mean([*entries[:25], *stranger])
    assert old > new + 2
    assert mean(entries[::-1]) == pytest.approx(mean(entries), abs=0.8)


def test_a_template_that_still_learns_compares_cautiously(owner: Hands) -> None:
    tried = [one_entry(Hands(who).times()) for who in (1, 1, 1, 5, 6, 7)]
    young, grown = shelf_of(owner, 6), shelf_of(owner, 30)
    assert said(young, tried[0]).maturity < 0.3 < said(grown, tried[0]).maturity
    assert np.mean([abs(said(young, one).llr) for one in tried]) < np.mean([abs(said(grown, one).llr) for one in tried])


def test_a_coarser_clock_says_less_and_none_at_one_frame(shelf: Shelf) -> None:
    values = one_entry(Hands(9).times()).values.astype(float)
    quality = [said(shelf, entry("field:11", 11, np.append(values[:-1], clock))) for clock in (0.1, 4, 8, 16)]
    assert [one.quality for one in quality] == sorted((one.quality for one in quality), reverse=True)
    assert quality[0].quality > 0.99
    assert quality[-1].llr == 0


@pytest.mark.slow
def test_others_are_learnt_only_where_enough_people_type_one_text() -> None:
    assert FIXED_TEXT.train is not None
    people = [list(shelf_of(Hands(who), 30).entries) for who in range(24)]
    learnt = FIXED_TEXT.train(people)
    assert list(learnt.texts) == ["field:11"]
    assert FIXED_TEXT.train(people[:19]) is None
    assert FIXED_TEXT.train([one[:10] for one in people]) is None
    assert FIXED_TEXT.train([]) is None


def test_where_each_types_a_text_of_their_own_nothing_is_learnt_of_others() -> None:
    rng = np.random.default_rng(3)
    tables = [np.array([one.values[:-1] for one in shelf_of(Hands(who), 20).entries], float) for who in range(24)]
    assert in_common(tables) > 0.4
    for one in tables:
        one[:, 11:21] = one[:, 11 + rng.permutation(10)]
    assert in_common(tables) < 0.2


@pytest.mark.slow
def test_what_was_learnt_survives_msgpack_keeps_no_entry_and_sharpens_the_ratio(owner: Hands, shelf: Shelf) -> None:
    assert FIXED_TEXT.train is not None
    learnt = FIXED_TEXT.train([list(shelf_of(Hands(who), 30).entries) for who in range(100, 130)])
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(learnt))
    assert len(msgspec.msgpack.encode(learnt)) < 31 * 32 * 4 + 500
    own, others = ([one_entry(hands.times()) for hands in group] for group in ([owner] * 40, map(Hands, range(2, 42))))
    assert [said(shelf, one, kept).llr for one in own] == [said(shelf, one, learnt).llr for one in own]
    gap = [
        np.mean([said(shelf, one, back).llr for one in own]) - np.mean([said(shelf, one, back).llr for one in others])
        for back in (None, learnt)
    ]
    assert np.mean([said(shelf, one, learnt).llr > 0 for one in own]) > 0.9
    assert np.mean([said(shelf, one, learnt).llr < 0 for one in others]) > 0.95
    assert min(gap) > 4


@pytest.mark.slow
def test_real_passwords_own_data_last_ten_and_practised_impostors() -> None:
    reference.path("behaviour/DSL-StrongPasswordData.csv")
    from benchmarks.behaviour import practised, verification

    people, times, _ = practised.people()
    mature = list(practised.own_data(people, slice(200)))
    assert verification.each(mature).mean() <= 0.042
    assert verification.each(list(practised.own_data(people, slice(190, 200)))).mean() <= 0.047
    assert verification.each(list(practised.own_data(people, slice(200), practised.PRACTISED))).mean() <= 0.09
    assert verification.equal_error(*verification.together(mature)) <= 0.055
    assert verification.calibration_error(mature) <= 0.05
    honest, caught = practised.replays(people, times, 2.0)
    assert caught.mean() >= 0.99
    assert honest.max() <= 0.01


@pytest.mark.slow
def test_real_passwords_with_background_people() -> None:
    reference.path("behaviour/DSL-StrongPasswordData.csv")
    from benchmarks.behaviour import practised

    people, _, _ = practised.people()
    (folds,) = practised.with_background(people, slice(200), (practised.FIRST,))
    assert practised.averaged(folds).mean() <= 0.030
