"""Which values are NaN by themselves where an input is: there, nothing needs to ask and put one.

Whoever writes a choice between branches adds "and NaN where the condition's argument is NaN", because a comparison with
NaN is false and its branch a number. Mostly that branch, or what the choice goes into, is NaN anyhow.
"""

import math
from collections.abc import Mapping, Sequence

from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.program import Argument

_NAMES = (
    "add subtract multiply divide negate fma fms fnma scale sqrt abs floor ceil round sign maximum minimum exp "
    "exp_of_negative expm1 log log1p log1p_of_unit sinh cosh tanh tanh_and_decay arsinh arcosh artanh sincos sin cos "
    "tan arcsin arccos arctan erf erfc"
)
STRICT = frozenset(_NAMES.split(" "))  # operations whose result is NaN where any argument is
_SAME = ("abs", "negate")  # NaN just where the argument is


def without_needless(steps: Sequence[Step], outputs: Sequence[Argument]) -> list[Step]:
    """The steps without choices of NaN that change nothing, and without what only these needed.

    >>> root = [Step(("v0",), "equal", ("x0", "x0")), Step(("v1",), "sqrt", ("x0",))]
    >>> chosen = Step(("v2",), "select", ("v0", "v1", math.nan))
    >>> without_needless([*root, chosen, Step(("v3",), "exp", ("v2",))], ["v3"])
    [Step(names=('v1',), op='sqrt', args=('x0',)), Step(names=('v3',), op='exp', args=('v1',))]
    """
    asked = {name: of for name, of in _choices_of_nan(steps).items() if name not in outputs}
    if not asked:
        return list(steps)
    known = _Infected(steps, asked)
    users: dict[Argument, list[Step]] = {}
    for step in steps:
        for argument in step.args:
            users.setdefault(argument, []).append(step)
    instead: dict[Argument, Argument] = {}
    kept = []
    for step in steps:
        args = tuple(instead.get(argument, argument) for argument in step.args)
        name = step.names[0]
        if name in asked:
            where = known.bit(asked[name])
            inside = where & known.of(step.args[1])
            if inside or all(where & known.of(user.names[0]) for user in users.get(name, ())):
                instead[name] = args[1]
                continue
        kept.append(step._replace(args=args))
    return _needed(kept, outputs)


def _choices_of_nan(steps: Sequence[Step]) -> dict[Argument, Argument]:
    """Choices of NaN, each with the value that is asked for NaN."""
    ordered = {step.names[0]: step.args[0] for step in steps if step.op == "equal" and step.args[0] == step.args[1]}
    return {
        name: ordered[mask]
        for (name, *_), op, (mask, *parts) in steps
        if op == "select" and mask in ordered and isinstance(parts[1], float) and math.isnan(parts[1])
    }


def _needed(steps: Sequence[Step], outputs: Sequence[Argument]) -> list[Step]:
    """The steps that the outputs need."""
    wanted = set(outputs)
    kept = []
    for step in reversed(steps):
        if not wanted.isdisjoint(step.names):
            wanted.update(step.args)
            kept.append(step)
    return kept[::-1]


class _Infected:
    """For each value the values, of those that are asked for, whose NaN makes it NaN, as a set of bits.

    Choices of NaN count as what they choose otherwise, so that all that are found to be needless are so together.
    """

    def __init__(self, steps: Sequence[Step], asked: Mapping[Argument, Argument]) -> None:
        self._root: dict[Argument, Argument] = {}
        for step in steps:
            if step.op in _SAME:
                self._root[step.names[0]] = self._root.get(step.args[0], step.args[0])
        roots = dict.fromkeys(self._root.get(argument, argument) for argument in asked.values())
        self._bits: dict[Argument, int] = {root: 1 << k for k, root in enumerate(roots)}
        self._found: dict[Argument, int] = {}
        self._false: dict[Argument, int] = {}  # of truth values: whose NaN makes them false, and true
        self._true: dict[Argument, int] = {}
        for step in steps:
            name, op, args = step.names[0], step.op, step.args
            if op in ("less", "less_equal", "equal"):
                self._false[name] = self.of(args[0]) | self.of(args[1])
            elif op == "not_equal":
                self._true[name] = self.of(args[0]) | self.of(args[1])
            elif op == "not":
                self._false[name], self._true[name] = self._true.get(args[0], 0), self._false.get(args[0], 0)
            elif op == "and":
                self._false[name] = self._false.get(args[0], 0) | self._false.get(args[1], 0)
                self._true[name] = self._true.get(args[0], 0) & self._true.get(args[1], 0)
            elif op == "or":
                self._false[name] = self._false.get(args[0], 0) & self._false.get(args[1], 0)
                self._true[name] = self._true.get(args[0], 0) | self._true.get(args[1], 0)
            else:
                found = self._of_result(op, args, chosen=name in asked)
                self._found |= dict.fromkeys(step.names, found)

    def _of_result(self, op: str, args: Sequence[Argument], *, chosen: bool) -> int:
        if op == "select":
            mask, yes, no = args[0], self.of(args[1]), self.of(args[2])
            if chosen:
                return yes
            return (yes & no) | (no & self._false.get(mask, 0)) | (yes & self._true.get(mask, 0))
        found = 0
        if op in STRICT:
            for argument in args:
                found |= self.of(argument)
        return found

    def bit(self, argument: Argument) -> int:
        """The set of a value alone."""
        return self._bits.get(self._root.get(argument, argument), 0)

    def of(self, argument: Argument) -> int:
        """The values whose NaN makes this one NaN: all, for the number NaN."""
        if not isinstance(argument, str):
            return -1 if math.isnan(argument) else 0
        return self._found.get(argument, 0) | self.bit(argument)
