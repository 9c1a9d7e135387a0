"""Signs of a machine: each code under, at and over its limit, and all that is no evidence."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.behaviour import drivers
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.behaviour.movements import moved, touched
from tests.behaviour.scripts import clicks, every, jumps, keys, merged, person, screen, taps, with_pastes

from watchword.behaviour.bot_sign import EDGE, FAR, Limit
from watchword.behaviour.bots import bot_codes, families, find_bots
from watchword.behaviour.human_limits import TYPING
from watchword.behaviour.samples import POINTER, Samples, Table, gather, no_samples
from watchword.behaviour.template import Template
from watchword.events.samples import Pattern
from watchword.learning.typists import Sitting, make_typist, sit

RNG = np.random.default_rng


def codes(samples: Samples) -> set[str]:
    return {sign.code for sign in find_bots(samples)}


def quantile(samples: Samples, code: str) -> float:
    return next((sign.quantile for sign in find_bots(samples) if sign.code == code), 1.0)


def varied(
    middle: float, count: int, spread: float = 0.25, seed: int = 1
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Log-normal values whose median is exactly `middle`."""
    values = RNG(seed).lognormal(0, spread, count)
    made: np.ndarray[tuple[int], np.dtype[np.float64]] = values / np.median(values) * middle
    return made


def apart(seed: int = 2, count: int = 50) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Times of ordinary keys."""
    return person(count, seed).keys["down"]


@pytest.mark.parametrize(("hold", "found"), [(60.0, False), (53.5, False), (52.5, True), (6.0, True)])
def test_fast_key_hold(hold: float, found: bool) -> None:
    assert ("FAST_KEY_HOLD" in codes(keys(apart(), varied(hold, 50)))) is found


@pytest.mark.parametrize(("gap", "found"), [(90.0, False), (73.0, False), (71.0, True), (30.0, True)])
def test_fast_typing(gap: float, found: bool) -> None:
    gaps = varied(gap, 51, 0.5)
    gaps *= gap / np.median(gaps[1:])
    assert ("FAST_TYPING" in codes(keys(np.cumsum(gaps), varied(95, 51)))) is found


@pytest.mark.parametrize(("spread", "found"), [(0.2, False), (0.1, False), (0.085, True), (0.0, True)])
def test_uniform_key_hold(spread: float, found: bool) -> None:
    shape = RNG(3).normal(0, 1, 50)
    holds = 95 * (1 + spread * (shape - shape.mean()) / shape.std())
    assert ("UNIFORM_KEY_HOLD" in codes(keys(apart(), holds))) is found


@pytest.mark.parametrize(("spread", "found"), [(0.5, False), (0.24, False), (0.22, True), (0.0, True)])
def test_uniform_typing_rhythm(spread: float, found: bool) -> None:
    shape = RNG(3).normal(0, 1, 50)
    gaps = 150 * (1 + spread * (shape - shape.mean()) / shape.std())
    down = np.concatenate([[0.0], np.cumsum(gaps)])
    assert ("UNIFORM_TYPING_RHYTHM" in codes(keys(down, varied(95, 51)))) is found


@pytest.mark.parametrize(("longest", "found"), [(3.0, False), (1.65, False), (1.6, True)])
def test_uniform_typing_pauses(longest: float, found: bool) -> None:
    gaps = np.concatenate([np.linspace(60, 150, 25), np.linspace(150.1, 150 * longest, 24)])
    down = np.concatenate([[0.0], np.cumsum(RNG(4).permutation(gaps))])
    assert ("UNIFORM_TYPING_PAUSES" in codes(keys(down, varied(95, 50)))) is found


@pytest.mark.parametrize(("values", "found"), [(50, False), (16, False), (12, True), (3, True)])
def test_repetitive_key_times(values: int, found: bool) -> None:
    gaps = np.resize(np.concatenate([np.linspace(90.3, 310.3, values - 1), [700.3]]), 49)
    down = np.concatenate([[0.0], np.cumsum(RNG(5).permutation(gaps))])
    assert ("REPETITIVE_KEY_TIMES" in codes(keys(down, varied(95, 50)))) is found


@pytest.mark.parametrize(("scripted", "found"), [(3, False), (4, True)])
def test_synthetic_key_events(scripted: int, found: bool) -> None:
    samples = person()
    samples.keys["trusted"][:scripted] = 0
    assert ("SYNTHETIC_KEY_EVENTS" in codes(samples)) is found


def test_a_form_filler_s_three_events_an_entry_are_no_evidence() -> None:
    """Three untrusted keys in each of three fields, at one moment each."""
    down, field = np.repeat([10.0, 500.0, 900.0], 3), np.repeat([0.0, 1.0, 2.0], 3)
    assert codes(keys(down, np.full(9, 0.0), field, trusted=0.0)) == set()


@pytest.mark.parametrize(("hold", "found"), [(25, False), (20.5, False), (19.5, True), (5, True)])
def test_fast_click_dwell(hold: float, found: bool) -> None:
    times = np.cumsum(varied(1500, 5, 0.4))
    assert ("FAST_CLICK_DWELL" in codes(clicks(times, varied(hold, 5, 0.1)))) is found


def test_one_short_click_is_no_evidence_and_two_are_not_proof() -> None:
    assert codes(clicks([500.0], 3.0)) == set()
    assert quantile(clicks([500.0, 2100.0], 3.0), "FAST_CLICK_DWELL") >= 1e-4
    assert quantile(clicks([500.0, 2100.0, 5000.7], 3.0), "FAST_CLICK_DWELL") < 1e-5


@pytest.mark.parametrize(("spread", "found"), [(0.1, False), (0.022, False), (0.018, True)])
def test_uniform_clicks(spread: float, found: bool) -> None:
    shape = RNG(6).normal(0, 1, 20)
    regular = 1 + spread * (shape - shape.mean()) / shape.std()
    times = np.concatenate([[0.0], np.cumsum(400 * regular)])
    assert ("UNIFORM_CLICK_RHYTHM" in codes(clicks(times, varied(80, 21)))) is found
    assert ("UNIFORM_CLICK_DWELL" in codes(clicks(np.cumsum(varied(700, 20, 0.5)), 80 * regular))) is found


@pytest.mark.parametrize(("count", "found"), [(3, False), (4, True), (9, True)])
def test_clicks_from_nowhere_are_a_hint(count: int, found: bool) -> None:
    assert ("SYNTHETIC_CLICK_JUMP" in codes(jumps(count))) is found
    assert quantile(jumps(count), "SYNTHETIC_CLICK_JUMP") > 1e-3


@pytest.mark.parametrize(("places", "off", "found"), [(2, 0.0, False), (3, 0.0, True), (3, 0.5, True), (9, 0.6, False)])
def test_exact_middles_are_a_hint(places: int, off: float, found: bool) -> None:
    where = np.arange(2.0 * places).reshape(places, 2) * 40
    samples = clicks(np.cumsum(varied(900, places, 0.5)), 80 * np.linspace(0.7, 1.3, places), where, dx=off, dy=0)
    assert ("SYNTHETIC_CLICK_MIDDLE" in codes(samples)) is found


@pytest.mark.parametrize(("pressure", "found"), [(0.5, False), (0.0, True), (float("nan"), False)])
def test_presses_without_pressure(pressure: float, found: bool) -> None:
    samples = clicks([500.0, 2100.0], [80.0, 96.0], pressure=pressure)
    assert ("SYNTHETIC_POINTER_PRESSURE" in codes(samples)) is found


@pytest.mark.parametrize(
    ("dpr", "part", "found"), [(1.0, 0.25, True), (1.0, 0.0, False), (1.25, 0.25, False), (2.0, 0.5, False)]
)
def test_fractions_of_a_pixel_count_where_pixels_are_whole(dpr: float, part: float, found: bool) -> None:
    samples = clicks([500.0, 2100.0], [80.0, 96.0], np.array([[100 + part, 200], [340 + part, 90.0]]))
    assert ("SYNTHETIC_POINTER_FRACTION" in codes(merged(samples, screen=screen(dpr)))) is found
    assert "SYNTHETIC_POINTER_FRACTION" not in codes(samples)


@pytest.mark.parametrize(("scripted", "found"), [(1, False), (2, True)])
def test_scripted_clicks(scripted: int, found: bool) -> None:
    samples = clicks([500.0, 2100.0, 4000.0], [80.0, 96.0, 71.0])
    pressed = np.flatnonzero(samples.pointer["kind"] == 1)[:scripted]
    samples.pointer["trusted"][pressed] = 0
    assert ("SYNTHETIC_POINTER_EVENTS" in codes(samples)) is found


@pytest.mark.parametrize(("hold", "found"), [(25, False), (19.5, True)])
def test_fast_tap_dwell(hold: float, found: bool) -> None:
    assert ("FAST_TAP_DWELL" in codes(taps(np.cumsum(varied(700, 5, 0.5)), varied(hold, 5, 0.1)))) is found


@pytest.mark.parametrize(("spread", "found"), [(0.1, False), (0.018, True)])
def test_uniform_taps(spread: float, found: bool) -> None:
    shape = RNG(6).normal(0, 1, 20)
    regular = 1 + spread * (shape - shape.mean()) / shape.std()
    times = np.concatenate([[0.0], np.cumsum(400 * regular)])
    assert ("UNIFORM_TAP_RHYTHM" in codes(taps(times, varied(80, 21)))) is found
    assert ("UNIFORM_TAP_DWELL" in codes(taps(np.cumsum(varied(700, 20, 0.5)), 80 * regular))) is found


def test_scripted_touches_and_the_contact_of_tools() -> None:
    times, holds = np.cumsum(varied(700, 5, 0.5)), varied(80, 5)
    assert codes(taps(times, holds)) == set()
    assert codes(taps(times, holds, trusted=0)) == {"SYNTHETIC_TOUCH_EVENTS"}
    assert codes(taps(times, holds, radius=1, force=1)) == {"SYNTHETIC_TOUCH_CONTACT"}


@pytest.mark.parametrize(("pieces", "found"), [(4, False), (5, True)])
def test_text_without_keys(pieces: int, found: bool) -> None:
    assert ("SYNTHETIC_INPUT_WITHOUT_KEYS" in codes(with_pastes(no_samples(), "replace", 0, pieces))) is found
    for innocent in ("paste", "autofill", "composition"):
        assert codes(with_pastes(no_samples(), innocent, 0, pieces)) == set()
    assert "SYNTHETIC_INPUT_WITHOUT_KEYS" not in codes(with_pastes(person(), "replace", 0, pieces))


@pytest.mark.parametrize(("gap", "found"), [(400.0, False), (61.0, False), (59.0, True), (3.0, True)])
def test_fast_field_change(gap: float, found: bool) -> None:
    parts, now = [], 0.0
    for seed in range(3):
        times = apart(seed, 15)
        parts.append(now + times - times[0])
        now = parts[-1][-1] + gap
    samples = keys(np.concatenate(parts), varied(95, 45), np.repeat([0.0, 1.0, 2.0], 15))
    assert ("FAST_FIELD_CHANGE" in codes(samples)) is found


def test_boxes_for_one_digit_each_are_no_evidence() -> None:
    assert codes(keys(apart(1, 6), varied(95, 6), np.arange(6.0))) == set()


EXPECTED = {
    "linear": {"SYNTHETIC_POINTER_STRAIGHT", "UNIFORM_POINTER_SPEED"},
    "eased": {"SYNTHETIC_POINTER_STRAIGHT", "REPETITIVE_POINTER_PACE"},
    "minimum jerk": {"SYNTHETIC_POINTER_STRAIGHT", "REPETITIVE_POINTER_PACE"},
    "bezier": {"SYNTHETIC_POINTER_SMOOTH"},
    "bezier, eased": {"SYNTHETIC_POINTER_SMOOTH", "REPETITIVE_POINTER_PACE"},
    "bezier, eased, 1 px noise": {"REPETITIVE_POINTER_PACE"},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_computed_paths(name: str) -> None:
    assert codes(drivers.strokes(drivers.POINTER_PATHS[name], RNG(7), 8)) >= EXPECTED[name]


@pytest.mark.parametrize(
    "name", ["instant", "constant delay", "playwright style (hold = delay)", "uniform delay, no hold"]
)
@pytest.mark.parametrize("count", [12, 50])
def test_computed_delays(name: str, count: int) -> None:
    assert all(codes(drivers.TYPING[name](RNG(seed), count)) for seed in range(20))


def test_a_pointer_that_moves_too_fast() -> None:
    pointer = drivers.strokes(drivers.bezier, RNG(8), 8).pointer
    quick = no_samples(pointer=Table(pointer.columns | {"t": pointer["t"] / 100}))
    assert "FAST_POINTER_MOVES" in codes(quick)
    assert "FAST_POINTER_MOVES" not in codes(no_samples(pointer=pointer))


def test_movement_that_is_played_again() -> None:
    once = moved(0, 0, 8).pointer
    later = {"t": once["t"] + once["t"][-1] + 900, "x": once["x"] + 12}
    twice = {name: np.concatenate([once[name], later.get(name, once[name])]) for name in POINTER}
    assert "REPETITIVE_POINTER_PATH" in codes(no_samples(pointer=Table(twice)))
    assert codes(no_samples(pointer=once)) == set()


def test_a_scripted_checkout_shows_three_codes_and_more_in_two_channels() -> None:
    signs = find_bots(drivers.checkout(RNG(9)))
    assert len(signs) >= 3
    assert {sign.channel for sign in signs} >= {"typing", "pointer"}
    assert [sign.quantile for sign in signs] == sorted(sign.quantile for sign in signs)


def test_an_application_s_own_report_of_its_intervals_is_judged() -> None:
    report = [Pattern(event_type="typing_pattern", features={"keystroke_intervals": (100.0,) * 12})]
    assert "UNIFORM_TYPING_RHYTHM" in codes(gather(report))
    short = [Pattern(event_type="typing_pattern", features={"keystroke_intervals": (110.0, 120.0, 105.0)})]
    assert codes(gather(short)) == set()


# What is no evidence


@pytest.mark.parametrize("step", [10.0, 1000 / 60, 100.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_coarse_clock_hides_timing(step: float, seed: int) -> None:
    """Tor Browser and resistFingerprinting: holds read 0 or 100 ms, and the same few lengths come again."""
    samples = person(60, seed)
    for name in ("down", "up"):
        samples.keys[name][:] = np.round(np.floor(samples.keys[name] / step) * step, 1)
    assert codes(samples) == set()
    assert codes(merged(samples, granularity_ms=step)) == set()


@pytest.mark.parametrize("make", [lambda: clicks(np.arange(12) * 700.0, 0.0), lambda: taps(np.arange(12) * 700.0, 0.0)])
def test_a_declared_coarse_clock_hides_clicks(make: object) -> None:
    samples: Samples = merged(make(), granularity_ms=100.0)  # type: ignore[operator]
    for name in ("t",):
        samples.pointer[name][:] = np.round(samples.pointer[name] / 100) * 100
    assert codes(samples) == set()


def test_a_script_cannot_hide_behind_a_clock_that_its_times_contradict() -> None:
    samples = drivers.TYPING["playwright style (hold = delay)"](RNG(1), 50)
    assert "UNIFORM_KEY_HOLD" in codes(merged(samples, granularity_ms=100.0))


def test_a_script_with_round_delays_is_no_coarse_clock() -> None:
    assert "UNIFORM_TYPING_RHYTHM" in codes(every(100.0, 50.0))


def test_a_coarse_clock_does_not_hide_what_has_no_time() -> None:
    samples = person()
    samples.keys["trusted"][:] = 0
    assert "SYNTHETIC_KEY_EVENTS" in codes(merged(samples, granularity_ms=100.0))


def test_virtual_keyboards_are_no_evidence() -> None:
    """keyCode 229: every key is `other`, down and up at once."""
    samples = keys(apart(), np.full(50, 1.0), cls=11.0)
    assert codes(samples) == set()
    fingers = touched(0, 0, 3).touch
    assert codes(merged(keys(apart(), np.full(50, 1.0)), touch=fingers)) == set()


@pytest.mark.parametrize("via", ["composition", "autofill", "paste"])
def test_fields_that_were_filled_by_other_means_are_no_evidence(via: str) -> None:
    assert codes(with_pastes(every(2.0, 0.5), via)) == set()
    assert codes(every(2.0, 0.5)) != set()


def test_a_password_manager_that_types_a_log_in_is_never_proof_by_itself() -> None:
    down = np.concatenate([np.arange(20) * 3.1, 70 + np.arange(12) * 3.1])
    samples = keys(down, np.full(32, 0.4), np.repeat([0.0, 1.0], (20, 12)), cls=-1.0)
    signs = find_bots(samples)
    assert signs and all(sign.channel == "typing" and sign.quantile >= 1e-4 for sign in signs)


@pytest.mark.parametrize("seed", range(5))
def test_an_on_screen_keyboard_is_never_proof_by_itself(seed: int) -> None:
    """Its keys are held for a millisecond, in the rhythm of whoever presses them."""
    signs = find_bots(keys(person(50, seed).keys["down"] * 2, np.full(50, 1.2)))
    assert [sign.code for sign in signs] == ["FAST_KEY_HOLD"] and signs[0].quantile >= 1e-4


def test_a_slow_careful_typist_is_no_bot() -> None:
    rng = RNG(11)
    assert codes(keys(np.cumsum(900 * rng.lognormal(0, 0.4, 50)), 260 * rng.lognormal(0, 0.2, 50))) == set()


@pytest.mark.parametrize("seed", range(10))
def test_an_honest_fast_clicker_is_no_bot(seed: int) -> None:
    """Bursts of 9 to 10 clicks a second on one spot, for two minutes."""
    rng, now, times = RNG(seed), 0.0, []
    for _ in range(40):
        for _ in range(20):
            now += 105 * float(rng.normal(1, 0.07))
            times.append(now)
        now += float(rng.uniform(800, 3000))
    holds = 55 * rng.lognormal(0, 0.18, len(times))
    assert codes(clicks(times, holds)) == set()


@pytest.mark.parametrize("who", range(20))
def test_simulated_people_show_no_sign(who: int) -> None:
    everything = Sitting(secret=11, text=60, strokes=15, gestures=20)
    assert find_bots(gather(sit(make_typist(3, who), 0, everything))) == ()


def test_nothing_is_no_sign() -> None:
    assert find_bots(no_samples()) == () == find_bots(no_samples(), Template())


# The catalogue and the figures


def test_every_sign_is_in_the_catalogue_with_its_channel() -> None:
    known = {code: family.channel for family in families() for code in family.codes}
    made = [drivers.checkout(RNG(1)), every(2.0, 0.5), jumps(6), drivers.strokes(drivers.linear, RNG(2), 8)]
    for sign in (sign for one in made for sign in find_bots(one)):
        assert known[sign.code] == sign.channel and 0 < sign.strength <= 1 and 0 < sign.quantile < 1 and sign.message


def test_one_code_means_one_thing() -> None:
    every_code = [code for family in families() for code in family.codes]
    assert len(every_code) == len(set(every_code))
    assert all((text and "Innocent" in text) or "recording" in text for text in bot_codes().values())


@given(st.floats(0.01, 100), st.floats(0.001, 0.99), st.floats(-1, 5), st.booleans())
def test_quantiles_fall_from_the_edge_on(edge: float, share: float, past: float, above: bool) -> None:
    far = edge * (1 + share) if above else edge * (1 - share)
    limit = Limit(edge, far)
    value = edge + past * (far - edge)
    found = limit.quantile(value)
    assert limit.quantile(edge) == pytest.approx(EDGE) and limit.quantile(far) == pytest.approx(FAR)
    assert found == 1 if past < -1e-9 else found <= EDGE * 1.0001 or past < 1e-6
    assert limit.quantile(value + 0.1 * (far - edge)) <= found


def test_fewer_keys_need_more_to_be_odd() -> None:
    long, middle, short = TYPING
    assert long.keys > middle.keys > short.keys
    for name in ("hold", "hold_spread", "gap", "gap_spread"):
        assert getattr(long, name).edge >= getattr(middle, name).edge >= getattr(short, name).edge


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e4), st.integers(0, 3), st.integers(-1, 11)), max_size=60))
def test_any_keys_are_taken(rows: list[tuple[float, float, int, int]]) -> None:
    down = np.sort(np.array([row[0] for row in rows], dtype=float))
    samples = keys(down, np.array([row[1] for row in rows]), np.array([float(row[2]) for row in rows]))
    samples.keys["cls"][:] = [row[3] for row in rows]
    for sign in find_bots(samples):
        assert 0 < sign.quantile <= 1 and np.isfinite(list(sign.details.values())).all()
