"""Trust in sessions of genuine people, of other people and of scripts, through the product's own functions.

Read first: no data set has one person's password, text and mouse. A recorded account is a chimera: a person of the CMU
set types the password, one of the Aalto set the text, and the pointer is that of one of Balabit's ten accounts; such
lanes are independent, those of one real person are not. Nobody whose session is judged is among the people who trained
the models of typing; the pointer's models are of other accounts, but Balabit's intruders are the same ten people. Text
is of one sitting, and only ten sentences can be learnt, however many sessions there were. The limits of the rules for
bots were set on the same Aalto people, so their false alarms are no held-out figure. Synthetic people are easier to
tell apart than real ones, and are shown beside. Sessions of one person are not independent (their text is one of five
sentences), so Wilson's bound is somewhat too narrow. Every script types and moves as one of the published ways; what
its keys alone would show is the row beside. Replays of a person's own recording are `bench-cmu`'s.

A session is looked at three times: after the password, after the text, and with the pointer. `challenged`: at any look
trust is under 50, or the verdict is other than `allow` at a confidence over 0.8. Bands are those of the last look.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import sqrt
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from benchmarks.behaviour import drivers, mouse
from benchmarks.behaviour.freetext import split
from benchmarks.behaviour.reference import aalto, classes_of_codes, cmu, typed
from benchmarks.measuring import announce, conclude
from watchword import behaviour
from watchword.behaviour.modality import Modality
from watchword.behaviour.mouse import MOUSE
from watchword.behaviour.samples import FOCUS, KEYS, Floats, Samples, Table, gather, no_samples
from watchword.behaviour.template import Entry, Template
from watchword.catalog import discover
from watchword.learning.typists import Sitting, make_typist, sit
from watchword.policy.session_evidence import SURE, Examined, Eyes, examine, verdict_of

SEED = 4021
STAGES = (5, 20, 60)
BANDS = (30, 40, 50, 60, 70, 80)
ASK = 50
TRIED = 10
"""Sessions of an owner after each stage."""

INTRUDERS = 10
AFTER_MS = 1_500.0
TEXT_LEARNT, TEXT_KEYS = 10, 60
BACKGROUND_TYPISTS, SYNTHETIC, SYNTHETIC_SEED = 400, 40, 7_321
MODALITIES = tuple(discover(behaviour, Modality).values())


class Visit(NamedTuple):
    """One session: what is seen of it at each look."""

    looks: list[Samples]


class Account(NamedTuple):
    """Whose it is, who else comes, and what the deployment learnt of others. A visit by its number."""

    eyes: Eyes
    genuine: Callable[[int], Visit]
    impostor: Callable[[int], Visit]
    learnt: Callable[[int], Samples]


class Judged(NamedTuple):
    """A session's trust at its last look, whether its owner was asked, and whether it was an anomaly at any look."""

    trust: float
    asked: bool
    anomaly: bool
    why: tuple[str, ...]


def judge(visit: Visit, template: Template, eyes: Eyes) -> Judged:
    """What the product says of a session while it goes on."""
    found = [examine(samples, template, eyes) for samples in visit.looks]
    why = tuple(reason.code for one in found if _asks(one) for reason in one.trust.reasons[:1])
    anomaly = any(one.trust.is_anomaly for one in found)
    return Judged(found[-1].trust.trust_score / 10_000, any(map(_asks, found)), anomaly, why)


def _asks(found: Examined) -> bool:
    verdict = verdict_of(found)
    sure = verdict.confidence > SURE and verdict.decision != "allow"
    return found.trust.trust_score < ASK * 10_000 or sure


def together(*parts: Samples) -> Samples:
    """Fields typed one after the other, and the pointer of whoever has one."""
    now, keys, focus = 0.0, [], []
    names: list[str] = []
    for part in parts:
        if not len(part.keys):
            continue
        fresh = [dict(table.columns) for table in (part.keys, part.focus)]
        for columns in fresh:
            columns["field"] = columns["field"] + len(names)
        for name in ("down", "up"):
            fresh[0][name] = fresh[0][name] + now
        fresh[1]["t"] = fresh[1]["t"] + now
        keys.append(fresh[0])
        focus.append(fresh[1])
        names += part.fields
        now = float(np.nanmax(fresh[0]["up"])) + AFTER_MS
    pointer = next((part.pointer for part in parts if len(part.pointer)), parts[0].pointer)
    if not keys:
        return no_samples(pointer=pointer)
    return no_samples(keys=_stacked(KEYS, keys), focus=_stacked(FOCUS, focus), fields=tuple(names), pointer=pointer)


def _stacked(names: Sequence[str], parts: Sequence[dict[str, Floats]]) -> Table:
    return Table({name: np.concatenate([part[name] for part in parts]) for name in names})


def visit(*parts: Samples) -> Visit:
    """A session that brings those parts one after the other."""
    return Visit([together(*parts[: count + 1]) for count in range(len(parts))])


def entries(samples: Samples, session: int) -> list[tuple[Modality, Entry]]:
    """What a session has to teach."""
    found = [(modality, one) for modality in MODALITIES for one in modality.extract(samples)]
    return [(modality, replace(one, session=session, at_ms=session * 86_400_000)) for modality, one in found]


def grown(account: Account, sessions: Iterable[int], template: Template) -> Template:
    """The template after those sessions too."""
    for number in sessions:
        for modality, one in entries(account.learnt(number), number + 1):
            template = template.plus(modality.name, one, modality.keep)
    return template


def train(people: Sequence[Sequence[tuple[Modality, Entry]]]) -> dict[str, Any]:
    """The models of a deployment that has those people."""
    models: dict[str, Any] = {}
    for modality in MODALITIES:
        held = [[one for its, one in person if its.name == modality.name] for person in people]
        if modality.train is not None and any(held):
            model = modality.train([one for one in held if one])
            models |= {modality.name: model} if model is not None else {}
    return models


def named(samples: Samples, name: str) -> Samples:
    """The same in a field of that name."""
    return replace(samples, fields=(name,))


class Recorded:
    """Accounts made of the reference data, in two halves: each half's models of passwords know the other half only."""

    def __init__(self) -> None:
        self.times = cmu()[0]
        known, self.writers = split(aalto())
        self.classes = classes_of_codes()
        self.mice = mouse.sessions()
        owners = sorted(set(self.mice.owners))
        training = [at for at, train_ in enumerate(self.mice.training) if train_]
        tested = [at for at, label in enumerate(self.mice.labels) if label >= 0]
        self.pointed = {at: mouse.samples(self.mice, at) for at in tested}
        taught = mouse.entries(self.mice, training)
        self.taught = {who: [one for at in training if self.mice.owners[at] == who for one in taught[at]]
                       for who in owners}  # fmt: skip
        self.owners = owners
        text = [self._text(one) for one in known[:BACKGROUND_TYPISTS]]
        self._writing = train([[pair for at, one in enumerate(each) for pair in entries(one, at + 1)] for each in text])
        halves = (range(0, len(self.times), 2), range(1, len(self.times), 2))
        self._passwords = [train([self._practised(who) for who in half]) for half in halves]
        self._pointers = {who: self._pointer_model(who) for who in owners}

    def __len__(self) -> int:
        return len(self.times)

    def account(self, who: int) -> Account:
        """The account of that person."""
        mine = self.owners[who % len(self.owners)]
        writer = self._text(self.writers[who])
        half = range(who % 2, len(self.times), 2)
        others = [other for other in half if other != who]
        calm, odd = ([at for at in self.pointed if self.mice.owners[at] == mine and self.mice.labels[at] == label]
                     for label in (0, 1))  # fmt: skip
        models = self._writing | self._passwords[1 - who % 2] | self._pointers[mine]

        def genuine(number: int) -> Visit:
            text = writer[TEXT_LEARNT + number % (len(writer) - TEXT_LEARNT)]
            return visit(self.password(who, number), text, self.pointed[calm[(number + who) % len(calm)]])

        def impostor(number: int) -> Visit:
            other = others[(who + number * 7) % len(others)]
            text = self._text(self.writers[other])[TEXT_LEARNT + number % 5]
            return visit(self.password(other, number % 5), text, self.pointed[odd[(number + who) % len(odd)]])

        def learnt(number: int) -> Samples:
            text = [writer[number]] if number < TEXT_LEARNT else []
            return together(self.password(who, number), *text)

        return Account(Eyes(MODALITIES, models), genuine, impostor, learnt)

    def pointer(self, who: int, template: Template, sessions: int) -> Template:
        """The template with the pointer that so many sessions have taught."""
        for at, one in enumerate(self.taught[self.owners[who % len(self.owners)]][:sessions]):
            template = template.plus("mouse", replace(one, at_ms=at), MOUSE.keep)
        return template

    def password(self, who: int, number: int) -> Samples:
        """That repetition of the password."""
        return named(typed(self.times[who, number]), "password")

    def _practised(self, who: int) -> list[tuple[Modality, Entry]]:
        return [pair for at in range(0, 400, 8) for pair in entries(self.password(who, at), at + 1)]

    def _text(self, person: Any) -> list[Samples]:
        made = []
        for times, codes in zip(person.times, person.codes, strict=True):
            held, kinds = times[:TEXT_KEYS], self.classes[np.clip(codes[:TEXT_KEYS], 0, 255)]
            made.append(named(typed(held - held[0, 0], kinds), "message"))
        return made

    def _pointer_model(self, who: str) -> dict[str, Any]:
        return train([[(MOUSE, one) for one in self.taught[other]] for other in self.owners if other != who])


def synthetic() -> list[Account]:
    """Accounts of simulated people; the models are of others of them."""
    sitting = Sitting(secret=11, text=TEXT_KEYS, strokes=20)
    parts = (Sitting(secret=11), Sitting(secret=11, text=TEXT_KEYS), sitting)
    others = [make_typist(SYNTHETIC_SEED, 1_000 + at) for at in range(30)]
    models = train([
        [pair for at in range(15) for pair in entries(gather(sit(one, at, sitting)), at + 1)] for one in others
    ])  # fmt: skip
    people = [make_typist(SYNTHETIC_SEED, at) for at in range(SYNTHETIC)]

    def account(who: int) -> Account:
        def genuine(number: int) -> Visit:
            return Visit([gather(sit(people[who], number, part)) for part in parts])

        def impostor(number: int) -> Visit:
            other = people[(who + 1 + number) % len(people)]
            return Visit([gather(sit(other, 900 + number, replace_whose(part, who), number % 5)) for part in parts])

        def learnt(number: int) -> Samples:
            return gather(sit(people[who], number, sitting))

        return Account(Eyes(MODALITIES, models), genuine, impostor, learnt)

    return [account(who) for who in range(len(people))]


def replace_whose(sitting: Sitting, who: int) -> Sitting:
    """The same at somebody's account."""
    return Sitting(sitting.secret, sitting.text, sitting.strokes, sitting.gestures, who)


def scripts(rng: drivers.Rng) -> list[tuple[str, Visit]]:
    """One session of every way to type, each with a way to move."""
    made, paths = [], list(drivers.POINTER_PATHS.values())
    for at, (name, script) in enumerate(drivers.TYPING.items()):
        secret = script(rng, 11)
        secret.keys["cls"][:] = -1
        strokes = drivers.strokes(paths[at % len(paths)], rng, 8)
        made.append((name, visit(named(secret, "password"), named(script(rng, 50), "message"), strokes)))
    return made


class Row(NamedTuple):
    """Sessions of one kind."""

    name: str
    judged: list[Judged]

    def shares(self) -> dict[str, float]:
        """Under each band, asked, and called an anomaly."""
        count = len(self.judged)
        under = {f"under_{band}": sum(one.trust < band for one in self.judged) / count for band in BANDS}
        asked, odd = (sum(getattr(one, what) for one in self.judged) / count for what in ("asked", "anomaly"))
        return {name: round(share, 4) for name, share in (under | {"challenged": asked, "anomaly": odd}).items()}

    def show(self) -> dict[str, float]:
        """Prints and gives the shares."""
        shares = self.shares()
        print(f"{self.name:36}" + "".join(f"{share:9.2%}" for share in shares.values()) + f"  of {len(self.judged)}")
        codes = Counter(code for one in self.judged for code in one.why).most_common(4)
        if self.name.startswith("genuine") and codes:
            print(f"{'':36}  asked by " + ", ".join(f"{code} {count}" for code, count in codes))
        return shares


def wilson(hits: int, count: int, z: float = 1.96) -> float:
    """Upper end of Wilson's 95 % interval."""
    share, extra = hits / count, z * z / count
    middle = share + extra / 2
    return (middle + z * sqrt(share * (1 - share) / count + extra / (4 * count))) / (1 + extra)


def of_accounts(accounts: Iterable[tuple[Account, Callable[[Template, int], Template]]], seed: int) -> list[Row]:
    """Genuine sessions after each stage, and at the last one impostors and scripts."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Judged]] = defaultdict(list)
    for account, pointed in accounts:
        template, before = Template(), 0
        for stage in STAGES:
            template, before = grown(account, range(before, stage), template), stage
            held = pointed(template, stage)
            rows[f"genuine, after {stage} sessions"] += [
                judge(account.genuine(stage + at), held, account.eyes) for at in range(TRIED)
            ]
            rows[f"impostor, after {stage} sessions"] += [
                judge(account.impostor(at), held, account.eyes) for at in range(INTRUDERS)
            ]
        for name, one in scripts(rng):
            keys_alone = judge(Visit(one.looks[:2]), held, account.eyes)
            rows[f"bot, {name}"].append(keys_alone)
            rows["bot, all scripts, keys alone"].append(keys_alone)
            rows["bot, all scripts"].append(judge(one, held, account.eyes))
    return [Row(name, rows[name]) for name in sorted(rows, key=_place)]


def _place(name: str) -> tuple[int, bool]:
    kind = name.split(",", maxsplit=1)[0]
    return ("genuine", "impostor", "bot").index(kind), "all" not in name


def main() -> None:
    """Prints the tables; the last line is JSON."""
    announce(__doc__ or "")
    began = perf_counter()
    held = Recorded()
    people = ((held.account(who), partial(held.pointer, who)) for who in range(len(held)))
    figures: dict[str, Any] = {}
    heading = f"{'':36}" + "".join(f"{f'< {band}':>9}" for band in BANDS) + "    asked  anomaly"
    made = (("recorded", of_accounts(people, SEED)),
            ("synthetic", of_accounts(((one, lambda template, _: template) for one in synthetic()), SEED)))  # fmt: skip
    for world, rows in made:
        print(f"{world} people, trust\n{heading}")
        figures[world] = {row.name: row.show() for row in rows}
        genuine = [one for row in rows if row.name.startswith("genuine") for one in row.judged]
        hits = sum(one.anomaly for one in genuine)
        upper = wilson(hits, len(genuine))
        figures[world]["anomaly_genuine"] = {"observed": round(hits / len(genuine), 5), "wilson_upper": round(upper, 5)}
        print(f"isAnomaly: {hits} of {len(genuine)} genuine sessions, at most {upper:.3%} (Wilson, 95 %)\n")
    print(f"{perf_counter() - began:.0f} s")
    conclude(figures)


if __name__ == "__main__":
    main()
