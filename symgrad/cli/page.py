"""`symgrad page`: an interactive page of a formula, one file that needs no network."""

import click

from symgrad.cli.options import (
    Reading,
    force_option,
    formula_argument,
    json_option,
    number_of,
    print_json,
    read_formula,
    reading_options,
    time_limited,
)


@click.command(
    "page",
    help="""\b
Examples:
  symgrad page "|x| - 2/3 sin(3|x|/2)" -o ball.html --start 3 --rate 0.5
  symgrad page "x^4 - 3x^2 + x" -o hills.html --from -3 --to 3

Write EXPR, a formula of one variable, as a page: derivation, curve and slope, a ball to drag, a rate to turn.""",
)
@formula_argument
@click.option("-o", "--output", metavar="FILE", required=True, help="A .html file.")
@click.option("--start", metavar="NUMBER", help="Where the ball lies at first.")
@click.option("--rate", metavar="NUMBER", default="0.5", help="The learning rate at first.  [default: 0.5]")
@click.option("--from", "left", metavar="NUMBER", default="-5", help="Left end.  [default: -5]")
@click.option("--to", "right", metavar="NUMBER", default="5", help="Right end.  [default: 5]")
@click.option("--title", default="", help="The heading.")
@force_option
@json_option
@reading_options
@time_limited(60)
def command(
    expression: str,
    output: str,
    start: str | None,
    rate: str,
    left: str,
    right: str,
    title: str,
    force: bool,
    as_json: bool,
    how: Reading,
) -> None:
    from symgrad.files import output_path

    output_path(output, suffixes=(".html",), overwrite=force)
    formula = read_formula(expression, how)
    from symgrad import plot

    picture = plot.page(
        formula,
        output,
        start=None if start is None else number_of(start, "the start"),
        rate=number_of(rate, "the learning rate"),
        window=(number_of(left, "the left end"), number_of(right, "the right end")),
        title=title,
        overwrite=force,
    )
    if as_json:
        print_json("page", {"formula": str(formula), "path": str(picture.path), "alt": picture.alt})
    else:
        click.echo(f"{picture.path}: {picture.alt}")
