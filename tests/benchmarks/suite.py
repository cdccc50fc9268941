"""The fourteen expressions that speed is measured on, as syntax trees."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from symgrad.syntax.tree import (
    ONE,
    OTHERWISE,
    PI,
    TWO,
    Add,
    Call,
    Compare,
    Divide,
    E,
    Multiply,
    Negate,
    Node,
    Number,
    Piecewise,
    Power,
    Symbol,
)


@dataclass(frozen=True, eq=False)
class Case:
    """A formula, its variables, and the interval that points are taken from. Each case is equal to itself only."""

    name: str
    variables: tuple[str, ...]
    formula: Node
    low: float
    high: float

    def point(self) -> list[float]:
        """A point that is the same in every run."""
        chosen = random.Random(7)
        return [chosen.uniform(self.low, self.high) for _ in self.variables]


def number(value: float | str | int) -> Node:
    return Number(Fraction(str(value)))


def names(letter: str, count: int) -> list[Symbol]:
    return [Symbol(f"{letter}{k}") for k in range(count)]


def minus(u: Node, v: Node) -> Node:
    return Add(u, Negate(v))


def square(u: Node) -> Node:
    return Power(u, TWO)


def exp(u: Node) -> Node:
    return Power(E, u)


def total(terms: Sequence[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Add(*terms)


def sigmoid(u: Node) -> Node:
    return Divide(ONE, Add(ONE, exp(Negate(u))))


def polynomial() -> Node:
    """The expansion of (x + 2y − 1)³(x − y)² + (xy − 3)²."""
    x, y = Symbol("x"), Symbol("y")

    def times(p: dict, q: dict) -> dict:
        result: dict = {}
        for (i, j), a in p.items():
            for (k, m), b in q.items():
                result[i + k, j + m] = result.get((i + k, j + m), 0) + a * b
        return {key: value for key, value in result.items() if value}

    line, difference, product = {(1, 0): 1, (0, 1): 2, (0, 0): -1}, {(1, 0): 1, (0, 1): -1}, {(1, 1): 1, (0, 0): -3}
    first = reduce(times, [line, line, line, difference, difference])
    for key, value in times(product, product).items():
        first[key] = first.get(key, 0) + value
    terms = []
    for (i, j), value in first.items():
        factors: list[Node] = [Number(value)] if value != 1 or not i + j else []
        factors += [Power(x, Number(i)) if i > 1 else x] if i else []
        factors += [Power(y, Number(j)) if j > 1 else y] if j else []
        terms.append(factors[0] if len(factors) == 1 else Multiply(*factors))
    return total(terms)


def rosenbrock(n: int) -> Node:
    x = names("x", n)
    terms = []
    for i in range(n - 1):
        terms.append(Multiply(Number(100), square(minus(x[i + 1], square(x[i])))))
        terms.append(square(minus(ONE, x[i])))
    return total(terms)


def gaussian_mixture() -> Node:
    x, y = Symbol("x"), Symbol("y")
    chosen = random.Random(0)
    terms = []
    for _ in range(10):
        a, b, w, s = (round(chosen.uniform(-2, 2), 3) for _ in range(4))
        distance = Add(square(minus(x, number(a))), square(minus(y, number(b))))
        width = number(round(2 * (0.3 + abs(s) / 2) ** 2, 4))
        terms.append(Multiply(number(round(abs(w) + 0.2, 3)), exp(Negate(Divide(distance, width)))))
    return Negate(total(terms))


def ackley() -> Node:
    x = names("x", 10)
    first = Multiply(
        Number(-20),
        exp(Negate(Multiply(number("0.2"), Call("sqrt", Divide(total([square(t) for t in x]), Number(10)))))),
    )
    second = exp(Divide(total([Call("cos", Multiply(TWO, PI, t)) for t in x]), Number(10)))
    return Add(first, Negate(second), Number(20), E)


def logistic_loss() -> Node:
    w, chosen, terms = names("w", 5), random.Random(0), []
    for _ in range(20):
        features = [round(chosen.gauss(0, 1), 3) for _ in range(4)]
        label = chosen.choice([-1, 1])
        margin = total([w[4], *(Multiply(number(value), w[k]) for k, value in enumerate(features))])
        terms.append(Call("ln", Add(ONE, exp(Multiply(Number(-label), margin)))))
    return Add(Divide(total(terms), Number(20)), Multiply(number("0.01"), total([square(t) for t in w])))


def network() -> Node:
    p = names("p", 13)

    def output(a: float, b: float) -> Node:
        hidden = [
            Call("tanh", Add(Multiply(p[3 * i], number(a)), Multiply(p[3 * i + 1], number(b)), p[3 * i + 2]))
            for i in range(3)
        ]
        return sigmoid(Add(*(Multiply(p[9 + i], hidden[i]) for i in range(3)), p[12]))

    samples = [(0.1, 0.2, 0), (0.1, 0.9, 1), (0.9, 0.1, 1), (0.8, 0.9, 0)]
    return total([square(minus(output(a, b), Number(t))) for a, b, t in samples])


def arm() -> Node:
    """The squared distance of a six-joint arm's hand from a point."""
    q = names("q", 6)
    position: list[Node] = [Number(0), Number(0), number("0.1")]

    def turn(axis: str, angle: Node, p: list[Node]) -> list[Node]:
        c, s = Call("cos", angle), Call("sin", angle)
        x, y, z = p
        if axis == "z":
            return [minus(Multiply(c, x), Multiply(s, y)), Add(Multiply(s, x), Multiply(c, y)), z]
        if axis == "y":
            return [Add(Multiply(c, x), Multiply(s, z)), y, minus(Multiply(c, z), Multiply(s, x))]
        return [x, minus(Multiply(c, y), Multiply(s, z)), Add(Multiply(s, y), Multiply(c, z))]

    lengths = ["0.3", "0.4", "0.35", "0.1", "0.2", "0.05"]
    for axis, angle, length in reversed(list(zip("zyyzyx", q, lengths))):
        x, y, z = position
        half = Number(Fraction(length) / 2)
        position = turn(axis, angle, [Add(x, number(length)), y, Add(z, half)])
    return total([square(minus(p, number(t))) for p, t in zip(position, ["0.4", "0.2", "0.5"])])


def special() -> Node:
    x, y = Symbol("x"), Symbol("y")
    first = Multiply(Call("erf", x), Call("gamma", y))
    return minus(Add(first, Call("lngamma", Add(x, y, TWO))), Divide(Call("erfc", Multiply(x, y)), TWO))


def piecewise() -> Node:
    z = names("z", 3)

    def huber(r: Node) -> Node:
        near = (Divide(square(r), TWO), Compare("<=", Call("abs", r), ONE))
        return Piecewise(near, (minus(Call("abs", r), Number(Fraction(1, 2))), OTHERWISE))

    last = Piecewise(
        (Call("sqrt", z[2]), Compare(">", z[2], Number(Fraction(1, 2)))),
        (Add(square(z[2]), ONE), Compare(">", z[2], Number(0))),
        (exp(z[2]), OTHERWISE),
    )
    return Add(huber(minus(z[0], Multiply(TWO, z[1]))), huber(minus(Multiply(z[1], z[2]), ONE)), last)


def log_sum_exp() -> Node:
    u = names("u", 5)
    return minus(Call("ln", total([exp(t) for t in u])), u[2])


def cases() -> list[Case]:
    """All fourteen."""
    x, y = Symbol("x"), Symbol("y")
    himmelblau = Add(
        square(Add(square(x), y, Number(-11))),
        square(Add(x, square(y), Number(-7))),
    )
    rows: list[tuple[str, int, str, Node, float, float]] = [
        ("poly", 2, "xy", polynomial(), -2, 2),
        ("sigmoid", 1, "x", sigmoid(x), -5, 5),
        ("gmix10", 2, "xy", gaussian_mixture(), -2, 2),
        ("rosen2", 2, "", rosenbrock(2), -1.5, 1.5),
        ("rosen10", 10, "", rosenbrock(10), -1.5, 1.5),
        ("rosen100", 100, "", rosenbrock(100), -1.5, 1.5),
        ("himmelblau", 2, "xy", himmelblau, -4, 4),
        ("ackley10", 10, "", ackley(), -3, 3),
        ("logloss", 5, "w", logistic_loss(), -1, 1),
        ("mlp231", 13, "p", network(), -1, 1),
        ("arm6", 6, "q", arm(), -1.5, 1.5),
        ("special", 2, "xy", special(), 0.2, 2.5),
        ("piecewise", 3, "z", piecewise(), -2, 2),
        ("lse5", 5, "u", log_sum_exp(), -3, 3),
    ]
    made = []
    for name, count, letters, formula, low, high in rows:
        variables = tuple(letters) if len(letters) == count else tuple(f"{letters or 'x'}{k}" for k in range(count))
        made.append(Case(name, variables, formula, low, high))
    return made
