"""Where derivatives meet choices: what is not chosen leaves nothing behind, not even 0·∞.

A choice multiplies the derivative of the part not chosen by 0. Where that derivative is infinite (√relu(x) for x < 0,
max(√x, 1) at 0) the product would be NaN. Rules are linear in the derivative d that they pass on, so a choice between
d and 0 may as well stand outside: `through` keeps it there, as long as there is something singular to come.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from symgrad.program.graph import Graph
from symgrad.program.special_table import SPECIAL

_CHOOSING = frozenset(("select", "relu", "maximum", "minimum"))
_NAMES = (
    "divide power sqrt cbrt log log1p exp expm1 sinh cosh arcsin arccos artanh arcosh gamma lgamma digamma polygamma "
    "erfinv bose csch continued faded_quotient log_abs_sinh log_expm1 log_one_minus_exp log_total log_of_sum over_root "
    "homographic parallel compound odd_root"
)
_LEAVES = ("input", "constant")
# operations whose slope may be infinite, or too large for a double
SINGULAR = frozenset(_NAMES.split(" ")) | SPECIAL.keys()


def needed(g: Graph) -> bool:
    """Whether the graph has both choices and singular operations."""
    return not g.kinds.isdisjoint(_CHOOSING) and not g.kinds.isdisjoint(SINGULAR)


def singular_below(g: Graph, top: int) -> bytearray:
    """Marks the nodes below `top` whose derivative leads through a singular operation."""
    marked = bytearray(top)
    ops, args = g.ops, g.args
    for i in range(top):
        leaf = ops[i] in _LEAVES
        marked[i] = ops[i] in SINGULAR or (not leaf and any(marked[child] for child in args[i]))
    return marked


def singular_above(g: Graph, order: Sequence[int]) -> set[int]:
    """The nodes of `order` that are, or go into, a singular operation; and those that choose between values."""
    found: set[int] = set()
    for i in reversed(order):
        if g.ops[i] in SINGULAR:
            found.add(i)
        if i in found and g.ops[i] not in _LEAVES:
            found.update(g.args[i])
    return found | {i for i in order if g.ops[i] in RULES}


def through(g: Graph, d: int, rule: Callable[[int], Iterable[int]]) -> tuple[int, ...]:
    """rule(d), with choices between d and 0 left outside: rule(u if c else 0) is (rule(u) if c else 0)."""
    conditions: list[tuple[int, bool]] = []
    while g.ops[d] == "select" and len(conditions) < _DEEPEST:
        condition, first, second = g.args[d]
        if g.constant[second] == 0:
            conditions.append((condition, True))
            d = first
        elif g.constant[first] == 0:
            conditions.append((condition, False))
            d = second
        else:
            break
    parts, zero = tuple(rule(d)), g.number(0)
    for condition, holds in reversed(conditions):
        parts = tuple(
            part if part == zero else g.select(condition, part, zero) if holds else g.select(condition, zero, part)
            for part in parts
        )
    return parts


_DEEPEST = 8


def _share(g: Graph, d: int, more: int, less: int) -> tuple[int, int]:
    """All of d to the first where more > less, nothing where less > more, half to each at a tie."""
    zero, half = g.number(0), g.multiply(g.number(Fraction(1, 2)), d)
    some = g.select(g.binary("equal", more, less), half, d)
    return g.select(g.binary("less", more, less), zero, some), g.select(g.binary("less", less, more), zero, some)


def maximum(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """As in `derivatives`, by choices."""
    return _share(g, d, u, v)


def minimum(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """As in `derivatives`, by choices."""
    return _share(g, d, v, u)


RULES: dict[str, Callable[..., tuple[int, ...]]] = {"maximum": maximum, "minimum": minimum}
