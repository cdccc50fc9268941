"""Sums, products, integrals and limits: forms that bind a variable, all kept inert.

The plain names (`sum(…, k=1..n)`), sympy's (`Sum(…, (k, 1, n))`) and the signs (∑, ∫) are read
alike. Derivatives have a room of their own; logarithms, cases and matrices are `forms`' business.
"""

from collections.abc import Callable

from symgrad.syntax.derivative_forms import tell_extent
from symgrad.syntax.grammar import Differential, Grammar
from symgrad.syntax.mixed_arguments import (
    Argument,
    formula_of,
    mixed_arguments,
    names_after_comma,
    variable_of,
)
from symgrad.syntax.names import is_name
from symgrad.syntax.nodes import letters_of, product
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Antiderivative,
    Divide,
    Index,
    Integral,
    Limit,
    Multiply,
    Negate,
    Node,
    Number,
    Product,
    Sum,
    Symbol,
)
from symgrad.syntax.walks import transform


def binder(kind: type[Sum] | type[Product]) -> Callable[[Grammar], Node]:
    """sum(body, k = 1..n), sum(body, k, 1, n), Sum(body, (k, 1, n), …); the same for products."""

    def handler(g: Grammar) -> Node:
        token = g.token
        if g.peek().kind in ("_", "{"):
            g.advance()
            return big_operator(g, "sum" if kind is Sum else "product", token)
        bound = names_after_comma(g)
        g.bound.extend(bound)
        g.advance()
        arguments = mixed_arguments(g)
        del g.bound[len(g.bound) - len(bound) :]
        ranges = _ranges(g, arguments[1:], (3,), token)
        if not arguments or not ranges:
            g.fail("A sum needs its variable and bounds.", "Write sum(k^2, k=1..n).", token)
        node = formula_of(g, arguments[0], token)
        for variable, lower, upper in ranges:
            node = bind(kind, node, variable_of(g, variable, token), lower, upper)
        return node

    return handler


def _ranges(g: Grammar, arguments: list[Argument], lengths: tuple[int, ...], token: Token) -> list[tuple[Node, ...]]:
    """The ranges of a form: tuples, or the arguments one after the other."""
    if arguments and not any(isinstance(argument, tuple) for argument in arguments):
        arguments = [tuple(argument for argument in arguments if not isinstance(argument, tuple))]
    ranges = [argument if isinstance(argument, tuple) else (argument,) for argument in arguments]
    if any(len(part) not in lengths for part in ranges):
        g.fail("The variable and its two bounds are needed.", "Write (k, 1, n) or k=1..n.", token)
    return ranges


def bind(kind: type[Sum] | type[Product], body: Node, variable: Symbol, lower: Node, upper: Node) -> Node:
    """The bound sum; names whose subscript is the bound variable (x_i) become components x[i]."""
    return kind(indexed(body, {variable.name}), variable, lower, upper)


def indexed(body: Node, bound: set[str]) -> Node:
    """x_i and w_ij with a bound i become x[i] and w[i, j]: every letter of a subscript that holds a bound one."""

    def change(node: Node) -> Node:
        if not isinstance(node, Symbol) or "_" not in node.name:
            return node
        stem, _, low = node.name.partition("_")
        letters = [low] if low in bound else low.split("_") if "_" in low else list(low)
        if not set(letters) & bound or not is_name(stem) or not all(letter.isalnum() for letter in letters):
            return node
        parts: list[Node] = [Number(int(letter)) if letter.isdigit() else Symbol(letter) for letter in letters]
        return Index(Symbol(stem, node.shape), *parts)

    return transform(body, change)


def integral_form(g: Grammar) -> Node:
    """integral(body, x), integral(body, x, a, b), Integral(body, (x, a, b), …)."""
    token = g.token
    if g.peek().kind in ("_", "{"):
        g.advance()
        return big_operator(g, "integral", token)
    g.advance()
    arguments = mixed_arguments(g)
    ranges = _ranges(g, arguments[1:], (1, 3), token)
    if not arguments or not ranges:
        g.fail("An integral needs its variable.", "Write integral(x^2, x) or integral(x^2, x, 0, 1).", token)
    node = formula_of(g, arguments[0], token)
    for part in ranges:
        variable = variable_of(g, part[0], token)
        node = Integral(node, variable, part[1], part[2]) if len(part) == 3 else Antiderivative(node, variable)
    return node


def limit_form(g: Grammar) -> Node:
    """limit(body, x, a), limit(body, x -> a); a+ (a from above) or a- (a from below) for one side."""
    token = g.advance()
    inside, _ = g.inside_bracket()
    side = "+-"
    if inside and inside[-1].kind in ("+", "-"):
        side = inside[-1].kind
        del g.tokens[g.at + len(inside)]
    elif [token.text for token in inside[-2:]] in (["from", "above"], ["from", "below"]):
        side = "+" if inside[-1].text == "above" else "-"
        del g.tokens[g.at + len(inside) - 1 : g.at + len(inside) + 1]
    arguments = mixed_arguments(g)
    flat = [arguments[0], *arguments[1]] if len(arguments) == 2 and isinstance(arguments[1], tuple) else arguments
    if len(flat) != 3:
        g.fail("A limit needs its variable and point.", "Write limit(sin(x)/x, x, 0).", token)
    point = formula_of(g, flat[2], token)
    return Limit(formula_of(g, flat[0], token), variable_of(g, flat[1], token), point, side)


def big(g: Grammar) -> Node:
    token = g.advance()
    return big_operator(g, token.text, token)


def big_operator(g: Grammar, kind: str, token: Token) -> Node:
    """∑_{k=1}^n body, ∏_{k=1}^n body, ∫_a^b body dx."""
    if kind == "integral":
        return integral_sign(g, token)
    lower: Node | None = None
    upper: Node | None = None
    variable: Symbol | None = None
    while g.token.kind in ("_", "^", "raised"):
        if g.token.kind == "raised":
            upper = g.advance().value
        elif g.advance().kind == "^":
            upper = bound_value(g)
        else:
            if g.token.kind not in ("{", "(") or g.peek().kind != "name" or g.peek(2).text != "=":
                g.fail("A sum sign needs its variable below.", "Write ∑_{k=1}^n.", token)
            closing = "}" if g.advance().kind == "{" else ")"
            variable = g.symbol(g.advance().text)
            g.advance()
            lower = g.sum_()
            g.expect(closing, "The closing bracket")
    if lower is None or upper is None or variable is None:
        g.fail("A sum needs both bounds.", "Write sum(k^2, k=1..n) or ∑_{k=1}^n k^2.", token)
    g.bound.append(variable.name)
    opening = g.token
    body = g.term()
    g.bound.pop()
    tell_double_index(g, token, body, variable.name)
    node = bind(Sum if kind == "sum" else Product, body, variable, lower, upper)
    tell_end(g, token, opening, node, f"the {kind}")
    return node


def tell_end(g: Grammar, token: Token, opening: Token, node: Node, what: str) -> None:
    """A sum or a limit ends before + and −; told unless a bracket shows how far it goes."""
    if g.token.kind in ("+", "-"):
        variable = node.children[1]
        if isinstance(variable, Symbol):
            g.open_sums.add(variable.name)
        if opening.kind != "(" or isinstance(node.children[0], (Multiply, Divide)):
            tell_extent(g, token, node, what)


def tell_double_index(g: Grammar, token: Token, body: Node, bound: str) -> None:
    """x_{2n} under a sum over n: two indices, or the index 2·n?"""
    for symbol in letters_of(body):
        stem, _, low = symbol.name.partition("_")
        digits = low.removesuffix(bound)
        if low.endswith(bound) and digits.isdigit() and digits != "1":
            number, letter = Number(int(digits)), Symbol(bound)
            two = Index(Symbol(stem), *(Number(int(digit)) for digit in digits), letter)
            g.told(token.start, f"{low} below are indices", two, Index(Symbol(stem), Multiply(number, letter)))
            return


def bound_value(g: Grammar) -> Node:
    """A bound above or below a big sign: one factor, or a formula in brackets."""
    if g.latex:
        return g.prefix["exponent"](g)
    if g.token.kind in ("{", "("):
        return g.prefix[g.token.kind](g)
    negative = g.signs()
    if g.token.kind not in ("number", "name", "constant"):
        raise g.unexpected()
    node = g.prefix[g.token.kind](g) if g.token.kind != "name" else g.symbol(g.advance().text)
    return Negate(node) if negative else node


def integral_sign(g: Grammar, token: Token) -> Node:
    """∫ body dx, with bounds below and above or without."""
    lower: Node | None = None
    upper: Node | None = None
    while g.token.kind in ("_", "^"):
        if g.advance().kind == "^":
            upper = bound_value(g)
        else:
            lower = bound_value(g)
    context = Differential(g.depth, [])
    g.integrals.append(context)
    body = Number(1) if g.ends_integrand() else g.sum_()
    g.integrals.pop()
    if not context.found:
        g.integrals.append(context)
        here = g.ends_integrand()
        g.integrals.pop()
        if not here:
            g.fail("This integral has no dx.", "Write ∫ x^2 dx.", token)
        g.advance()
        context.found.append(g.advance().text)
    variable = g.symbol(context.found[0])
    if (lower is None) != (upper is None):
        g.fail("An integral has two bounds or none.", None, token)

    def over(integrand: Node) -> Node:
        if lower is None or upper is None:
            return Antiderivative(integrand, variable)
        return Integral(integrand, variable, lower, upper)

    if not _divides_integrand(g, variable.name):
        return over(body)
    g.advance()
    below = product(g.group())
    node = over(Divide(body, below))
    if body != Number(1):
        g.told(token.start, "what stands under dx belongs to the integrand", node, Divide(over(body), below))
    return node


def _divides_integrand(g: Grammar, variable: str) -> bool:
    """Whether / and a denominator with the variable follow a differential, as in ∫ dx/x."""
    if g.token.kind != "/":
        return False
    depth = 0
    for k in range(g.at + 1, len(g.tokens)):
        token = g.tokens[k]
        depth += (token.kind in ("(", "{", "[")) - (token.kind in (")", "}", "]"))
        if depth < 0 or (depth == 0 and token.kind in ("+", "-", "*", "/", ",", "relation", "big", "end")):
            return False
        if token.kind == "name" and token.text == variable:
            return True
    return False
