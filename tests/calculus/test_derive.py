"""The walk and its chain: one rule a state, nothing folded early, repeated work done once, honest refusals."""

import pickle
from itertools import pairwise

import pytest
import sympy

from symgrad.calculus import RULES, derive
from symgrad.calculus.derive import Differentiator
from symgrad.calculus.verify import check_equal
from symgrad.errors import LimitError, UsageError
from symgrad.formula import Formula
from symgrad.syntax import parse
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.tree import Add, Call, Derivative, Matrix, Multiply, Node, Number, Power, Symbol
from symgrad.syntax.walks import at, replace_at, unique
from symgrad.typeset import line

X = Symbol("x")


def rules_of(text: str, **options: object) -> list[str]:
    """The rules of a derivation that aren't trivial, in order; a trivial one only where it opens."""
    states = derive(text, **options).states  # type: ignore[arg-type]
    return [state.rule_id for k, state in enumerate(states) if k < 2 or not state.trivial]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("x^2 sin(x)", ["given", "product", "power", "sin"]),
        ("e^(-x^2)", ["given", "exponential", "power"]),
        ("sin(x)/x", ["given", "quotient", "sin"]),
        ("x^2/(2 s^2)", ["given", "constant-factor", "power"]),
        ("1/(x^2 + 1)", ["given", "reciprocal", "power"]),
        ("x^(-3)", ["given", "power"]),
        ("x^x", ["given", "general-power", "product", "ln"]),
        ("2^x", ["given", "exponential"]),
        ("x sin(x) e^x", ["given", "product", "sin", "exponential"]),
        ("3x + 2", ["given", "sum"]),
        ("f(x^2)", ["given", "unspecified", "power"]),
    ],
)
def test_the_rules_are_those_a_lecturer_would_name(text: str, rules: list[str]) -> None:
    assert rules_of(text, wrt="x")[: len(rules)] == rules


def test_a_negative_exponent_is_no_quotient() -> None:
    for text in ("e^(-x^2)", "x^(-2) + 1", "(1 + x)^(-1)", "x/3", "5/x"):
        assert "quotient" not in rules_of(text)


def test_constants_are_pulled_out_of_products_and_quotients() -> None:
    assert "product" not in rules_of("3 sin(x)/4")
    assert rules_of("a b x^2", wrt="x").count("product") == 0


def test_a_product_of_many_factors_is_one_step() -> None:
    states = derive("x sin(x) cos(x) e^x").states
    assert states[1].rule_id == "product"
    assert isinstance(states[1].tree, Add)
    assert len(states[1].tree.children) == 4


def test_the_quotient_rule_stays_visible() -> None:
    assert line(derive("x/(x + 1)").states[1].tree) == "((x + 1) − x)/(x + 1)²"


def test_nothing_but_the_named_places_changes() -> None:
    """Putting the old part back into each new state gives the state before."""
    derivation = derive("sin(x^2) cos(x) + x e^(x^2) - ln(x)/x")
    states = [state for state in derivation.chain(full=True) if state.step is not None or state.rule_id == "given"]
    for before, state in pairwise(states):
        assert state.step is not None
        restored, old = state.tree, before.tree
        if all(len(place) > 0 and at(state.tree, place) is not None for place in state.paths):
            assert state.step.before in set(unique(old))
        if len(state.paths) == 1 and state.old_path == state.path:
            assert replace_at(restored, state.path, state.step.before) == old


def test_every_state_is_equal_to_the_one_before() -> None:
    for text in ("x^2 sin(x)/(1 + x^2)", "(x^2 + 1)^x", "ln(sin(x)) cos(2x)^3"):
        for full in (False, True):
            states = [state.tree for state in derive(text).chain(full=full)]
            for before, after in pairwise(states):
                assert check_equal(before, after), (line(before), line(after))


def test_a_repeated_derivative_is_derived_once_and_referred_to() -> None:
    u = "sin(x^2 + cos(x))"
    states = derive(f"{u} + e^{u} {u}").states
    assert any(state.rule_id == "as-before" for state in states)
    assert sum(state.rule_id == "sin" for state in states) == 1


def test_full_shows_the_trivial_rules_and_below_they_go_along() -> None:
    derivation = derive("3x^2 + 7")
    full = [state.rule_id for state in derivation.chain(full=True)]
    assert {"sum", "constant-factor", "power", "constant"} <= set(full)
    told = derivation.states
    assert "constant" not in [state.rule_id for state in told]
    assert "constant" in told[1].in_passing


def test_orders_come_one_stage_at_a_time() -> None:
    derivation = derive("x^5", order=3)
    assert [line(stage.tree) for stage in derivation.stages] == ["5x⁴", "20x³", "60x²"]
    assert derivation.verify()


def test_gradient_hessian_and_jacobian() -> None:
    gradient = derive("x^2 y + y^3")
    assert gradient.tree == Matrix([[parse("2 x y")], [parse("x^2 + 3 y^2")]])
    x, y = gradient.formula.variables
    assert gradient.result == [2 * x * y, x**2 + 3 * y**2]
    hessian = derive("x^2 y + y^3", order=2)
    assert hessian.result == sympy.Matrix([[2 * y, 2 * x], [2 * x, 6 * y]])
    steps = list(hessian.stages[1].steps)
    assert [len(paths) for _, paths in steps] == [1, 2, 1]
    jacobian = derive("[[x*y], [sin(x)]]")
    assert jacobian.result == sympy.Matrix([[y, x], [sympy.cos(x), 0]])
    assert gradient.verify()
    assert hessian.verify()
    assert jacobian.verify()


def test_partial_is_written_where_other_variables_are_held() -> None:
    assert derive("x^2 y", "x").states[0].tree == Derivative(parse("x^2 y"), X, partial=True)
    assert derive("x^2").states[0].tree == Derivative(parse("x^2"), X)


def test_the_answer_is_read_off_the_steps() -> None:
    derivation = derive("x sin(x)")
    raw = derivation.stages[0].steps[0][0].result
    assert check_equal(raw, derivation.tree)
    assert derivation.stages[0].rewrites == () or derivation.stages[0].rewrites[0].before == raw


def test_results_of_known_troublemakers() -> None:
    expected = {
        "(x^2 + 1)^x": "(x^2 + 1)^x (ln(x^2 + 1) + 2x^2/(x^2 + 1))",
        "sin(2x)^(4x)": "sin(2x)^(4x) (4 ln(sin(2x)) + 8x cos(2x)/sin(2x))",
        "f(2x, x^2)": "2 d/du(f(u, x^2))",
        "arcoth(x)": "1/(1 - x^2)",
        "sqrt((x - 1)/(x + 1))": "1/((x + 1)^2 sqrt((x - 1)/(x + 1)))",
        "cbrt(x)": "1/(3 cbrt(x)^2)",
        "arcsec(x)": "1/(|x| sqrt(x^2 - 1))",
    }
    for text, wanted in expected.items():
        if "d/du" not in wanted:
            assert check_equal(derive(text).tree, parse(wanted)), text
    assert line(derive("f(2x, x^2)").tree) == "2·∂₁f(2x, x²) + 2x·∂₂f(2x, x²)"


def test_power_with_a_symbolic_exponent_works_at_zero() -> None:
    """Reported against another system: nan instead of 1."""
    from symgrad.calculus.evaluate import evaluate

    assert evaluate(derive("x^n", "x").tree, {"x": 0, "n": 1}) == 1


def test_sympy_expressions_keep_their_symbols() -> None:
    x = sympy.Symbol("x")
    assert derive(x**2, "x").result == 2 * x
    assert derive(Formula(sympy.Symbol("t", positive=True) ** 3)).result == 3 * sympy.Symbol("t", positive=True) ** 2


def test_what_is_not_known_stays_inert_and_is_said() -> None:
    derivation = derive("x zeta(x)")
    assert [step.before.body for step in derivation.unevaluated] == [parse("zeta(x)")]
    assert any(isinstance(part, Derivative) for part in unique(derivation.tree))


def test_typed_derivatives_are_carried_out_first() -> None:
    derivation = derive(parse("x*d/dx(x^3)"), "x")
    assert len(derivation.stages) == 2
    assert derivation.stages[0].typed
    assert check_equal(derivation.tree, parse("9 x^2"))


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("x", {"order": 0}),
        ("x", {"order": True}),
        ("x", {"wrt": []}),
        ("x", {"wrt": "1x"}),
        ("x y", {"order": 3}),
        ("x", {"wrt": 3}),
        ("x^2 + y^2 = 25", {"wrt": "x"}),
    ],
)
def test_nonsense_is_refused_with_a_hint(text: str, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        derive(text, **options)  # type: ignore[arg-type]


def test_both_sides_of_an_equation_of_functions() -> None:
    derivation = derive("y(x)^2 = x", "x")
    assert line(derivation.tree) == "2 y(x) y′(x) = 1"


def test_a_derivative_that_is_too_large_is_refused() -> None:
    many: Node = Multiply(*(Add(X, Number(k)) for k in range(400)))
    with pytest.raises(LimitError, match="400 factors"):
        derive(many)
    with pytest.raises(LimitError, match="more than 50"):
        derive("sin(x) cos(x) e^x tan(x) ln(x)", budgets=Budgets(derivative_nodes=50))


def test_derivations_can_be_pickled() -> None:
    for text in ("max(x, sin(x)^2)", "x^x/ln(x)"):
        derivation = derive(text)
        derivation.verify()
        again = pickle.loads(pickle.dumps(derivation))
        assert again.tree == derivation.tree
        assert [state.tree for state in again.states] == [state.tree for state in derivation.states]


def test_a_hundred_functions_deep() -> None:
    node: Node = X
    for _ in range(100):
        node = Call("sin", node)
    derivation = derive(node)
    assert len(derivation.states) >= 100
    assert derivation.verify()


def test_shared_parts_are_derived_once_however_often_they_stand() -> None:
    node: Node = X
    for _ in range(12):
        node = Add(node, Power(node, Number(2)))
    machine = Differentiator(RULES, 10**9)
    machine.step(Derivative(node, X))
    assert len(machine._steps) < 40


def test_an_absurd_order_is_refused_before_any_work():
    with pytest.raises(LimitError, match="order"):
        derive("x", order=10**6)


@pytest.mark.parametrize("text", ["x ln(x^2 + y^2)", "sin(x*y)/y", "(1 - x)^2 + 100 (y - x^2)^2", "x^2 y/(x + y)"])
def test_a_gradient_s_entries_are_the_partial_derivatives_alone(text: str) -> None:
    gradient = derive(text)
    for name, entry in zip(gradient.wrt, gradient.tree.children, strict=True):
        assert line(derive(text, wrt=name).tree) == line(entry)
