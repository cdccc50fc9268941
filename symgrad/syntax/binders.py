"""Forms that bind a variable: derivatives, sums, products, integrals and limits, all kept inert.

The plain names (`diff`, `sum(…, k=1..n)`), sympy's (`Derivative`, `Sum(…, (k, 1, n))`) and the signs (∑, ∫) are read
alike. Logarithms, cases and matrices are `forms`' business.
"""

from collections.abc import Callable

from symgrad.syntax.application import DEPENDENT_LETTERS
from symgrad.syntax.grammar import FUNCTION_LETTERS, Differential, Grammar
from symgrad.syntax.leibniz import Leibniz
from symgrad.syntax.names import is_name
from symgrad.syntax.nodes import is_condition, letters_of, negated, product
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Add,
    Antiderivative,
    Apply,
    Derivative,
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
from symgrad.syntax.walks import free_symbols, transform

Argument = Node | tuple[Node, ...]

# ---- arguments that may be tuples or ranges ----------------------------------------------------------------------


def mixed_arguments(g: Grammar, bound: tuple[str, ...] = ()) -> list[Argument]:
    """( formula, (x, a, b), k = 1..n, x -> a, … ): formulas, tuples, and ranges as tuples."""
    if g.token.kind != "(":
        raise g.unexpected()
    opening = g.advance()
    g.deeper()
    found: list[Argument] = []
    while g.token.kind != ")":
        found.append(_argument(g))
        if g.token.kind in (",", ";"):
            g.advance()
        elif g.token.kind == "end":
            g.fail("This bracket is not closed.", "Add the closing ).", opening)
        elif g.token.kind != ")":
            raise g.unexpected()
    g.advance()
    g.depth -= 1
    return found


def _argument(g: Grammar) -> Argument:
    if g.token.kind == "(" and g.inside_bracket()[1] and _closes_argument(g):
        return tuple_of(g)
    if g.token.kind == "name" and g.peek().kind in ("relation", "->") and g.peek().text in ("=", "->"):
        name = g.symbol(g.advance().text)
        g.advance()
        lower = g.sum_()
        if g.token.kind != "..":
            return (name, lower)
        g.advance()
        return (name, lower, g.sum_())
    return g.sum_()


def _closes_argument(g: Grammar) -> bool:
    """Whether the bracket that opens here is the whole argument."""
    inside, _ = g.inside_bracket()
    return g.peek(len(inside) + 2).kind in (",", ")", ";", "end")


def tuple_of(g: Grammar) -> tuple[Node, ...]:
    g.advance()
    g.deeper()
    parts: list[Node] = []
    while g.token.kind != ")":
        parts.append(g.statement())
        if g.token.kind == ",":
            g.advance()
        elif g.token.kind != ")":
            raise g.unexpected()
    g.advance()
    g.depth -= 1
    return tuple(parts)


def _names_after_comma(g: Grammar) -> tuple[str, ...]:
    """Names in the bracket that opens after this token, behind its first comma: what the form binds."""
    g_at = g.at
    g.at += 1
    inside, _ = g.inside_bracket()
    g.at = g_at
    depth = 0
    for k, token in enumerate(inside):
        if token.kind in ("(", "[", "{"):
            depth += 1
        elif token.kind in (")", "]", "}"):
            depth -= 1
        elif token.kind == "," and depth == 0:
            return tuple(other.text for other in inside[k:] if other.kind == "name")
    return ()


def _formula(g: Grammar, argument: Argument, token: Token) -> Node:
    if isinstance(argument, tuple) or is_condition(argument):
        g.fail("A formula is missing here.", None, token)
    return argument


def _variable(g: Grammar, argument: Argument, token: Token) -> Symbol:
    if not isinstance(argument, Symbol):
        g.fail("A variable's name is missing here.", None, token)
    return argument


# ---- derivatives -------------------------------------------------------------------------------------------------


def diff_form(g: Grammar) -> Node:
    """diff(formula), diff(formula, x), diff(formula, x, 2), diff(formula, (x, 2), y); kept inert."""
    token = g.token
    by = _names_after_comma(g)
    g.by.extend(by)
    g.advance()
    arguments = mixed_arguments(g)
    del g.by[len(g.by) - len(by) :]
    if not arguments:
        g.fail("diff needs a formula.", "Write diff(x^2, x).", token)
    body = _formula(g, arguments[0], token)
    variables: list[Symbol] = []
    orders: list[int] = []
    for argument in arguments[1:]:
        pair = argument if isinstance(argument, tuple) else (argument,)
        if isinstance(pair[0], Number) and variables and len(pair) == 1:
            orders[-1] = _order(g, pair[0], token)
            continue
        variables.append(_variable(g, pair[0], token))
        orders.append(_order(g, pair[1], token) if len(pair) > 1 else 1)
    if not variables:
        names = free_symbols(body)
        if len(names) != 1:
            g.fail("I can't tell the variable of this derivative.", "Write diff(formula, x).", token)
        variables, orders = [names[0]], [1]
    return derivative(g, body, list(zip(variables, orders, strict=True)), token)


def _order(g: Grammar, node: Node, token: Token) -> int:
    if not isinstance(node, Number) or node.value.denominator != 1 or node.value < 1:
        g.fail("The order of a derivative is a whole number from 1.", None, token)
    return int(node.value)


def derivative(g: Grammar, body: Node, by: list[tuple[Symbol, int]], token: Token, partial: bool = False) -> Derivative:
    """An inert derivative with its order within budget; repeated variables are counted together."""
    merged: dict[Symbol, int] = {}
    for variable, order in by:
        merged[variable] = merged.get(variable, 0) + order
    if sum(merged.values()) > g.options.budgets.derivative_order:
        raise g.options.budgets.exceeded(
            "derivative_order", "A derivative of high order", source=g.source, span=(token.start, token.stop)
        )
    return Derivative(body, *merged, orders=tuple(merged.values()), partial=partial)


def leibniz(g: Grammar) -> Node:
    """d/dx formula, dy/dx, ∂f/∂x."""
    token = g.advance()
    value: Leibniz = token.value
    return leibniz_node(g, value, token)


def leibniz_node(g: Grammar, value: Leibniz, token: Token) -> Node:
    by = [(g.symbol(name), order) for name, order in value.variables]
    variables = [variable for variable, _ in by]
    if value.name is not None:
        body = dependent(g, value, token)
        refuse_value(g, token)
        return derivative(g, body, by, token, value.partial)
    if g.token.kind == "end" or (g.token.kind not in g.prefix and g.token.kind not in ("+", "-")):
        g.fail("A derivative needs a formula after it.", "Write d/dx (formula).", token)
    names = [variable.name for variable in variables]
    g.by.extend(names)
    opening = g.token
    negative = g.signs()
    factors = g.group()
    del g.by[len(g.by) - len(names) :]
    body = negated(product(factors), negative)
    node = derivative(g, body, by, token, value.partial)
    after = g.token.kind
    bracketed = opening.kind == "(" and len(factors) == 1
    if not bracketed and after in ("+", "-", "*", "/"):
        tell_extent(g, token, node, "d/dx")
    elif len(factors) > 1 and opening.kind == "(":
        other = Multiply(node.with_children((factors[0], *variables)), *factors[1:])
        g.told(token.start, "d/dx takes the whole product", node, other)
    tell_constant(g, token, node)
    return node


def tell_extent(g: Grammar, token: Token, node: Node, what: str) -> None:
    """A form without a closing bracket ends before the sign that stands here; some mean it to go on."""
    rest = Symbol("…")
    join = Add if g.token.kind in ("+", "-") else Multiply
    wide = node.with_children((join(node.children[0], rest), *node.children[1:]))
    g.told(token.start, f"{what} ends before the next sign", join(node, rest), wide)


def tell_constant(g: Grammar, token: Token, node: Derivative) -> None:
    """d/dx y with no x in it is 0, unless y is meant as a function of x."""
    body, *variables = node.children
    by = tuple(variable for variable in variables if isinstance(variable, Symbol))
    letters = {letter.name for letter in letters_of(body)}
    functions = letters & (FUNCTION_LETTERS | DEPENDENT_LETTERS) - g.dependents.keys() - g.variables
    if node.partial or not functions or any(variable.name in letters for variable in by):
        return

    def applied(part: Node) -> Node:
        return Apply(part.name, *by) if isinstance(part, Symbol) and part.name in functions else part

    says = f"{min(functions)} does not depend on {by[0].name} here"
    g.told(token.start, says, node, node.with_children((transform(body, applied), *by)))


def refuse_value(g: Grammar, token: Token) -> None:
    """dy/dx(2): the derivative at a point, or a product? f'(2) is not in doubt."""
    inside = g.inside_bracket()[0] if g.token.kind == "(" else []
    if len(inside) == 1 and inside[0].kind in ("number", "name", "constant"):
        point = inside[0].text
        g.fail("This may be the derivative at a point.", f"Write f'({point}), or * for a product.", token)


def dependent(g: Grammar, value: Leibniz, token: Token) -> Node:
    """What stands above in dy/dx or df(x)/dx: the name as a function."""
    assert value.name is not None
    by = tuple(name for name, _ in value.variables)
    if value.arguments:
        return Apply(value.name, *(g.symbol(name) for name in value.arguments))
    if value.name in by:
        return g.symbol(value.name)
    known = g.dependents.get(value.name, ())
    g.dependents[value.name] = tuple(dict.fromkeys((*known, *by)))
    return g.symbol(value.name)


# ---- sums, products, integrals, limits ---------------------------------------------------------------------------


def binder(kind: type[Sum] | type[Product]) -> Callable[[Grammar], Node]:
    """sum(body, k = 1..n), sum(body, k, 1, n), Sum(body, (k, 1, n), …); the same for products."""

    def handler(g: Grammar) -> Node:
        token = g.token
        if g.peek().kind in ("_", "{"):
            g.advance()
            return big_operator(g, "sum" if kind is Sum else "product", token)
        bound = _names_after_comma(g)
        g.bound.extend(bound)
        g.advance()
        arguments = mixed_arguments(g)
        del g.bound[len(g.bound) - len(bound) :]
        ranges = _ranges(g, arguments[1:], (3,), token)
        if not arguments or not ranges:
            g.fail("A sum needs its variable and bounds.", "Write sum(k^2, k=1..n).", token)
        node = _formula(g, arguments[0], token)
        for variable, lower, upper in ranges:
            node = bind(kind, node, _variable(g, variable, token), lower, upper)
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
    node = _formula(g, arguments[0], token)
    for part in ranges:
        variable = _variable(g, part[0], token)
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
    point = _formula(g, flat[2], token)
    return Limit(_formula(g, flat[0], token), _variable(g, flat[1], token), point, side)


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
