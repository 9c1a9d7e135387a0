"""Rules in CEL: what is refused when it is loaded and where, what runs, and what a failing one does."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.bench_of_evidence import assessed, decided, judged, login, piece, world

from watchword.enrichment.facts import Facts, Network
from watchword.errors import ConfigurationError
from watchword.events.event import UserFacts
from watchword.policy.assessment import Assessment
from watchword.policy.cel_engine import run
from watchword.policy.judge import Verdict, judge
from watchword.policy.names import LARGEST, NAMES, SAMPLES, TYPES
from watchword.policy.pace import Budget, Pace
from watchword.policy.rule import Policy, Rule, compile_rule
from watchword.policy.rulebook import Values, compile_rules, matching
from watchword.policy.shipped import SHIPPED
from watchword.policy.subject import MOST, Subject
from watchword.scoring.scorecard import Scored
from watchword.signals.signal import Context, Signal
from watchword.state.observed import Observed
from watchword.state.profile import Profile

DEVICE = piece("DEVICE", "NEW_DEVICE", "LOW", 26)
COUNTRY = piece("GEOLOCATION", "NEW_COUNTRY", "LOW", 18)
VPN = Facts(network=Network(asn=64500, vpn=True))


def rule(when: str, name: str = "rule", action: Any = "verify", **fields: Any) -> Policy:
    if "change" in fields:
        action = None
    return Policy(name=name, sentence="For the test", when=when, action=action, **fields)


REFUSED = [
    ("vpn &&", 1, 7, "ends too early"),
    ("vpn &&\n  new_devise", 2, 3, "no name new_devise; did you mean new_device?"),
    ("vpn && (tor", 1, 12, "missing ')' at the end"),
    ("score >> 5", 1, 8, "extraneous"),
    ("shout(user)", 1, 1, "no function shout"),
    ("user.contain('x')", 1, 6, "no function contain; did you mean contains?"),
    ("user.contains(3)", 1, 6, "contains"),
    ("score > 'high'", 1, 1, "types do not fit"),
    ("vpn &&\n hour > 'x'", 2, 2, "types do not fit"),
    ("false && (vpn || score * 2 > 5.0)", 1, 18, "types do not fit"),
    ("type == 5", 1, 9, "type is text"),
    ("country in ['NO', 5]", 1, 19, "country is text"),
    ("vpn == 1", 1, 8, "vpn is true or false"),
    ("hour", 1, 1, "this is a number"),
    ("vpn && country", 1, 8, "this is text"),
    ("vpn ? codes : tor", 1, 7, "this is a list"),
    ("metadata.plan == 'gold'", 1, 1, "guard it with has(metadata.plan)"),
    ("codes[0] == 'TOR'", 1, 1, "size()"),
    ("24 / known_devices > 1", 1, 1, "divides by zero"),
    ("user.matches('[')", 1, 1, "not a valid regex"),
    ("codes.exists(a, types.exists(b, not_evaluable.exists(c, a == c)))", 1, 47, "nest deeper than 2"),
    ("codes.exists(c, c > 1)", 1, 1, "types do not fit"),
    ("codes.exists(c, c == other)", 1, 22, "no name other"),
    ("codes.all(a, not_evaluable.all(b, user_agent.contains(a + b) || user_agent.matches('(a|b)+c')))", 1, 60, "1 ms"),
    ("country == 'ZZ' && codes.exists(a, types.exists(b, user_agent.matches('(x+x+)+y' + a + b)))", 1, 63, "1 ms"),
    ("codes.exists(a, a.matches('x')) || codes.exists(a, a in " + "+".join(["codes"] * 60) + ")", 1, 19, "1 ms"),
]


@pytest.mark.parametrize(("when", "line", "column", "said"), REFUSED, ids=[when for when, *_ in REFUSED])
def test_a_bad_rule_is_refused_when_it_is_loaded_with_its_place(when: str, line: int, column: int, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        compile_rule(rule(when), perf_counter_ns)
    assert said in str(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column), str(refused.value)
    assert refused.value.field == "rule"


def test_what_is_off_is_checked_too() -> None:
    with pytest.raises(ConfigurationError):
        compile_rules([rule("vpn &&", mode="off")], perf_counter_ns)


def test_two_rules_of_one_name_and_a_rule_that_does_nothing_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="two rules"):
        compile_rules([rule("vpn"), rule("tor")], perf_counter_ns)
    for fields in ({"action": None}, {"action": "block", "change": 3.0}):
        with pytest.raises(ConfigurationError, match="either"):
            compile_rule(Policy(name="r", sentence="s", when="vpn", **fields), perf_counter_ns)  # type: ignore[arg-type]


def test_a_slow_clock_refuses_a_rule_whatever_it_says() -> None:
    now = iter(range(0, 10**12, 1_000_000))
    with pytest.raises(ConfigurationError, match="at most 1 ms"):
        compile_rule(rule("vpn"), lambda: next(now))


TAKEN = [
    "vpn", "!vpn", "vpn && tor", "new_device && (vpn || proxy || tor)", "score > 60",
    "score >= 60.5 && level == 'HIGH'",
    "'NEW_DEVICE' in codes", "codes.exists(c, c.startsWith('NEW_')) || vpn", "country in ['CN', 'RU'] && hour < 6",
    "has(metadata.plan) && metadata.plan == 'gold'", "size(codes) > 0 && codes[0] == 'TOR'", "vpn ? tor : proxy",
    "// why\nvpn && \n  codes.all(c, types.exists(t, t == c))", "user_agent.matches('(?i)curl')",
    "!(vpn || tor) && hour != 3",
    "known_devices > 0 ? 24 / known_devices > 1 : false", "type == 'login' && failed_1h > 3 && !new_country",
]  # fmt: skip


@pytest.mark.parametrize("when", [*TAKEN, *(policy.when for policy in SHIPPED)])
def test_a_good_rule_is_taken_reads_only_its_names_and_costs_under_a_millisecond(when: str) -> None:
    compiled = compile_rule(rule(when), perf_counter_ns)
    assert 0 < compiled.cost_ns < 1_000_000
    assert set(compiled.names) <= set(NAMES)
    for name in NAMES:
        assert (name in compiled.names) == (name in compiled.program.variables())


def test_a_comparison_that_can_never_hold_is_refused_before_cel_takes_it_for_false() -> None:
    assert run(compile_rule(rule("vpn"), perf_counter_ns).program, {"vpn": True}) is True
    with pytest.raises(ConfigurationError):
        compile_rule(rule("country != 3"), perf_counter_ns)


VALUES = {
    "bool": st.booleans(), "int": st.integers(-2, 40), "double": st.floats(0, 100), "list": st.just(["NEW_DEVICE",
    "TOR"]),
    "string": st.sampled_from(["", "login", "NO", "CN", "HIGH", "mail.example"]), "map": st.just({"plan": "gold"}),
}  # fmt: skip
PARTS = [
    "vpn", "!vpn", "tor", "new_device", "!new_country", "score > 20.0", "score >= 60", "hour < 6", "asn == 23",
    "country == 'NO'", "country in ['CN', 'NO']", "type == 'login'", "type != 'login'", "'TOR' in codes",
    "failed_1h > 3",
    "(vpn || tor)", "level == 'HIGH'", "size(codes) > 1", "(score > 90.0 ? vpn : tor)", "!(vpn && tor)",
    "hour in [1, 2, 3]",
]  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4), min_size=1, max_size=8),
    st.fixed_dictionaries({name: VALUES[kind] for name, kind in TYPES.items()}),
)
def test_filing_and_guards_leave_out_no_rule_that_matches(conditions: list[list[str]], values: dict[str, Any]) -> None:
    policies = [rule(" && ".join(parts), f"rule_{number}") for number, parts in enumerate(conditions)]
    book = compile_rules(policies, perf_counter_ns)
    known = Values(Subject(assessed(), None, (), (), Scored(0, 1, ())))  # type: ignore[arg-type]
    known.update(values)
    pace = Pace(perf_counter_ns, perf_counter_ns(), Budget(10**12, 10**12))
    compiled = [compile_rule(policy, perf_counter_ns) for policy in policies]
    naive = [one.policy.name for one in compiled if run(one.program, {name: values[name] for name in one.names})]
    assert [one.policy.name for one in matching(book.actions, known, pace)] == naive
    assert not pace.degraded


def ruled(*policies: Policy, evidence: Any = (DEVICE, COUNTRY), facts: Facts = Facts(), **fields: Any) -> Verdict:
    return judged(assessed(login(**fields), facts), world(evidence, policies=policies))


def test_a_live_rule_acts_a_shadow_one_is_recorded_and_off_does_nothing() -> None:
    for mode, action, live, shadow in (("live", "block", 1, 0), ("shadow", "allow", 0, 1), ("off", "allow", 0, 0)):
        decision = ruled(rule("new_device", action="block", mode=mode)).decision
        assert (decision.action, len(decision.policies), len(decision.shadow)) == (action, live, shadow)
    assert decision.score == ruled(rule("new_device", action="block")).decision.score


def test_the_strictest_rule_that_matches_wins() -> None:
    decision = ruled(
        rule("new_device", "one", "verify"), rule("new_country", "two", "block"), rule("tor", "three", "block")
    ).decision
    assert decision.action == "block"
    assert [effect.name for effect in decision.policies] == ["one", "two"]


def test_a_score_change_is_a_contribution_of_its_own_name_and_level_is_read_after_it() -> None:
    before = decided([DEVICE])
    decision = ruled(
        rule("new_device", "raise_it", change=40.0),
        rule("score >= 66 && level == 'HIGH'", "look", "monitor"),
        evidence=[DEVICE],
    ).decision
    assert decision.score == before.score + 400_000 == 660_000
    assert (decision.level, decision.action) == ("HIGH", "verify")
    assert decision.contributions == (("NEW_DEVICE", 260_000), ("raise_it", 400_000))
    assert [effect.name for effect in decision.policies] == ["raise_it", "look"]


def test_a_lowering_change_may_lower_the_score_and_the_floor_still_holds() -> None:
    strong = piece("DEVICE", "AUTOMATED_BROWSER", "HIGH", 75)
    decision = ruled(rule("true", "office", change=-70.0), evidence=[strong]).decision
    assert (decision.score, decision.level, decision.action) == (50_000, "LOW", "verify")
    assert decision.floor is not None
    assert decision.floor.was == "allow"


def test_a_failing_rule_is_named_and_fails_nobody() -> None:
    failing = rule("has(metadata.limit) && metadata.limit > 5", "fragile", "block")
    decision = ruled(failing, rule("new_device", "sound", "verify"), metadata={"limit": "much"}).decision
    assert decision.action == "verify"
    assert [(one.part, one.reason) for one in decision.degraded] == [("policies.fragile", "TypeError")]
    assert ruled(failing, metadata={"limit": 9}).decision.action == "block"


def test_a_rule_needs_the_evidence_without_which_it_would_not_match() -> None:
    both = ruled(rule("new_device && new_country")).decision
    assert set(both.policies[0].needs) == {"NEW_DEVICE", "NEW_COUNTRY"}
    either = ruled(rule("new_device || new_country")).decision
    assert either.policies[0].needs == ()
    assert ruled(rule("score > 0")).decision.policies[0].needs == ()


def test_in_the_shadow_the_whole_decision_is_told() -> None:
    raised = ruled(rule("new_device", "would_raise", change=50.0, mode="shadow"), evidence=[DEVICE]).decision
    assert (raised.action, raised.score) == ("allow", 260_000)
    assert (raised.shadow[0].becomes, raised.shadow[0].score) == ("verify", 760_000)
    milder = ruled(rule("new_device", "soft", "monitor", mode="shadow"), rule("new_device", "hard", "block")).decision
    assert milder.shadow[0].becomes == "block"


def test_lists_are_cut_to_32_members() -> None:
    many = [piece("DEVICE", f"SIGN_{number:02}", "LOW", 30) for number in range(40)]
    assert ruled(rule("size(codes) == 32"), evidence=many).decision.policies
    user = UserFacts(roles=tuple(f"role{number}" for number in range(32)))
    assert ruled(rule("size(user_roles) == 32 && 'role31' in user_roles"), user=user).decision.policies
    assert MOST == 32
    assert len(LARGEST["codes"]) == 32


def context_of(assessment: Assessment) -> Context:
    """What signals are shown of an event."""
    shown: list[Context] = []
    probe = Signal("probe", "DEVICE", ("login",), {}, lambda context: shown.append(context) or ())  # type: ignore[func-returns-value]
    judged(assessment, replace(world(), signals=(probe,)))
    return shown[0]


def test_every_name_has_a_value_of_its_type_for_every_event() -> None:
    kinds = {"bool": bool, "int": int, "double": float, "string": str, "list": list, "map": dict}
    for facts in (Facts(), VPN):
        assessment = assessed(facts=facts)
        subject = Subject(assessment, context_of(assessment), (), (), Scored(0, 1, ()))
        for name, entry in NAMES.items():
            assert type(entry.read(subject)) is kinds[entry.type], name
            assert entry.doc.endswith("."), name
    assert all(set(sample) == set(NAMES) for sample in SAMPLES)


def test_the_shipped_rules_are_live_and_ask_for_verification() -> None:
    assert [(policy.name, policy.action, policy.mode) for policy in SHIPPED] == [
        ("new_device_and_new_country", "verify", "live"),
        ("new_device_on_anonymiser", "verify", "live"),
        ("new_device_on_foreign_hosting", "verify", "live"),
        ("new_device_on_listed_address", "verify", "live"),
        ("sensitive_change_from_new_place", "verify", "live"),
    ]


def shipped(evidence: Any, facts: Facts = Facts()) -> list[str]:
    decision = judged(assessed(facts=facts), world(evidence, policies=SHIPPED)).decision
    assert decision.action == ("verify" if decision.policies else "allow")
    return [effect.name for effect in decision.policies]


def test_a_new_device_is_corroborated_by_a_new_country_or_an_anonymiser_and_not_by_hosting() -> None:
    assert shipped([DEVICE]) == []
    assert shipped([DEVICE, COUNTRY]) == ["new_device_and_new_country"]
    assert shipped([DEVICE], VPN) == ["new_device_on_anonymiser"]
    assert shipped([DEVICE], Facts(network=Network(tor=True))) == ["new_device_on_anonymiser"]
    assert shipped([DEVICE], Facts(network=Network(proxy=True))) == ["new_device_on_anonymiser"]
    assert shipped([DEVICE], Facts(network=Network(hosting=True))) == []
    assert shipped([COUNTRY], VPN) == []
    assert shipped([DEVICE], Facts(network=Network(abuse_sources=("ipsum",)))) == ["new_device_on_listed_address"]


def test_hosting_corroborates_abroad_only() -> None:
    def asked(country: str, usual: dict[str, int]) -> bool:
        assessment = assessed(facts=Facts(network=Network(hosting=True, country=country)))
        observed = Observed({}, Profile(logins=9, countries=usual))
        decision = judge(assessment, observed, world([DEVICE], policies=SHIPPED), lambda: 0).decision
        return [effect.name for effect in decision.policies] == ["new_device_on_foreign_hosting"]

    assert asked("RU", {"NO": 9})
    assert not asked("NO", {"NO": 9})
    assert not asked("RU", {})


def compiled(when: str) -> Rule:
    return compile_rule(rule(when), perf_counter_ns)


def test_guards_take_only_what_must_hold() -> None:
    assert [check[0] for check in compiled("vpn && hour < 6 && (tor || proxy)").guard] == ["hour", "vpn"]
    assert compiled("vpn || hour < 6").guard == ()
    assert compiled("vpn ? tor : proxy").guard == ()
    assert [check[0] for check in compiled("((vpn && (!tor)))").guard] == ["vpn", "tor"]
