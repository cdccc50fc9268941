"""Where a step holds: conditions that are always true are dropped, simple ones are solved for the variable.

The sign rules here are sufficient, never complete: what they can't see stays as a stated condition.
"""

from collections.abc import Iterable
from fractions import Fraction

from symgrad.calculus import algebra
from symgrad.calculus.finish.known import BELOW_ONE, Known
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Call, Compare, Logic, Node, Number

_POSITIVE_CALLS = {"exp", "cosh", "sigmoid", "softplus", "sech", "gamma_positive"}
_NONNEGATIVE_CALLS = {"sqrt", "abs", "relu", "hypot", "norm"}
_AT_MOST_ONE = {"sin", "cos", "sech", *BELOW_ONE}  # |f(u)| ≤ 1 always
_PARTNER = {"sin": "cos", "cos": "sin"}  # |f(u)| < 1 wherever the other one is not 0
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}


def sign(node: Node) -> str | None:
    """'+' for always positive, '0+' for never negative, '-' and '0-' for the mirror images, None if not seen.

    >>> from symgrad.syntax.tree import Symbol, Power, Add, ONE, TWO
    >>> sign(Add(Power(Symbol("x"), TWO), ONE))
    '+'
    """
    value = algebra.numeric(node)
    if value is not None:
        return "+" if value > 0 else "-" if value < 0 else "0+"
    if isinstance(node, t.Constant):
        return "+" if node.name in ("e", "pi", "infinity") else None
    if isinstance(node, t.Negate):
        inner = sign(node.argument)
        return None if inner is None else inner.translate(str.maketrans("+-", "-+"))
    if isinstance(node, t.Add):
        return _of_sum([sign(term) for term in node.children])
    if isinstance(node, (t.Multiply, t.Divide)):
        return _of_product([sign(part) for part in node.children])
    if isinstance(node, t.Power):
        return _of_power(node)
    if isinstance(node, Call):
        if node.function in _POSITIVE_CALLS:
            return "+"
        if node.function == "hypot" and any(sign(part) in ("+", "-") for part in node.children):
            return "+"
        if node.function in _NONNEGATIVE_CALLS:
            inner = sign(node.children[0])
            return "+" if inner in ("+", "-") and node.function in ("sqrt", "abs") else "0+"
    return None


def _of_sum(signs: list[str | None]) -> str | None:
    if None in signs:
        return None
    kinds = set(signs)
    if kinds <= {"+", "0+"}:
        return "+" if "+" in kinds else "0+"
    if kinds <= {"-", "0-"}:
        return "-" if "-" in kinds else "0-"
    return None


def _of_product(signs: list[str | None]) -> str | None:
    if None in signs:
        return None
    negative = sum(s in ("-", "0-") for s in signs) % 2 == 1
    weak = any(s in ("0+", "0-") for s in signs)
    return ("0" if weak else "") + ("-" if negative else "+")


def _of_power(node: t.Power) -> str | None:
    base = sign(node.base)
    if base == "+":
        return "+"
    height = algebra.numeric(node.exponent)
    if height is None:
        return None
    if height.denominator == 1 and height % 2 == 0:
        return "+" if base in ("+", "-") or height < 0 else "0+"
    return "0+" if base == "0+" else None


def always(condition: Node) -> bool:
    """Whether a condition is seen to hold everywhere."""
    if isinstance(condition, t.Truth):
        return condition.value
    if isinstance(condition, Logic):
        truths = [always(part) for part in condition.children]
        return all(truths) if condition.operator == "and" else condition.operator == "or" and any(truths)
    if not isinstance(condition, Compare):
        return False
    left, right = algebra.numeric(condition.left), algebra.numeric(condition.right)
    if left is not None and right is not None:
        return _holds(condition.operator, left, right)
    bounded = {"<": BELOW_ONE, "<=": _AT_MOST_ONE}.get(condition.operator, ())
    if right == 1 and _size_of(condition.left) in bounded:
        return True
    difference = algebra.subtract(condition.left, condition.right)
    seen = sign(difference)
    return seen is not None and seen in {
        "<": ("-",),
        ">": ("+",),
        "<=": ("-", "0-"),
        ">=": ("+", "0+"),
        "!=": ("+", "-"),
        "=": (),
    }.get(condition.operator, ())


def _size_of(node: Node) -> str | None:
    """The function f of |f(u)|."""
    inside = node.children[0] if isinstance(node, Call) and node.function == "abs" else None
    return inside.function if isinstance(inside, Call) else None


def _holds(operator: str, left: Fraction, right: Fraction) -> bool:
    return {
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
        "!=": left != right,
        "=": left == right,
    }[operator]


def prune(condition: Node | None) -> Node | None:
    """The condition without its parts that always hold, the rest solved where that is easy; None if nothing remains.

    >>> from symgrad.syntax.tree import Symbol, Compare, Add, Multiply, Negate, ONE, TWO, ZERO
    >>> prune(Compare("!=", Add(Multiply(TWO, Symbol("x")), Negate(ONE)), ZERO))
    Compare('!=', Symbol('x', None), Number(Fraction(1, 2)))
    """
    if condition is None or always(condition):
        return None
    if isinstance(condition, Logic) and condition.operator == "and":
        kept = [part for part in map(prune, condition.children) if part is not None]
        unique = list(dict.fromkeys(kept))
        return None if not unique else unique[0] if len(unique) == 1 else Logic("and", *unique)
    if isinstance(condition, Compare):
        return _solved(condition)
    return condition


def _solved(condition: Compare) -> Node:
    """A comparison with zero of a power, a product with a number, or a linear formula, made explicit."""
    left, right, operator = condition.left, condition.right, condition.operator
    bound = algebra.numeric(right)
    if isinstance(left, Call) and left.function == "abs" and bound and bound > 0:
        line = linear(left.children[0])
        if line is not None and line[2] == 0:
            return Compare(operator, Call("abs", line[0]), algebra.number(bound / abs(line[1])))
    partner = _PARTNER.get(_size_of(left) or "")
    if partner and operator == "<" and bound == 1:
        return _solved(Compare("!=", Call(partner, *left.children[0].children), t.ZERO))
    if operator == ">" and bound == 0 and sign(left) == "0+":
        operator = "!="
    if algebra.numeric(right) != 0:
        return condition
    while isinstance(left, t.Negate):
        left, operator = left.argument, _MIRROR[operator]
    if operator == "!=" and isinstance(left, t.Power) and (algebra.numeric(left.exponent) or 0) > 0:
        return _solved(Compare("!=", left.base, right))
    if operator == "!=" and isinstance(left, Call) and left.function in ("abs", "sqrt"):
        return _solved(Compare("!=", left.children[0], right))
    if operator == "!=" and isinstance(left, t.Multiply):
        factors = [f for f in left.children if algebra.numeric(f) is None]
        solved = [part for f in factors if (part := prune(Compare("!=", f, right))) is not None]
        if len(solved) != len(left.children) and solved:
            return solved[0] if len(solved) == 1 else Logic("and", *dict.fromkeys(solved))
    line = linear(left)
    if line is not None:
        symbol, slope, start = line
        return Compare(operator if slope > 0 else _MIRROR[operator], symbol, algebra.number(-start / slope))
    return Compare(operator, left, right)


def linear(node: Node) -> tuple[t.Symbol, Fraction, Fraction] | None:
    """(x, a, b) when the formula is a·x + b with numbers a ≠ 0 and b, else None."""
    symbols = walks.free_symbols(node)
    if len(symbols) != 1:
        return None
    found = _line(node)
    return (symbols[0], *found) if found is not None and found[0] else None


def _line(node: Node) -> tuple[Fraction, Fraction] | None:
    value = algebra.numeric(node)
    if value is not None:
        return Fraction(0), value
    if isinstance(node, t.Symbol):
        return Fraction(1), Fraction(0)
    if isinstance(node, t.Negate):
        inner = _line(node.argument)
        return None if inner is None else (-inner[0], -inner[1])
    if isinstance(node, t.Add):
        lines = [_line(term) for term in node.children]
        known = [line for line in lines if line is not None]
        return (sum(a for a, _ in known), sum(b for _, b in known)) if len(known) == len(lines) else None  # type: ignore[return-value]
    if isinstance(node, t.Multiply):
        slope, start = Fraction(0), Fraction(1)
        for factor in node.children:
            line = _line(factor)
            if line is None or (line[0] and slope):
                return None
            slope, start = slope * line[1] + start * line[0], start * line[1]
        return slope, start
    if isinstance(node, t.Divide):
        above, below = _line(node.numerator), algebra.numeric(node.denominator)
        return (above[0] / below, above[1] / below) if above is not None and below else None
    return None


def quadratic(node: Node) -> tuple[Fraction, Fraction, Fraction] | None:
    """(a, b, c) when the formula is a·x² + b·x + c in one variable with numbers a ≠ 0, b and c, else None."""
    if len(walks.free_symbols(node)) != 1:
        return None
    found = _polynomial(node)
    return (found[2], found[1], found[0]) if found is not None and len(found) == 3 else None


def _polynomial(node: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial of degree at most 2, the constant first, without zeros at the end."""
    value = algebra.numeric(node)
    if value is not None:
        return [value] if value else []
    if isinstance(node, t.Symbol):
        return [Fraction(0), Fraction(1)]
    if isinstance(node, t.Power) and node.exponent == t.TWO:
        return _product([node.base, node.base])
    if isinstance(node, t.Negate):
        return _product([t.Number(-1), node.argument])
    if isinstance(node, t.Multiply):
        return _product(node.children)
    if isinstance(node, t.Divide):
        below = algebra.numeric(node.denominator)
        return _product([Number(1 / below), node.numerator]) if below else None
    if not isinstance(node, t.Add):
        return None
    total = [Fraction(0)] * 3
    for term in node.children:
        found = _polynomial(term)
        if found is None:
            return None
        for k, coefficient in enumerate(found):
            total[k] += coefficient
    return _trimmed(total)


def _product(factors: Iterable[Node]) -> list[Fraction] | None:
    total = [Fraction(1)]
    for factor in factors:
        found = _polynomial(factor)
        if found is None or len(total) + len(found) > 4:
            return None
        longer = [Fraction(0)] * (len(total) + len(found))
        for i, first in enumerate(total):
            for k, second in enumerate(found):
                longer[i + k] += first * second
        total = _trimmed(longer)
    return total


def _trimmed(coefficients: list[Fraction]) -> list[Fraction]:
    while coefficients and not coefficients[-1]:
        coefficients = coefficients[:-1]
    return coefficients


def both(first: Node | None, second: Node | None) -> Node | None:
    """The condition that two conditions hold, each stated once."""
    parts: dict[Node, None] = {}
    for condition in (first, second):
        if condition is not None:
            pieces = (
                condition.children if isinstance(condition, Logic) and condition.operator == "and" else (condition,)
            )
            parts.update(dict.fromkeys(pieces))
    listed = list(parts)
    return None if not listed else listed[0] if len(listed) == 1 else Logic("and", *listed)


def collected(conditions: "list[Node]") -> tuple[Node, ...]:
    """Conditions stated once each: repeated ones, and those that another one implies, are left out."""
    parts: dict[Node, None] = {}
    for condition in conditions:
        pieces = condition.children if isinstance(condition, Logic) and condition.operator == "and" else (condition,)
        parts.update(dict.fromkeys(pieces))
    strict = {(c.left, c.right) for c in parts if isinstance(c, Compare) and c.operator in ("<", ">")}
    stated = [
        c
        for c in parts
        if not (isinstance(c, Compare) and c.operator in ("!=", "<=", ">=") and (c.left, c.right) in strict)
    ]
    for condition in tuple(stated):
        others = [other for other in stated if other is not condition]
        if others and follows(condition, others):
            stated = others
    return tuple(stated)


def follows(condition: Node, others: list[Node]) -> bool:
    """Whether a comparison with zero can be read off the others: 1 − x² > 0 from |x| < 1, x² > 0 from x ≠ 0."""
    if not isinstance(condition, Compare) or algebra.numeric(condition.right) != 0:
        return False
    known = Known(None, condition.left, others)
    tests = {"!=": known.nonzero, ">": known.positive, ">=": known.nonnegative}
    return condition.operator in tests and tests[condition.operator](condition.left)


def zero_of(node: Node) -> Number | None:
    """The only root of a linear formula in one variable."""
    line = linear(node)
    return None if line is None else Number(-line[2] / line[1])
