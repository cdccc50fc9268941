"""The shape of each kind of node but functions: arithmetic, derivatives, sums over an index, cases."""

from collections.abc import Callable
from itertools import pairwise

from symgrad.syntax.tree import (
    ONE,
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
from symgrad.typeset.forms import (
    AND,
    ATOM,
    CHOICE,
    CONDITION,
    POWER,
    PRODUCT,
    SUM,
    Form,
    Forms,
    Handler,
    bracket,
    is_marked,
    within,
)
from symgrad.typeset.functions import call, primes, unspecified
from symgrad.typeset.layout import (
    Accent,
    Big,
    Digits,
    Fence,
    Fraction,
    Glyph,
    Grid,
    Layout,
    Name,
    Row,
    Script,
    Space,
    Words,
)
from symgrad.typeset.line import RELATIONS, is_decimal, is_whole, takes_power
from symgrad.typeset.plain import digits
from symgrad.typeset.style import Style
from symgrad.typeset.words import is_long, looks_like_a_function

MINUS, DOT = Glyph("−", "prefix"), Glyph("·", "times")


# ---- leaves ------------------------------------------------------------------------------------------------------


def _number(node: Node, _: list[Forms], compact: bool, style: Style) -> Form:
    assert isinstance(node, Number)
    value = node.value
    if is_decimal(node):
        return Form(Digits((node.text or "").replace(".", style.decimal)), ATOM, "number")
    if value < 0:
        body = _number(Number(-value), [], compact, style).layout
        return Form(Row((MINUS, body)), SUM, "other", None, body)
    above, below = Digits(digits(value.numerator)), Digits(digits(value.denominator))
    if value.denominator == 1:
        return Form(above, ATOM, "number")
    if compact:
        return Form(Row((above, Glyph("/"), below)), PRODUCT)
    return Form(Fraction(above, below), POWER, "fraction")


_CONSTANTS = {"e": "e", "pi": "π", "i": "i", "infinity": "∞"}


def _constant(node: Node, _: list[Forms], __: bool, ___: Style) -> Form:
    assert isinstance(node, Constant)
    return Form(Glyph(_CONSTANTS[node.name]), ATOM, "name")


def _symbol(node: Node, _: list[Forms], __: bool, ___: Style) -> Form:
    assert isinstance(node, Symbol)
    return Form(Name(node.name), ATOM, "long name" if is_long(node.name) else "name")


def _truth(node: Node, _: list[Forms], __: bool, ___: Style) -> Form:
    assert isinstance(node, Truth)
    return Form(Words(str(node.value).lower()), ATOM)


# ---- arithmetic --------------------------------------------------------------------------------------------------


def _add(_: Node, terms: list[Forms], compact: bool, __: Style) -> Form:
    items: list[Layout] = []
    for forms in terms:
        form = forms.form(compact)
        form = bracket(form) if isinstance(forms.node, Add) else _delimited(within(form, SUM))
        if not items:
            items.append(form.layout)
        elif form.unsigned is not None:
            items += [Glyph("−", "binary"), form.unsigned]
        else:
            items += [Glyph("+", "binary"), form.layout]
    return Form(Row(tuple(items)), SUM)


def _delimited(form: Form) -> Form:
    """A derivative with its body in brackets, so that it is seen where it ends."""
    if form.kind != "derivative" or form.bracketed is None:
        return form
    return Form(form.bracketed, form.level, form.kind)


def _negate(_: Node, parts: list[Forms], compact: bool, __: Style) -> Form:
    body = _delimited(within(parts[0].form(compact), PRODUCT)).layout
    return Form(Row((MINUS, body)), SUM, "other", None, body)


def _multiply(_: Node, parts: list[Forms], compact: bool, __: Style) -> Form:
    """A product by juxtaposition; a dot where juxtaposition would be read or seen as something else."""
    last = len(parts) - 1
    factors = [_delimited(within(forms.form(compact), POWER)) for forms in parts]
    for k, factor in enumerate(factors[:last]):
        if factor.kind == "big":
            factors[k] = bracket(factor)
        elif factor.bracketed is not None and factors[k + 1].kind not in ("bare", "word call"):
            factors[k] = Form(factor.bracketed, POWER, "call")
    items = [factors[0].layout]
    for (left, right), forms in zip(pairwise(factors), parts, strict=False):
        joint = _joint(left, right, forms.node)
        items += [right.layout] if joint is None else [joint, right.layout]
    final = factors[last]
    tail = None
    if final.bracketed is not None:
        tail = Row((*items[:-1], final.bracketed))
    return Form(Row(tuple(items)), PRODUCT, "big" if final.kind == "big" else "other", tail)


def _joint(left: Form, right: Form, left_node: Node) -> Layout | None:
    """What stands between two factors."""
    if right.kind in ("number", "negative", "fraction") or "derivative" in (left.kind, right.kind) or left_node == ONE:
        return DOT
    if right.kind == "bracketed":
        if left.kind in ("call", "word call", "long name"):
            return DOT
        return DOT if isinstance(left_node, Symbol) and looks_like_a_function(left_node.name) else None
    if right.kind in ("bare", "word call"):
        return Space(automatic=not is_marked(right))  # a highlighted function is no operator to TeX any more
    if left.kind in ("call", "word call", "bare"):
        return DOT if right.kind != "call" else Space()
    if "long name" in (left.kind, right.kind) or (right.kind in ("call", "big") and left.kind != "number"):
        return Space()
    return None


def _divide(node: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    assert isinstance(node, Divide)
    above, below = parts
    if not compact:
        fraction = Fraction(above.inside(style).layout, below.inside(style).layout)
        return Form(fraction, POWER, "fraction")
    over, under = within(above.compact, PRODUCT), within(below.compact, POWER)
    if isinstance(node.numerator, Divide) or over.kind == "big":
        over = bracket(above.compact)
    top = over.layout if over.bracketed is None else over.bracketed
    return Form(Row((top, Glyph("/"), under.layout)), PRODUCT)


def _power(node: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    assert isinstance(node, Power)
    base, exponent = parts[0].form(compact), parts[1].inside(style, 24)
    above = exponent.layout
    if (
        takes_power(node.base)
        and is_whole(node.exponent)
        and style.power_of_function == "sin²x"
        and not is_marked(base)
    ):
        return call(node.base, list(parts[0].children), compact, style, above)
    inside = within(base, ATOM)
    return Form(Script(inside.layout, None, above), POWER, "name" if inside.kind == "other" else inside.kind)


# ---- operators with a bound variable -----------------------------------------------------------------------------


def _derivative(node: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    assert isinstance(node, Derivative)
    body = parts[0].form(compact)
    single = len(node.variables) == 1
    simple = isinstance(node.body, (Symbol, Apply))
    if style.notation == "lagrange" and single:
        inside = within(body, ATOM)
        return Form(primes(inside.layout, node.orders[0]), ATOM, "call")
    if style.notation == "newton" and single and simple and node.orders[0] <= 2:
        return Form(Accent(body.layout, "˙¨"[node.orders[0] - 1]), ATOM, "name")
    power = isinstance(node.body, Power) and body.kind in ("name", "number")
    closed = not compact and (power or body.kind in ("fenced", "bare", "word call"))
    inside = body if simple or closed else bracket(body)
    if style.notation == "D":
        slots = tuple(part.display.layout for part in parts[1:])
        total = sum(node.orders)
        below = Row(tuple(slot for slot, order in zip(slots, node.orders, strict=True) for _ in range(order)))
        operator: Layout = Script(Glyph("D"), below if len(slots) > 1 else slots[0], None)
        if len(slots) == 1 and total > 1:
            operator = Script(Glyph("D"), slots[0], Digits(str(total)))
        return Form(Row((operator, inside.layout)), POWER, "derivative")
    operator = _leibniz(node, parts, style)
    full = Row((operator, bracket(body).layout))
    if closed:
        named = body.kind in ("bare", "word call") and not is_marked(body)
        return Form(Row((operator, Space(automatic=named), body.layout)), POWER, "derivative", full)
    return Form(Row((operator, inside.layout)), POWER, "derivative")


def _leibniz(node: Derivative, parts: list[Forms], style: Style) -> Layout:
    """The operator d/dx, d²/dx², ∂²/∂x∂y."""
    sign = Glyph("∂") if node.partial else Glyph("𝑑" if not style.upright_d else "d")
    total = sum(node.orders)
    above: Layout = sign if total == 1 else Script(sign, None, Digits(str(total)))
    below: list[Layout] = []
    for part, order in zip(parts[1:], node.orders, strict=True):
        variable = part.display.layout
        below += [sign, variable if order == 1 else Script(variable, None, Digits(str(order)))]
    return Fraction(above, Row(tuple(below)), operator=True)


def _series(symbol: str) -> Handler:
    def handler(_: Node, parts: list[Forms], compact: bool, __: Style) -> Form:
        body, variable, lower, upper = parts
        start = Row((variable.compact.layout, Glyph("=", "relation"), lower.compact.layout))
        operator = Big(symbol, start, upper.compact.layout)
        inside = within(body.form(compact), PRODUCT)
        return Form(
            Row((operator, inside.layout)), POWER, "big", bracket(Form(Row((operator, inside.layout)), 0)).layout
        )

    return handler


def _integral(_: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    body, variable, *bounds = parts
    operator = Big("∫", *(bound.compact.layout for bound in bounds))
    inside = within(body.form(compact), PRODUCT)
    letter = Glyph("d" if style.upright_d else "𝑑")
    return Form(Row((operator, inside.layout, Space(), letter, variable.display.layout)), POWER, "big")


_SIDES = {"+": "+", "-": "−"}


def _limit(node: Node, parts: list[Forms], compact: bool, _: Style) -> Form:
    assert isinstance(node, Limit)
    body, variable, point = parts
    goal = point.compact.layout
    if node.side in _SIDES:
        goal = Script(within(point.compact, ATOM).layout, None, Glyph(_SIDES[node.side]))
    operator = Big("lim", Row((variable.compact.layout, Glyph("→", "relation"), goal)))
    return Form(Row((operator, Space(automatic=True), within(body.form(compact), PRODUCT).layout)), POWER, "big")


# ---- conditions, cases, tables -----------------------------------------------------------------------------------


def _compare(node: Node, parts: list[Forms], compact: bool, _: Style) -> Form:
    assert isinstance(node, Compare)
    left, right = (within(part.form(compact), SUM).layout for part in parts)
    return Form(Row((left, Glyph(RELATIONS[node.operator], "relation"), right)), CONDITION)


def _logic(node: Node, parts: list[Forms], compact: bool, _: Style) -> Form:
    assert isinstance(node, Logic)
    if node.operator == "not":
        return Form(Row((Words("not "), within(parts[0].form(compact), ATOM).layout)), AND)
    level = AND if node.operator == "and" else CHOICE
    items: list[Layout] = []
    for part in parts:
        items += [Words(f" {node.operator} ")] if items else []
        items.append(within(part.form(compact), level + 1).layout)
    return Form(Row(tuple(items)), level)


def _piecewise(node: Node, parts: list[Forms], _: bool, __: Style) -> Form:
    assert isinstance(node, Piecewise)
    cells: list[Layout] = []
    for value, condition in zip(parts[::2], parts[1::2], strict=True):
        otherwise = condition.node == Truth(True)
        when = Words("otherwise") if otherwise else Row((Words("if "), condition.compact.layout))
        cells += [value.compact.layout, when]
    return Form(Fence("{", Grid(tuple(cells), 2, cases=True), ""), POWER, "other")


def _matrix(node: Node, parts: list[Forms], compact: bool, _: Style) -> Form:
    assert isinstance(node, Matrix)
    cells = tuple(part.form(compact).layout for part in parts)
    return Form(Fence("(", Grid(cells, node.shape[1]), ")"), ATOM)


def _index(_: Node, parts: list[Forms], __: bool, ___: Style) -> Form:
    below: list[Layout] = []
    for part in parts[1:]:
        below += [Glyph(",", "punctuation")] if below else []
        below.append(part.compact.layout)
    return Form(Script(parts[0].display.layout, Row(tuple(below)), None), ATOM, "name")


def _call(node: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    assert isinstance(node, Call)
    return call(node, parts, compact, style)


HANDLERS: dict[type[Node], Callable[[Node, list[Forms], bool, Style], Form]] = {
    Number: _number,
    Constant: _constant,
    Symbol: _symbol,
    Truth: _truth,
    Add: _add,
    Multiply: _multiply,
    Divide: _divide,
    Power: _power,
    Negate: _negate,
    Call: _call,
    Apply: unspecified,
    Index: _index,
    Matrix: _matrix,
    Derivative: _derivative,
    Sum: _series("∑"),
    Product: _series("∏"),
    Integral: _integral,
    Antiderivative: _integral,
    Limit: _limit,
    Compare: _compare,
    Logic: _logic,
    Piecewise: _piecewise,
}
