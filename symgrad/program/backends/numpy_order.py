"""An order of a program's lines with few buffers in use: what fits the cache is computed at its speed."""

from heapq import heappop, heappush

from symgrad.program.program import Argument, Line, Program

_LONG = 20_000  # lines beyond which the order stays as it is


def ordered(program: Program) -> Program:
    """The same lines, in the given order or, where that keeps fewer values alive, as each frees the most.

    >>> lines = [Line(f"v{k}", "exp", (f"x{k}",)) for k in range(4)]
    >>> lines += [Line(f"v{k + 4}", "negate", (f"v{k}",)) for k in range(4)]
    >>> [line.name for line in ordered(Program(tuple("abcd"), tuple(lines), ("v4", "v5", "v6", "v7"))).lines]
    ['v0', 'v4', 'v1', 'v5', 'v2', 'v6', 'v3', 'v7']
    """
    if len(program.lines) > _LONG:
        return program
    lines = tuple(_Order(program).lines())
    if pressure(lines, program.outputs) < pressure(program.lines, program.outputs):
        return Program(program.inputs, lines, program.outputs)
    return program


def pressure(lines: tuple[Line, ...], outputs: tuple[Argument, ...]) -> int:
    """The most values alive at once; outputs have places of their own."""
    last = {argument: position for position, line in enumerate(lines) for argument in line.args}
    kept = set(outputs)
    own = {line.name for line in lines if line.name not in kept}
    alive = most = 0
    for position, line in enumerate(lines):
        alive -= sum(argument in own and last[argument] == position for argument in set(line.args))
        alive += line.name in own
        most = max(most, alive)
    return most


class _Order:
    """Ready lines in a heap: first those that free most, then those whose arguments are newest, then as given.

    A line goes into the heap again when another use of an argument is gone, since it may free that argument now.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._kept = set(program.outputs)
        self._users: dict[Argument, list[int]] = {line.name: [] for line in program.lines}
        self._missing: list[int] = []
        for position, line in enumerate(program.lines):
            own = [argument for argument in dict.fromkeys(line.args) if argument in self._users]
            self._missing.append(len(own))
            for argument in own:
                self._users[argument].append(position)
        self._left = {name: len(users) for name, users in self._users.items()}
        self._made: dict[Argument, int] = {}
        self._heap: list[tuple[int, int, int]] = []

    def lines(self) -> list[Line]:
        given, done = self._program.lines, bytearray(len(self._program.lines))
        order: list[Line] = []
        for position, missing in enumerate(self._missing):
            if not missing:
                self._push(position)
        while self._heap:
            position = heappop(self._heap)[2]
            if done[position]:
                continue
            done[position] = 1
            line = given[position]
            self._made[line.name] = len(order)
            order.append(line)
            for argument in dict.fromkeys(line.args):
                if argument in self._left:
                    self._used(argument, done)
            for user in self._users[line.name]:
                self._missing[user] -= 1
                if not self._missing[user]:
                    self._push(user)
        return order

    def _used(self, argument: Argument, done: bytearray) -> None:
        self._left[argument] -= 1
        if self._left[argument] == 1:
            for user in self._users[argument]:
                if not done[user] and not self._missing[user]:
                    self._push(user)

    def _push(self, position: int) -> None:
        line = self._program.lines[position]
        own = [argument for argument in dict.fromkeys(line.args) if argument in self._left]
        freed = sum(self._left[argument] == 1 and argument not in self._kept for argument in own)
        newest = max((self._made[argument] for argument in own), default=-1)
        heappush(self._heap, ((line.name not in self._kept) - freed, -newest, position))
