"""Which | opens an absolute value and which closes one: the only assignment that balances, or a refusal.

A bar before which nothing can be multiplied must open; one after which nothing can start must close; the others are
free. If exactly one assignment pairs them without an empty pair, that is the meaning; `|a|b|c|` has two and is refused.
"""

from symgrad.syntax.tokens import Token, refuse

_ENDS_OPERAND = frozenset(
    {"number", "name", "constant", ")", "]", "}", "raised", "!", "prime", "⌋", "⌉", "°", ">|", "transpose", "‖"}
)
_STARTS_OPERAND = frozenset(
    {
        "number",
        "name",
        "constant",
        "(",
        "[",
        "{",
        "function",
        "form",
        "root",
        "⌊",
        "⌈",
        "leibniz",
        "big",
        "command",
        "<|",
        "‖",
    }
)
_SIGNS = frozenset({"+", "-"})


def match_bars(tokens: list[Token], source: str, strict: bool) -> None:
    """Replace the kind '|' of every bar by '<|' (opens) or '>|' (closes), in place, bracket level by bracket level.

    `strict` (plain text) also refuses `||x||` (a norm?) and `|x||y|` without a space.
    """
    if strict and any(token.kind == "relation" for token in tokens):
        _read_alternatives(tokens)
    stack: list[list[int]] = [[]]
    groups: list[list[int]] = []
    for k, token in enumerate(tokens):
        if token.kind == "|":
            stack[-1].append(k)
        elif token.kind in ("(", "[", "{"):
            stack.append([])
        elif token.kind in (")", "]", "}") and len(stack) > 1:
            groups.append(stack.pop())
    groups += stack
    for group in groups:
        if group:
            _assign(group, tokens, source, strict)


def _read_alternatives(tokens: list[Token]) -> None:
    """(x < 0) | (x > 1), as sympy prints it: a spaced bar between brackets that hold comparisons is 'or'."""
    related: list[bool] = [False]
    closed = False  # whether the bracket that closed last held a comparison
    for k, token in enumerate(tokens):
        if token.kind == "(":
            related.append(False)
        elif token.kind == ")":
            closed = related.pop() if len(related) > 1 else False
        elif token.kind == "relation":
            related[-1] = True
        elif token.kind == "|" and closed and tokens[k - 1].kind == ")" and _stands_free(tokens, k):
            tokens[k] = token._replace(kind="keyword", text="or")
            related[-1] = True


def _stands_free(tokens: list[Token], k: int) -> bool:
    return tokens[k].spaced and tokens[k + 1].spaced and tokens[k + 1].kind == "("


def _choices(tokens: list[Token], k: int) -> tuple[bool, bool]:
    """Whether the bar at k may open, and whether it may close, by its neighbours."""
    before = tokens[k - 1].kind if k else "start"
    after = tokens[k + 1].kind
    may_close = before in _ENDS_OPERAND or before == "|"
    may_open = after in _STARTS_OPERAND or after == "|" or after in _SIGNS
    if after in _SIGNS and may_close and before in _ENDS_OPERAND:
        may_open = False  # |x|+1: a sign after a bar that can close belongs to the sum
    return may_open, may_close


def _hinted(tokens: list[Token], k: int, choice: tuple[bool, bool]) -> tuple[bool, bool]:
    before, after = tokens[k].spaced, tokens[k + 1].spaced
    return (before, after) if choice == (True, True) and before != after else choice


def _assign(group: list[int], tokens: list[Token], source: str, strict: bool) -> None:
    choices = [_choices(tokens, k) for k in group]
    ways = _ways(group, choices)
    if len(ways) > 1 and strict:  # white space on one side only tells which way a bar faces
        hinted = [_hinted(tokens, k, choice) for k, choice in zip(group, choices, strict=True)]
        ways = _ways(group, hinted)
    if not ways:
        raise refuse(source, tokens[group[-1]], "This bar has no partner.", "Write abs(x) for an absolute value.")
    if len(ways) > 1:
        span = (tokens[group[0]].start, tokens[group[-1]].stop)
        raise refuse(source, span, "These bars can be paired in two ways.", "Write abs(x) for an absolute value.")
    for k, opens in zip(group, ways[0], strict=True):
        tokens[k] = tokens[k]._replace(kind="<|" if opens else ">|")
    if strict:
        _refuse_norms(group, ways[0], tokens, source)


_Trail = tuple[bool, "_Trail | None"]  # the last choice, and the choices before it
_DEEPEST = 20


def _ways(group: list[int], choices: list[tuple[bool, bool]]) -> list[tuple[bool, ...]]:
    """Up to two balanced assignments without an empty pair; linear in the bars, as two trails are kept for a state."""
    states: dict[tuple[int, bool], list[_Trail | None]] = {(0, False): [None]}
    for j, (k, (may_open, may_close)) in enumerate(zip(group, choices, strict=True)):
        touching = j > 0 and group[j - 1] == k - 1
        grown: dict[tuple[int, bool], list[_Trail | None]] = {}
        for (depth, opened), trails in states.items():
            if may_open and depth < _DEEPEST:
                grown.setdefault((depth + 1, True), []).extend((True, trail) for trail in trails)
            if may_close and depth > 0 and not (touching and opened):
                grown.setdefault((depth - 1, False), []).extend((False, trail) for trail in trails)
        states = {state: trails[:2] for state, trails in grown.items()}
    return [_unrolled(trail) for trail in states.get((0, False), [])]


def _unrolled(trail: _Trail | None) -> tuple[bool, ...]:
    way: list[bool] = []
    while trail is not None:
        way.append(trail[0])
        trail = trail[1]
    return tuple(reversed(way))


def _refuse_norms(group: list[int], way: tuple[bool, ...], tokens: list[Token], source: str) -> None:
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for k, opens in zip(group, way, strict=True):
        if opens:
            opened.append(k)
        else:
            pairs[opened.pop()] = k
    for start, stop in pairs.items():
        inner = pairs.get(start + 1)
        if inner is not None and inner == stop - 1:
            span = (tokens[start].start, tokens[stop].stop)
            raise refuse(source, span, "||…|| may be a norm.", "Write norm(x), or abs(abs(x)).")
        if tokens[stop + 1].kind == "<|" and not tokens[stop + 1].spaced:
            span = (tokens[stop].start, tokens[stop + 1].stop)
            raise refuse(source, span, "|…||…| can be read in two ways.", "Write |x|*|y| for a product.")
