"""Trees to sympy: every head by a fixed table, every symbol real unless given, no text ever run.

The only strings that sympy sees are names of symbols and of unspecified functions that are names by the grammar.
Automatic evaluation is left on where it is harmless and switched off where it may not end: huge powers, factorials of
large numbers, nests of max and min.
"""

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy as sp

from symgrad.errors import LimitError, SymgradError, UsageError
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.names import is_name
from symgrad.syntax.tree import (
    Add,
    Antiderivative,
    Apply,
    Call,
    Compare,
    Constant,
    Derivative,
    Divide,
    Index,
    Integral,
    Limit,
    Logic,
    Matrix,
    Multiply,
    Negate,
    Node,
    Number,
    Piecewise,
    Power,
    Product,
    Sum,
    Symbol,
    Truth,
)
from symgrad.syntax.walks import depth, unique

Symbols = Mapping[str, Any]

_DEEPEST = 300  # sympy's own walks are recursive
_LARGEST_POWER = 4_000  # bits of an integer power that is still written out
_LARGEST_ARGUMENT = 1_000  # of a factorial, binomial coefficient, or order of a family of polynomials
_MANY_CHOICES = 8  # max and min compare every pair of their arguments when they are built


def to_sympy(node: Node, symbols: Symbols | None = None) -> Any:
    """The formula as a sympy expression with real symbols.

    Args:
        node: the formula.
        symbols: sympy symbols to use for names instead of fresh real ones.

    Raises:
        SymgradError: sympy has no form for a part.

    >>> from symgrad.syntax.tree import Add, Call, Number, Power, Symbol
    >>> to_sympy(Add(Power(Symbol("x"), Number(2)), Call("arcsin", Symbol("x"))))
    x**2 + asin(x)
    """
    if depth(node) > _DEEPEST:
        raise LimitError(
            f"The formula is nested {depth(node)} deep; sympy takes at most {_DEEPEST}.",
            hint="Name its inner parts and work with those.",
        )
    builder = _Builder(symbols or {}, _choices(node))
    done: dict[int, Any] = {}
    huge: set[int] = set()
    for current in unique(node):
        arguments = [done[id(child)] for child in current.children]
        if any(id(child) in huge for child in current.children):  # sympy would multiply it out on the way
            huge.add(id(current))
            with sp.evaluate(False):
                done[id(current)] = builder.build(current, arguments)
        else:
            done[id(current)] = builder.build(current, arguments)
            if isinstance(current, Power) and _is_huge(*arguments):
                huge.add(id(current))
    return done[id(node)]


def _choices(node: Node) -> int:
    return sum(1 for part in unique(node) if isinstance(part, Call) and part.function in _CHOICES)


class _Builder:
    """Sympy's counterpart of one node over the counterparts of its children."""

    def __init__(self, symbols: Symbols, choices: int) -> None:
        self.symbols = symbols
        self.lazy_choices = choices > _MANY_CHOICES

    def build(self, node: Node, args: list[Any]) -> Any:
        return _BUILDERS[type(node)](self, node, args)

    def symbol(self, node: Symbol, _: list[Any]) -> Any:
        if node.name in self.symbols:
            return self.symbols[node.name]
        if node.shape is not None:
            return sp.MatrixSymbol(_checked(node.name), *_dimensions(node.shape))
        return sp.Symbol(_checked(node.name), real=True)

    def call(self, node: Call, args: list[Any]) -> Any:
        name = node.function
        row = FUNCTIONS.get(name)
        if row is None:
            raise SymgradError(f"sympy has no function for '{name}'.")
        least, most = row.arity
        if not least <= len(args) <= (most or len(args)):
            raise UsageError(f"'{name}' takes {least} arguments, not {len(args)}.")
        if name in _CHOICES and (self.lazy_choices or len(args) > _MANY_CHOICES):
            return _lazy_choice(name, args)
        if name in _BUILT:
            return _BUILT[name](*args)
        if row.sympy is None:
            raise SymgradError(f"sympy has no function for '{name}'.")
        constructor = getattr(sp, row.sympy)
        if name in _GROWING and any(abs(arg) > _LARGEST_ARGUMENT for arg in args if arg.is_Rational):
            return constructor(*args, evaluate=False)
        try:
            return constructor(*args)
        except OverflowError:  # floor(e^(e^(e^7))) counts digits
            return constructor(*args, evaluate=False)


def _checked(name: str) -> str:
    """A name that is one by the grammar: the only kind of text that sympy ever gets."""
    if not is_name(name):
        raise UsageError(
            f"{name!r} is not a name.", hint="A name is a letter, then letters and digits, then _subscripts."
        )
    return name


def _dimensions(shape: tuple[int | str, ...]) -> tuple[Any, Any]:
    sizes = [
        sp.Integer(size) if isinstance(size, int) else sp.Symbol(_checked(size), integer=True, positive=True)
        for size in shape
    ]
    return (sizes[0], sp.Integer(1)) if len(sizes) == 1 else (sizes[0], sizes[1])


# ---- leaves and arithmetic ---------------------------------------------------------------------------------------


def _number(_: _Builder, node: Number, __: list[Any]) -> Any:
    return _rational(node.value)


def _rational(value: Fraction) -> Any:
    return sp.Rational(value.numerator, value.denominator)


_CONSTANTS = {"e": sp.E, "pi": sp.pi, "i": sp.I, "infinity": sp.oo}


def _constant(_: _Builder, node: Constant, __: list[Any]) -> Any:
    return _CONSTANTS[node.name]


def _add(_: _Builder, node: Add, args: list[Any]) -> Any:
    if any(isinstance(arg, sp.MatrixExpr) for arg in args):
        return sp.MatAdd(*args)
    if any(isinstance(arg, sp.MatrixBase) for arg in args):
        return reduce(operator.add, args)
    return sp.Add(*args)


def _multiply(_: _Builder, __: Multiply, args: list[Any]) -> Any:
    if any(isinstance(arg, (sp.MatrixExpr, sp.MatrixBase)) for arg in args):
        return reduce(operator.mul, args)
    return sp.Mul(*args)


def _divide(_: _Builder, __: Divide, args: list[Any]) -> Any:
    above, below = args
    return above / below


def _power(_: _Builder, __: Power, args: list[Any]) -> Any:
    base, exponent = args
    return sp.Pow(base, exponent, evaluate=False) if _is_huge(base, exponent) else base**exponent


def _is_huge(base: Any, exponent: Any) -> bool:
    """Whether a power of numbers has more digits than one would write out."""
    if not base.is_number:
        return False
    if exponent.is_Rational:
        return bool(_bits(base) * abs(exponent) > _LARGEST_POWER)
    return bool(exponent.is_number and exponent.has(sp.Pow))


def _bits(number: Any) -> int:
    """A bound on the bits of a number's numerator or denominator; one for what is no rational."""
    if not number.is_Rational:
        return 1
    if number.q == 1 and abs(number.p) <= 1:
        return 0
    return max(int(number.p).bit_length(), int(number.q).bit_length())


def _negate(_: _Builder, __: Negate, args: list[Any]) -> Any:
    return -args[0]


# ---- functions ---------------------------------------------------------------------------------------------------

_FAMILIES = {"legendre", "assoc_legendre", "chebyshevt", "chebyshevu", "hermite", "laguerre", "gegenbauer", "jacobi"}
_GROWING = frozenset(
    {"factorial", "binomial", "gamma", "lngamma", "beta", "zeta", "polygamma", "digamma", "catalan", "polylog"}
    | {"uppergamma", "lowergamma", "expint", "assoc_laguerre"}
    | _FAMILIES
)


_CHOICES = frozenset({"max", "min", "clip", "relu"})


def _root(radicand: Any, index: Any) -> Any:
    """The real root, of negative numbers too where the index is odd."""
    if index.is_Integer and index % 2 == 1 and radicand.is_nonnegative is not True:
        return sp.sign(radicand) * sp.Abs(radicand) ** (1 / index)
    return radicand ** (1 / index)


def _hyper(above: Any, below: Any, argument: Any) -> Any:
    rows = (list(row) if isinstance(row, sp.MatrixBase) else [row] for row in (above, below))
    return sp.hyper(*rows, argument)


def _lazy_choice(name: str, args: list[Any]) -> Any:
    if name == "relu":
        return sp.Max(sp.S.Zero, args[0], evaluate=False)
    if name in ("max", "min"):
        return (sp.Max if name == "max" else sp.Min)(*args, evaluate=False)
    value, low, high = args
    return sp.Max(low, sp.Min(value, high, evaluate=False), evaluate=False)


def _norm(value: Any) -> Any:
    if isinstance(value, sp.MatrixBase):
        return value.norm()
    if isinstance(value, sp.MatrixExpr):
        return sp.sqrt(sp.Trace(value.T * value))
    return sp.Abs(value)


def _total(value: Any) -> Any:
    return sum(value, sp.S.Zero) if isinstance(value, sp.MatrixBase) else value


_BUILT: dict[str, Callable[..., Any]] = {
    "log": lambda u, base: sp.log(u) / sp.log(base),
    "root": _root,
    "sigmoid": lambda u: 1 / (1 + sp.exp(-u)),
    "softplus": lambda u: sp.log(1 + sp.exp(u)),
    "hypot": lambda *us: sp.sqrt(sp.Add(*(u**2 for u in us))),
    "round": lambda u: sp.floor(u + sp.Rational(1, 2)),
    "hyper": _hyper,
    "norm": _norm,
    "dot": lambda u, v: (u.T * v)[0, 0] if isinstance(u, (sp.MatrixBase, sp.MatrixExpr)) else u * v,
    "total": _total,
    "transpose": sp.transpose,
    "trace": lambda u: sp.Trace(u).doit() if isinstance(u, sp.MatrixBase) else sp.Trace(u),
    "det": sp.Determinant,
    "inverse": sp.Inverse,
    "relu": lambda u: sp.Max(sp.S.Zero, u),
    "clip": lambda u, low, high: sp.Max(low, sp.Min(u, high)),
}


def _apply(_: _Builder, node: Apply, args: list[Any]) -> Any:
    """An unspecified real function, or its derivative at a place."""
    function = sp.Function(_checked(node.name), real=True)
    if not any(node.orders):
        return function(*args)
    if all(arg.is_Symbol for arg in args) and len(set(args)) == len(args):
        slots = [(arg, order) for arg, order in zip(args, node.orders, strict=True) if order]
        return sp.Derivative(function(*args), *slots)
    places = [
        sp.Dummy(f"xi_{k + 1}", real=True) if order else arg for k, (arg, order) in enumerate(zip(args, node.orders))
    ]
    moved = [(place, order) for place, order in zip(places, node.orders, strict=True) if order]
    values = [arg for arg, order in zip(args, node.orders, strict=True) if order]
    return sp.Subs(sp.Derivative(function(*places), *moved), [place for place, _ in moved], values)


# ---- operators with a bound variable -----------------------------------------------------------------------------


def _derivative(_: _Builder, node: Derivative, args: list[Any]) -> Any:
    body, *variables = args
    return sp.Derivative(body, *zip(variables, map(sp.Integer, node.orders), strict=True))


def _bounded(constructor: Callable[..., Any]) -> Callable[[_Builder, Node, list[Any]], Any]:
    def build(_: _Builder, __: Node, args: list[Any]) -> Any:
        body, variable, lower, upper = args
        return constructor(body, (variable, lower, upper))

    return build


def _limit(_: _Builder, node: Limit, args: list[Any]) -> Any:
    return sp.Limit(*args, dir=node.side)


# ---- conditions, tables ------------------------------------------------------------------------------------------

_RELATIONS = {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}
_CONNECTIVES = {"and": sp.And, "or": sp.Or, "not": sp.Not}


def _compare(_: _Builder, node: Compare, args: list[Any]) -> Any:
    try:
        return _RELATIONS[node.operator](*args)
    except TypeError as problem:
        raise UsageError(f"'{node.operator}' compares real numbers only.") from problem


def _piecewise(_: _Builder, __: Piecewise, args: list[Any]) -> Any:
    return sp.Piecewise(*zip(args[::2], args[1::2], strict=True))


def _matrix(_: _Builder, node: Matrix, args: list[Any]) -> Any:
    return sp.ImmutableDenseMatrix(*node.shape, args)


def _index(builder: _Builder, node: Index, args: list[Any]) -> Any:
    base, *subscripts = args
    if isinstance(base, sp.MatrixExpr):
        rows = subscripts if len(subscripts) == 2 else [*subscripts, sp.S.Zero]
        return base[tuple(rows)]
    if not isinstance(node.base, Symbol):
        raise UsageError("Only a name can have an index.")
    return sp.IndexedBase(_checked(node.base.name), real=True)[tuple(subscripts)]


_BUILDERS: dict[type[Node], Callable[..., Any]] = {
    Number: _number,
    Constant: _constant,
    Symbol: _Builder.symbol,
    Truth: lambda _, node, __: sp.true if node.value else sp.false,
    Add: _add,
    Multiply: _multiply,
    Divide: _divide,
    Power: _power,
    Negate: _negate,
    Call: _Builder.call,
    Apply: _apply,
    Index: _index,
    Matrix: _matrix,
    Derivative: _derivative,
    Sum: _bounded(sp.Sum),
    Product: _bounded(sp.Product),
    Integral: _bounded(sp.Integral),
    Antiderivative: lambda _, __, args: sp.Integral(*args),
    Limit: _limit,
    Compare: _compare,
    Logic: lambda _, node, args: _CONNECTIVES[node.operator](*args),
    Piecewise: _piecewise,
}
