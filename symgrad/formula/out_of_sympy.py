"""Sympy to trees: terms and factors in the order in which sympy prints them, quotients, roots and e^x recovered.

A head that our table does not know is an error that names it; nothing is guessed. Recursive, as sympy's own walks are.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symgrad.errors import LimitError, SymgradError, UsageError
from symgrad.syntax import tree, walks
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.names import is_name, normal_form
from symgrad.syntax.tree import (
    Add,
    Apply,
    Call,
    Compare,
    Divide,
    Index,
    Logic,
    Matrix,
    Multiply,
    Negate,
    Node,
    Number,
    Power,
    Symbol,
    Truth,
)


def from_sympy(expression: Any) -> Node:
    """A sympy expression as a tree, in the order in which sympy prints it.

    Raises:
        SymgradError: a head is not known to us, or a symbol's name is not a name by the grammar.

    >>> from symgrad.typeset import line
    >>> x = sp.Symbol("x")
    >>> line(from_sympy(-sp.exp(-x) / (2 * sp.sqrt(x)) + x**2))
    'x² − e^(−x)/(2 sqrt(x))'
    """
    if not isinstance(expression, (sp.Basic, sp.MatrixBase)):
        raise UsageError(f"This is a {type(expression).__name__}, not a sympy expression.")
    try:
        return _convert(expression)
    except RecursionError:
        raise LimitError("The sympy expression is nested too deeply.", hint="Name its inner parts.") from None


def _convert(expression: Any) -> Node:
    for kind in type(expression).__mro__:
        if kind in _CONVERTERS:
            return _CONVERTERS[kind](expression)
    raise _unknown(expression)


def _unknown(expression: Any) -> SymgradError:
    return SymgradError(
        f"I don't know sympy's '{type(expression).__name__}'.", hint="Known functions: symgrad help functions"
    )


# ---- leaves ------------------------------------------------------------------------------------------------------


def _rational(value: Any) -> Node:
    above, below = Number(abs(int(value.p))), int(value.q)
    body: Node = above if below == 1 else Divide(above, Number(below))
    return Negate(body) if value.p < 0 else body


_LONGEST_FLOAT = 400


def _float(value: Any) -> Node:
    """A floating-point number by the decimal digits that sympy prints."""
    text = str(value)
    _, _, exponent = text.partition("e")
    if len(text) > _LONGEST_FLOAT or (exponent and abs(int(exponent)) > _LONGEST_FLOAT):
        raise LimitError(f"A number has more than {_LONGEST_FLOAT} digits.")
    exact = Fraction(text)
    shown = None if exponent else text.lstrip("-").rstrip("0") + "0" * text.endswith(".0")
    body = Number(abs(exact), shown)
    return Negate(body) if exact < 0 else body


def _symbol(symbol: Any) -> Node:
    return Symbol(_name(symbol))


_VALUES = {"None", "True", "False"}  # what a caller's slip makes of a missing name


def _name(named: Any) -> str:
    """The normal form of a sympy object's name; a dummy's leading underscore is dropped."""
    text = str(named.name).lstrip("_") if isinstance(named, sp.Dummy) else str(named.name)
    found = normal_form(text)
    if found is None or not is_name(found) or "'" in found or found in _VALUES:
        raise UsageError(
            f"{text[:60]!r} is not a name.", hint="A name is a letter, then letters and digits, then _subscripts."
        )
    return found


def _infinite(value: Any) -> Node:
    raise SymgradError(f"The expression is undefined: it contains '{value}'.")


# ---- arithmetic --------------------------------------------------------------------------------------------------


def _add(expression: Any) -> Node:
    return Add(*(_convert(term) for term in expression.as_ordered_terms()))


def _multiply(expression: Any) -> Node:
    """A product as a quotient: factors with a negative rational power go below the bar, a minus sign to the front."""
    coefficient, rest = expression.as_coeff_Mul()
    above: list[Node] = []
    below: list[Node] = []
    if coefficient.is_Rational:
        above += [Number(abs(int(coefficient.p)))] if abs(coefficient.p) != 1 else []
        below += [Number(int(coefficient.q))] if coefficient.q != 1 else []
    else:
        above.append(_convert(abs(coefficient)))
    for factor in rest.as_ordered_factors():
        exponent = factor.exp if factor.is_Pow else sp.S.One
        if exponent.is_Rational and exponent.is_negative:
            below.append(_raise(factor.base, -exponent))
        else:
            above.append(_convert(factor))
    body = _product(above)
    if below:
        body = Divide(body, _product(below))
    return Negate(body) if coefficient.is_negative else body


def _product(factors: list[Node]) -> Node:
    """One factor, or the product of several, nested products taken apart."""
    flat: list[Node] = []
    for factor in factors:
        flat += factor.children if isinstance(factor, Multiply) else (factor,)
    return tree.ONE if not flat else flat[0] if len(flat) == 1 else Multiply(*flat)


def _power(expression: Any) -> Node:
    base, exponent = expression.args
    if exponent.is_Rational and exponent.is_negative:
        return Divide(tree.ONE, _raise(base, -exponent))
    return _raise(base, exponent)


def _raise(base: Any, exponent: Any) -> Node:
    """A power with square roots as such."""
    if exponent == 1:
        return _convert(base)
    if exponent == sp.S.Half:
        return Call("sqrt", _convert(base))
    return Power(_convert(base), _convert(exponent))


def _exp(expression: Any) -> Node:
    return Power(tree.E, _convert(expression.args[0]))


# ---- functions ---------------------------------------------------------------------------------------------------

_BY_CLASS: dict[type, str] = {
    getattr(sp, row.sympy): row.name
    for row in FUNCTIONS.values()
    if row.sympy is not None and isinstance(getattr(sp, row.sympy), type)
}
_BY_CLASS |= {sp.log: "ln", sp.loggamma: "lngamma"}


def _function(expression: Any) -> Node:
    name = _BY_CLASS.get(type(expression))
    if name is None:
        raise _unknown(expression)
    arguments = [_convert(argument) for argument in expression.args]
    least, most = FUNCTIONS[name].arity
    if not least <= len(arguments) <= (most or len(arguments)):
        raise SymgradError(f"I know '{name}' with {least} arguments, not {len(arguments)}.")
    return Call(name, *arguments)


def _choice(expression: Any) -> Node:
    """max or min, the arguments in sympy's printing order."""
    return Call(_BY_CLASS[type(expression)], *(_convert(arg) for arg in sp.ordered(expression.args)))


def _step(expression: Any) -> Node:
    if expression.args[1:] not in ((), (sp.S.Half,)):
        raise SymgradError("I know the unit step with the value 1/2 at 0 only.")
    return Call("step", _convert(expression.args[0]))


def _polygamma(expression: Any) -> Node:
    order, argument = expression.args
    return Call("digamma", _convert(argument)) if order == 0 else Call("polygamma", _convert(order), _convert(argument))


def _hyper(expression: Any) -> Node:
    above, below, argument = expression.args
    return Call("hyper", *(Matrix([[_convert(item) for item in row]]) for row in (above, below)), _convert(argument))


def _applied(expression: Any) -> Node:
    return Apply(_name(expression.func), *(_convert(argument) for argument in expression.args))


# ---- operators with a bound variable -----------------------------------------------------------------------------


def _derivative(expression: Any) -> Node:
    """An inert derivative; of an unspecified function at plain variables, in prime notation."""
    body = expression.expr
    counts = [(variable, int(count)) for variable, count in expression.variable_count if count.is_Integer]
    if len(counts) != len(expression.variable_count):
        raise SymgradError("I don't know derivatives of a symbolic order.")
    if isinstance(body, AppliedUndef) and all(_is_slot(variable, body.args) for variable, _ in counts):
        orders = [0] * len(body.args)
        for variable, count in counts:
            orders[body.args.index(variable)] += count
        return Apply(_name(body.func), *map(_convert, body.args), orders=tuple(orders))
    if not all(variable.is_Symbol for variable, _ in counts):
        raise SymgradError("I know derivatives by a variable only.")
    several = len(body.free_symbols) > 1
    names = [Symbol(_name(variable)) for variable, _ in counts]
    return tree.Derivative(_convert(body), *names, orders=tuple(count for _, count in counts), partial=several)


def _is_slot(variable: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether the variable is one of the arguments and stands in no other, so that d by it is d by that place."""
    return variable in arguments and sum(argument.has(variable) for argument in arguments) == 1


def _substituted(expression: Any) -> Node:
    """f′ at a place, or any other expression with its inner variable replaced."""
    body, names, values = expression.args
    inner = _convert(body)
    places = {_name(name): _convert(value) for name, value in zip(names, values, strict=True)}
    bound = (tree.Derivative, tree.Antiderivative)
    if any(isinstance(part, bound) and any(s in places for s in _bound_names(part)) for part in walks.walk(inner)):
        raise SymgradError("I don't know a derivative of an expression at a place.", hint="Carry it out first: .doit()")
    return walks.substitute(inner, places)


def _bound_names(node: Node) -> list[str]:
    return [child.name for child in node.children[1:] if isinstance(child, Symbol)]


def _series(kind: Callable[..., Node]) -> Callable[[Any], Node]:
    def convert(expression: Any) -> Node:
        body = _convert(expression.function)
        for limits in expression.limits:
            variable, *bounds = limits
            if len(bounds) != 2:
                raise SymgradError(f"I know '{type(expression).__name__}' with both bounds only.")
            body = kind(body, _symbol(variable), *map(_convert, bounds))
        return body

    return convert


def _integral(expression: Any) -> Node:
    body = _convert(expression.function)
    for limits in expression.limits:
        variable, *bounds = limits
        if len(bounds) == 1:
            raise SymgradError("I know integrals with no bounds or both bounds.")
        kind: Any = tree.Integral if bounds else tree.Antiderivative
        body = kind(body, _symbol(variable), *map(_convert, bounds))
    return body


def _limit(expression: Any) -> Node:
    body, variable, point, side = expression.args
    return tree.Limit(_convert(body), Symbol(_name(variable)), _convert(point), str(side))


# ---- conditions and tables ---------------------------------------------------------------------------------------

_RELATIONS = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">=", sp.Eq: "=", sp.Ne: "!="}


def _relation(expression: Any) -> Node:
    operator = next((text for kind, text in _RELATIONS.items() if isinstance(expression, kind)), None)
    if operator is None:
        raise _unknown(expression)
    return Compare(operator, _convert(expression.lhs), _convert(expression.rhs))


def _logic(operator: str) -> Callable[[Any], Node]:
    return lambda expression: Logic(operator, *(_convert(part) for part in sp.ordered(expression.args)))


def _piecewise(expression: Any) -> Node:
    return tree.Piecewise(*((_convert(piece.expr), _convert(piece.cond)) for piece in expression.args))


def _matrix(expression: Any) -> Node:
    rows, columns = expression.shape
    return Matrix([[_convert(expression[i, j]) for j in range(columns)] for i in range(rows)])


def _matrix_symbol(expression: Any) -> Node:
    sizes = tuple(int(size) if size.is_Integer else _name(size) for size in expression.shape)
    return Symbol(_name(expression), (sizes[0],) if sizes[1] == 1 else sizes)


def _matrix_product(expression: Any) -> Node:
    return _product([_convert(factor) for factor in expression.args])


def _indexed(expression: Any) -> Node:
    return Index(Symbol(_name(expression.base.label)), *map(_convert, expression.indices))


def _element(expression: Any) -> Node:
    base, *subscripts = expression.args
    return Index(_convert(base), *map(_convert, subscripts))


_CONVERTERS: dict[type, Callable[[Any], Node]] = {
    sp.Rational: _rational,
    sp.Float: _float,
    sp.Symbol: _symbol,
    type(sp.E): lambda _: tree.E,
    type(sp.pi): lambda _: tree.PI,
    type(sp.I): lambda _: tree.I,
    type(sp.oo): lambda _: tree.INFINITY,
    type(-sp.oo): lambda _: Negate(tree.INFINITY),
    type(sp.zoo): _infinite,
    type(sp.nan): _infinite,
    type(sp.GoldenRatio): lambda _: Divide(Add(tree.ONE, Call("sqrt", Number(5))), tree.TWO),
    type(sp.EulerGamma): lambda _: Negate(Call("digamma", tree.ONE)),
    sp.Add: _add,
    sp.Mul: _multiply,
    sp.Pow: _power,
    sp.exp: _exp,
    sp.Function: _function,
    sp.Max: _choice,
    sp.Min: _choice,
    sp.Heaviside: _step,
    sp.polygamma: _polygamma,
    sp.hyper: _hyper,
    AppliedUndef: _applied,
    sp.Derivative: _derivative,
    sp.Subs: _substituted,
    sp.Sum: _series(tree.Sum),
    sp.Product: _series(tree.Product),
    sp.Integral: _integral,
    sp.Limit: _limit,
    sp.core.relational.Relational: _relation,
    sp.And: _logic("and"),
    sp.Or: _logic("or"),
    sp.Not: _logic("not"),
    type(sp.true): lambda _: Truth(True),
    type(sp.false): lambda _: Truth(False),
    sp.Piecewise: _piecewise,
    sp.MatrixBase: _matrix,
    sp.MatrixSymbol: _matrix_symbol,
    sp.MatAdd: lambda expression: Add(*map(_convert, expression.args)),
    sp.MatMul: _matrix_product,
    sp.MatPow: lambda expression: Power(*map(_convert, expression.args)),
    sp.Transpose: lambda expression: Call("transpose", _convert(expression.arg)),
    sp.Inverse: lambda expression: Call("inverse", _convert(expression.arg)),
    sp.Trace: lambda expression: Call("trace", _convert(expression.arg)),
    sp.Determinant: lambda expression: Call("det", _convert(expression.arg)),
    sp.Indexed: _indexed,
    type(sp.MatrixSymbol("X", 1, 1)[0, 0]): _element,
}
