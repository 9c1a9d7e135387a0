"""Twin attackers: the log-in of another person of the very same generator, so that only knowledge of this user tells.

An attacker who looks like any customer is the honest test of a profile: nothing in the counts of the whole population
gives him away. A model trained on simulated attackers otherwise learns what the simulator draws attackers from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from watchword.learning.attackers import like
from watchword.learning.crowd import Labelled, Stage, login
from watchword.learning.people import Person, glimpse, make_person

Twin = Literal["any", "country", "isp_device"]
KINDS: tuple[Twin, ...] = ("any", "country", "isp_device")


def twin(stage: Stage, kind: Twin, victim: Person, at_s: float, name: str) -> Labelled:
    """Somebody else's usual log-in at that time, on the victim's account.

    `country`: somebody of the victim's country; `isp_device`: of the victim's home and mobile provider as well, with a
    device of the same kind and system as the victim used last, at home or on the move.
    """
    other = _somebody(stage, kind, victim, at_s, name)
    seen = glimpse(stage.town, other, at_s)
    return Labelled(login(stage, victim, seen, name), f"twin_{kind}", name)


def _somebody(stage: Stage, kind: Twin, victim: Person, at_s: float, name: str) -> Person:
    town = stage.town
    person = make_person(town, f"twin-{name}", None if kind == "any" else victim.country)
    if kind != "isp_device":
        return person
    device = like(town.randomness("twin-device", name), victim.device_at(at_s))
    block = town.book.block(victim.home, town.randomness("twin-block", name))
    home, mobile, _ = person.places
    return replace(
        person,
        home=victim.home,
        mobile=victim.mobile,
        home_block=block,
        devices=[device],
        device_weights=(1.0,),
        places=(home, mobile if device.kind == "mobile" else 0.0, 0.0),
    )
