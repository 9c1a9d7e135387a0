"""The contract's numbers, played through a real engine, and compared with the code so that none is missing."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest
from tests.spec_numbers import BANDS, CAPS, MULTIPLIER_TENTHS, NUMBERS, OTHERS, SEVERITY_TENTHS, Number
from tests.stage import Stage, codes, points

import watchword.signals
import watchword.state
from watchword.bootstrap import all_signals
from watchword.policy.settings import EngineSettings
from watchword.scoring.scorecard import SEVERITY_WEIGHTS, TYPE_MULTIPLIERS

APART = {
    "HEAD", "NEVER", "SUCCESS", "STEPS", "MOST", "VALUE", "FRACTION", "HALF", "UNKNOWN", "MINUTES_A_DAY", "UNIT",
    "EARTH_KM", "HALF_LIFE_MS",
    "NEW_DEVICE", "NEW_PLACE", "NEW_NETWORK", "EVERYTHING",
    "FRAUD", "FAILED_RECOVERY", "FAILED_PRIVILEGE", "FAILED_CHALLENGE", "RESTORED",
}  # fmt: skip
"""Names for bits, kinds and forms of storage: no numbers of the contract."""

NOT_HERE = {"state.population"}


def _read(where: str) -> Any:
    head, *rest = where.split(".")
    if head == "settings":
        value: Any = EngineSettings()
        for name in rest:
            value = getattr(value, name)
        return value
    return getattr(import_module(f"watchword.{'.'.join((head, *rest[:-1]))}"), rest[-1])


@pytest.mark.parametrize("number", NUMBERS, ids=lambda row: f"{row.code or 'number'}: {row.says}")
async def test_under_at_and_over(number: Number) -> None:
    for amount, expected in number.cases:
        outcome = await number.play(Stage(), amount)
        if number.code:
            found = number.code in codes(outcome)
            if found:
                _, _, low, high = BANDS[number.code]
                assert low <= points(outcome, number.code) <= high
            outcome = found
        assert outcome == expected, f"{number.says}: {amount:g}"


@pytest.mark.parametrize("number", [row for row in NUMBERS if row.where], ids=lambda row: row.where)
def test_the_code_has_the_contracts_number(number: Number) -> None:
    assert _read(number.where) == number.value


def test_other_constants() -> None:
    assert {where: _read(where) for where in OTHERS} == OTHERS


def test_every_constant_of_signals_and_profiles_is_in_the_table() -> None:
    told = {row.where for row in NUMBERS} | OTHERS.keys()
    missing = set()
    for package in (watchword.signals, watchword.state):
        for module in pkgutil.iter_modules(package.__path__):
            where = f"{package.__name__.removeprefix('watchword.')}.{module.name}"
            if where in NOT_HERE:
                continue
            found = import_module(f"watchword.{where}")
            own = {
                name for name, value in vars(found).items()
                if name.isupper() and name[0] != "_" and isinstance(value, int | float) and _defines(found,
           name) and name not in APART
            }  # fmt: skip
            missing |= {f"{where}.{name}" for name in own} - told
    assert not missing


def _defines(module: Any, name: str) -> bool:
    with open(module.__file__, encoding="utf-8") as source:
        return any(line.startswith((f"{name} =", f"{name}:")) or _among(line, name) for line in source)


def _among(line: str, name: str) -> bool:
    left, equals, _ = line.partition(" = ")
    return bool(equals) and not line.startswith(" ") and name in left.split(", ")


def test_every_threshold_setting_is_in_the_table() -> None:
    settings = EngineSettings()
    wanted = {f"settings.velocity_thresholds.{name}" for name in settings.velocity_thresholds.__struct_fields__}
    wanted |= {f"settings.{name}" for name in settings.__struct_fields__ if name.endswith("_threshold")}
    assert wanted <= {row.where for row in NUMBERS}


def test_every_code_has_its_band_and_a_row() -> None:
    found = {
        code: (signal.family, band.severity, band.low, band.high)
        for signal in all_signals()
        for code, band in signal.bands.items()
    }
    assert found == BANDS
    assert set(BANDS) == {row.code for row in NUMBERS if row.code}


def test_no_type_exceeds_its_cap_or_falls_short_of_it() -> None:
    for family, cap in CAPS.items():
        assert max(high for own, _, _, high in BANDS.values() if own == family) == cap


def test_weights_and_multipliers() -> None:
    assert SEVERITY_WEIGHTS == SEVERITY_TENTHS
    assert TYPE_MULTIPLIERS == MULTIPLIER_TENTHS
