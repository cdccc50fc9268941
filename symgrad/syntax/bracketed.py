"""A formula with every bracket written: how a reading is told, so that nobody has to know a precedence.

Not a printer for results (that is typeset's): this shows structure, in plain syntax, and reads back to the same tree.
"""

from symgrad.syntax.names import unicode_name
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
from symgrad.syntax.walks import unique


def bracketed(node: Node) -> str:
    """The formula with every operation in brackets.

    >>> from symgrad.syntax import parse
    >>> print(bracketed(parse("2x sin 3x + 1/2x")))
    (2*x*sin(3*x)) + ((1/2)*x)
    """
    text: dict[int, str] = {}
    for part in unique(node):
        text[id(part)] = _text(part, [text[id(child)] for child in part.children])
    return text[id(node)]


_OPERATIONS = (Add, Multiply, Divide, Power, Negate, Compare, Logic)


def _inner(node: Node, text: str) -> str:
    """The text in brackets if it is an operation."""
    return f"({text})" if isinstance(node, _OPERATIONS) or (isinstance(node, Derivative) and node.partial) else text


def _text(node: Node, parts: list[str]) -> str:
    wrapped = [_inner(child, part) for child, part in zip(node.children, parts, strict=True)]
    match node:
        case Number():
            return _number(node)
        case Constant():
            return {"pi": "π", "infinity": "∞"}.get(node.name, node.name)
        case Symbol():
            return unicode_name(node.name) if node.name[0].isalpha() else node.name
        case Truth():
            return str(node.value)
        case Add():
            return _sum(node, parts, wrapped)
        case Multiply():
            return "*".join(wrapped)
        case Divide():
            return "/".join(wrapped)
        case Power():
            return "^".join(wrapped)
        case Negate():
            return "-" + wrapped[0]
        case Call():
            return f"{node.function}({', '.join(parts)})"
        case Apply():
            return _application(node, parts)
        case Index():
            return f"{parts[0]}[{', '.join(parts[1:])}]"
        case Compare():
            return f"{wrapped[0]} {node.operator} {wrapped[1]}"
        case Logic():
            return f"not {wrapped[0]}" if node.operator == "not" else f" {node.operator} ".join(wrapped)
        case Piecewise():
            return "{" + "; ".join(_cases(node, parts)) + "}"
        case Matrix():
            rows, columns = node.shape
            return "[" + ", ".join(f"[{', '.join(parts[r * columns : (r + 1) * columns])}]" for r in range(rows)) + "]"
        case _:
            return _binder(node, parts)


def _number(node: Number) -> str:
    text = node.text if node.text is not None else str(node.value)
    return f"({text})" if "/" in text or text.startswith("-") else text


def _sum(node: Node, parts: list[str], wrapped: list[str]) -> str:
    out = wrapped[0]
    for child, part in zip(node.children[1:], wrapped[1:], strict=True):
        if isinstance(child, Negate):
            out += f" - {part[2:-1]}"  # (-u) without its brackets and sign
        else:
            out += f" + {part}"
    return out


def _application(node: Apply, parts: list[str]) -> str:
    if len(parts) == 1:
        return f"{unicode_name(node.name)}{chr(39) * node.orders[0]}({parts[0]})"
    order = "" if not any(node.orders) else "^(" + ",".join(map(str, node.orders)) + ")"
    return f"{unicode_name(node.name)}{order}({', '.join(parts)})"


def _cases(node: Piecewise, parts: list[str]) -> list[str]:
    found = []
    for k, (_, condition) in enumerate(node.pieces):
        test = "otherwise" if condition == Truth(True) else f"if {parts[2 * k + 1]}"
        found.append(f"{parts[2 * k]} {test}")
    return found


def _binder(node: Node, parts: list[str]) -> str:
    match node:
        case Derivative():
            return _derivative(node, parts)
        case Sum() | Product():
            name = "sum" if isinstance(node, Sum) else "product"
            return f"{name}({parts[0]}, {parts[1]}={parts[2]}..{parts[3]})"
        case Integral() | Antiderivative():
            return f"integral({', '.join(parts)})"
        case Limit():
            if node.side != "+-":
                return f"limit({parts[0]}, {parts[1]} -> {parts[2]}{node.side})"
            return f"limit({', '.join(parts)})"
    raise TypeError(f"no bracketed form for {type(node).__name__}")


def _derivative(node: Derivative, parts: list[str]) -> str:
    """diff(body, x, …); a partial one as ∂/∂x (body), which the reader knows for letters."""
    names = list(zip(parts[1:], node.orders, strict=True))
    if node.partial and all(len(name) == 1 for name, _ in names):
        below = "".join(f"∂{name}" + (f"^{order}" if order > 1 else "") for name, order in names)
        total = sum(node.orders)
        return f"∂{f'^{total}' if total > 1 else ''}/{below} ({parts[0]})"
    by = ", ".join(f"({name}, {order})" if order > 1 else name for name, order in names)
    return f"diff({parts[0]}, {by})"
