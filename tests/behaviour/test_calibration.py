"""What is said is meant: of sessions that are called the owner's with 90 %, nine in ten are the owner's.

A calibrated likelihood ratio has a mean of 1 under the other hypothesis (Good 1985): over owners' sessions exp(-ratio)
is 1 on average, over others' exp(ratio). Less is caution, more would be a claim that nothing bears out.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from benchmarks.behaviour import mouse
from benchmarks.behaviour.reference import cmu, typed
from benchmarks.behaviour.verification import Trial, calibration_error, cost
from numpy.typing import NDArray
from tests import reference

from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.rhythm import learn_entries, modalities
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Entry, Shelf, Template
from watchword.learning.typists import Sitting, make_typist, sit
from watchword.policy.session_evidence import Examined, Eyes, examine

pytestmark = pytest.mark.slow
PEOPLE, EACH = 24, 4
STAGES = (5, 20)


class Seen(NamedTuple):
    """What was found in owners' sessions, and in those of others on their accounts."""

    own: list[Examined]
    other: list[Examined]

    def trial(self) -> Trial:
        return Trial(*(np.array([one.trust.llr for one in each]) for each in self))


@cache
def simulated() -> dict[int, Seen]:
    """Simulated people after so many sessions; the others have known the password for five entries."""
    seen = {stage: Seen([], []) for stage in STAGES}
    eyes = Eyes(modalities())
    for who in range(PEOPLE):
        template, person = Template(), make_typist(9, who)
        sitting = Sitting(secret=11, text=60, strokes=12)
        theirs = Sitting(secret=11, text=60, strokes=12, whose=who)
        for session in range(max(STAGES)):
            samples = gather(sit(person, session, sitting, practice=40 + session))
            found = [(one.name, each) for one in modalities() for each in one.extract(samples)]
            template = learn_entries(template, found, session + 1)
            if session + 1 not in STAGES:
                continue
            for at in range(EACH):
                stranger = make_typist(9, (who + 1 + at) % PEOPLE)
                own = gather(sit(person, 100 + at, sitting, practice=60 + at))
                other = gather(sit(stranger, 200 + at, theirs, practice=5))
                seen[session + 1].own.append(examine(own, template, eyes))
                seen[session + 1].other.append(examine(other, template, eyes))
    return seen


def claims(trial: Trial) -> tuple[float, float]:
    """The means that are 1 where a ratio is calibrated, and less where it is cautious."""
    return float(np.exp(-trial.own).mean()), float(np.exp(trial.other).mean())


@pytest.mark.parametrize("stage", STAGES)
def test_trust_means_what_it_says(stage: int) -> None:
    trial = simulated()[stage].trial()
    assert max(claims(trial)) <= 1.2
    assert calibration_error([trial]) <= 0.1
    assert cost([trial]) < {5: 0.6, 20: 0.3}[stage]


def test_confidence_is_how_often_a_verdict_is_right_and_grows_with_the_template() -> None:
    means = []
    for seen in simulated().values():
        verdicts = [(one.trust.confidence, one.trust.llr > 0) for one in seen.own]
        verdicts += [(one.trust.confidence, one.trust.llr <= 0) for one in seen.other]
        said, right = np.array([one for one, _ in verdicts]), np.array([one for _, one in verdicts])
        assert abs(said.mean() - right.mean()) <= 0.06
        assert right[said > 0.95].mean() >= 0.97
        means.append(said.mean())
    assert means == sorted(means)


def test_no_owner_is_an_anomaly() -> None:
    assert not any(one.trust.is_anomaly for seen in simulated().values() for one in seen.own)


def ratios(kept: dict[int, tuple[Entry, ...]], shelf: Shelf) -> NDArray[np.float64]:
    found = [FIXED_TEXT.compare(shelf, one, None) for entries in kept.values() for one in entries]
    return np.array([one.llr for one in found if one])


def test_passwords_of_recorded_people_mean_what_they_say() -> None:
    reference.path("behaviour/DSL-StrongPasswordData.csv")
    times = cmu()[0]
    own, other = [], []
    for who in range(len(times)):
        entries = {at: FIXED_TEXT.extract(typed(times[who, at])) for at in range(200, 250)}
        held = [one for at in range(200, 240) for one in entries[at]]
        shelf = Shelf(tuple(held), len(held))
        own.append(ratios({at: entries[at] for at in range(240, 250)}, shelf))
        strangers = [(who + 1 + at * 5) % len(times) for at in range(10)]
        other.append(ratios({at: FIXED_TEXT.extract(typed(times[one, at])) for at, one in enumerate(strangers)}, shelf))
    trial = Trial(np.concatenate(own), np.concatenate(other))
    assert len(trial.own) == len(trial.other) == 10 * len(times)
    assert max(claims(trial)) <= 1.2
    assert calibration_error([trial]) <= 0.1


@pytest.mark.parametrize(("background", "error"), [(False, 0.17), (True, 0.1)])
def test_pointers_of_recorded_people_claim_no_more_than_they_know(background: bool, error: float) -> None:
    """By the owner's own data alone they are cautious: they say little for owners, and against others."""
    reference.path("behaviour/balabit.npz")
    held = mouse.sessions()
    training = [at for at, train in enumerate(held.training) if train]
    tested = [at for at, label in enumerate(held.labels) if label >= 0]
    found = mouse.judge(held, mouse.entries(held, training), mouse.entries(held, tested), background)
    trial = Trial(found.llr[found.label == 0], found.llr[found.label == 1])
    assert max(claims(trial)) <= 1.2
    assert calibration_error([trial]) <= error
