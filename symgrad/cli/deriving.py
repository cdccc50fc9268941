"""What `diff` and `gradient` share: options of the telling, and the road from a formula to a printed derivation."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from symgrad.cli.options import Reading, explain_reading, json_option, print_json, read_formula, terminal, width

if TYPE_CHECKING:
    from symgrad.calculus import Derivation
    from symgrad.calculus.told import Level
    from symgrad.typeset import Style
    from symgrad.typeset.style import Notation

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = ("text", "line", "latex", "markdown", "html")
LEVELS = ("answer", "rules", "full", "why")
NOTATIONS = ("leibniz", "lagrange", "newton", "D")


def deriving_options(command: Command) -> Command:
    """--level, --notation, --format and --json."""
    options = (
        click.option("--level", type=click.Choice(LEVELS), default="rules", help="How much to tell.  [default: rules]"),
        click.option("--notation", type=click.Choice(NOTATIONS), default="leibniz", help="How to write d/dx."),
        click.option("--upright-d", is_flag=True, help="Write an upright d in d/dx."),
        click.option("--write-log", is_flag=True, help="Write log for the natural logarithm, not ln."),
        click.option("--bracket-powers", is_flag=True, help="Write (sin x)², not sin²x."),
        click.option("--format", "form", type=click.Choice(FORMATS), help="[default: text; line in a pipe]"),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def show(
    kind: str,
    expression: str,
    *,
    wrt: str | list[str] | None,
    order: int,
    level: "Level",
    notation: "Notation",
    upright_d: bool,
    write_log: bool,
    bracket_powers: bool,
    form: str | None,
    as_json: bool,
    how: Reading,
    explain_input: bool,
    implicit: str | None = None,
) -> int:
    """Derive, verify and print; 0 if every state was checked and none contradicted, else 1."""
    accept = ("equation",) if kind == "diff" else ("matrix",)
    formula = read_formula(expression, how, accept=accept, echo=not explain_input)
    if explain_input:
        explain_reading(formula)
        return 0
    from symgrad import calculus
    from symgrad.errors import UsageError
    from symgrad.syntax.tree import Compare

    if implicit is None and isinstance(formula.tree, Compare):
        raise UsageError(
            "This is an equation, which makes one of its variables a function of the other.",
            source=formula.source,
            span=(0, len(formula.source or "")),
            hint=f"Say which one: --implicit {formula.names[-1] if formula.names else 'y'}.",
        )
    if implicit is not None:
        variable = wrt if isinstance(wrt, str) else _other(formula.names, implicit)
        derivation = calculus.implicit(formula, implicit, variable, order, budgets=how.budgets())
    else:
        names = wrt if wrt or kind == "diff" else list(formula.names)
        derivation = calculus.derive(formula, wrt=names, order=order, budgets=how.budgets())
    if as_json:
        print_json(kind, {**derivation.record(), "reading": reading(formula)})
    else:
        from symgrad.typeset import Style

        style = Style(
            notation=notation,
            upright_d=upright_d,
            ln_or_log="log" if write_log else "ln",
            power_of_function="(sin x)²" if bracket_powers else "sin²x",
        )
        click.echo(told(derivation, form or ("text" if terminal() else "line"), level, style))
    return 0 if derivation.verify() else 1


def _other(names: tuple[str, ...], implicit: str) -> str:
    """The one variable of an equation besides the dependent one."""
    from symgrad.errors import UsageError

    others = [name for name in names if name != implicit]
    if len(others) != 1:
        raise UsageError("The equation has several other variables.", hint="Say by which to differentiate: --wrt x.")
    return others[0]


def reading(formula: Any) -> dict[str, Any]:
    """How the text was read: bracketed, and what else it could have meant."""
    return {"bracketed": formula.reading.bracketed, "ambiguities": [str(item) for item in formula.reading.ambiguities]}


def told(derivation: "Derivation", form: str, level: "Level", style: "Style") -> str:
    """The derivation as text in one of the formats."""
    if form in ("text", "line"):
        from symgrad.render import wants_colour

        flat = form == "line"
        colour = not flat and wants_colour(sys.stdout)
        return derivation.text(level, notation=style.notation, style=style, width=width(), flat=flat, colour=colour)
    return str(getattr(derivation, form)(level, notation=style.notation, style=style)).rstrip("\n")
