"""`symgrad descend`: repeat one update rule on any formula, and say how it went."""

from typing import TYPE_CHECKING

import click

from symgrad.cli.descending import rate_of, run_options
from symgrad.cli.options import (
    Reading,
    assignments,
    force_option,
    formula_argument,
    json_option,
    print_json,
    read_formula,
    reading_options,
    table_width,
    width,
)

if TYPE_CHECKING:
    from symgrad.descent import Trace


@click.command(
    "descend",
    help="""\b
Examples:
  symgrad descend "|x| - 2/3 sin(3|x|/2)" --start x=3 --rate 0.5
  symgrad descend "(1-x)^2 + 100(y-x^2)^2" --start x=-1.2,y=1 --rate 0.001
  symgrad descend "69/4 (w+1)^2" --start w=3 --rate 2/69 --plot run.png
  symgrad descend "(1-x)^2 + 100(y-x^2)^2" --start x=-1.2,y=1 --rule auto

Repeat u(x, y, z) = x - y·z (point, derivative, learning rate) on EXPR from a start.
Exit code 0: converged; 1: it ended for another reason, which is said; 130: interrupted, with the steps so far.""",
)
@formula_argument
@run_options(steps=10_000)
@click.option(
    "--rule", default="gradient descent", help="E.g. momentum, Adam, Newton, BFGS, auto.  [default: gradient descent]"
)
@click.option("--rows", type=click.IntRange(min=2), default=12, help="Rows of the table.  [default: 12]")
@click.option("--plot", "picture", metavar="FILE", help="Draw the path into a .png, .svg or .pdf file.")
@force_option
@json_option
@reading_options
def command(
    expression: str,
    start: tuple[str, ...],
    rate: str | None,
    rule: str,
    steps: int,
    tolerance: float,
    rows: int,
    picture: str | None,
    force: bool,
    as_json: bool,
    how: Reading,
) -> int:
    from symgrad.descent import descend
    from symgrad.document import prose
    from symgrad.files import output_path
    from symgrad.plot.picture import PICTURES

    if picture is not None:
        output_path(picture, suffixes=PICTURES, overwrite=force)
    formula = read_formula(expression, how)
    run = descend(
        formula,
        start=assignments(start),
        rate=rate_of(rate),
        rule=rule,
        steps=steps,
        tolerance=tolerance,
        progress=not as_json,
    )
    if picture is not None:
        run.plot(picture, overwrite=force)
    if as_json:
        print_json("descend", {**run.summary(), "explanation": list(run.explain().sentences)})
        return _exit_code(run)
    from symgrad.render import text

    click.echo(f"{run.rule}: f({', '.join(run.names)}) = {formula}\n")
    click.echo(text(run.table(rows=rows, width=table_width()).block(), width=table_width()))
    click.echo()
    for sentence in run.explain().sentences:
        click.echo(text(prose(sentence), width=width()))
    if picture is not None:
        click.echo(f"Picture: {picture}")
    return _exit_code(run)


def _exit_code(run: "Trace") -> int:
    from symgrad.cli.main import INTERRUPTED
    from symgrad.descent import Stop

    if run.stop is Stop.INTERRUPTED:
        return INTERRUPTED
    return 0 if run.converged else 1
