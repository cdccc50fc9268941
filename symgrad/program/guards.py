"""Under which conditions a value of a graph matters at all, and what leaves a branch that may not be taken.

A branch that is not taken may be infinite or undefined, and 0·∞ is no 0: its derivatives must be cut off by a choice
where they leave the branch, not multiplied by zero. Branches may be nested 100,000 deep: what leaves many of them is
cut off level by level, once for all that leaves the same branch.
"""

import heapq
from collections.abc import Sequence

from symgrad.program.graph import Graph

EVERYWHERE = 0


class Guards:
    """The branches of a graph as a tree: `branch[i]` is the innermost one outside which node i is not used.

    >>> g = Graph(1)
    >>> root = g.select(g.node("less", 0, g.number(1)), g.unary("sin", 0), g.number(2))
    >>> guards = Guards(g, g.live([root]), [root])
    >>> guards.branch[g.unary("sin", 0)] == guards.inside(EVERYWHERE, g.args[root][0], True)
    True
    """

    def __init__(self, g: Graph, order: Sequence[int], roots: Sequence[int]) -> None:
        self.parent, self.depth, self.jump = [EVERYWHERE], [0], [EVERYWHERE]
        self.choice: list[tuple[int, bool]] = [(-1, True)]  # the condition, and whether it holds in the branch
        self.known: dict[tuple[int, int, bool], int] = {}
        self.branch = [-1] * len(g.ops)
        for root in roots:
            self.branch[root] = EVERYWHERE
        for i in reversed(order):
            if g.ops[i] == "input" or g.ops[i] == "constant":
                continue
            for level, child in zip(self.levels(g, i), g.args[i]):
                old = self.branch[child]
                self.branch[child] = level if old < 0 else self.common(old, level)
        for i in order:
            if g.ops[i] == "input" or g.ops[i] == "constant":
                self.branch[i] = EVERYWHERE

    def levels(self, g: Graph, i: int) -> tuple[int, ...]:
        """For each argument of a node the branch in which the node uses it."""
        mine = self.branch[i]
        if g.ops[i] != "select":
            return (mine,) * len(g.args[i])
        condition = g.args[i][0]
        return mine, self.inside(mine, condition, True), self.inside(mine, condition, False)

    def inside(self, branch: int, condition: int, holds: bool) -> int:
        """The branch within a branch where a condition holds, or fails."""
        key = (branch, condition, holds)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.parent)
            near = self.jump[branch]
            far = self.jump[near]  # jumps of doubling length, so that `common` takes few steps
            double = self.depth[branch] - self.depth[near] == self.depth[near] - self.depth[far]
            self.parent.append(branch)
            self.depth.append(self.depth[branch] + 1)
            self.jump.append(far if double else branch)
            self.choice.append((condition, holds))
        return found

    def common(self, first: int, second: int) -> int:
        """The innermost branch that two branches are in. Source: Myers, An applicative random-access stack, 1983."""
        depth, jump, parent = self.depth, self.jump, self.parent
        if depth[first] < depth[second]:
            first, second = second, first
        while depth[first] > depth[second]:
            first = jump[first] if depth[jump[first]] >= depth[second] else parent[first]
        while first != second:
            if jump[first] != jump[second]:
                first, second = jump[first], jump[second]
            else:
                first, second = parent[first], parent[second]
        return first

    def gathered(self, g: Graph, parts: dict[int, int], target: int) -> int:
        """The sum of values that come from branches within `target`, each cut off where it leaves its branch."""
        zero = g.number(0)
        waiting = [(-self.depth[branch], branch) for branch in parts]
        heapq.heapify(waiting)
        while waiting and waiting[0][1] != target:  # the deepest first
            branch = heapq.heappop(waiting)[1]
            if branch not in parts:
                continue  # went with the other branch of its choice
            value, outside, (condition, holds) = parts.pop(branch), self.parent[branch], self.choice[branch]
            other = parts.pop(self.known.get((outside, condition, not holds), -1), zero)
            value = g.select(condition, value, other) if holds else g.select(condition, other, value)
            if outside in parts:
                parts[outside] = g.add(parts[outside], value)
            else:
                parts[outside] = value
                heapq.heappush(waiting, (-self.depth[outside], outside))
        return parts[target]
