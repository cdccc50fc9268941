"""Between which numbers the values of a program lie, whatever its inputs: functions need no care where none is due.

Bounds are those of the values as computed: every operation rounds monotonically, so the bounds of the arguments,
computed in the same way, are bounds of the result. NaN is outside of all bounds and always possible.
"""

import math
from collections.abc import Mapping, Sequence

from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.program import Argument

Bounds = tuple[float, float]

ALL: Bounds = (-math.inf, math.inf)
_KNOWN: dict[str, tuple[Bounds, ...]] = {
    "sin": ((-1.0, 1.0),), "cos": ((-1.0, 1.0),), "tanh": ((-1.0, 1.0),), "erf": ((-1.0, 1.0),),
    "sincos": ((-1.0, 1.0), (-1.0, 1.0)), "tanh_and_decay": ((-1.0, 1.0), (0.0, 1.0)),
    "exp": ((0.0, math.inf),), "exp_of_negative": ((0.0, 1.0),),
    "sqrt": ((-0.0, math.inf),), "cosh": ((1.0, math.inf),), "hypot": ((0.0, math.inf),),
    "log1p_of_unit": ((0.0, 1.0),), "reciprocal_of_unit": ((0.5, 1.0),), "erfc": ((0.0, 2.0),),
}  # fmt: skip


def refined(steps: Sequence[Step], given: Mapping[Argument, Bounds] | None = None) -> list[Step]:
    """The steps with the exponentials of what is never positive under their own name; inputs have the bounds `given`.

    >>> refined([Step(("v0",), "abs", ("x0",)), Step(("v1",), "negate", ("v0",)), Step(("v2",), "exp", ("v1",))])[2].op
    'exp_of_negative'
    """
    known = bounds_of(steps, given)
    never = [step.op == "exp" and _of(known, step.args[0])[1] <= 0.0 for step in steps]
    return [step._replace(op="exp_of_negative") if found else step for step, found in zip(steps, never)]


def bounds_of(steps: Sequence[Step], given: Mapping[Argument, Bounds] | None = None) -> dict[Argument, Bounds]:
    """The bounds of all values that have any; inputs have the bounds `given`."""
    known: dict[Argument, Bounds] = dict(given or {})
    leaves: dict[Argument, frozenset[Argument]] = {}  # of what a maximum is taken
    for step in steps:
        op, args = step.op, step.args
        if op == "maximum":
            leaves[step.names[0]] = frozenset().union(*(leaves.get(a, frozenset((a,))) for a in args))
        if op == "subtract" and args[0] in leaves.get(args[1], ()):  # u − max(u, …)
            known[step.names[0]] = (-math.inf, 0.0)
            continue
        for name, found in zip(step.names, _bounds(op, args, known)):
            if found != ALL:
                known[name] = found
    return known


def unbounded(steps: Sequence[Step], conditions: Sequence[Argument]) -> list[Step]:
    """The steps with another name for exponentials whose sum is asked to be finite: they need not see to it themselves.

    >>> steps = [Step(("v0",), "exp", ("x0",)), Step(("v1",), "add", ("v0", "x1"))]
    >>> unbounded([*steps, Step(("v2",), "less", ("v1", math.inf))], ["v2"])[0].op
    'exp_if_finite'
    """
    made: dict[Argument, Step] = {name: step for step in steps for name in step.names}
    asked = [made[condition] for condition in conditions if condition in made]
    terms = [step.args[0] for step in asked if step.op == "less" and step.args[1] == math.inf]
    seen: set[Argument] = set()
    while terms:
        term = terms.pop()
        if term in made and term not in seen:
            seen.add(term)
            if made[term].op == "add":
                terms += made[term].args
    return [step._replace(op="exp_if_finite") if step.op == "exp" and step.names[0] in seen else step for step in steps]


def _of(known: dict[Argument, Bounds], argument: Argument) -> Bounds:
    return known.get(argument, ALL) if isinstance(argument, str) else (float(argument), float(argument))


def _bounds(op: str, args: Sequence[Argument], known: dict[Argument, Bounds]) -> tuple[Bounds, ...]:
    if op in _KNOWN:
        if op == "exp":
            low, high = _of(known, args[0])
            return ((0.0, 1.0 if high <= 0.0 else math.inf),)
        return _KNOWN[op]
    found = [_of(known, argument) for argument in args]
    match op:
        case "negate":
            return (_negated(found[0]),)
        case "abs":
            low, high = found[0]
            return ((max(low, -high, 0.0), max(-low, high)),)
        case "multiply":
            return (_product(*found, same=args[0] == args[1]),)
        case "scale" | "divide" if not isinstance(args[1], str) and args[1] != 0.0:
            return (_product(found[0], (1.0, 1.0) if found[1][0] > 0.0 else (-1.0, -1.0), same=False, exact=False),)
        case "add":
            return (_sum(*found),)
        case "subtract":
            return (_sum(found[0], _negated(found[1])),)
        case "fma" | "fms" | "fnma":
            product = _product(found[0], found[1], same=args[0] == args[1], exact=False)
            first = _negated(product) if op == "fnma" else product
            return (_signs(_sum(first, _negated(found[2]) if op == "fms" else found[2])),)
        case "maximum" | "minimum":
            pick = max if op == "maximum" else min
            return ((pick(found[0][0], found[1][0]), pick(found[0][1], found[1][1])),)
        case "select":
            return ((min(found[1][0], found[2][0]), max(found[1][1], found[2][1])),)
    return (ALL,) * 2


def _negated(bounds: Bounds) -> Bounds:
    return -bounds[1], -bounds[0]


def _sum(a: Bounds, b: Bounds) -> Bounds:
    low, high = a[0] + b[0], a[1] + b[1]
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def _product(a: Bounds, b: Bounds, *, same: bool, exact: bool = True) -> Bounds:
    """The bounds of a product; where it is not rounded by itself, only their signs."""
    corners = [x * y for x in a for y in b]
    if any(math.isnan(corner) for corner in corners):  # 0·∞
        corners = [0.0 if math.isnan(corner) else corner for corner in corners]
    bounds = (min(corners), max(corners))
    if same:
        bounds = (0.0, bounds[1])
    return bounds if exact else _signs(bounds)


def _signs(bounds: Bounds) -> Bounds:
    """What the signs alone say."""
    return (0.0 if bounds[0] >= 0.0 else -math.inf), (0.0 if bounds[1] <= 0.0 else math.inf)
