"""A derivation: the formula, its derivative, and the chain of whole formulas that leads from one to the other.

Built by `derive`; told by `narrate`. The chain is replayed from the tree of steps when it is asked for, and verified
step by step: a state follows from the one before by replacing one part, so equality of the parts is what is checked.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symgrad.calculus.conditions import collected
from symgrad.calculus.domain import conjuncts, implied, lost
from symgrad.calculus.finish import Hints, Rewrite, finish
from symgrad.calculus.rule import definitions_of
from symgrad.calculus.seams import Kink, kinks, removable
from symgrad.calculus.stated import stated as in_words
from symgrad.calculus.step import Holes, Step
from symgrad.calculus.verify import Check, Evidence, Sample
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Derivative, Matrix, Node, Path

if TYPE_CHECKING:
    from symgrad.formula import Formula

OPENINGS = {
    "next-order": ("insert", "Insert the derivative found so far."),
    "implicit": (
        "implicit differentiation",
        "Along the curve F(x, y) stays constant, so F_x + F_y y′ = 0, and y′ is minus F_x over F_y.",
    ),
    "along-the-curve": (
        "once more along the curve",
        "Differentiate by x, and by y times y′, since y moves along the curve.",
    ),
}
CHECKING = 20.0  # seconds that verification may take


@dataclass(frozen=True)
class State:
    """The whole formula after one more step.

    Args:
        tree: the formula.
        rule_id: the rule that led here; "given" and "next-order" open a stage, "as-before" repeats a known derivative.
        path: the (first) place that changed, in this tree and in the one before.
        paths: all places that changed, in this tree.
        name: the rule's name.
        reason: the rule's sentence.
        condition: what has to hold, if the step made a condition.
        parts: the letters of the rule's statement and what they stand for.
        in_passing: ids of trivial rules that were applied along with it.
        trivial: whether the rule itself is trivial.
        stage: the number of the stage, from 0.
        step: the step in the tree of steps, for a rule of differentiation.
        old_path: for a rewrite, the place that changed in the tree before, where it differs from `path`.
    """

    tree: Node
    rule_id: str
    path: Path = ()
    paths: tuple[Path, ...] = ((),)
    name: str = ""
    reason: str = ""
    condition: Node | None = None
    parts: Mapping[str, Node] = field(default_factory=dict)
    in_passing: tuple[str, ...] = ()
    trivial: bool = False
    stage: int = 0
    step: Step | None = None
    old_path: Path | None = None


@dataclass(frozen=True, eq=False)
class Stage:
    """One round of differentiation: from inert derivatives to a finished formula.

    Args:
        root: the formula with the derivatives to be done.
        steps: the step of each derivative in it, and its places.
        raw: the result as the rules leave it.
        rewrites: the finishing steps.
        opening: for a later order, the derivative of the formula itself that this stage works out.
        typed: whether the stage only carries out derivatives typed inside the formula.
        opens: the reason for going from `opening` to `root`, a key of OPENINGS.
        check: how that is checked, where comparing the two by numbers doesn't do it.
    """

    root: Node
    steps: Holes
    raw: Node
    rewrites: tuple[Rewrite, ...]
    opening: Node | None = None
    typed: bool = False
    opens: str = "next-order"
    check: Callable[[], Check] | None = None

    @staticmethod
    def of(
        root: Node,
        step: Callable[[Derivative], Step],
        opening: Node | None,
        formula: Node,
        *,
        typed: bool = False,
        opens: str = "next-order",
        check: Callable[[], Check] | None = None,
    ) -> "Stage":
        """Differentiate what is inert in `root`, innermost first, and finish."""
        steps, raw = _carried_out(root, step)
        variable = steps[0][0].before.variables[0].name if steps else None
        unfinished = Stage(root, steps, raw, (), opening, typed, opens, check)
        conditions = collected([step.condition for step in unfinished.every_step() if step.condition is not None])
        by_entry = tuple(part.variables[0].name for part in root.children if isinstance(part, Derivative))
        if not isinstance(root, Matrix) or len(by_entry) != len(root.children):
            by_entry = ()
        rewrites = finish(raw, Hints(formula, variable, conditions, by_entry))
        return replace(unfinished, rewrites=rewrites)

    @property
    def tree(self) -> Node:
        """The finished result of the stage."""
        return self.rewrites[-1].after if self.rewrites else self.raw

    def conditions(self) -> Iterator[Node]:
        """The conditions that the steps make, except those that the case they stand in says already."""
        seen: set[tuple[int, tuple[Node, ...]]] = set()
        stack = [(step, _regions(self.root, paths[0])) for step, paths in reversed(self.steps)]
        while stack:
            step, regions = stack.pop()
            if (id(step), regions) in seen:
                continue
            seen.add((id(step), regions))
            if step.condition is not None:
                yield from _beyond(step.condition, regions)
            stack.extend(
                (child, regions + _regions(step.after, place))
                for child, places in reversed(step.children)
                for place in places
            )
        for rewrite in self.rewrites:
            if rewrite.condition is not None:
                yield from _beyond(rewrite.condition, _regions(rewrite.before, rewrite.path))

    def every_step(self) -> Iterator[Step]:
        """Each distinct step once, in the order of the telling."""
        seen: set[int] = set()
        stack = [step for step, _ in reversed(self.steps)]
        while stack:
            step = stack.pop()
            if id(step) in seen:
                continue
            seen.add(id(step))
            yield step
            stack.extend(child for child, _ in reversed(step.children))


def _regions(tree: Node, path: Path) -> tuple[Node, ...]:
    """The conditions of the cases in which a place of a formula stands."""
    found: list[Node] = []
    for place in path:
        if isinstance(tree, t.Piecewise) and place % 2 == 0:
            found += conjuncts(tree.children[place + 1])
        tree = tree.children[place]
    return tuple(found)


def _beyond(condition: Node, regions: tuple[Node, ...]) -> tuple[Node, ...]:
    """The parts of a condition that the regions do not say already."""
    if not regions:
        return (condition,)
    return tuple(part for part in conjuncts(condition) if not implied(part, regions))


def _carried_out(root: Node, step: Callable[[Derivative], Step]) -> tuple[Holes, Node]:
    """The steps for the derivatives in a formula, and the formula with their results.

    A derivative inside another is done first; the outer one then works on its result.
    """
    places = _outermost(root)
    steps: dict[Derivative, tuple[Step, list[Path]]] = {}
    result = root
    for path in places:
        inner = walks.at(root, path)
        assert isinstance(inner, Derivative)
        known = steps.get(inner)
        if known is None:
            known = steps[inner] = (step(inner), [])
        known[1].append(path)
        result = walks.replace_at(result, path, known[0].result)
    return tuple((found, tuple(paths)) for found, paths in steps.values()), result


def _outermost(root: Node) -> list[Path]:
    found: list[Path] = []
    stack: list[tuple[Node, Path]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, Derivative):
            found.append(path)
            continue
        stack.extend((child, (*path, i)) for i, child in reversed(list(enumerate(node.children))))
    return found


class Derivation:
    """The derivative of a formula with its reasons.

    Attributes:
        formula: what was differentiated.
        wrt: the names of the variables.
        order: how often.
        stages: one for each order.
    """

    def __init__(
        self, formula: "Formula", wrt: tuple[str, ...], order: int, several: bool, stages: tuple[Stage, ...]
    ) -> None:
        self.formula = formula
        self.wrt = wrt
        self.order = order
        self.several = several
        self.stages = stages
        self._evidence: Evidence | None = None

    @property
    def tree(self) -> Node:
        """The answer as a tree: a formula, a column for a gradient, a matrix for a Hessian or Jacobian."""
        return self.stages[-1].tree

    @property
    def root(self) -> Step:
        """The outermost step of the first stage."""
        return self.stages[0].steps[0][0]

    @cached_property
    def result(self) -> Any:
        """The answer as a sympy expression; a list of them for a gradient, a matrix for a Hessian or Jacobian."""
        from symgrad.formula import to_sympy

        symbols = self.formula.symbols
        tree = self.tree
        if self.several and isinstance(tree, Matrix) and tree.shape[1] == 1:
            return [to_sympy(entry, symbols) for entry in tree.children]
        return to_sympy(tree, symbols)

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The chain as it is told: one rule a state, trivial derivatives carried out in passing."""
        return tuple(self.chain())

    def chain(self, *, full: bool = False) -> Iterator[State]:
        """The chain of whole formulas; `full` shows every trivial step too."""
        for number, stage in enumerate(self.stages):
            yield from stage_chain(stage, number, full)

    @cached_property
    def conditions(self) -> tuple[Node, ...]:
        """Where the result holds, beyond what the formula itself needs; each condition once."""
        known = collected([condition for stage in self.stages for condition in stage.conditions()])
        return in_words(collected([*known, *lost(self.formula.tree, self.tree, known)]))

    @cached_property
    def kinks(self) -> tuple[Kink, ...]:
        """The kinks and jumps of the formula that could be located, with the slopes on both sides."""
        if len(self.wrt) != 1:
            return ()
        seams = [seam for stage in self.stages for step in stage.every_step() for seam in step.seams]
        formula, name = self.formula.tree, self.wrt[0]
        first = kinks(formula, name, seams)
        if self.order == 1:
            return first + removable(formula, name)
        smooth = {kink.where for kink in first if kink.kind == "smooth"}
        later = [kink for kink in kinks(self.stages[-2].tree, name, seams) if kink.where in smooth]
        rough = [kink for kink in first if kink.kind != "smooth"]
        return (*rough, *later, *removable(formula, name, self.order))

    @property
    def unevaluated(self) -> tuple[Step, ...]:
        """The steps for which there was no rule."""
        return tuple(step for stage in self.stages for step in stage.every_step() if step.rule.id == "unevaluated")

    def verify(self, seconds: float = CHECKING) -> Evidence:
        """Check every line by high-precision numbers, and the result against numerical differentiation.

        Args:
            seconds: after this time what is left counts as not checked. The evidence is kept for the next call.

        >>> from symgrad.calculus import derive
        >>> bool(derive("x^2 sin(x)").verify())
        True
        """
        if self._evidence is None:
            self._evidence = Evidence(tuple(_checks(self, time.monotonic() + seconds)))
        return self._evidence


def stage_chain(stage: Stage, number: int, full: bool) -> Iterator[State]:
    """Replay one stage: each step replaces its derivative, wherever it stands, in the whole formula."""
    tree = stage.root
    if stage.opening is not None:
        yield State(stage.opening, "given", stage=number, name="given")
        name, reason = OPENINGS[stage.opens]
        yield State(tree, stage.opens, stage=number, name=name, reason=reason)
    else:
        yield State(tree, "given", stage=number, name="given")
    told: set[int] = set()
    stack = [(step, list(paths)) for step, paths in reversed(stage.steps)]
    while stack:
        step, paths = stack.pop()
        again = id(step) in told and bool(step.children)
        told.add(id(step))
        new, holes = (step.after, step.children) if full else step.brief
        if again:
            new, holes = step.result if full else step.folded, ()
        old_path = paths[0]
        marks: list[Path] = []
        below: list[tuple[Step, list[Path]]] = [(child, []) for child, _ in holes]
        pending = [item[1] for item in (*stack, *below)] + [paths, marks]
        for k in range(len(paths)):
            path = paths[k]
            tree, pieces = _inserted(tree, path, new, pending)
            marks += pieces
            for (_, found), (_, places) in zip(below, holes, strict=True):
                found += [_below(path, pieces, place) for place in places]
        yield State(
            tree,
            "as-before" if again else step.rule.id,
            marks[0] if len(marks) == len(paths) else paths[0][:-1],
            tuple(marks),
            "as before" if again else step.rule.name,
            "This derivative is known already." if again else step.rule.says,
            None if again else step.condition,
            step.parts,
            () if full or again else step.in_passing,
            step.rule.trivial and not again,
            number,
            step,
            old_path,
        )
        stack += reversed(below)
    for rewrite in stage.rewrites:
        path = rewrite.path
        yield State(
            rewrite.after,
            rewrite.rule_id,
            path,
            (path,),
            rewrite.rule_id.replace("-", " "),
            rewrite.says,
            rewrite.condition,
            rewrite.parts,
            stage=number,
            old_path=rewrite.path,
        )


def _inserted(tree: Node, path: Path, new: Node, pending: list[list[Path]]) -> tuple[Node, list[Path]]:
    """Replace the part at a path; factors come into a product, and terms into a sum, without a bracket.

    Paths that wait for their turn move with the siblings they point at.

    Returns:
        The new formula and the places of what was inserted.
    """
    parent = walks.at(tree, path[:-1]) if path else new
    if not path or type(parent) is not type(new) or not isinstance(new, (t.Multiply, t.Add)):
        return walks.replace_at(tree, path, new), [path]
    above, place = path[:-1], path[-1]
    count = len(new.children)
    flat = parent.with_children((*parent.children[:place], *new.children, *parent.children[place + 1 :]))
    depth = len(above)
    for paths in pending:
        for k, other in enumerate(paths):
            if len(other) > depth and other[depth] > place and other[:depth] == above:
                paths[k] = (*above, other[depth] + count - 1, *other[depth + 1 :])
    return walks.replace_at(tree, above, flat), [(*above, place + k) for k in range(count)]


def _below(path: Path, pieces: list[Path], place: Path) -> Path:
    """Where a hole of the inserted part stands now."""
    if len(pieces) == 1 and pieces[0] == path:
        return (*path, *place)
    return (*pieces[place[0]], *place[1:])


def _checks(derivation: Derivation, deadline: float) -> Iterator[tuple[str, Check]]:
    """Every step by its own two sides, every rewrite by the whole formula, every stage from end to end."""
    definitions = definitions_of(step.rule for stage in derivation.stages for step in stage.every_step())
    sample = Sample(*(stage.root for stage in derivation.stages), definitions=definitions)
    sample.deadline = deadline
    for stage in derivation.stages:
        if stage.opening is not None:
            whole = Sample(stage.opening, definitions=definitions)
            whole.deadline = deadline
            check = stage.check() if stage.check is not None else _first_known(whole, stage.opening, stage.root)
            yield OPENINGS[stage.opens][0], check
        for step in stage.every_step():
            yield step.rule.name, _first_known(sample, step.before, step.after)
            if step.brief[0] is not step.after:
                yield step.rule.name + ", as told", _first_known(sample, step.before, step.brief[0])
        for rewrite in stage.rewrites:
            yield rewrite.says, _first_known(sample, rewrite.before, rewrite.after)
        yield "the result, against numerical differentiation", _first_known(sample, stage.root, stage.tree)


def _first_known(sample: Sample, before: Node, after: Node) -> Check:
    """Compare at the points of the whole derivation; if they don't serve, at points of its own."""
    check = sample.compare(before, after)
    if check.status != "unknown":
        return check
    own = Sample(before, after, definitions=sample.definitions)
    own.deadline = sample.deadline
    return own.compare(before, after)
