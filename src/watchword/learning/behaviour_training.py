"""Trains the population models of behaviour from a deployment's own templates, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchword.behaviour.modality import Background, Modality
from watchword.behaviour.template import Entry, Template

FEWEST_PEOPLE = 20
"""Fewer people are no population: with a hundred the free-text model has .046, with three hundred .033 (research)."""


def train(people: Sequence[Template], modalities: Iterable[Modality]) -> dict[str, Background]:
    """The models of those modalities that have enough people, by name."""
    trained: dict[str, Background] = {}
    for modality in modalities:
        entries = [one for template in people if (one := entries_of(template, modality.name))]
        if modality.train is None or len(entries) < FEWEST_PEOPLE:
            continue
        learnt = modality.train(entries)
        if learnt is not None:
            trained[modality.name] = learnt
    return trained


def entries_of(template: Template, modality: str) -> list[Entry]:
    """A person's entries of one modality, whatever they are about, oldest first."""
    shelves = (shelf for name, shelf in template.shelves.items() if name.partition("/")[0] == modality)
    return sorted((one for shelf in shelves for one in shelf.entries), key=lambda one: one.at_ms)
