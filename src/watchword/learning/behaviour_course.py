"""One course of training on a deployment: its templates in, a report, and a new version of the models out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from watchword.bootstrap import Deployment, all_modalities
from watchword.config import load
from watchword.errors import NotFound
from watchword.learning.behaviour_evaluation import Measured, evaluate
from watchword.learning.behaviour_training import FEWEST_PEOPLE, train
from watchword.populations import keep, use


class Outcome(Struct, frozen=True, rename="camel"):
    """What came of it. `version` is that in use after it, None where nothing was trained; `enough` users were there."""

    people: int
    enough: bool
    measured: tuple[Measured, ...] = ()
    modalities: tuple[str, ...] = ()
    version: int | None = None
    message: str = ""


async def run(environment: Mapping[str, str], only_report: bool, version: int | None = None) -> Outcome:
    """Trains on the data directory of those settings. Raises NotFound for a version that is not there."""
    deployment = Deployment(load(environment))
    try:
        return await course(deployment, only_report, version)
    finally:
        deployment.parts.close()


async def course(deployment: Deployment, only_report: bool = False, version: int | None = None) -> Outcome:
    """The same on an open deployment."""
    now_ms = int(deployment.engine.clock().timestamp() * 1000)
    if version is not None:
        found = await use(deployment.records, version, now_ms)
        if found is None:
            raise NotFound(f"There is no version {version} of the models of behaviour.")
        return Outcome(found.people, True, (), tuple(found.backgrounds), version, f"Version {version} is in use.")
    people = [template for _, template in await deployment.parts.templates.all() if template.shelves]
    modalities = all_modalities()
    if len(people) < FEWEST_PEOPLE:
        return Outcome(len(people), False, message=f"At least {FEWEST_PEOPLE} people with templates are needed.")
    measured = evaluate(people, modalities, lambda some: train(some, modalities))
    if only_report:
        return Outcome(len(people), True, measured, message="Nothing was changed.")
    trained = train(people, modalities)
    if not trained:
        return Outcome(len(people), False, measured, message="No modality has enough people yet.")
    report = {one.modality: msgspec.to_builtins(one) for one in measured}
    kept = await keep(deployment.records, trained, len(people), report, now_ms)
    told = f"Version {kept.version} is in use: {', '.join(sorted(trained))}."
    return Outcome(len(people), True, measured, tuple(sorted(trained)), kept.version, told)
