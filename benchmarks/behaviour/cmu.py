"""Keystrokes of one password, 51 people x 400 times (Killourhy and Maxion 2009), through the product's own functions.

Read first: the protocol flatters everybody, because its impostors type the password for the first time; the rows
`practised` do not. All people type one text on one keyboard with a 0.2 ms clock. A browser's clock, other keyboards and
other days cost more. One threshold for all owners is what an engine has; a threshold for each is what papers print.
The constants (number of neighbours, ridge, weights) were chosen on these people, so read the figures as a little
optimistic: other choices differed by 0.1 to 0.3 points. Calibration without a background saw no data at all.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from benchmarks.behaviour import practised, verification
from benchmarks.behaviour.practised import FIRST, PRACTISED, People, own_data, with_background
from benchmarks.behaviour.verification import HEADING, Trial, each, row, several
from benchmarks.measuring import announce, conclude
from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.samples import Floats

ENROLLED = {
    "200 (exact protocol)": slice(200), "last 20": slice(180, 200), "last 10": slice(190, 200),
    "first 10 (still learning it)": slice(10), "first 20": slice(20), "first 50": slice(50),
}  # fmt: skip


def scaled_manhattan(raw: Floats) -> list[Trial]:
    """The best detector of 2009, as published: mean and mean absolute deviation of 200 repetitions."""
    made = []
    for who in range(len(raw)):
        trained = raw[who, :200]
        centre = trained.mean(axis=0)
        scale = np.abs(trained - centre).mean(axis=0)
        others = np.concatenate([raw[other, :5] for other in range(len(raw)) if other != who])
        made.append(Trial(*(-(np.abs(one - centre) / scale).sum(axis=1) for one in (raw[who, 200:], others))))
    return made


def speed(all_people: People) -> float:
    """Microseconds for one comparison with a template that is ready."""
    kept = practised.shelf(all_people[0][:200])
    tried = all_people[0][200:]
    practised.ratios(kept, tried)
    start = perf_counter()
    for _ in range(20):
        for one in tried:
            FIXED_TEXT.compare(kept, one, None)
    return (perf_counter() - start) / 20 / len(tried) * 1e6


def by_own(all_people: People) -> dict[str, float]:
    """Prints what owners' entries alone achieve."""
    print("The owner's entries alone\n" + HEADING)
    trials = {name: list(own_data(all_people, enrolled)) for name, enrolled in ENROLLED.items()}
    for name, found in trials.items():
        print(row(name, found))
    mature = trials["200 (exact protocol)"]
    print(row("200, practised impostors", hard := list(own_data(all_people, slice(200), PRACTISED))))
    for count in (2, 3, 5):
        print(row(f"200, {count} entries in a row", several(mature, count, len(FIRST))))
    print("\nlog-likelihood ratio     owners   others   observed")
    for name, own, other, seen in verification.reliability(mature):
        print(f"{name:22s} {own:8.2%} {other:8.2%}   {seen:+.1f}")
    return {
        "eer_own": float(each(mature).mean()),
        "eer_last10": float(each(trials["last 10"]).mean()),
        "eer_practised": float(each(hard).mean()),
        "eer_own_one_threshold": verification.equal_error(*verification.together(mature)),
        "cllr_own": verification.cost(mature),
        "ece_own": verification.calibration_error(mature),
    }


def by_background(all_people: People) -> dict[str, float]:
    """Prints what models of other people add."""
    print(
        "\nWith background users (5 disjoint groups; a model knows neither the owner's nor the impostors')\n" + HEADING
    )
    found = {}
    for name in ("200 (exact protocol)", "last 10"):
        first, hard = with_background(all_people, ENROLLED[name], (FIRST, PRACTISED))
        for kind, folds in (("", first), (", practised impostors", hard)):
            found[name + kind] = practised.averaged(folds)
            print(row(f"{name}{kind}, pooled", practised.pooled(folds)))
            rates = found[name + kind]
            halves = f"{rates[::2].mean():.4f} / {rates[1::2].mean():.4f}"
            print(f"{'  mean over groups':44s} {rates.mean():.4f}  {halves}")
    return {
        "eer_background": float(found["200 (exact protocol)"].mean()),
        "eer_background_practised": float(found["200 (exact protocol), practised impostors"].mean()),
    }


def by_replay(all_people: People, times: Floats) -> dict[str, float]:
    """Prints how stored entries that are played back are told."""
    print("\nReplay of a stored entry, threshold learnt from each owner's own entries\njitter   caught   worst owner")
    rates = {jitter: practised.replays(all_people, times, jitter) for jitter in (0.0, 2.0, 3.0, 5.0)}
    for jitter, (_, caught) in rates.items():
        print(f"{jitter:3.0f} ms  {caught.mean():8.2%} {caught.min():8.1%}")
    honest = rates[2.0][0]
    print(f"honest entries called a replay: {honest.mean():.3%}, of the owner with most {honest.max():.1%}")
    return {
        "replay_2ms_caught": float(rates[2.0][1].mean()),
        "replay_false": float(honest.mean()),
        "replay_false_worst": float(honest.max()),
    }


def main() -> None:
    """Measures and prints."""
    announce("CMU keystrokes, 2009 protocol")
    all_people, times, raw = practised.people()
    baseline = scaled_manhattan(raw)
    print(f"scaled Manhattan (published .0962): {each(baseline).mean():.4f}\n")
    figures = {"eer_scaled_manhattan": float(each(baseline).mean())}
    figures |= by_own(all_people) | by_background(all_people) | by_replay(all_people, times)
    figures["compare_us"] = speed(all_people)
    print(f"\none comparison with a ready template: {figures['compare_us']:.0f} us")
    conclude({name: round(value, 4) for name, value in figures.items()})


if __name__ == "__main__":
    main()
