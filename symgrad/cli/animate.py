"""`symgrad animate`: the ball rolls down a curve, step by step; its tangent flattens, its arrow turns."""

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
)

MOVING = (".gif", ".webp", ".mp4")


@click.command(
    "animate",
    help="""\b
Examples:
  symgrad animate "|x| - 2/3 sin(3|x|/2)" --start x=3 --rate 0.5 -o ball.gif
  symgrad animate "x^2" --start x=-2 --rate 0.9 --steps 20 -o ball.mp4

Run gradient descent on EXPR, a formula of one variable, and show it as a rolling ball. MP4 needs ffmpeg.""",
)
@formula_argument
@run_options(steps=40)
@click.option("-o", "--output", metavar="FILE", required=True, help="A .gif, .webp or .mp4 file.")
@force_option
@json_option
@reading_options
def command(
    expression: str,
    start: tuple[str, ...],
    rate: str | None,
    steps: int,
    tolerance: float,
    output: str,
    force: bool,
    as_json: bool,
    how: Reading,
) -> None:
    from symgrad.descent import descend
    from symgrad.files import output_path

    output_path(output, suffixes=MOVING, overwrite=force)
    formula = read_formula(expression, how)
    run = descend(formula, start=assignments(start), rate=rate_of(rate), steps=steps, tolerance=tolerance)
    picture = run.plot(output, kind="animation", overwrite=force)
    if as_json:
        print_json("animate", {"formula": str(formula), "path": str(picture.path), "alt": picture.alt})
    else:
        click.echo(f"{picture.path}: {picture.alt}")
