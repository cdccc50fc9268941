"""What several commands share: the formula argument, the time limit, JSON, and how results reach a terminal or pipe."""

import functools
import json
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from symgrad.errors import UsageError

if TYPE_CHECKING:
    from symgrad.formula import Formula
    from symgrad.syntax.budgets import Budgets

SCHEMA_VERSION = 1
Command = TypeVar("Command", bound=Callable[..., Any])

formula_argument = click.argument("expression", metavar="EXPR")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
force_option = click.option("--force", is_flag=True, help="Replace files that are already there.")
explain_option = click.option("--explain-input", is_flag=True, help="Show how EXPR is read, fully bracketed, and stop.")


def reading_options(command: Command) -> Command:
    """How EXPR is read: --syntax, --variables, --log, --decimal-comma and --limit, gathered as the argument `how`."""

    @click.option(
        "--syntax",
        type=click.Choice(["plain", "latex"]),
        default="plain",
        help="How EXPR is written.  [default: plain]",
    )
    @click.option("--variables", metavar="NAMES", default="", help="Names that are variables, e.g. rate,cost,e.")
    @click.option("--functions", metavar="NAMES", default="", help="Names of unspecified functions, e.g. a,phi.")
    @click.option("--log", type=click.Choice(["e", "2", "10"]), default="e", help="Base of a plain log.  [default: e]")
    @click.option("--decimal-comma", is_flag=True, help="3,5 is 7/2; arguments are separated by semicolons.")
    @click.option("--limit", metavar="NAME=NUMBER", multiple=True, help="Raise a budget, e.g. nodes=10000.")
    @functools.wraps(command)
    def gathered(
        *args: Any,
        syntax: str,
        variables: str,
        functions: str,
        log: str,
        decimal_comma: bool,
        limit: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        how = Reading(syntax, _names(variables), _names(functions), log, decimal_comma, _limits(limit))
        return command(*args, how=how, **kwargs)

    return gathered  # type: ignore[return-value]


class Reading(NamedTuple):
    """The options of a reading as given on the command line."""

    syntax: str = "plain"
    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    log: str = "e"
    decimal_comma: bool = False
    limits: tuple[tuple[str, int], ...] = ()

    def budgets(self) -> "Budgets":
        """The budgets with those that were raised."""
        from symgrad.syntax.budgets import Budgets

        return Budgets()._replace(**dict(self.limits))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _limits(texts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Budgets by name from 'nodes=10000'."""
    from symgrad.syntax.budgets import Budgets

    found = []
    for text in texts:
        name, _, number = text.partition("=")
        if name not in Budgets._fields or not number.isdecimal() or int(number) < 1:
            raise UsageError(
                f"'{text}' is no limit.", hint=f"Write NAME=NUMBER, where NAME is one of {', '.join(Budgets._fields)}."
            )
        found.append((name, int(number)))
    return tuple(found)


def time_limited(seconds: float) -> Callable[[Command], Command]:
    """Give a command --time-limit: it runs in a child process that is ended when the time is over. 0 means no limit."""

    def decorate(callback: Command) -> Command:
        @click.option(
            "--time-limit",
            type=click.FloatRange(min=0),
            default=seconds,
            help=f"Give up after so many seconds; 0: never.  [default: {seconds:g}]",
        )
        @functools.wraps(callback)
        def limited(*args: Any, time_limit: float, **kwargs: Any) -> Any:
            if not time_limit:
                return callback(*args, **kwargs)
            from symgrad.syntax.deadline import run_with_deadline

            sys.stdout.flush()
            return run_with_deadline(_in_child, callback.__module__, args, kwargs, seconds=time_limit)

        return limited  # type: ignore[return-value]

    return decorate


def _in_child(module: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run the command of a module; called by name, since a fresh process knows no more of us than that."""
    from importlib import import_module
    from inspect import unwrap

    try:
        return unwrap(import_module(module).command.callback)(*args, **kwargs)
    finally:
        sys.stdout.flush()


def read_formula(expression: str, how: "Reading", *, accept: tuple[str, ...] = (), echo: bool = True) -> "Formula":
    """The formula of a command's argument; '-' reads standard input. Says on stderr how a doubtful text was read."""
    from symgrad.formula import Formula
    from symgrad.syntax import ReadOptions

    text = sys.stdin.read(1 << 20).strip() if expression.strip() == "-" else expression.removeprefix(" ")
    options = ReadOptions(
        variables=how.variables,
        functions=how.functions,
        log=how.log,
        decimal_comma=how.decimal_comma,
        accept=accept,
        budgets=how.budgets(),
    )
    formula = Formula(text, syntax=how.syntax, options=options)
    if echo and formula.reading is not None and formula.reading.ambiguities:
        click.echo(f"read as {formula.reading.bracketed}", err=True)
    return formula


def explain_reading(formula: "Formula") -> None:
    """Print the fully bracketed reading and, where there is another common one, that too."""
    reading = formula.reading
    assert reading is not None  # a formula read from text keeps its reading
    click.echo(f"read as  {reading.bracketed}")
    for ambiguity in reading.ambiguities:
        click.echo(f"  {ambiguity}")


def terminal() -> bool:
    """Whether a person reads the output."""
    return sys.stdout.isatty()


def width() -> int:
    """Columns to fill: the terminal's, or 80 in a pipe."""
    return shutil.get_terminal_size((80, 24)).columns


def table_width() -> int:
    """Columns for a table: the terminal's; in a pipe nothing has to fit."""
    return width() if terminal() else 200


def print_json(kind: str, content: dict[str, Any]) -> None:
    """Print one JSON object that says which schema it follows; numbers that JSON lacks become null."""
    record = {"schema": "", **_plain(content)} | {"schema": f"symgrad/{kind}/{SCHEMA_VERSION}"}
    click.echo(json.dumps(record, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value.tolist() if hasattr(value, "tolist") else value


def assignments(texts: tuple[str, ...]) -> dict[str, float]:
    """Numbers by name from 'x=-1.2,y=1' or several such options.

    >>> assignments(("x=-1.2,y=1",))
    {'x': -1.2, 'y': 1.0}
    """
    numbers: dict[str, float] = {}
    for text in texts:
        for part in text.split(","):
            name, equals, number = part.partition("=")
            name = name.strip()
            if not equals or not name:
                raise UsageError(
                    f"'{part.strip()}' is not of the form name=number.", hint="Example: --start x=3,y=-1.5"
                )
            if name in numbers:
                raise UsageError(f"'{name}' is given twice.", hint="Give each variable one number.")
            numbers[name] = number_of(number, f"the value of {name}")
    return numbers


def number_of(text: str, what: str) -> float:
    """A finite number, which may be written as a formula such as pi/2 or 4/69."""
    try:
        value = float(text)
    except ValueError:
        value = _constant(text, what)
    if value - value != 0:
        raise UsageError(f"{text.strip()} is no finite number for {what}.", hint="Give a finite number.")
    return value


def _constant(text: str, what: str) -> float:
    """The value of a formula without variables, correctly rounded."""
    from symgrad.calculus.verify import CannotEvaluateError, UndefinedError, evaluate
    from symgrad.formula import Formula

    formula = Formula(text.removeprefix(" "))
    if formula.names:
        raise UsageError(f"'{text.strip()}' is no number for {what}.", hint="Give a number such as 0.1 or 4/69.")
    try:
        return float(evaluate(formula.tree, {}, 25))
    except (CannotEvaluateError, UndefinedError, OverflowError):
        raise UsageError(f"'{text.strip()}' has no finite value for {what}.", hint="Give a finite number.") from None
