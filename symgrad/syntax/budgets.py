"""Budgets: what a formula may cost, checked before anything heavy is built, each with its own sentence.

Numbers are bounded bottom-up (how many bits would the result have?), so that no order of brackets hides a tower of
powers. Whether a constant has a value at all (1/0, √(−1)) is `constant_values`' business; time is `deadline`'s.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.errors import LimitError
from symgrad.syntax.tree import Add, Call, Divide, Integral, Multiply, Negate, Node, Number, Power, Product, Sum
from symgrad.syntax.walks import unique


class Budgets(NamedTuple):
    """The limits of one reading; raise one with `Formula(text, budgets=Budgets(nodes=10_000))`.

    >>> Budgets().tokens
    5000
    """

    characters: int = 65_536
    tokens: int = 5_000
    nesting: int = 100
    nodes: int = 2_000
    depth: int = 400
    variables: int = 200
    literal_digits: int = 400
    integer_bits: int = 4_000
    factorial: int = 170
    binomial: int = 1_000
    special_argument: int = 10_000
    terms: int = 1_000
    derivative_order: int = 20
    derivative_nodes: int = 200_000

    def exceeded(
        self, field: str, what: str, *, source: str | None = None, span: tuple[int, int] | None = None
    ) -> LimitError:
        """The error for one budget: what is too large, the limit, and how to raise it."""
        limit = getattr(self, field)
        if source is not None and span is None:
            span = (0, len(source))
        return LimitError(
            f"{what} (the limit is {limit:,}).",
            source=source,
            span=span,
            hint=f"Raise it with budgets=Budgets({field}=…) of symgrad.syntax, "
            f"or on the command line --limit {field}=….",
        )


DEFAULT = Budgets()

_FACTORIALS = {"factorial": 0, "gamma": 1, "lngamma": 1, "digamma": 1, "catalan": 0}
_SPECIAL = frozenset(
    [
        "zeta",
        "polygamma",
        "polylog",
        "besselj",
        "bessely",
        "besseli",
        "besselk",
        "legendre",
        "assoc_legendre",
        "chebyshevt",
        "chebyshevu",
        "hermite",
        "laguerre",
        "assoc_laguerre",
        "gegenbauer",
        "jacobi",
        "expint",
    ]
)


def check_tree(
    tree: Node, budgets: Budgets = DEFAULT, source: str | None = None, order: Sequence[Node] | None = None
) -> None:
    """Refuse a tree that is too large, too deep, or holds a number that would be.

    Args:
        tree: the formula.
        budgets: the limits.
        source: its text, for the error.
        order: its nodes, children before parents, if the caller has them.

    Raises:
        LimitError: with the budget that is exceeded.
    """
    order = unique(tree) if order is None else order
    count: dict[int, int] = {}
    deep: dict[int, int] = {}
    values: dict[int, Fraction | None] = {}
    names: set[object] = set()
    for node in order:
        size = height = 0
        for child in node.children:
            key = id(child)
            size += count[key]
            height = max(height, deep[key])
        count[id(node)] = size + 1
        deep[id(node)] = height + 1
        kind = type(node)
        if kind is Number:
            values[id(node)] = node.payload[0]
        elif not node.children:
            names.add(node.payload)
            values[id(node)] = None
        else:
            values[id(node)] = _value(node, values, budgets, source)
    if count[id(tree)] > budgets.nodes:
        raise budgets.exceeded("nodes", f"The formula has {count[id(tree)]:,} parts", source=source)
    if deep[id(tree)] > budgets.depth:
        raise budgets.exceeded("depth", f"The formula is {deep[id(tree)]:,} parts deep", source=source)
    if len(names) > budgets.variables:
        raise budgets.exceeded("variables", f"The formula has {len(names):,} variables", source=source)


def _value(node: Node, values: dict[int, Fraction | None], budgets: Budgets, source: str | None) -> Fraction | None:
    """The rational value of a node from its children's, or None; refuses one that would be too large."""
    kind = type(node)
    if kind is Call:
        return _call_value(node, values, budgets, source)
    known = [values[id(child)] for child in node.children]
    if isinstance(node, (Sum, Product, Integral)):
        if not isinstance(node, Integral) and known[2] is not None and known[3] is not None:
            terms = known[3] - known[2] + 1
            if terms > budgets.terms:
                what = "sum" if isinstance(node, Sum) else "product"
                raise budgets.exceeded("terms", f"The {what} has {_short(terms)} terms", source=source)
        return None
    if kind is Power:
        return _power_value(known[0], known[1], budgets, source)
    given = [value for value in known if value is not None]
    if len(given) != len(known):
        return None
    if kind is Negate:
        return -given[0]
    if kind is Add:
        return _bounded(sum(given, Fraction(0)), budgets, source)
    if kind is Multiply:
        if sum(map(_bits, given)) > 2 * budgets.integer_bits:
            raise _too_large(sum(map(_bits, given)), budgets, source)
        total = Fraction(1)
        for value in given:
            total *= value
        return _bounded(total, budgets, source)
    if kind is Divide:
        return _bounded(given[0] / given[1], budgets, source) if given[1] else None
    return None


def _power_value(
    base: Fraction | None, exponent: Fraction | None, budgets: Budgets, source: str | None
) -> Fraction | None:
    if base is None or exponent is None or base in (0, 1, -1):
        return None
    bits = _bits(base) * abs(exponent)
    if bits > budgets.integer_bits:
        raise _too_large(bits, budgets, source)
    return base ** int(exponent) if exponent.denominator == 1 else None


def _call_value(
    node: Node, values: dict[int, Fraction | None], budgets: Budgets, source: str | None
) -> Fraction | None:
    name: str = node.payload[0]
    known = [values[id(child)] for child in node.children]
    if name in _FACTORIALS and known[0] is not None:
        argument = known[0]
        if argument - _FACTORIALS[name] > budgets.factorial:
            raise budgets.exceeded("factorial", f"{name}({_short(argument)}) is very large", source=source)
        if name == "factorial" and argument.denominator == 1 and argument >= 0:
            return Fraction(_factorial(int(argument)))
    elif name == "binomial" and any(value is not None and abs(value) > budgets.binomial for value in known):
        raise budgets.exceeded("binomial", "A binomial coefficient of a very large number", source=source)
    elif name in _SPECIAL and any(value is not None and abs(value) > budgets.special_argument for value in known):
        raise budgets.exceeded("special_argument", f"{name} of a very large number", source=source)
    elif name == "abs" and known[0] is not None:
        return abs(known[0])
    return None


def _factorial(n: int) -> int:
    result = 1
    for k in range(2, n + 1):
        result *= k
    return result


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _bounded(value: Fraction, budgets: Budgets, source: str | None) -> Fraction:
    if _bits(value) > budgets.integer_bits:
        raise _too_large(_bits(value), budgets, source)
    return value


def _too_large(bits: Fraction | int, budgets: Budgets, source: str | None) -> LimitError:
    return budgets.exceeded("integer_bits", f"A number in the formula would have {_short(bits)} bits", source=source)


def _short(value: Fraction | int) -> str:
    """A number for a message, never longer than a line."""
    size = _bits(Fraction(value))
    return f"{int(value):,}" if size < 60 else f"about 10^{int(size * 0.30103):,}"
