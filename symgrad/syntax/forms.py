"""Forms that build more than one call: logarithms, cases, conditions, matrices; and the table of all forms."""

from collections.abc import Callable

from symgrad.syntax.application import argument_of, function, function_power
from symgrad.syntax.binders import binder, integral_form, limit_form
from symgrad.syntax.derivative_forms import diff_form
from symgrad.syntax.grammar import Grammar
from symgrad.syntax.mixed_arguments import Argument, mixed_arguments, tuple_of
from symgrad.syntax.nodes import is_condition
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    OTHERWISE,
    Add,
    Call,
    Compare,
    Divide,
    Logic,
    Matrix,
    Negate,
    Node,
    Number,
    Piecewise,
    Power,
    Product,
    Sum,
)

# ---- logarithms --------------------------------------------------------------------------------------------------


def log_call(g: Grammar, argument: Node, base: Node | None) -> Node:
    """A logarithm; without a base it is the one of the options."""
    if base is None:
        base = {"e": None, "10": Number(10), "2": Number(2)}[g.options.log]
    if base is None:
        return Call("ln", argument)
    return Call("log", argument, base)


def log_form(g: Grammar, base: Node | None = None) -> Node:
    """log x, log(x), log(x, b), log_b x, log_b(x), log^2 x."""
    token = g.advance()
    if g.token.kind == "_" and base is None:
        g.advance()
        base = subscript_value(g)
    exponent: Node | None = None
    if g.token.kind in ("^", "raised"):
        exponent = function_power(g, "log")
        if exponent.children:
            g.fail("This power of a logarithm has two meanings.", "Write 1/log(x), or (log x)^(…).", token)
    arguments = argument_of(g, token)
    if len(arguments) == 2 and base is None:
        node = log_call(g, arguments[0], arguments[1])
    elif len(arguments) == 1:
        node = log_call(g, arguments[0], base)
    else:
        g.fail("log takes one or two arguments.", "Write log(x) or log(x, 2).", token)
    return node if exponent is None else Power(node, exponent)


def subscript_value(g: Grammar) -> Node:
    """What stands below after _: one token, or a formula in braces."""
    if g.token.kind == "{":
        return g.prefix["{"](g)
    if g.token.kind not in ("number", "name", "constant", "command"):
        raise g.unexpected()
    if g.token.kind == "name":
        return g.symbol(g.advance().text)
    return g.prefix[g.token.kind](g)


def _one(g: Grammar, what: str) -> Node:
    token = g.advance()
    if g.token.kind != "(":
        g.fail(f"{what} needs its argument in brackets.", f"Write {what}(x).", token)
    arguments = g.arguments()
    if len(arguments) != 1:
        g.fail(f"{what} takes 1 argument, not {len(arguments)}.", None, token)
    return arguments[0]


def _two(g: Grammar, what: str) -> tuple[Node, Node]:
    token = g.advance()
    arguments = g.arguments() if g.token.kind == "(" else []
    if len(arguments) != 2:
        g.fail(f"{what} takes 2 arguments, not {len(arguments)}.", None, token)
    return arguments[0], arguments[1]


# ---- cases and conditions ----------------------------------------------------------------------------------------


def piecewise_form(g: Grammar) -> Node:
    """Piecewise((value, condition), …, (value, True))."""
    token = g.advance()
    if g.token.kind != "(":
        g.fail("piecewise needs its cases.", "Write {x^2 if x > 0; 0 otherwise}.", token)
    pieces: list[tuple[Node, Node]] = []
    for argument in mixed_arguments(g):
        if not isinstance(argument, tuple) or len(argument) != 2:
            g.fail("A case is a value and a condition.", "Write Piecewise((x, x > 0), (0, True)).", token)
        pieces.append((argument[0], argument[1]))
    return cases(g, pieces, token)


def cases(g: Grammar, pieces: list[tuple[Node, Node]], token: Token) -> Node:
    if not pieces:
        g.fail("A piecewise formula needs a case.", None, token)
    for value, condition in pieces:
        if is_condition(value) or not is_condition(condition):
            g.fail("A case is a value and a condition.", "Write {x^2 if x > 0; 0 otherwise}.", token)
    return Piecewise(*pieces)


def braces(g: Grammar) -> Node:
    """{ formula } groups; { value if condition; …; value otherwise } is a piecewise formula."""
    token = g.advance()
    g.deeper()
    before, g.conditions = g.conditions, False
    value = g.sum_()
    pieces: list[tuple[Node, Node]] = []
    while g.token.kind != "}":
        if g.token.kind == "keyword" and g.token.text in ("if", "when", "for"):
            g.advance()
            pieces.append((value, g.statement()))
        elif g.token.kind == "keyword" and g.token.text in ("otherwise", "else"):
            g.advance()
            pieces.append((value, OTHERWISE))
        elif g.token.kind == "end":
            g.fail("This brace is not closed.", "Add the closing }.", token)
        else:
            raise g.unexpected()
        if g.token.kind in (";", ","):
            g.advance()
            value = g.sum_()
        elif g.token.kind != "}":
            raise g.unexpected()
    if pieces and value is not pieces[-1][0]:
        g.fail("This case has no condition.", "Write 0 otherwise.", g.token)
    g.advance()
    g.conditions = before
    g.depth -= 1
    return cases(g, pieces, token) if pieces else value


def relation_form(g: Grammar) -> Node:
    token = g.token
    if not g.conditions:
        g.fail(f"'{token.value}' makes a condition, not a number.", None, token)
    left, right = _two(g, token.text)
    return Compare(token.text, left, right)


def logic_form(g: Grammar) -> Node:
    token = g.advance()
    if not g.conditions or g.token.kind != "(":
        g.fail(f"'{token.value}' makes a condition, not a number.", None, token)
    parts = tuple_of(g)
    if not parts or not all(is_condition(part) for part in parts) or (token.text == "not" and len(parts) != 1):
        g.fail(f"'{token.value}' joins conditions.", None, token)
    return Logic(token.text, *parts)


# ---- matrices and rows of parameters -----------------------------------------------------------------------------


def matrix_literal(g: Grammar) -> Node:
    """[[a, b], [c, d]]: rows in double brackets."""
    token = g.token
    if g.peek().kind != "[" or (g.at and not g.options.accept and g.tokens[g.at - 1].kind == "start"):
        g.fail("Square brackets make a matrix, row by row.", "Write (x) to group, [[a, b], [c, d]] for a matrix.")
    g.advance()
    g.deeper()
    rows: list[list[Node]] = []
    while True:
        g.expect("[", "A row")
        row = [g.sum_()]
        while g.token.kind == ",":
            g.advance()
            row.append(g.sum_())
        g.expect("]", "The closing ]")
        rows.append(row)
        if g.token.kind != ",":
            break
        g.advance()
    g.expect("]", "The closing ]")
    g.depth -= 1
    if len({len(row) for row in rows}) != 1:
        g.fail("The rows of a matrix are equally long.", None, token)
    return Matrix(rows)


def matrix_form(g: Grammar) -> Node:
    token = g.advance()
    if g.token.kind != "(" or g.peek().kind != "[":
        g.fail("A matrix is written row by row.", "Write [[a, b], [c, d]].", token)
    g.advance()
    node = matrix_literal(g)
    g.expect(")", "The closing )")
    return node


def hyper_call(g: Grammar) -> Node:
    """hyper((a, b), (c,), x): two rows of parameters and the argument."""
    token = g.token
    if token.text != "hyper":
        return function(g)
    g.advance()
    arguments = mixed_arguments(g)
    if len(arguments) != 3 or isinstance(arguments[2], tuple):
        g.fail("hyper takes two rows of parameters and an argument.", "Write hyper((a, b), (c,), x).", token)
    rows = [part if isinstance(part, Matrix) else _row(part) for part in arguments[:2]]
    return Call("hyper", *rows, arguments[2])


def _row(part: Argument) -> Matrix:
    return Matrix([list(part) if isinstance(part, tuple) else [part]])


def _log1p(g: Grammar) -> Node:
    return Call("ln", Add(Number(1), _one(g, "log1p")))


def _expm1(g: Grammar) -> Node:
    return Add(Call("exp", _one(g, "expm1")), Negate(Number(1)))


def _nthroot(g: Grammar) -> Node:
    return Call("root", *_two(g, "nthroot"))


CONDITIONS = frozenset({"and", "or", "not", "=", "!=", "<", "<=", ">", ">="})

FORMS: dict[str, Callable[[Grammar], Node]] = {
    "diff": diff_form,
    "sum": binder(Sum),
    "product": binder(Product),
    "integral": integral_form,
    "limit": limit_form,
    "piecewise": piecewise_form,
    "log": log_form,
    "lg": lambda g: log_form(g, Number(10)),
    "log2": lambda g: log_form(g, Number(2)),
    "log1p": _log1p,
    "expm1": _expm1,
    "cbrt": lambda g: Call("root", _one(g, "cbrt"), Number(3)),
    "nthroot": _nthroot,
    "ratio": lambda g: Divide(*_two(g, "Rational")),
    "matrix": matrix_form,
    "and": logic_form,
    "or": logic_form,
    "not": logic_form,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), relation_form),
}


def form(g: Grammar) -> Node:
    return FORMS[g.token.text](g)
