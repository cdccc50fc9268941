"""Brackets, roots and integral signs of any height, drawn with Unicode's pieces. For `box` only."""

# Top, middle, bottom, and the one piece in the centre where a bracket has one.
_PIECES = {
    "(": ("⎛", "⎜", "⎝"),
    ")": ("⎞", "⎟", "⎠"),
    "[": ("⎡", "⎢", "⎣"),
    "]": ("⎤", "⎥", "⎦"),
    "⌊": ("⎢", "⎢", "⎣"),
    "⌋": ("⎥", "⎥", "⎦"),
    "⌈": ("⎡", "⎢", "⎢"),
    "⌉": ("⎤", "⎥", "⎥"),
    "|": ("│", "│", "│"),
    "‖": ("║", "║", "║"),
}


def delimiter(sign: str, height: int, baseline: int) -> list[str]:
    """A bracket of a height, a line each; a brace has its beak on the baseline.

    >>> delimiter("(", 3, 1), delimiter("{", 3, 1), delimiter("|", 1, 0)
    (['⎛', '⎜', '⎝'], ['⎧', '⎨', '⎩'], ['|'])
    """
    if height == 1:
        return [sign]
    if sign == "{":
        return _brace(height, baseline)
    top, middle, bottom = _PIECES[sign]
    return [top, *[middle] * (height - 2), bottom]


def _brace(height: int, baseline: int) -> list[str]:
    if height == 2:
        return ["⎰", "⎱"]
    beak = min(max(baseline, 1), height - 2)
    return ["⎧", *["⎪"] * (beak - 1), "⎨", *["⎪"] * (height - beak - 2), "⎩"]


def integral(height: int) -> list[str]:
    """An integral sign of a height of at least two."""
    return ["⌠", *["⎮"] * (height - 2), "⌡"]


_STEEP = 3  # lines above which a slope would be wider than what it helps


def _upright_root(height: int, width: int, sign: str) -> tuple[list[str], str]:
    """A root sign whose width does not grow: a corner, a bar, and a hook at its foot."""
    index = "" if sign == "√" else {"∛": "3", "∜": "4"}.get(sign, sign.rstrip("√"))
    margin = max(1, len(index))
    blank = " " * margin
    lines = [blank + "┌", *[blank + "│"] * (height - 2), index.rjust(margin) + "│", "╲".rjust(margin) + "│"]
    return [line + ("─" if k == 0 else " ") for k, line in enumerate(lines)], "─" * width


def root(height: int, width: int, sign: str) -> tuple[list[str], str]:
    """The sign to the left of a body (one line more than the body has), and the roof over it.

    >>> root(1, 3, "√")
    ([' ', '√'], '___')
    """
    if height == 1:
        return [" " * len(sign), sign], "_" * width
    if height > _STEEP:
        return _upright_root(height, width, sign)
    index = "" if sign == "√" else {"∛": "³", "∜": "⁴"}.get(sign, sign.rstrip("√"))
    slope = [" " * (height - row) + "╱" + " " * row for row in range(1, height)]
    last = "╲╱" + " " * (height - 1)
    margin = max(0, len(index) - 1)
    lines = [" " * (height + 1), *slope, last]
    if index:
        place = height - 1
        cell = lines[place]
        lines[place] = index + cell[len(index) :] if not cell[: len(index)].strip() else cell
        lines = [" " * margin + line for line in lines]
    return lines, "_" * width
