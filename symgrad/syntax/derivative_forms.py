"""Derivatives as they are written: diff(f, x), Derivative(f, (x, 2)), d/dx, dy/dx and ∂²f/∂x∂y, all kept inert."""

from symgrad.syntax.application import DEPENDENT_LETTERS
from symgrad.syntax.grammar import FUNCTION_LETTERS, Grammar
from symgrad.syntax.leibniz import Leibniz
from symgrad.syntax.mixed_arguments import formula_of, mixed_arguments, names_after_comma, variable_of
from symgrad.syntax.nodes import letters_of, negated, product
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Add,
    Apply,
    Derivative,
    Multiply,
    Node,
    Number,
    Symbol,
)
from symgrad.syntax.walks import free_symbols, transform


def diff_form(g: Grammar) -> Node:
    """diff(formula), diff(formula, x), diff(formula, x, 2), diff(formula, (x, 2), y); kept inert."""
    token = g.token
    by = names_after_comma(g)
    g.by.extend(by)
    g.advance()
    arguments = mixed_arguments(g)
    del g.by[len(g.by) - len(by) :]
    if not arguments:
        g.fail("diff needs a formula.", "Write diff(x^2, x).", token)
    body = formula_of(g, arguments[0], token)
    variables: list[Symbol] = []
    orders: list[int] = []
    for argument in arguments[1:]:
        pair = argument if isinstance(argument, tuple) else (argument,)
        if isinstance(pair[0], Number) and variables and len(pair) == 1:
            orders[-1] = _order(g, pair[0], token)
            continue
        variables.append(variable_of(g, pair[0], token))
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
