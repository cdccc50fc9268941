"""`symgrad descend`: repeat one update rule on any formula, and say how it went."""

import click

from symgrad.cli.options import (
    Reading,
    assignments,
    force_option,
    formula_argument,
    json_option,
    number_of,
    print_json,
    read_formula,
    reading_options,
    width,
)


@click.command(
    "descend",
    help="""\b
Examples:
  symgrad descend "|x| - 2/3 sin(3|x|/2)" --start x=3 --rate 0.5
  symgrad descend "(1-x)^2 + 100(y-x^2)^2" --start x=-1.2,y=1 --rate 0.001
  symgrad descend "69/4 (w+1)^2" --start w=3 --rate 2/69 --plot run.png

Repeat u(x, y, z) = x - y·z (point, derivative, learning rate) on EXPR from a start.
Exit code 0: converged; 1: it ended for another reason, which is said.""",
)
@formula_argument
@click.option("--start", metavar="NAME=NUMBER,…", multiple=True, required=True, help="Where to start.")
@click.option("--rate", metavar="NUMBER", help="The learning rate; may be a fraction such as 4/69.")
@click.option("--rule", default="gradient descent", help="The update rule.  [default: gradient descent]")
@click.option("--steps", type=click.IntRange(1, 10**9), default=10_000, help="At most so many.  [default: 10000]")
@click.option("--tolerance", type=click.FloatRange(min=0), default=1e-6, help="Gradient to reach.  [default: 1e-6]")
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

    if picture is not None:
        output_path(picture, suffixes=(".png", ".svg", ".pdf"), overwrite=force)
    formula = read_formula(expression, how)
    number = None if rate is None else number_of(rate, "the learning rate")
    run = descend(formula, start=assignments(start), rate=number, rule=rule, steps=steps, tolerance=tolerance)
    if picture is not None:
        run.plot(picture, overwrite=force)
    if as_json:
        print_json("descend", {**run.summary(), "explanation": list(run.explain().sentences)})
        return 0 if run.converged else 1
    from symgrad.render import text

    click.echo(f"{run.rule}: f({', '.join(run.names)}) = {formula}\n")
    click.echo(text(run.table(rows=rows).block(), width=width()))
    click.echo()
    for sentence in run.explain().sentences:
        click.echo(text(prose(sentence), width=width()))
    if picture is not None:
        click.echo(f"Picture: {picture}")
    return 0 if run.converged else 1
