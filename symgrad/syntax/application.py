"""Names and functions: what a letter before a bracket means, and what a function without brackets takes.

The conventions are in the help; where a text could be a product as well as a function, it is told or refused.
"""

from typing import NoReturn

from symgrad.syntax import words
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.grammar import FUNCTION_LETTERS, Choice, Grammar, Handler
from symgrad.syntax.nodes import is_numeric, letters_of, one_token, product
from symgrad.syntax.tokens import Token, refuse
from symgrad.syntax.tree import Apply, Call, Divide, Multiply, Negate, Node, Number, Power, Symbol

DEPENDENT_LETTERS = frozenset({"u", "v", "w", "x", "y", "z", "r", "s", "theta", "eta", "xi", "rho", "omega"})
VARIABLE_LETTERS = frozenset({"x", "y", "z", "t", "u", "v", "w", "s", "r", "theta", "xi", "eta", "tau"})


def name(g: Grammar) -> Node:
    """A variable, an unspecified function with its arguments, or a primed name."""
    token = g.advance()
    if g.token.kind == "prime" and not g.latex:
        return primed_name(g, token)
    if g.token.kind == "(" and is_applied(g, token):
        return applied(g, token, 0)
    if token.text == "Delta" and g.token.kind == "name" and not g.token.spaced:
        tell_increment(g, token)
    return g.symbol(token.text)


def tell_increment(g: Grammar, token: Token) -> None:
    """Δx is Δ times x here; many mean one quantity by it."""
    if "Delta" not in g.variables:
        after = g.token
        taken, other = Multiply(Symbol("Delta"), Symbol(after.text)), Symbol(f"Delta_{after.text}")
        g.choices.append(
            Choice(token.start, after.stop, "Δ is a factor; declare a name for an increment", taken, other)
        )


def primed_name(g: Grammar, token: Token) -> Node:
    order = 0
    while g.token.kind == "prime":
        order += g.advance().value
    if g.token.kind == "(" and not g.token.spaced:
        return applied(g, token, order)
    if token.text + "'" * order in g.variables:
        return g.symbol(token.text + "'" * order)
    if order > g.options.budgets.derivative_order:
        raise g.options.budgets.exceeded(
            "derivative_order", f"A derivative of order {order}", source=g.source, span=(token.start, token.stop)
        )
    g.primed.setdefault(token.text, token.start)
    return Apply(token.text, orders=(order,))


def applied(g: Grammar, token: Token, order: int) -> Node:
    arguments = g.arguments()
    if not arguments:
        g.fail(f"{token.text}() needs an argument.", token=token)
    if order and len(arguments) != 1:
        g.fail("A prime needs a function of one variable.", "Write d/dx or ∂/∂x.", token)
    node = Apply(token.text, *arguments, orders=(order,) if order else None)
    if not order and len(arguments) == 1 and token.text not in g.functions:
        other = Multiply(Symbol(token.text), arguments[0])
        g.told(token.start, f"{token.text}(…) is a function", node, other)
    return node


def is_applied(g: Grammar, token: Token) -> bool:
    """Whether name(…) is a function of …, by the documented convention; refuses where nobody could tell."""
    name = token.text
    if name in g.functions:
        return True
    if name in g.variables or name in g.shapes:
        return False
    inside, commas = g.inside_bracket()
    letter = name.partition("_")[0]
    names = {t.text for t in inside if t.kind == "name"}
    only = inside[0].text if len(inside) == 1 and inside[0].kind == "name" else None
    if commas:
        if len(letter) == 1 or letter in FUNCTION_LETTERS | DEPENDENT_LETTERS:
            return True
        g.fail(
            f"I don't know the function '{name}'.", f"Declare it: functions=({name!r},) or --functions {name}.", token
        )
    if only is not None and only in g.by and only != name:
        return True
    if letter in FUNCTION_LETTERS:
        numbers = not names and any(t.kind in ("number", "constant") for t in inside)
        variables = {other.partition("_")[0] for other in names} & VARIABLE_LETTERS
        if variables or numbers or (only is not None and only in g.bound) or is_function_elsewhere(g, name):
            return True
        product_or_function(g, token, "…")
    if only is not None and only != name and only in VARIABLE_LETTERS:
        if letter in DEPENDENT_LETTERS:
            return True
        product_or_function(g, token, only)
    if len(inside) == 1 and inside[0].kind == "number":
        product_or_function(g, token, inside[0].text)
    if name == "delta":
        product_or_function(g, token, "…")
    moved = letter in DEPENDENT_LETTERS and names & {"x", "t"} and name not in names
    if moved or (only is not None and only != name):
        argument = Symbol(only or "…")
        says, stop = f"{name}(…) is a product", g.peek(len(inside) + 1).stop
        told = Multiply(Symbol(name), argument), Apply(name, argument)
        g.choices.append(Choice(token.start, stop, says, *told))
    return False


def product_or_function(g: Grammar, token: Token, argument: str) -> NoReturn:
    name = token.text
    g.fail(
        f"{name}({argument}) may be a product or a function.",
        f"Write {name}*{argument} for a product, or declare the function: functions=({name!r},) or --functions {name}.",
        token,
    )


def is_function_elsewhere(g: Grammar, name: str) -> bool:
    """Whether f(x) or f′(…) stands somewhere, so that f(a) is a value of the same function."""
    if name not in g.elsewhere:
        g.elsewhere[name] = any(
            one.kind == "name"
            and one.text == name
            and (two.kind == "prime" or (two.kind == "(" and three.text in VARIABLE_LETTERS and four.kind == ")"))
            for one, two, three, four in zip(g.tokens, g.tokens[1:], g.tokens[2:], g.tokens[3:])
        )
    return g.elsewhere[name]


def function(g: Grammar) -> Node:
    """A function of the table: f(…), f^2(…), f x."""
    token = g.advance()
    row = FUNCTIONS[token.text]
    exponent: Node | None = None
    if g.token.kind in ("^", "raised") and row.bare:
        exponent = function_power(g, row.name)
    elif g.token.kind in ("^", "raised"):
        g.fail(f"{row.name} needs its argument in brackets first.", f"Write {row.name}(x)^2.")
    if g.token.kind == "prime":
        g.fail(f"Write the derivative of {row.name} as d/dx {row.name}(x).")
    if exponent is not None and exponent == Negate(Number(1)):
        if row.inverse is None:
            g.fail(f"{row.name}^(-1) has two meanings.", f"Write 1/{row.name}(x), or the inverse by its name.", token)
        argument = argument_of(g, token)
        inverse = Call(row.inverse, *argument)
        g.told(
            token.start,
            f"{row.name}^(-1) is the inverse function",
            inverse,
            Divide(Number(1), Call(row.name, *argument)),
        )
        return inverse
    node = call(g, token, argument_of(g, token))
    if token.value in ("σ", "sigma", "\\sigma"):
        g.told(token.start, "σ(…) is the sigmoid", node, Multiply(Symbol("sigma"), *node.children))
    return node if exponent is None else Power(node, exponent)


def function_power(g: Grammar, name: str) -> Node:
    """The power between a function and its argument: sin^2 x, sin² x, sin^-1 x."""
    if g.token.kind == "raised":
        node: Node = g.advance().value
        return node
    g.advance()
    g.deeper()
    if g.latex:
        node = g.prefix["exponent"](g)
    else:
        negative = g.signs()
        handler = g.prefix.get(g.token.kind)
        if handler is None or g.token.kind == "function":
            raise g.unexpected()
        symbol = g.token
        node = g.symbol(g.advance().text) if symbol.kind == "name" else handler(g)
        node = Negate(node) if negative else node
    g.depth -= 1
    return node


def argument_of(g: Grammar, token: Token) -> list[Node]:
    """What a function is applied to: the bracket after it, or factors without a bracket."""
    row_bare = token.kind == "form" or FUNCTIONS[token.text].bare
    if g.token.kind == "(":
        before = g.at
        arguments = g.arguments()
        check_lost_comma(g, before, token)
        return arguments
    if g.token.kind == "{" and g.latex:
        bracketed = g.peek().kind == "("
        node = g.prefix["{"](g)
        if g.token.kind in ("^", "raised") and not bracketed:
            g.fail("I can't tell what this power belongs to.", "Write \\sin^2 x or \\sin(x^2).")
        letter = g.token.kind == "name" or (g.token.kind == "constant" and g.token.text != "e")
        if letter and not bracketed and not (g.integrals and g.is_differential()):
            shown, rest = token.text if token.kind == "function" else "log", one_token(g.token)
            wide = Call(shown, Multiply(node, rest))
            g.told(token.start, f"{shown} takes the braces alone", Multiply(Call(shown, node), rest), wide)
        return [node]
    if not row_bare:
        g.fail(f"{token.text} needs its argument in brackets.", f"Write {token.text}(x).", token)
    return [bare_argument(g, token)]


def check_lost_comma(g: Grammar, opening: int, token: Token) -> None:
    """sin(x y): two coordinates side by side with a space look like a lost comma."""
    if g.latex or g.at - opening != 4:
        return
    first, second = g.tokens[opening + 1], g.tokens[opening + 2]
    if first.kind == second.kind == "name" and second.spaced and {first.text, second.text} <= words.COORDINATES:
        span = (first.start, second.stop)
        hint = f"Write {first.text}*{second.text} for a product."
        raise refuse(g.source, span, "There may be a comma missing here.", hint)


def bare_argument(g: Grammar, token: Token) -> Node:
    """sin 2x: numbers, constants and letters up to the next function, bracket, e-power or sign."""
    start = g.token
    g.deeper()
    if start.kind in ("function", "form"):
        node = g.factor()
        g.depth -= 1
        return node
    if start.kind not in ("number", "name", "constant", "<|", "root", "⌊", "⌈", "command", "{"):
        if start.kind == "end":
            g.fail(
                f"'{token.value or token.text}' needs its argument.",
                f"Write {token.value or token.text}(x).",
                token,
            )
        g.fail(f"'{token.value or token.text}' needs its argument before this.", "Write it in brackets.")
    factors = [bare_factor(g)]
    letters = 0
    while continues_argument(g, factors):
        factors.append(bare_factor(g))
    letters = sum(not is_numeric(factor) for factor in factors)
    g.depth -= 1
    after = g.token
    node = product(factors)
    shown = token.text if token.kind == "function" else "log"
    if after.kind == "(" and (not after.spaced or letters == 0):
        g.fail(
            "I can't tell whether this bracket belongs to the function.",
            f"Write {shown}(…)*(…) or {shown}(…*(…)).",
        )
    if shown == "sqrt" and len(factors) > 1:
        inner = Multiply(Call(shown, factors[0]), *factors[1:])
        g.told(token.start, "sqrt takes all the factors that follow", Call(shown, node), inner)
    elif letters > 1:
        inner = Multiply(Call(shown, product(factors[:-1])), factors[-1])
        g.told(token.start, f"{shown} takes all the letters that follow", Call(shown, node), inner)
    elif isinstance(factors[-1], Power) and not is_numeric(factors[-1]):
        base = product([*factors[:-1], factors[-1].base])
        other = Power(Call(shown, base), factors[-1].exponent)
        g.told(token.start, f"{shown} takes the power", Call(shown, node), other)
    elif after.kind in ("function", "form", "root", "<|", "command", "("):
        rest = Symbol("…")
        wide = Call(shown, Multiply(node, rest))
        what = "function" if after.kind in ("function", "form") else "factor"
        says = f"{shown} without brackets ends before the next {what}"
        g.told(token.start, says, Multiply(Call(shown, node), rest), wide)
    elif after.kind == "/":
        whole = Symbol("…")
        wide = Call(shown, Divide(node, whole))
        g.told(token.start, f"{shown} without brackets ends before /", Divide(Call(shown, node), whole), wide)
    return node


def bare_factor(g: Grammar) -> Node:
    """One factor of a bracketless argument; a name takes no bracket here."""
    if g.token.kind == "name" and g.peek().kind == "(":
        return g.symbol(g.advance().text)
    return g.factor()


def continues_argument(g: Grammar, factors: list[Node]) -> bool:
    token = g.token
    kind = token.kind
    if g.integrals and g.is_differential():
        return False
    if kind == "constant":
        if token.text == "e" and g.peek().kind in ("^", "raised"):
            if all(is_numeric(factor) for factor in factors):
                g.fail("I can't tell whether this still belongs to the function.", "Use brackets.")
            return False
        return True
    if kind == "name":
        if any(symbol.name == token.text for factor in factors for symbol in letters_of(factor)):
            g.fail(
                "I can't tell whether this still belongs to the function.",
                "Close the argument in brackets: sin(x)*x^2 or sin(x*x^2).",
            )
        return True
    if kind in ("<|", "root", "command", "{"):
        return all(is_numeric(factor) for factor in factors)
    return False


def call(g: Grammar, token: Token, arguments: list[Node]) -> Node:
    """A Call with its number of arguments checked."""
    row = FUNCTIONS[token.text]
    least, most = row.arity
    if not least <= len(arguments) or (most is not None and len(arguments) > most):
        want = f"{least}" if most == least else f"{least} to {most}" if most else f"at least {least}"
        plural = "" if want == "1" else "s"
        g.fail(f"{row.name} takes {want} argument{plural}, not {len(arguments)}.", f"It is the {row.says}.", token)
    for argument in arguments:
        g.number_valued(argument)
    return Call(row.name, *arguments)


# ---- handlers that every syntax has ------------------------------------------------------------------------------


def number(g: Grammar) -> Node:
    node: Node = g.advance().value
    return node


def root(g: Grammar) -> Node:
    """√x, √(x+1), √2 x: one factor without its power."""
    token = g.advance()
    g.deeper()
    single = g.token.kind in ("number", "constant", "name")
    if g.token.kind == "name":
        inner: Node = g.symbol(g.advance().text)
    elif single:
        inner = number(g)
    else:
        handler = g.prefix.get(g.token.kind)
        if handler is None:
            raise g.unexpected()
        inner = handler(g)
    if single and g.token.kind in ("^", "raised") and not is_numeric(inner):
        g.fail("I can't tell whether the power is inside the root.", "Write √(x^2) or (√x)^2.")
    if single and g.token.kind in ("name", "constant", "(") and not g.token.spaced:
        after = one_token(g.token)
        wide = _root_of(Multiply(inner, after), token)
        g.told(token.start, "a root sign takes one factor", Multiply(_root_of(inner, token), after), wide)
    g.depth -= 1
    g.number_valued(inner)
    return _root_of(inner, token)


def bars(g: Grammar) -> Node:
    """|x|; in LaTeX ||x|| is two absolute values, and told, as many mean the norm (plain text refuses it)."""
    opening, inside = g.token, g.peek()
    inner = g.closed(">|", "bar")
    node = Call("abs", inner)
    touching = inside.kind == "<|" and g.tokens[g.at - 2].kind == ">|" and opening.value != "sized"
    if g.latex and touching and isinstance(inner, Call) and inner.function == "abs":
        g.told(opening.start, "||…|| is two absolute values", node, Call("norm", *inner.children))
    return node


def _root_of(inner: Node, sign: Token) -> Call:
    return Call("sqrt", inner) if sign.value == 2 else Call("root", inner, Number(sign.value))


COMMON: dict[str, Handler] = {
    "number": number,
    "constant": number,
    "name": name,
    "function": function,
    "(": Grammar.bracket,
    "root": root,
    "<|": bars,
    "⌊": lambda g: Call("floor", g.closed("⌋", "floor")),
    "⌈": lambda g: Call("ceil", g.closed("⌉", "ceiling")),
}
