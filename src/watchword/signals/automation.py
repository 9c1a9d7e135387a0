"""Clients that no person operates."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, ramp, signal

CERTAIN = 0.75
"""Signs that weigh so much together are automation; fewer are merely suspicious (`suspicious_device`)."""

TOOLS = {
    "headless": "AUTOMATED_BROWSER",
    "driven": "AUTOMATED_BROWSER",
    "scripted": "SCRIPTED_CLIENT",
    "bot": "SCRIPTED_CLIENT",
}
WORDS = {
    "headless": "a headless browser",
    "driven": "a browser driven by software",
    "scripted": "a script or HTTP library",
    "bot": "a crawler",
}


def automation_weight(context: Context) -> float:
    """How telling all signs of automation are together, 0-1 (independent signs: noisy or)."""
    doubt = 1.0
    for hint in context.facts.hints:
        if hint.sign == "automation":
            doubt *= 1.0 - hint.weight
    return 1.0 - doubt


@signal(
    "DEVICE",
    {
        "AUTOMATED_BROWSER": Band("HIGH", 70, 90),
        "SCRIPTED_CLIENT": Band("HIGH", 70, 90),
        "AUTOMATION_SIGNS": Band("HIGH", 70, 90),
    },
    kinds=("login", "account_activity"),
    trait="hints",
)
def automation(context: Context) -> Iterable[Outcome]:
    """A log-in by Selenium, WebDriver, a headless browser or an HTTP library.

    Fraud: credential stuffing, account farms. Innocent: the customer's own scripts and monitoring (mark their key
    `machine`: such callers are exempt from evidence of scripted clients and of missing browser headers), testers. A
    client that names itself a tool is one, and saturates; without a name, signs in headers, fingerprint and what the
    collector's probes found must weigh 0.75 together, and saturate at 1.
    """
    agent = context.facts.agent
    if agent.tool is not None:
        code = TOOLS.get(agent.tool, "SCRIPTED_CLIENT")
        if code == "SCRIPTED_CLIENT" and context.machine:
            return ()
        text = f"The client names itself {WORDS.get(agent.tool, 'a tool')}: {agent.automation}"
        return (Finding(code, 1.0, 1.0, text, {"tool": agent.automation, "sort": agent.tool}),)
    if not context.facts.hints:
        return ()
    weight = automation_weight(context)
    if weight < CERTAIN or (context.machine and not any(hint.weight >= 1.0 for hint in context.facts.hints)):
        return ()
    signs = [hint for hint in context.facts.hints if hint.sign == "automation"]
    return (
        Finding(
            "AUTOMATION_SIGNS",
            ramp(weight, CERTAIN, 1.0),
            1.0,
            f"{len(signs)} signs of an automated browser. {signs[0].message}",
            {"signs": [hint.code for hint in signs], "weight": round(weight, 2)},
        ),
    )
