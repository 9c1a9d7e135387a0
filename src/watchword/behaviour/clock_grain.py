"""How coarse the clock was: where it hides timing, timing is no evidence."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from watchword.behaviour.samples import Floats, Samples

COARSE_MS = 10.0
"""From this step on the timing rules say nothing: a hold of 100 ms is then one of ten values."""

STEPS = np.array([100.0, 50.0, 1000 / 30, 25.0, 20.0, 1000 / 60, 15.625, 15.6, 15.0, 10.0])
NEWEST = 64
TOLERANCE_MS = 0.15
FEWEST = 8


def grain_ms(samples: Samples) -> float:
    """The step of the clock: what the collector declared or, where it is coarser, what the times themselves show.

    Times in multiples of 10 ms or more are a coarse clock (Tor Browser and Firefox with `resistFingerprinting` round to
    100 or 16.67 ms, old systems tick every 15.6 ms), unless they merely repeat one interval, as a script with round
    delays does. A declared coarse clock that the times contradict is not believed.
    """
    times = _times(samples)
    declared = samples.granularity_ms
    if len(times) < FEWEST:
        return declared
    fits = _multiples(times[:FEWEST], STEPS)
    fits = _multiples(times, STEPS) if fits.any() else fits
    shown = float(STEPS[fits].max()) if fits.any() else 0.0
    if declared >= COARSE_MS:
        return max(declared, shown) if shown or _multiples(times, np.array([declared])).any() else 1.0
    return max(declared, shown if shown and _varied(samples) else 0.0)


def believed(samples: Samples) -> Samples:
    """The samples as they came, but for a coarse clock that they declare and contradict: it hides nothing."""
    if samples.granularity_ms < COARSE_MS:
        return samples
    found = grain_ms(samples)
    return samples if found >= COARSE_MS else replace(samples, granularity_ms=found)


def is_coarse(samples: Samples) -> bool:
    """Whether timing is no evidence in these samples."""
    return grain_ms(samples) >= COARSE_MS


def _times(samples: Samples) -> Floats:
    holds = samples.keys["up"]
    pressed = samples.pointer["t"][samples.pointer["kind"] != 0]
    parts = (samples.keys["down"], holds[~np.isnan(holds)], pressed, samples.touch["t"])
    times = np.concatenate([part[-NEWEST:] for part in parts if len(part)] or [parts[0]])
    times.sort()
    fresh = np.ones(len(times), dtype=bool)
    np.not_equal(times[1:], times[:-1], out=fresh[1:])
    return times[fresh]


def _multiples(times: Floats, steps: Floats) -> NDArray[np.bool_]:
    """Of which of those steps all times are multiples."""
    offset = (times - times[0]) / steps[:, None]
    return np.asarray((np.abs(offset - np.round(offset)) * steps[:, None] <= TOLERANCE_MS).all(axis=1))


def _varied(samples: Samples) -> bool:
    """Whether intervals differ as people's do: at least four lengths among either keys or presses."""
    presses = samples.pointer["t"][samples.pointer["kind"] == 1]
    lengths = (np.diff(samples.keys["down"]), np.diff(presses), np.diff(samples.touch["t"]))
    return max(len(np.unique(np.round(one))) for one in lengths) >= 4
