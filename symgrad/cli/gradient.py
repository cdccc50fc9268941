"""`symgrad gradient`: all partial derivatives of a formula with their derivations."""

from typing import Any

import click

from symgrad.cli.deriving import deriving_options, show
from symgrad.cli.options import explain_option, formula_argument, reading_options, time_limited


@click.command(
    "gradient",
    help="""\b
Examples:
  symgrad gradient "(1-x)^2 + 100(y-x^2)^2"
  symgrad gradient "x^2 y + e^(a y)" --wrt x,y
  symgrad gradient "x^2 y^3" --order 2
  symgrad gradient "a x^2 + b x" --json

The partial derivatives of EXPR by every variable, or by those named; --order 2 gives the Hessian.""",
)
@formula_argument
@click.option("--wrt", metavar="NAMES", help="The variables, with commas.  [default: all, in order of appearance]")
@click.option("--order", type=click.IntRange(1, 2), default=1, help="1: gradient; 2: Hessian.  [default: 1]")
@deriving_options
@reading_options
@explain_option
@time_limited(10)
def command(expression: str, wrt: str | None, order: int, **options: Any) -> int:
    names = [name.strip() for name in wrt.split(",")] if wrt else None
    return show("gradient", expression, wrt=names, order=order, **options)
