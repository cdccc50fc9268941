"""Every row of the table is a theorem, has an example it applies to, and a name of its own."""

from operator import attrgetter

import pytest

from symgrad.calculus import RULES, Rule, derive
from symgrad.calculus.elementary import ELEMENTARY, local_derivatives
from symgrad.calculus.verify import check_equal
from symgrad.errors import ReadError
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import Call, Derivative, Node, Number, Symbol


def _tree(text: str) -> Node:
    return read(text, options=ReadOptions(accept=("matrix", "equation"))).tree


UNCHECKED = {"mathieus", "mathieuc", "mathieusprime", "mathieucprime"}  # no independent numerical values at hand


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id not in UNCHECKED], ids=attrgetter("id"))
def test_rule_is_a_theorem(rule: Rule) -> None:
    outcome = rule.theorem()
    assert outcome.holds(), outcome
    assert outcome.points >= 5 or not rule.pattern


@pytest.mark.parametrize("rule", RULES, ids=attrgetter("id"))
def test_the_example_of_a_rule_is_its_case(rule: Rule) -> None:
    variable = Symbol("x" if "x" in rule.example else "u")
    assert rule.apply(_tree(rule.example), variable, lambda part: Derivative(part, variable)) is not None
    assert rule.says.endswith(".")
    assert rule.name
    assert rule.statement


def test_ids_are_unique_and_frozen_in_shape() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(name == name.strip() and " " not in name for name in ids)


def test_a_wrong_rule_is_contradicted_with_a_witness() -> None:
    outcome = Rule.of_function("sin", "-cos(u)").theorem()
    assert outcome.status == "contradicted"
    assert outcome.witness is not None
    assert "x" in outcome.witness


@pytest.mark.parametrize("function", ["sin", "tanh", "arccos", "atan2", "sigmoid", "relu", "abs"])
def test_local_derivatives_hold_in_u_and_v(function: str) -> None:
    names = ("u", "v", "w")[: len(local_derivatives(function))]
    node = Call(function, *map(Symbol, names))
    for name, tree in zip(names, local_derivatives(function), strict=True):
        assert tree is not None
        assert check_equal(Derivative(node, Symbol(name)), tree)


def test_every_smooth_function_of_one_argument_has_a_rule() -> None:
    """What is left out is not differentiable, not real, or takes a matrix."""
    without = {"arg", "transpose", "inverse", "trace", "det", "norm", "total", "zeta"}
    known = {head.split(":")[1] for rule in RULES for head in rule.heads if head.startswith("Call:")}
    missing = {name for name, row in FUNCTIONS.items() if row.arity[0] == 1} - known - without
    assert not missing


def test_a_users_function_is_a_row_like_any_other() -> None:
    rule = Rule.of_function("softsign", "1/(1 + |u|)^2", value="u/(1 + |u|)")
    assert rule.theorem().holds()
    derivation = derive("softsign(3x)^2", rules=[rule, *RULES])
    assert "softsign" in [state.rule_id for state in derivation.states]
    assert not derivation.unevaluated
    assert derivation.verify()
    with pytest.raises(ReadError, match="softsign"):
        derive("softsign(3x)^2")


def test_a_users_function_that_is_not_said_can_not_be_checked_and_a_wrong_one_is_found() -> None:
    unsaid = Rule.of_function("softsign", "1/(1 + |u|)^2")
    evidence = derive("softsign(3x)^2", rules=[unsaid, *RULES]).verify()
    assert not evidence
    assert not evidence.contradicted
    assert "softsign" in str(evidence.unknown[0][1].reason)
    wrong = Rule.of_function("softsign", "1/(1 + |u|)", value="u/(1 + |u|)")
    assert derive("softsign(3x)^2", rules=[wrong, *RULES]).verify().contradicted


def test_exponent_of_elementary_rows_is_readable() -> None:
    assert all(rule.elementary is not None for rule in ELEMENTARY)
    assert Number(2) in derive("x^2").tree.children
