"""Telling: what each level says, in whatever words and notation, and that nothing is told twice or left out."""

import re
import tomllib
from importlib.resources import files
from itertools import pairwise

import pytest

from symgrad.calculus import RULES, derive
from symgrad.calculus.finish import SAYS
from symgrad.calculus.narrate import LEVELS, narrate, rule_table
from symgrad.calculus.narrate.letters import letters, statement
from symgrad.calculus.prose import fill, language
from symgrad.calculus.verify import check_equal
from symgrad.document import Heading, Math, Prose, StepLine, Steps
from symgrad.errors import UsageError
from symgrad.syntax.tree import TWO, Add, Call, Compare, Derivative, Divide, E, Matrix, Multiply, Negate, Power, Symbol
from symgrad.syntax.walks import at
from symgrad.typeset import line


def chain(formula: str, level: str = "rules", **more: str) -> list[StepLine]:
    """The lines of all chains of a derivation."""
    document = narrate(derive(formula), level, evidence=False, **more)  # type: ignore[arg-type]
    return [step for block in document.blocks if isinstance(block, Steps) for step in block.lines]


def words(formula: str, level: str = "rules", **more: str) -> str:
    """The prose of a derivation as plain text."""
    document = narrate(derive(formula), level, **more)  # type: ignore[arg-type]
    prose = [block for block in document.blocks if isinstance(block, Prose)]
    return "\n".join("".join(line(c.node) if isinstance(c, Math) else c for c in block.parts) for block in prose)


def test_the_answer_is_one_line_without_a_chain() -> None:
    [only] = chain("x^2 sin(x)", "answer")
    assert only.before is not None
    assert (line(only.before), line(only.node)) == ("d/dx(x² sin(x))", "2x sin(x) + x² cos(x)")


def test_rules_gives_one_rule_a_line_and_the_formula_once_on_the_left() -> None:
    first, *others = chain("x^2 sin(x)")
    assert first.before is not None
    assert all(step.before is None for step in others)
    assert [step.reason for step in (first, *others)] == ["product rule", "power rule", "derivative of the sine"]


def test_the_quotient_rule_stays_visible() -> None:
    first, *_ = chain("x/(1+x^2)")
    assert "d/dx" in line(first.node)
    assert line(first.node).endswith("/(1 + x²)²")


def test_full_tells_the_trivial_steps_too() -> None:
    assert len(chain("(3x + 1)^2", "full")) > len(chain("(3x + 1)^2"))
    assert "constant rule" in [step.reason for step in chain("(3x + 1)^2", "full")]


@pytest.mark.parametrize("formula", ["x^2 sin(x)", "x/(1+x^2)", "x |x|", "sin(x)/cos(x)", "1/(1+e^(-x))"])
@pytest.mark.parametrize("level", LEVELS)
def test_neighbouring_lines_differ_on_the_page_and_are_equal_in_value(formula: str, level: str) -> None:
    lines = chain(formula, level)
    nodes = [step.before for step in lines[:1] if step.before is not None] + [step.node for step in lines]
    for before, after in pairwise(nodes):
        assert line(before) != line(after)
        assert check_equal(before, after)


def test_marks_point_at_parts_that_are_there() -> None:
    for step in chain("e^(x^2+3x+1) sin(x^2+3x+1)"):
        for path in step.marks:
            at(step.node, path)


def test_why_names_the_rule_gives_it_in_letters_and_says_what_they_are() -> None:
    told = words("x^2 sin(x)", "why")
    assert "Product rule. Differentiate one factor at a time" in told
    assert "Here f = x² and g = sin(x), so f' = 2x and g' = cos(x)." in told


X, F, G, U = Symbol("x"), Symbol("f"), Symbol("g"), Symbol("u")
F1, G1, U1 = Symbol("f'"), Symbol("g'"), Symbol("u'")
IN_LETTERS = {
    "x^2 sin(x)": (Multiply(F, G), Add(Multiply(F1, G), Multiply(F, G1))),
    "sin(x)/x^2": (Divide(F, G), Divide(Add(Multiply(F1, G), Negate(Multiply(F, G1))), Power(G, TWO))),
    "sin(x^2)": (Call("sin", U), Multiply(Call("cos", U), U1)),
    "e^(x^2)": (Power(E, U), Multiply(Power(E, U), U1)),
    "x^x": (Power(F, G), Multiply(Power(F, G), Derivative(Multiply(G, Call("ln", F)), X))),
}


@pytest.mark.parametrize("formula", IN_LETTERS)
def test_the_rule_in_letters(formula: str) -> None:
    step = derive(formula).root
    left, right = IN_LETTERS[formula]
    assert statement(step, letters(step)) == Compare("=", Derivative(left, X), right)


def test_where_the_inside_is_the_variable_itself_letters_say_nothing() -> None:
    step = derive("sin(x)").root
    assert statement(step, letters(step)) is None


def test_long_insides_that_return_get_a_letter_and_come_back_at_the_end() -> None:
    told, lines = words("e^(x^2+3x+1) sin(x^2+3x+1)"), chain("e^(x^2+3x+1) sin(x^2+3x+1)")
    assert "Write u = x² + 3x + 1." in told
    assert lines[-1].reason == "insert u"
    assert lines[-1].node == derive("e^(x^2+3x+1) sin(x^2+3x+1)").tree


def test_a_letter_that_the_formula_uses_is_not_taken() -> None:
    document = narrate(derive("u e^(x^2+3x+1) sin(x^2+3x+1)", "x"), evidence=False)
    first = document.blocks[0]
    assert isinstance(first, Prose)
    assert [line(part.node) for part in first.parts if isinstance(part, Math)] == ["v = x² + 3x + 1"]


def test_conditions_stand_on_their_line_and_at_the_end() -> None:
    assert any(step.note for step in chain("ln(x) sin(x)"))
    assert "This holds for x > 0." in words("ln(x) sin(x)")


def test_kinks_are_told_with_both_slopes() -> None:
    assert "At x = 0 there is a kink: the slope is −1 from the left and 1 from the right" in words("|x|")


def test_a_hole_is_told_with_its_limit_and_its_slopes() -> None:
    assert "At x = 0 the formula itself has no value; its limit there is 1" in words("sin(x)/x")
    assert "the slope is −1 from the left and 1 from the right" in words("x^2/|x|")


def test_what_has_no_rule_is_said() -> None:
    assert "No rule is known for zeta(x)" in words("zeta(x)")


def test_the_last_paragraph_is_the_evidence() -> None:
    assert words("x^2 sin(x)").splitlines()[-1] == "Checked: all 5 steps, each at 5 points."
    assert "Checked" not in words("x^2 sin(x)", "answer")


@pytest.mark.parametrize("notation", ["lagrange", "newton", "D"])
def test_other_notations_give_the_formula_a_name(notation: str) -> None:
    document = narrate(derive("x^2 sin(x)", order=2), notation=notation)
    firsts = [block.lines[0].before for block in document.blocks if isinstance(block, Steps)]
    assert [line(first) for first in firsts if first is not None] == ["f′(x)", "f′′(x)"]


def test_the_name_is_one_that_the_formula_does_not_use() -> None:
    [block, *_] = narrate(derive("f(x) + g x", "x"), notation="lagrange").blocks
    assert isinstance(block, Prose)
    assert isinstance(block.parts[1], Math)
    assert line(block.parts[1].node).startswith("h(x) = ")


def test_higher_orders_come_stage_by_stage_under_headings() -> None:
    headings = [b.text for b in narrate(derive("x^5", order=3)).blocks if isinstance(b, Heading)]
    assert headings == ["First derivative", "Second derivative", "Third derivative"]


def test_a_gradient_is_told_entry_by_entry_then_as_a_whole() -> None:
    told = words("x^2 y + y^3")
    assert "By x, with y held constant." in told
    assert "Together, the gradient ∇f:" in told
    last = [b for b in narrate(derive("x^2 y + y^3")).blocks if isinstance(b, Math)][-1]
    assert isinstance(last.node, Matrix)


def test_a_hessian_says_that_it_is_symmetric() -> None:
    document = narrate(derive("x^2 y + y^3", order=2), evidence=False)
    told = "".join(str(block.parts) for block in document.blocks if isinstance(block, Prose))
    assert told.count("the order of differentiation does not matter") == 1


def test_unknown_levels_and_languages_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="answer, rules, full, why"):
        narrate(derive("x"), "everything")
    with pytest.raises(UsageError, match=r"There is .*en"):
        narrate(derive("x"), language="xx")


# ---- the language files ----------------------------------------------------------------------------------------------

IMPLICIT = {"implicit", "along-the-curve"}  # steps of implicit differentiation
CODES = sorted(item.name[:-5] for item in files("symgrad.calculus.prose").iterdir() if item.name.endswith(".toml"))


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_every_phrase_with_the_same_formulas(code: str) -> None:
    english, other = language("en").phrases, language(code).phrases
    assert set(other) == set(english)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", text)), key


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_every_finishing_step_and_no_unknown_rule(code: str) -> None:
    known = {rule.id for rule in RULES} | set(SAYS) | {"function", "given", "next-order", "as-before"} | IMPLICIT
    data = tomllib.loads((files("symgrad.calculus.prose") / f"{code}.toml").read_text(encoding="utf-8"))
    assert set(SAYS) <= set(data["rules"]) <= known
    if code != "en":
        assert {rule.id for rule in RULES if rule.family in ("rules", "cases")} <= set(data["rules"])


def test_another_language_is_another_file_and_nothing_else() -> None:
    told = words("x^2 sin(x)", "why", language="de")
    assert "Produktregel. Einen Faktor nach dem anderen ableiten" in told
    assert "Ableitung von sin. Diese Ableitung steht in der Tabelle." in told
    assert [step.reason for step in chain("e^(x^2+3x+1) sin(x^2+3x+1)", language="de")][-1] == "u einsetzen"
    assert told.splitlines()[-1] == "Geprüft: alle 5 Schritte, jeder an 5 Stellen."


def test_a_sentence_is_filled_with_formulas() -> None:
    assert fill("Take out {factor}.", {"factor": Symbol("x")}) == ("Take out ", Math(Symbol("x")), ".")


def test_the_rule_table_lists_every_rule() -> None:
    assert [row[0] for row in rule_table().rows] == [rule.id for rule in RULES]


def test_a_floor_s_condition_is_said_in_words() -> None:
    told = derive("x floor(2x)").text(flat=True)
    assert "    for 2x not a whole number" in told
    assert "This holds for 2x not a whole number." in told
    assert "Das gilt für 2x nicht ganzzahlig." in derive("x floor(2x)").text(flat=True, language="de")
