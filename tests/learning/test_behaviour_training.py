"""Population models of a deployment's own people: measured on others, kept in versions, and used."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from watchword.behaviour.modality import Comparison, Modality
from watchword.behaviour.rhythm import learn_entries, modalities
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Entry, Shelf, Template, entry
from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.errors import NotFound
from watchword.learning.behaviour_course import course
from watchword.learning.behaviour_evaluation import cllr, eer, evaluate, reliability
from watchword.learning.behaviour_training import FEWEST_PEOPLE, train
from watchword.learning.typists import Sitting, make_typist, password_of, sit
from watchword.populations import in_use

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHARED = Sitting(secret=10, whose=0)


def taught(number: int, sessions: int = 22) -> Template:
    template = Template()
    for session in range(sessions):
        samples = gather(sit(make_typist(6, number), session, SHARED, practice=80 + session))
        found = [(each.name, one) for each in modalities() for one in each.extract(samples)]
        template = learn_entries(template, found, session)
    return template


async def deployment_of(people: int) -> Deployment:
    made = Deployment(Settings(Service(store="memory")), lambda: NOW)
    for number in range(people):
        owner = made.engine.pseudonyms.of("user", f"user-{number}")
        await made.parts.templates.change(owner, lambda _, n=number: taught(n))  # type: ignore[misc]
    return made


async def test_too_few_people_train_nothing() -> None:
    made = await deployment_of(3)
    outcome = await course(made)
    assert (outcome.people, outcome.enough, outcome.version) == (3, False, None)
    assert await in_use(made.records) is None
    await made.close()


@pytest.mark.slow
async def test_trained_models_are_measured_kept_and_used() -> None:
    made = await deployment_of(2 * FEWEST_PEOPLE)
    await made.start()
    assert made.sessions.senses.eyes.backgrounds == {}
    report = await course(made, only_report=True)
    assert await in_use(made.records) is None
    measured = {one.modality: one for one in report.measured}["fixed_text"]
    assert measured.people == 2 * FEWEST_PEOPLE
    assert measured.eer < 0.2
    assert measured.cllr < 1
    outcome = await course(made)
    assert outcome.version == 1
    assert outcome.measured == report.measured
    await made.refresh_behaviour()
    assert set(made.sessions.senses.eyes.backgrounds) == set(outcome.modalities)
    assert made.rhythms.backgrounds == made.sessions.senses.eyes.backgrounds
    assert (await course(made)).version == 2
    assert (await course(made, version=1)).version == 1
    models = await in_use(made.records)
    assert models is not None
    assert models.version == 1
    with pytest.raises(NotFound):
        await course(made, version=9)
    assert msgspec.json.encode(outcome)
    await made.close()


def test_nobody_is_judged_by_a_model_that_saw_them() -> None:
    people = [taught(number, 10) for number in range(8)]
    seen: list[set[int]] = []

    def compare(shelf: Shelf, one: Entry, background: set[int]) -> Comparison | None:
        assert id(shelf) not in background
        owner = next(at for at, person in enumerate(people) for held in person.shelves.values()
                     if held.entries[0] == shelf.entries[0])  # fmt: skip
        assert owner not in background
        return Comparison("probe", 1.0, 1.0, 1.0, 0.0, "")

    def learn(some: object) -> dict[str, set[int]]:
        seen.append({people.index(one) for one in some})  # type: ignore[attr-defined]
        return {"fixed_text": seen[-1]}

    probe = Modality("fixed_text", "typing", lambda _samples: (), compare)
    assert evaluate(people, [probe], learn)
    assert all(seen)


def test_training_needs_people_and_a_modality_that_trains() -> None:
    probe = Modality("probe", "typing", lambda _s: (), lambda _s, _e, _b: None, len)
    one = Template().plus("probe", entry("", 1, np.zeros(2)))
    assert train([one] * (FEWEST_PEOPLE - 1), [probe]) == {}
    assert train([one] * FEWEST_PEOPLE, [probe]) == {"probe": FEWEST_PEOPLE}
    assert train([one] * FEWEST_PEOPLE, [msgspec.structs.replace(probe, train=None)]) == {}


def test_figures_of_known_ratios() -> None:
    own, other = np.array([3.0, 2.0, 1.0, -1.0]), np.array([-3.0, -2.0, -1.0, 1.5])
    assert eer(own, other) == pytest.approx(0.25)
    assert cllr(np.zeros(5), np.zeros(5)) == pytest.approx(1.0)
    assert cllr(np.full(5, 40.0), np.full(5, -40.0)) == pytest.approx(0.0, abs=1e-9)
    assert password_of(1, 2, 8).tolist() == password_of(1, 2, 8).tolist()


def test_calibrated_ratios_are_as_right_as_they_are_sure() -> None:
    rng = np.random.default_rng(2)
    own, other = rng.normal(2, 2, 60_000), rng.normal(-2, 2, 60_000)
    for row in reliability(own, other):
        assert row.right == pytest.approx(row.confidence, abs=0.02)
