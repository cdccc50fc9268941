"""The syntax tree: the one form of a formula that every other room reads.

Nodes are immutable, compare by structure, know their hash from birth, and keep what was typed: order of terms,
quotients as quotients, decimals as exact rationals that remember their spelling. Nothing here simplifies.

Every node has `children` (its sub-formulas) and `payload` (what else tells it apart from others of its class); a
place in a tree is a path, a tuple of child indices. What goes through a tree is in `walks`.
"""

from collections.abc import Iterable
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
        return rebuilt, (type(self), self.children, self.payload)


def rebuilt(kind: type[Node], children: tuple[Node, ...], payload: tuple[Any, ...]) -> Node:
    """A node of any class from its parts."""
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
