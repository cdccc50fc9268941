"""The order in which a vector of points is computed: few values alive at once, and like calls side by side.

A program has its lines output after output: all of the value first, then each component of the gradient, so that what
they share waits in memory in between. Here a value's consumers follow it as soon as they can be computed, so that a
term of a sum is finished, with its share of every component, before the next begins. Calls of the same function wait
for each other a while: computed side by side, they hide each other's delays.
"""

import heapq
from collections.abc import Sequence

from symgrad.program.backends.llvm_fuse import GATHERED, Step
from symgrad.program.program import Argument

LONG = 20_000  # steps beyond which orders are not compared
REGISTERS = 12  # of 16 or 32: the rest hold constants and what a kernel works on
HELD = 60  # steps that a call waits for others like it


def grouped(steps: Sequence[Step], outputs: Sequence[Argument], most: int) -> list[list[Step]]:
    """The steps in order, calls of the same function that don't depend on each other in groups of 1, 2, 4 … `most`.

    >>> sums = [Step((f"v{i}",), "exp", (f"x{i}",)) for i in range(3)] + [Step(("v3",), "fma", ("v0", "v1", "v2"))]
    >>> [[step.names[0] for step in group] for group in grouped(sums, ("v3",), 2)]
    [['v0', 'v1'], ['v2'], ['v3']]
    """
    steps = ordered(steps, outputs)
    needs, users, _ = _dependencies(steps)
    waiting = [len(found) for found in needs]
    ready = [i for i, count in enumerate(waiting) if not count]  # a sorted list is a heap
    held: dict[str, list[int]] = {}
    since: dict[str, int] = {}
    groups: list[list[Step]] = []
    written = 0

    def write(members: Sequence[int]) -> None:
        nonlocal written
        start = 0
        while start < len(members):  # a power of two of them, and then of the rest
            size = 1 << (len(members) - start).bit_length() - 1
            groups.append([steps[i] for i in members[start : start + size]])
            start += size
        written += len(members)
        for i in members:
            for user in users[i]:
                waiting[user] -= 1
                if not waiting[user]:
                    heapq.heappush(ready, user)

    while ready or held:
        oldest = min(held, key=lambda op: since[op]) if held else ""
        if held and (not ready or written - since[oldest] > HELD):
            write(held.pop(oldest))
            continue
        i = heapq.heappop(ready)
        op = steps[i].op
        if op not in GATHERED:
            write([i])
            continue
        if op not in held:
            since[op] = written
        held.setdefault(op, []).append(i)
        if len(held[op]) == most:
            write(held.pop(op))
    return groups


def ordered(steps: Sequence[Step], outputs: Sequence[Argument]) -> list[Step]:
    """The steps as they are or each with its consumers at once, from the first or last output: the least pressure."""
    if len(steps) > LONG:
        return list(steps)
    needs, users, home = _dependencies(steps)
    ends = [home[output] for output in outputs if output in home]
    plain = list(range(len(steps)))
    orders = [plain, _eager(needs, users, plain)]
    orders += [_eager(needs, users, _late(needs, part)) for part in (ends[::-1], ends[1:2] + ends)]
    best = min(orders, key=lambda order: pressure([steps[i] for i in order]))
    return [steps[i] for i in best]


def _dependencies(steps: Sequence[Step]) -> tuple[list[list[int]], list[list[int]], dict[Argument, int]]:
    """For each step what it needs and what needs it, and where each value is made."""
    home: dict[Argument, int] = {name: i for i, step in enumerate(steps) for name in step.names}
    needs = [list(dict.fromkeys(home[a] for a in step.args if a in home)) for step in steps]
    users: list[list[int]] = [[] for _ in steps]
    for i, found in enumerate(needs):
        for j in found:
            users[j].append(i)
    return needs, users, home


def _late(needs: Sequence[Sequence[int]], ends: Sequence[int]) -> list[int]:
    """Every step just before the first that needs it, from the ends down."""
    order: list[int] = []
    seen = bytearray(len(needs))
    stack = list(reversed(ends))
    while stack:
        i = stack.pop()
        if i < 0:
            order.append(~i)
        elif not seen[i]:
            seen[i] = 1
            stack.append(~i)
            stack += [j for j in reversed(needs[i]) if not seen[j]]
    return order + [i for i in range(len(needs)) if not seen[i]]


def _eager(needs: Sequence[Sequence[int]], users: Sequence[Sequence[int]], goals: Sequence[int]) -> list[int]:
    """The goals one after the other, and after each step at once all that has become computable by it."""
    waiting = [len(found) for found in needs]
    done = bytearray(len(needs))
    order: list[int] = []
    for goal in goals:
        stack = [goal]
        while stack:
            i = stack.pop()
            if done[i]:
                continue
            missing = [j for j in needs[i] if not done[j]]
            if missing:  # a goal from another order: first what it needs
                stack += [i, *reversed(missing)]
                continue
            done[i] = 1
            order.append(i)
            ready = []
            for user in users[i]:
                waiting[user] -= 1
                if not waiting[user]:
                    ready.append(user)
            stack += reversed(ready)
    return order


def pressure(steps: Sequence[Step]) -> int:
    """How many values find no register, summed over the steps; outputs are stored at once and need none."""
    last: dict[Argument, int] = {}
    for position, step in enumerate(steps):
        for argument in step.args:
            if isinstance(argument, str):
                last[argument] = position
    alive, total = 0, 0
    ends: list[int] = [0] * (len(steps) + 1)
    for position, step in enumerate(steps):
        for name in step.names:
            if name in last:
                alive += 1
                ends[last[name]] += 1
        total += max(0, alive - REGISTERS)
        alive -= ends[position]
    return total
