"""Policies: what would this rule have done? Rules are written, checked, tried on the past, and only then saved."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from litestar import Response, get, post
from msgspec import Struct, ValidationError, convert

from watchword.errors import InvalidInput
from watchword.policy.decision import ACTIONS, Action
from watchword.policy.rule import Policy
from watchword.web.console import words
from watchword.web.console.filtering import one
from watchword.web.console.records import Rule, Trial
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import answer, fragment, here, link, need, page, see

TRIED = 2_000
SHOWN = 8
BLANK = Policy(
    name="new_rule", sentence="What it is for.", when="new_device && new_country", action="verify", mode="shadow"
)


class Outcome(Struct, frozen=True):
    """What the editor is told: whether the rule compiles, and where it does not."""

    ok: bool
    text: str
    line: int | None = None
    column: int | None = None


@get("/policies", include_in_schema=False)
async def policies(request: Ask) -> Any:
    """The rules, one of them in the editor."""
    console, _ = here(request)
    rules = await console.desk.rules.all()
    asked = one(request.query_params, "rule")
    chosen = next((rule for rule in rules if rule.policy.name == asked), None)
    if asked == "new":
        chosen = Rule(BLANK)
    entries = await console.desk.lists.all()
    fresh = asked == "new" or not rules
    chosen = chosen or (rules[0] if rules else Rule(BLANK))
    return await page(
        request, "policies.html", rules=rules, chosen=chosen, fresh=fresh, said=sentence(rules), entries=entries,
        actions=ACTIONS, names=console.desk.rules.names(),
    )  # fmt: skip


@post("/policies/check", include_in_schema=False)
async def check(request: Ask) -> Outcome:
    """Whether a rule compiles, while it is typed."""
    console, visitor = here(request)
    need(visitor, "persons")
    try:
        policy = await _given(request)
    except InvalidInput as error:
        return Outcome(False, str(error))
    fault = await console.desk.rules.check(policy)
    return Outcome(True, "Compiles.") if fault is None else Outcome(False, fault.message, fault.line, fault.column)


@post("/policies/test", include_in_schema=False)
async def test(request: Ask) -> Response[str]:
    """What the rule would have changed among the newest decisions."""
    console, visitor = here(request)
    need(visitor, "persons")
    policy = await _given(request)
    fault = await console.desk.rules.check(policy)
    if fault is not None:
        return answer(fragment("said.html", said=f"Not tested: {fault.message}"))
    trial = await console.desk.rules.test(policy, TRIED)
    await console.desk.ledger.note(visitor.actor, "rule.test", policy.name, {})
    return answer(
        fragment(
            "trial.html",
            trial=trial,
            said=told(trial),
            shown=SHOWN,
            visitor=visitor,
            now_ms=console.desk.clock.now_ms(),
        )
    )


@post("/policies/save", include_in_schema=False)
async def save(request: Ask) -> Response[str]:
    """Saves a rule; on every node within a second."""
    console, visitor = here(request)
    need(visitor, "admin")
    policy = await _given(request)
    reason = str((await request.form()).get("reason", "")).strip()
    fault = await console.desk.rules.check(policy)
    if fault is not None:
        raise InvalidInput(fault.message, "when")
    await console.desk.rules.save(policy, visitor, reason)
    return see(link("policies", rule=policy.name))


@post("/policies/{name:str}/remove", include_in_schema=False)
async def remove(request: Ask) -> Response[str]:
    """Takes a rule away; the settings' history keeps it."""
    console, visitor = here(request)
    need(visitor, "admin")
    await console.desk.rules.remove(str(request.path_params["name"]), visitor)
    return see(link("policies"))


async def _given(request: Ask) -> Policy:
    form = await request.form()
    does = str(form.get("does", ""))
    fields: dict[str, Any] = {
        "name": str(form.get("name", "")).strip(),
        "sentence": str(form.get("sentence", "")).strip(),
    }
    fields["when"] = str(form.get("when", "")).replace("\r\n", "\n")
    fields["mode"] = cast("Literal['live', 'shadow', 'off']", str(form.get("mode", "shadow")))
    if does == "change":
        fields["change"] = _points(str(form.get("change", "")))
    else:
        fields["action"] = cast("Action", does)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", fields["name"]):
        raise InvalidInput("A name is lower-case letters, digits and underscores, a letter first.", "name")
    try:
        return convert(fields, Policy)
    except ValidationError as error:
        raise InvalidInput(f"The rule is not complete: {error}", "rule") from None


def _points(given: str) -> float:
    try:
        return float(given.replace("−", "-"))
    except ValueError:
        raise InvalidInput("A score change is a number of points, -100 to 100.", "change") from None


def sentence(rules: list[Rule]) -> tuple[str, str, str]:
    """Mark, head and text."""
    by = {mode: sum(rule.policy.mode == mode for rule in rules) for mode in ("live", "shadow", "off")}
    broken = [rule for rule in rules if rule.fault]
    counted = f"{words.count(by['live'], 'rule')} live, {by['shadow']} in shadow, {by['off']} off."
    if broken:
        return "verify", f"{broken[0].policy.name} does not compile.", f"It is left out. {counted}"
    failing = [rule for rule in rules if rule.failed]
    if failing:
        text = (
            f"{words.count(failing[0].failed, 'time')} since the start; it fails nobody, its say is missing. {counted}"
        )
        return "verify", f"{failing[0].policy.name} failed while running.", text
    return "allow", counted, "All of them run on every decision; the strictest live action wins."


def told(trial: Trial) -> str:
    """The finding of a trial in one sentence."""
    if not trial.judged:
        return "There is no decision to try it on yet."
    if not trial.changed:
        return (
            f"Would have changed none of {trial.judged:,} decisions; it matched {words.count(trial.matched, 'time')}."
        )
    return f"Would have changed {len(trial.changed):,} of {trial.judged:,} decisions."
