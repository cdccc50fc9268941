"""The syntax tree: the one form of a formula that every other room reads.

Nodes are immutable, compare by structure, know their hash from birth, and keep what was typed: order of terms,
quotients as quotients, decimals as exact rationals that remember their spelling. Nothing here simplifies.

Every node has `children` (its sub-formulas) and `payload` (what else tells it apart from others of its class); a
place in a tree is a path, a tuple of child indices. All walks are iterative: a tree may be deeper than Python's stack.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, Self

Path = tuple[int, ...]


class Node:
    """A formula: a class, a payload and children. Equal when all three are."""

    __slots__ = ("_hash", "children", "payload")

    children: "tuple[Node, ...]"
    payload: tuple[Any, ...]

    def __init__(self, children: "tuple[Node, ...]" = (), payload: tuple[Any, ...] = ()) -> None:
        self.children = children
        self.payload = payload
        self._hash = hash((type(self).__name__, payload, children))

    def with_children(self, children: "Iterable[Node]") -> Self:
        """The same node over other children."""
        node = object.__new__(type(self))
        Node.__init__(node, tuple(children), self.payload)
        return node

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Node):
            return NotImplemented
        pairs = [(self, other)]
        while pairs:  # not by recursion: trees made by programs may be deeper than Python's stack
            a, b = pairs.pop()
            if a is b:
                continue
            if a._hash != b._hash or type(a) is not type(b) or a.payload != b.payload:
                return False
            if len(a.children) != len(b.children):
                return False
            pairs.extend(zip(a.children, b.children))
        return True

    def __repr__(self) -> str:
        inside = [repr(item) for item in self.payload] + [repr(child) for child in self.children]
        return f"{type(self).__name__}({', '.join(inside)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.children, self.payload)


def _rebuild(kind: type[Node], children: tuple[Node, ...], payload: tuple[Any, ...]) -> Node:
    node = object.__new__(kind)
    Node.__init__(node, children, payload)
    return node


# ---- leaves -----------------------------------------------------------------------------------------------------


class Number(Node):
    """An exact rational number; `text` is its spelling where it was typed as a decimal, and does not count in ==."""

    __slots__ = ("text",)
    text: str | None

    def __init__(self, value: int | Fraction, text: str | None = None) -> None:
        super().__init__((), (value if isinstance(value, Fraction) else Fraction(value),))
        self.text = text

    @property
    def value(self) -> Fraction:
        return self.payload[0]  # type: ignore[no-any-return]

    def with_children(self, children: Iterable[Node]) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Number, (self.value, self.text)


class Constant(Node):
    """A named constant: 'e', 'pi', 'i', 'infinity'."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__((), (name,))

    @property
    def name(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]


class Symbol(Node):
    """A variable by its name: 'x', 'x_1', 'w_ij', 'alpha'. A declared vector or matrix has a shape: ('n', 2), (3,)."""

    __slots__ = ()

    def __init__(self, name: str, shape: tuple[int | str, ...] | None = None) -> None:
        super().__init__((), (name, shape))

    @property
    def name(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int | str, ...] | None:
        return self.payload[1]  # type: ignore[no-any-return]


class Truth(Node):
    """True or False; Truth(True) is the condition of a piecewise formula's 'otherwise'."""

    __slots__ = ()

    def __init__(self, value: bool) -> None:
        super().__init__((), (value,))

    @property
    def value(self) -> bool:
        return self.payload[0]  # type: ignore[no-any-return]


# ---- arithmetic --------------------------------------------------------------------------------------------------


class Add(Node):
    """A sum of two or more terms in the order as typed; a − b is Add(a, Negate(b))."""

    __slots__ = ()

    def __init__(self, *terms: Node) -> None:
        super().__init__(terms)


class Multiply(Node):
    """A product of two or more factors in the order as typed."""

    __slots__ = ()

    def __init__(self, *factors: Node) -> None:
        super().__init__(factors)


class _Binary(Node):
    __slots__ = ()

    def __init__(self, first: Node, second: Node) -> None:
        super().__init__((first, second))


class Divide(_Binary):
    """A quotient: numerator over denominator."""

    __slots__ = ()

    @property
    def numerator(self) -> Node:
        return self.children[0]

    @property
    def denominator(self) -> Node:
        return self.children[1]


class Power(_Binary):
    """base to the exponent. √x is Call('sqrt', x), not a Power."""

    __slots__ = ()

    @property
    def base(self) -> Node:
        return self.children[0]

    @property
    def exponent(self) -> Node:
        return self.children[1]


class Negate(Node):
    """Minus its argument. The number −3 is Number(-3) when computed and Negate(Number(3)) when typed."""

    __slots__ = ()

    def __init__(self, argument: Node) -> None:
        super().__init__((argument,))

    @property
    def argument(self) -> Node:
        return self.children[0]


# ---- functions ---------------------------------------------------------------------------------------------------


class Call(Node):
    """A function of the table applied: Call('sin', u), Call('log', u, base), Call('root', u, n)."""

    __slots__ = ()

    def __init__(self, function: str, *arguments: Node) -> None:
        super().__init__(arguments, (function,))

    @property
    def function(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]


class Apply(Node):
    """An unspecified function: f(x) has orders (0,), f′(x) has orders (1,), ∂f/∂y at (x, y) has orders (0, 1)."""

    __slots__ = ()

    def __init__(self, name: str, *arguments: Node, orders: tuple[int, ...] | None = None) -> None:
        super().__init__(arguments, (name, orders if orders is not None else (0,) * len(arguments)))

    @property
    def name(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]

    @property
    def orders(self) -> tuple[int, ...]:
        return self.payload[1]  # type: ignore[no-any-return]


class Index(Node):
    """A component of an indexed name: x[i], X[i, j]."""

    __slots__ = ()

    def __init__(self, base: Node, *subscripts: Node) -> None:
        super().__init__((base, *subscripts))

    @property
    def base(self) -> Node:
        return self.children[0]

    @property
    def subscripts(self) -> tuple[Node, ...]:
        return self.children[1:]


class Matrix(Node):
    """A literal matrix; `shape` is (rows, columns), children row by row. A column vector has one column."""

    __slots__ = ()

    def __init__(self, rows: Iterable[Iterable[Node]]) -> None:
        table = tuple(tuple(row) for row in rows)
        super().__init__(tuple(entry for row in table for entry in row), (len(table), len(table[0]) if table else 0))

    @property
    def shape(self) -> tuple[int, int]:
        return self.payload


# ---- operators with a bound variable -----------------------------------------------------------------------------


class Derivative(Node):
    """An inert derivative: d/dx body. `orders` counts how often by each variable; `partial` asks for ∂ in print."""

    __slots__ = ()

    def __init__(
        self, body: Node, *variables: Symbol, orders: tuple[int, ...] | None = None, partial: bool = False
    ) -> None:
        super().__init__((body, *variables), (orders if orders is not None else (1,) * len(variables), partial))

    @property
    def body(self) -> Node:
        return self.children[0]

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return self.children[1:]  # type: ignore[return-value]

    @property
    def orders(self) -> tuple[int, ...]:
        return self.payload[0]  # type: ignore[no-any-return]

    @property
    def partial(self) -> bool:
        return self.payload[1]  # type: ignore[no-any-return]


class _Bounded(Node):
    """A body, the variable it binds, and a lower and upper bound."""

    __slots__ = ()

    def __init__(self, body: Node, variable: Symbol, lower: Node, upper: Node) -> None:
        super().__init__((body, variable, lower, upper))

    @property
    def body(self) -> Node:
        return self.children[0]

    @property
    def variable(self) -> Symbol:
        return self.children[1]  # type: ignore[return-value]

    @property
    def lower(self) -> Node:
        return self.children[2]

    @property
    def upper(self) -> Node:
        return self.children[3]


class Sum(_Bounded):
    """Σ of body, the variable running from lower to upper in steps of one."""

    __slots__ = ()


class Product(_Bounded):
    """Π of body, the variable running from lower to upper in steps of one."""

    __slots__ = ()


class Integral(_Bounded):
    """∫ of body over the variable from lower to upper."""

    __slots__ = ()


class Antiderivative(Node):
    """An indefinite integral, kept inert."""

    __slots__ = ()

    def __init__(self, body: Node, variable: Symbol) -> None:
        super().__init__((body, variable))

    @property
    def body(self) -> Node:
        return self.children[0]

    @property
    def variable(self) -> Symbol:
        return self.children[1]  # type: ignore[return-value]


class Limit(Node):
    """A limit, kept inert: of body as variable goes to a point from `side` ('+', '-' or '+-')."""

    __slots__ = ()

    def __init__(self, body: Node, variable: Symbol, point: Node, side: str = "+-") -> None:
        super().__init__((body, variable, point), (side,))

    @property
    def side(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]


# ---- conditions --------------------------------------------------------------------------------------------------


class Compare(Node):
    """A comparison: operator is one of < <= > >= = !=. An equation is Compare('=', left, right)."""

    __slots__ = ()

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        super().__init__((left, right), (operator,))

    @property
    def operator(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]

    @property
    def left(self) -> Node:
        return self.children[0]

    @property
    def right(self) -> Node:
        return self.children[1]


class Logic(Node):
    """'and' and 'or' of two or more conditions, 'not' of one."""

    __slots__ = ()

    def __init__(self, operator: str, *conditions: Node) -> None:
        super().__init__(conditions, (operator,))

    @property
    def operator(self) -> str:
        return self.payload[0]  # type: ignore[no-any-return]


class Piecewise(Node):
    """Values with conditions, the first true one counts; undefined where none holds. Children alternate."""

    __slots__ = ()

    def __init__(self, *pieces: tuple[Node, Node]) -> None:
        super().__init__(tuple(part for piece in pieces for part in piece))

    @property
    def pieces(self) -> tuple[tuple[Node, Node], ...]:
        return tuple(zip(self.children[::2], self.children[1::2], strict=True))


# ---- often used leaves -------------------------------------------------------------------------------------------

ZERO, ONE, TWO, MINUS_ONE = Number(0), Number(1), Number(2), Number(-1)
E, PI, I, INFINITY = Constant("e"), Constant("pi"), Constant("i"), Constant("infinity")  # noqa: E741
OTHERWISE = Truth(True)


# ---- walks -------------------------------------------------------------------------------------------------------

BINDERS: tuple[type[Node], ...] = (Sum, Product, Integral)


def at(node: Node, path: Path) -> Node:
    """The sub-formula at a path."""
    for index in path:
        node = node.children[index]
    return node


def replace_at(node: Node, path: Path, new: Node) -> Node:
    """The formula with the sub-formula at a path replaced."""
    spine = [node]
    for index in path:
        spine.append(spine[-1].children[index])
    for parent, index in zip(reversed(spine[:-1]), reversed(path), strict=True):
        new = parent.with_children((*parent.children[:index], new, *parent.children[index + 1 :]))
    return new


def walk(node: Node) -> Iterator[Node]:
    """Every sub-formula once for each place it stands at, parents before children, left to right."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def unique(node: Node) -> list[Node]:
    """Every distinct sub-formula object once, children before parents: the order to compute in."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        current, done = stack.pop()
        if done:
            order.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            stack.append((current, True))
            stack.extend((child, False) for child in reversed(current.children))
    return order


def transform(node: Node, change: Callable[[Node], Node]) -> Node:
    """The formula with `change` applied to every node, children first; untouched parts stay the same objects."""
    result: dict[int, Node] = {}
    for current in unique(node):
        children = tuple(result[id(child)] for child in current.children)
        if any(new is not old for new, old in zip(children, current.children, strict=True)):
            result[id(current)] = change(current.with_children(children))
        else:
            result[id(current)] = change(current)
    return result[id(node)]


def size(node: Node) -> int:
    """The number of nodes, counted with repetition."""
    count: dict[int, int] = {}
    for current in unique(node):
        count[id(current)] = 1 + sum(count[id(child)] for child in current.children)
    return count[id(node)]


def depth(node: Node) -> int:
    """The number of nodes on the longest way down."""
    deep: dict[int, int] = {}
    for current in unique(node):
        deep[id(current)] = 1 + max((deep[id(child)] for child in current.children), default=0)
    return deep[id(node)]


def free_symbols(node: Node) -> tuple[Symbol, ...]:
    """The unbound variables in the order in which they first appear in print, left to right."""
    found: dict[Symbol, None] = {}
    for symbol, bound in _symbols(node):
        if symbol.name not in bound:
            found.setdefault(symbol)
    return tuple(found)


def _symbols(node: Node) -> Iterator[tuple[Symbol, frozenset[str]]]:
    """Every symbol with the names bound at its place."""
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    seen: set[tuple[int, frozenset[str]]] = set()
    while stack:
        current, bound = stack.pop()
        if (id(current), bound) in seen:
            continue
        seen.add((id(current), bound))
        if isinstance(current, Symbol):
            yield current, bound
            continue
        inner = bound
        if isinstance(current, (*BINDERS, Limit)):
            inner = bound | {current.children[1].payload[0]}
            outside = current.children[2:]
            stack.extend((child, bound) for child in reversed(outside))
            stack.append((current.children[0], inner))
            continue
        stack.extend((child, bound) for child in reversed(current.children))


def depends_on(node: Node, name: str) -> bool:
    """Whether the variable stands free anywhere in the formula."""
    return any(symbol.name == name and name not in bound for symbol, bound in _symbols(node))


def substitute(node: Node, values: "dict[str, Node]") -> Node:
    """The formula with free variables replaced by formulas; a bound variable that would capture one is renamed."""
    from_names = set(values)
    incoming = {symbol.name for value in values.values() for symbol in free_symbols(value)}

    def go(current: Node, active: frozenset[str]) -> Node:
        if isinstance(current, Symbol):
            return values[current.name] if current.name in active else current
        if not current.children:
            return current
        if isinstance(current, (*BINDERS, Limit)):
            body, variable, *outside = current.children
            name = variable.payload[0]
            inner = active - {name}
            if name in incoming and inner:
                fresh = _fresh(name, incoming | {s.name for s in free_symbols(body)})
                body = substitute(body, {name: Symbol(fresh)})
                variable = Symbol(fresh)
            return current.with_children((go(body, inner), variable, *(go(part, active) for part in outside)))
        children = tuple(go(child, active) for child in current.children)
        if all(new is old for new, old in zip(children, current.children, strict=True)):
            return current
        return current.with_children(children)

    return go(node, frozenset(from_names))


def _fresh(name: str, taken: set[str]) -> str:
    stem = name.split("_", maxsplit=1)[0]
    return next(candidate for k in range(1, len(taken) + 2) if (candidate := f"{stem}_{k}") not in taken)
