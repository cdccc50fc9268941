"""Every error a user can meet: what is wrong, where (a caret under the column), and what to do about it.

This room knows nothing of mathematics. Whatever goes wrong anywhere else leaves as a SymgradError or one of its kinds;
the command line prints it and exits with its `exit_code`.
"""

import unicodedata


def display_width(text: str) -> int:
    """The number of terminal columns that a text takes, with wide characters counted as two and marks as none.

    >>> display_width("x²"), display_width("函数"), display_width("e\\u0301")
    (2, 4, 1)
    """
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Cc", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class SymgradError(Exception):
    """What went wrong, where in the input, and what to do.

    Args:
        what: one sentence that names the fault.
        source: the text in which it lies, if there is one.
        span: the half-open range (start, stop) of characters of `source` that are at fault.
        hint: one line that says what to do.

    >>> print(SymgradError("No function 'sni'.", source="x^2 sni(3x)", span=(4, 7), hint="Did you mean sin?"))
    No function 'sni'.
      x^2 sni(3x)
          ^^^
    Did you mean sin?
    """

    exit_code = 2

    def __init__(
        self, what: str, *, source: str | None = None, span: tuple[int, int] | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.what]
        if self.source is not None and self.span is not None:
            lines += _pointed(self.source, self.span)
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.source, self.span, self.hint)


def _rebuild(
    kind: type[SymgradError], what: str, source: str | None, span: tuple[int, int] | None, hint: str | None
) -> SymgradError:
    return kind(what, source=source, span=span, hint=hint)


_WINDOW = 72  # characters of a long line that are shown around the fault


def _pointed(source: str, span: tuple[int, int]) -> list[str]:
    """The line of `source` at fault, cut to a window, and a line of carets under the fault."""
    start, stop = span
    start = min(max(start, 0), len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_stop = source.find("\n", start)
    line_stop = len(source) if line_stop < 0 else line_stop
    left = max(line_start, start - _WINDOW // 2)
    right = min(line_stop, left + _WINDOW)
    before = ("…" if left > line_start else "") + _visible(source[left:start])
    after = _visible(source[start:right]) + ("…" if right < line_stop else "")
    marked = _visible(source[start : max(min(stop, right), start)])
    return ["  " + before + after, "  " + " " * display_width(before) + "^" * max(1, display_width(marked))]


def _visible(text: str) -> str:
    """The text with control and invisible characters replaced, so that it cannot move the cursor or hide."""
    return "".join(
        c if c == " " or _is_seen(c) or unicodedata.combining(c) else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _is_seen(character: str) -> bool:
    return _columns(character) > 0 and unicodedata.category(character) != "Cs"  # half a pair can't even be printed


class ReadError(SymgradError):
    """A text is not a formula of the documented syntax; the span is the place."""


class LimitError(SymgradError):
    """An input is larger than a stated budget; the hint names the option that raises it."""


class TimeLimitError(LimitError):
    """A computation did not end within the time limit; the hint names the option that raises it."""


class UsageError(SymgradError, ValueError):
    """An argument has the wrong shape, type, name or value."""


class NoRuleError(SymgradError):
    """An expression has no known derivative; the hint shows the Rule to add."""


class OutputError(SymgradError):
    """A file cannot be written as asked; nothing that was there before is lost."""


class MissingPackageError(SymgradError):
    """An optional package is needed and not installed; the hint is the command that installs it."""
