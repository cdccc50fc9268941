"""`symgrad plot`: a formula beside its derivative, as a picture."""

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
    "plot",
    help="""\b
Examples:
  symgrad plot "2/(1+e^-x) - 1" -o sigmoid.png
  symgrad plot "|x| - 2/3 sin(3|x|/2)" -o curve.svg --from -5 --to 5
  symgrad plot "tan x" -o tan.pdf --at 0.8

Draw EXPR with its derivative below it, over the same axis; --at rests a ball with its tangent on the curve.""",
)
@formula_argument
@click.option("-o", "--output", metavar="FILE", required=True, help="A .png, .svg or .pdf file.")
@click.option("--from", "left", metavar="NUMBER", default="-5", help="Left end.  [default: -5]")
@click.option("--to", "right", metavar="NUMBER", default="5", help="Right end.  [default: 5]")
@click.option("--at", "point", metavar="NUMBER", help="Show the ball, its tangent and the way down at this point.")
@force_option
@json_option
@reading_options
@time_limited(60)
def command(
    expression: str, output: str, left: str, right: str, point: str | None, force: bool, as_json: bool, how: Reading
) -> None:
    from symgrad.errors import UsageError
    from symgrad.files import output_path
    from symgrad.plot.picture import PICTURES

    output_path(output, suffixes=PICTURES, overwrite=force)
    formula = read_formula(expression, how)
    ends = number_of(left, "the left end"), number_of(right, "the right end")
    if ends[0] >= ends[1]:
        raise UsageError("The left end must lie left of the right end.", hint="Give --from a smaller number than --to.")
    from symgrad import plot

    if point is None:
        picture = plot.curve(formula, ends, output, overwrite=force)
    else:
        picture = plot.ball(formula, number_of(point, "the point"), ends, output, overwrite=force)
    if as_json:
        print_json("plot", {"formula": str(formula), "path": str(picture.path), "alt": picture.alt})
    else:
        click.echo(f"{picture.path}: {picture.alt}")
