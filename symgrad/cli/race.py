"""`symgrad race`: several update rules from one start, their paths in one picture and their outcomes in one table."""

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
)

if TYPE_CHECKING:
    from symgrad.descent import Trace


@click.command(
    "race",
    help="""\b
Examples:
  symgrad race "(1-x)^2 + 100(y-x^2)^2" --start x=-1.2,y=1 --rules "Newton, BFGS, momentum" -o race.png
  symgrad race "x^4 + y^2" --start x=2,y=1 --rate 0.02 --rules "gradient descent, Adam" -o race.svg

Run several rules on EXPR from one start. With two variables the picture shows their paths on the contours, else
value and slope over the steps. Without --rate each rule takes its usual one; methods that find their own step length,
such as Newton and BFGS, always do.
Exit code 0: at least one converged; 1: none.""",
)
@formula_argument
@run_options(steps=2_000)
@click.option(
    "--rules",
    metavar="NAMES",
    default="gradient descent, momentum, Adam, Newton",
    help="The rules.  [default: gradient descent, momentum, Adam, Newton]",
)
@click.option("-o", "--output", metavar="FILE", help="Draw them into a .png, .svg or .pdf file.")
@force_option
@json_option
@reading_options
def command(
    expression: str,
    start: tuple[str, ...],
    rate: str | None,
    steps: int,
    tolerance: float,
    rules: str,
    output: str | None,
    force: bool,
    as_json: bool,
    how: Reading,
) -> int:
    from symgrad.descent import descend, race
    from symgrad.descent.methods import Repeat, find_method
    from symgrad.errors import UsageError
    from symgrad.files import output_path
    from symgrad.plot.picture import PICTURES

    if output is not None:
        output_path(output, suffixes=PICTURES, overwrite=force)
    formula = read_formula(expression, how)
    place, z = assignments(start), rate_of(rate)
    names = list(dict.fromkeys(name.strip() for name in rules.split(",") if name.strip()))
    if not names:
        raise UsageError("A race needs at least one rule.", hint='For example --rules "momentum, Adam".')
    runs = []
    for name in names:
        # a method that finds its own step would only be slowed down by a rate meant for the others
        rated = name.lower() != "auto" and isinstance(find_method(name), Repeat)
        runs.append(
            descend(
                formula,
                start=place,
                rate=z if rated else None,
                rule=name,
                steps=steps,
                tolerance=tolerance,
                progress=not as_json,
            )
        )
    picture = None if output is None else race(runs, output, overwrite=force)
    if as_json:
        drawn = None if picture is None else {"path": str(picture.path), "alt": picture.alt}
        print_json("race", {"formula": str(formula), "runs": [_outcome(run) for run in runs], "picture": drawn})
    else:
        click.echo(_table(runs))
        if picture is not None:
            click.echo(f"\n{picture.path}: {picture.alt}")
    return 0 if any(run.converged for run in runs) else 1


def _outcome(run: "Trace") -> dict[str, object]:
    summary = run.summary()
    return {key: summary[key] for key in ("rule", "stop", "reason", "converged", "steps", "best", "evaluations")}


def _table(runs: "list[Trace]") -> str:
    """One row a rule: steps, the lowest value, why it ended."""
    from symgrad.descent.figures import number
    from symgrad.document import Table
    from symgrad.render import text

    rows = tuple(
        (run.rule, str(run.steps), number(run.best.value), run.stop.name.lower().replace("_", " ")) for run in runs
    )
    return text(Table(("rule", "steps", "lowest value", "end"), rows, align="lrrl"), width=table_width())
