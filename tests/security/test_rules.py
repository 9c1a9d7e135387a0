"""A rule is tried where decisions are made: whatever is typed, trying it must be over at once."""

from __future__ import annotations

from time import perf_counter_ns, thread_time

import pytest
from tests.web.console.room import Room

from watchword.errors import ConfigurationError
from watchword.policy.rule import Policy, compile_rule

ZEROS = "[" + ",".join("0" * 900) + "]"
MANY = "+".join(["codes"] * 300)
BOMBS = {
    "long lists": f"{ZEROS}.all(x, {ZEROS}.all(y, true))",
    "lists put together": f"({MANY}).all(x, ({MANY}).all(y, true))",
    "lists of lists": f"[{MANY}].all(x, x.all(y, true))",
    "lists made on the way": f"codes.map(x, codes.map(y, {MANY})).size() > 0",
    "texts that double": "codes" + ".map(x, x + x)" * 200 + ".size() > 0",
    "patterns": "codes.all(x, codes.all(y, " + " && ".join([r"x.matches('(\\w{9}){9}')"] * 80) + "))",
    "many patterns": " && ".join([r"user.matches('(\\w{9}){9}')"] * 80),
    "long bodies": "codes.all(x, codes.all(y, " + " && ".join(["x != y"] * 450) + "))",
    "negations": "!" * 4_000 + "true",
    "brackets": "(" * 2_000 + "true" + ")" * 2_000,
    "maps": "{1:" * 1_000 + "1" + "}" * 1_000 + " == {}",
}


@pytest.mark.parametrize("when", BOMBS.values(), ids=BOMBS.keys())
def test_a_rule_that_is_too_much_work_is_refused_at_once(when: str) -> None:
    began = thread_time()
    with pytest.raises(ConfigurationError):
        compile_rule(Policy(name="bomb", sentence="s", when=when[:4_096], action="verify"), perf_counter_ns)
    assert thread_time() - began < 2


@pytest.mark.parametrize(
    "when",
    [
        "codes.exists(x, types.exists(y, x == y))", "country in [" + ",".join(["'NO'"] * 300) + "]",
        "codes.filter(x, x != 'TOR').exists(x, x == 'VPN')", "['TOR', 'VPN'].all(x, x in codes)",
        "user.startsWith('adm') && user_roles.exists(r, r.startsWith('admin'))", "has(metadata.plan) && metadata.plan == 'gold'",
        "metadata.exists(k, k == 'plan')",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(when: str) -> None:
    compile_rule(Policy(name="fine", sentence="s", when=when, action="verify"), perf_counter_ns)


async def test_viewers_try_no_rules() -> None:
    room = Room()
    guest = await room.signed_in("viewer")
    rule = {"name": "x", "sentence": "s", "when": BOMBS["long lists"], "does": "verify", "mode": "live"}
    for path in ("policies/check", "policies/test", "policies/save"):
        assert (await guest.post(path, **rule)).status_code == 403
