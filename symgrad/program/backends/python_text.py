"""The body of a Python function for a program: statements, and the texts of its outputs.

Values used once stand inside the expression that uses them. Choices by the same condition become one if statement, with
what only one branch needs inside that branch, so that it is never computed in vain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from symgrad.program.program import Argument, Line, Program

_DEEPEST = 16  # parentheses within parentheses
_LONGEST = 400  # characters of an expression that is still put inside another
_NESTED = 12  # choices within choices

INFIX = {
    "add": "({} + {})",
    "subtract": "({} - {})",
    "multiply": "({} * {})",
    "divide": "({} / {})",
    "mod": "({} % {})",
    "negate": "(-{})",
    "less": "({} < {})",
    "less_equal": "({} <= {})",
    "equal": "({} == {})",
    "not_equal": "({} != {})",
    "and": "({} and {})",
    "or": "({} or {})",
    "not": "(not {})",
    "abs": "({0} if {0} > 0.0 else 0.0 - {0})",  # no call; |-0.0| is 0.0
    "sign": "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0})",  # NaN stays NaN
    "maximum": "({0} if {0} > {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} < {1} or {0} != {0} else {1})",
}
_CHOICE = {"select": "({1} if {0} else {2})"}
_CAREFUL = {"divide": "divide({}, {})", "mod": "mod({}, {})"}
_WITHOUT_SIZES = {  # what needs no |u| for itself
    "within": "(-{1} < {0} and {0} < {1})",  # quicker than −c < u < c
    "within_or_at": "(-{1} <= {0} and {0} <= {1})",
    "minus_size": "({0} if {0} < 0.0 else -{0})",
}
# their text names an argument twice: it must be a name
_REPEATS = frozenset(("abs", "sign", "maximum", "minimum", *_WITHOUT_SIZES))

Place = tuple[tuple[Argument, int], ...]  # the conditions around a statement, outermost first, and the branch of each


def write(program: Program, *, quick: bool) -> tuple[list[str], list[str]]:
    """The lines of a function's body and the texts of the outputs.

    >>> lines = (Line("v0", "less", ("x0", 0.0)), Line("v1", "exp", ("x0",)), Line("v2", "select", ("v0", "v1", "x0")))
    >>> write(Program(("x",), lines, ("v2", "v1")), quick=True)
    (['v1 = exp(x0)'], ['(v1 if (x0 < 0.0) else x0)', 'v1'])
    """
    return _Writer(program, quick).written()


@dataclass
class _If:
    """An if statement while it is written; `closed` when it stands in its place and nothing may come into it."""

    condition: str
    branches: "dict[int, list[str | _If]]" = field(default_factory=lambda: {1: [], 2: []})
    closed: bool = False


Block = list[str | _If]


def _flat_lines(block: Block) -> list[str]:
    lines: list[str] = []
    for part in block:
        if isinstance(part, str):
            lines.append(part)
            continue
        yes, no = (["    " + line for line in _flat_lines(part.branches[branch])] for branch in (1, 2))
        if yes:
            lines += [f"if {part.condition}:", *yes, *(["else:", *no] if no else [])]
        elif no:
            lines += [f"if not {part.condition}:", *no]
    return lines


def without_sizes(program: Program) -> Program:
    """|u| < c written as −c < u < c, and −|u| without |u|; the values |u| that nothing needs any more left out."""
    inner = {name: args[0] for name, op, args in program.lines if op == "abs"}
    if not inner:
        return program
    lines: list[Line] = []
    for name, op, args in program.lines:
        if args[0] in inner and op == "negate":
            lines.append(Line(name, "minus_size", (inner[args[0]],)))
        elif args[0] in inner and op in ("less", "less_equal") and not isinstance(args[1], str) and args[1] > 0:
            lines.append(Line(name, "within" if op == "less" else "within_or_at", (inner[args[0]], args[1])))
        else:
            lines.append(Line(name, op, args))
    needed: set[Argument] = set(program.outputs)
    for line in reversed(lines):
        if line.name in needed:
            needed.update(line.args)
    return Program(program.inputs, tuple(line for line in lines if line.name in needed), program.outputs)


class _Writer:
    def __init__(self, program: Program, quick: bool) -> None:
        self.program = program = without_sizes(program)
        self.formats = (
            INFIX | _CHOICE | _WITHOUT_SIZES | ({} if quick else {"divide": "divide({}, {})", "mod": "mod({}, {})"})
        )
        self.places = places(program)
        self.uses = _uses(program, self.places)
        self.texts: dict[Argument, str] = {}
        self.deep: dict[Argument, int] = {}
        self.body: Block = []
        self.open: dict[tuple[Place, Argument], _If] = {}
        self.chosen: dict[Argument, _If] = {}  # the if statement that a value is assigned in
        self.mentions: dict[Argument, tuple[Argument, ...]] = {}  # such values that a text contains

    def written(self) -> tuple[list[str], list[str]]:
        """The body's lines and the texts of the outputs."""
        if self.places is None:
            for line in self.program.lines:
                self._line(line)
        else:
            self.lines = {line.name: line for line in self.program.lines}
            self.groups: dict[tuple[Place, Argument], list[Line]] = {}
            for line in self.program.lines:
                if line.op == "select":
                    self.groups.setdefault((self._place(line.name), line.args[0]), []).append(line)
            self.started: set[tuple[Place, Argument]] = set()
            for output in self.program.outputs:
                if output in self.lines:
                    self._run(self._value(output))
                    self._close((), self.mentions.get(output, ()))
        return _flat_lines(self.body), [self._text(output) for output in self.program.outputs]

    # ---- one line --------------------------------------------------------------------------------------------------

    def _line(self, line: Line) -> None:
        name, _, args = line
        text, deep = self._expression(line), 0
        for argument in args:
            deep = max(deep, self.deep.get(argument, 0))
        deep += 1
        mentions: tuple[Argument, ...] = ()
        if self.chosen:
            mentions = tuple(name for argument in args for name in self.mentions.get(argument, ()))
        if self.uses[name] == 1 and deep < _DEEPEST and len(text) < _LONGEST:
            self.texts[name], self.deep[name] = text, deep
            if mentions:
                self.mentions[name] = mentions
        else:
            place = self._place(name)
            self._close(place, mentions)
            self._block(place).append(f"{name} = {text[1:-1] if text[0] == '(' else text}")
            self.texts[name], self.deep[name] = name, 0

    def _expression(self, line: Line) -> str:
        _, op, args = line
        texts = [*map(self._text, args)]
        form = self.formats.get(op)
        if form is None:
            return f"{op}({', '.join(texts)})"
        if op in ("maximum", "minimum") and not isinstance(args[1], str) and args[1] == args[1]:
            sign = "<=" if op == "maximum" else ">="
            return f"({texts[1]} if {texts[0]} {sign} {texts[1]} else {texts[0]})"  # NaN stays NaN
        return form.format(*texts)

    def _text(self, argument: Argument) -> str:
        if isinstance(argument, str):
            return self.texts.get(argument, argument)
        text = repr(float(argument)).replace("inf", "1e999")  # a constant, where inf would be looked up
        return f"({text})" if text[0] == "-" else text

    # ---- choices ---------------------------------------------------------------------------------------------------
    # From the outputs backwards, each value when it is first needed. While the values of an if statement are gathered,
    # what belongs into its branches goes there and everything else before it. Where something else needs a value of an
    # if statement that isn't finished, that much of it is put in place first, and another of the same condition begun.

    def _run(self, task: Iterator[object]) -> None:
        """Work off a task and the tasks it yields, without recursion: programs may be very long."""
        stack = [task]
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
            else:
                stack.append(following)  # type: ignore[arg-type]

    def _value(self, name: Argument) -> Iterator[object]:
        """See that a value is computed."""
        if name in self.texts or name not in self.lines:
            return
        line = self.lines[name]
        if line.op == "select":
            key = self._place(line.name), line.args[0]
            if key in self.started:  # and not done: its if statement is being written
                yield self._choice(line, alone=False)
                return
            self.started.add(key)
            for member in self.groups[key]:
                yield self._choice(member, alone=len(self.groups[key]) == 1)
            self._put_in_place(key)
            return
        for argument in line.args:
            if isinstance(argument, str) and argument not in self.texts:
                yield self._value(argument)
        self._line(line)

    def _choice(self, line: Line, *, alone: bool) -> Iterator[object]:
        """A choice: an expression if nothing must be computed for it in a branch, else a part of an if statement."""
        if line.name in self.texts:
            return
        place, condition = self._place(line.name), line.args[0]
        for argument in line.args:
            yield self._value(argument)
        found = self.open.get((place, condition))
        if alone and (found is None or not any(found.branches.values())):
            self._line(line)
            return
        statement = self._statement(place, condition)
        for branch in (1, 2):
            self._close((*place, (condition, branch)), self.mentions.get(line.args[branch], ()))
        statement = self._statement(place, condition)
        for branch in (1, 2):
            text = self._text(line.args[branch])
            statement.branches[branch].append(f"{line.name} = {text[1:-1] if text[0] == '(' else text}")
        self.texts[line.name], self.deep[line.name] = line.name, 0
        self.chosen[line.name], self.mentions[line.name] = statement, (line.name,)

    def _statement(self, place: Place, condition: Argument) -> _If:
        """The if statement at a place that is being written."""
        found = self.open.get((place, condition))
        if found is None:
            found = self.open[place, condition] = _If(self._text(condition))
        return found

    def _block(self, place: Place) -> Block:
        if not place:
            return self.body
        condition, branch = place[-1]
        return self._statement(place[:-1], condition).branches[branch]

    def _close(self, place: Place, mentioned: Sequence[Argument]) -> None:
        """Put the if statements in place whose values a statement at some place mentions, but for those around it."""
        around = {(place[:k], place[k][0]) for k in range(len(place))}
        for name in mentioned:
            statement = self.chosen[name]
            if not statement.closed:
                for key in [key for key, held in self.open.items() if held is statement and key not in around]:
                    self._put_in_place(key)

    def _put_in_place(self, key: tuple[Place, Argument]) -> None:
        statement = self.open.pop(key, None)
        if statement is None:
            return
        place, condition = key
        self._close(place, self.mentions.get(condition, ()))
        statement.closed = True
        if any(statement.branches.values()):
            self._block(place).append(statement)

    def _place(self, name: Argument) -> Place:
        return self.places.get(name, ()) if self.places else ()


def _uses(program: Program, places: dict[Argument, Place] | None) -> dict[Argument, int]:
    """How often each line's text would be read; two where an operation reads an argument twice."""
    uses: dict[Argument, int] = {line.name: 0 for line in program.lines}
    asked: set[tuple[Place, Argument]] = set()
    for name, op, args in program.lines:
        weight = 2 if op in _REPEATS else 1
        for position, argument in enumerate(args):
            if argument not in uses:
                continue
            if op == "select" and not position and places is not None:  # choices at one place ask once
                key = places.get(name, ()), argument
                if key in asked:
                    continue
                asked.add(key)
            uses[argument] += weight
    for output in program.outputs:
        if output in uses:
            uses[output] += 1
    return uses


def places(program: Program) -> dict[Argument, Place] | None:
    """For each line that only a branch of choices needs: their conditions and the branches. None: no choices at all."""
    if not any(line.op == "select" for line in program.lines):
        return None
    places: dict[Argument, Place] = dict.fromkeys(program.outputs, ())
    for name, op, args in reversed(program.lines):
        mine = places.get(name, ())
        for position, argument in enumerate(args):
            if not isinstance(argument, str):
                continue
            deeper = op == "select" and position and len(mine) < _NESTED
            inside = (*mine, (args[0], position)) if deeper else mine
            places[argument] = _common(places[argument], inside) if argument in places else inside
    return {line.name: places[line.name] for line in program.lines if places.get(line.name)}


def _common(first: Place, second: Place) -> Place:
    if first == second:
        return first
    length = 0
    for one, other in zip(first, second):
        if one != other:
            break
        length += 1
    return first[:length]
