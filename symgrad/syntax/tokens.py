"""What both lexers give and the grammar reads: tokens, options of a reading, and the errors that point at a token."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from symgrad.errors import ReadError, UsageError
from symgrad.syntax.budgets import Budgets


class Token(NamedTuple):
    """One token: its kind (for punctuation the character itself), its text, where it stands, a value.

    `spaced` tells whether white space stands before it.
    """

    kind: str
    text: str
    start: int
    stop: int
    spaced: bool = False
    value: Any = None


class ReadOptions(NamedTuple):
    """How a text is to be read.

    Args:
        variables: names that are variables whatever they look like (`("kx", "e", "rate")`).
        functions: names that are unspecified functions, so that `a(x)` is not a product.
        constants: spellings of constants, e.g. `(("E", "e"), ("i", "i"))`; values are e, pi or i.
        shapes: declared vectors and matrices, e.g. `(("X", ("n", "d")),)`.
        log: the base of a plain `log`: "e", "10" or "2".
        decimal_comma: 3,5 is 7/2, and arguments are separated by semicolons.
        accept: what else than a number-valued formula is welcome: "equation", "condition", "matrix".
        complex: constants without a real value (√(−1)) are welcome.
        budgets: the limits of the reading.
    """

    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    shapes: tuple[tuple[str, tuple[int | str, ...]], ...] = ()
    log: str = "e"
    decimal_comma: bool = False
    accept: tuple[str, ...] = ()
    complex: bool = False
    budgets: Budgets = Budgets()


def options_from(options: "ReadOptions | Mapping[str, Any] | None") -> ReadOptions:
    """Options from a mapping or None; lists and dicts inside become tuples."""
    if options is None:
        return DEFAULT_OPTIONS
    if isinstance(options, ReadOptions):
        return options
    unknown = options.keys() - set(ReadOptions._fields)
    if unknown:
        raise UsageError(
            f"There is no reading option {min(unknown)!r}.", hint=f"Known: {', '.join(ReadOptions._fields)}."
        )
    given: dict[str, Any] = {}
    for key, value in options.items():
        pairs = value.items() if isinstance(value, Mapping) else value
        given[key] = tuple(pairs) if isinstance(value, (Mapping, list, set, frozenset)) else value
    return ReadOptions(**given)


DEFAULT_OPTIONS = ReadOptions()


def refuse(source: str, token: Token | tuple[int, int], what: str, hint: str | None = None) -> ReadError:
    """The error that points at a token or a span."""
    span = (token.start, token.stop) if isinstance(token, Token) else token
    return ReadError(what, source=source, span=span, hint=hint)
