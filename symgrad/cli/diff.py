"""`symgrad diff`: the derivative of a formula with its derivation."""

from typing import Any

import click

from symgrad.cli.deriving import deriving_options, show
from symgrad.cli.options import explain_option, formula_argument, reading_options, time_limited


@click.command(
    "diff",
    help="""\b
Examples:
  symgrad diff "x^2 sin(x)"
  symgrad diff "-x^2" --order 2 --level full
  symgrad diff "x^2 y + y^3" --wrt y
  symgrad diff "\\frac{1}{1+e^{-x}}" --syntax latex --format latex
  symgrad diff "x^2 + y^2 = 25" --implicit y
  echo "x^x" | symgrad diff - --json

Differentiate EXPR exactly, one rule a line, every line checked.""",
)
@formula_argument
@click.option("--wrt", metavar="NAME", help="The variable.  [default: the only one]")
@click.option("--order", type=click.IntRange(min=1), default=1, help="How often to differentiate.  [default: 1]")
@click.option("--implicit", metavar="NAME", help="EXPR is an equation that makes NAME a function of the variable.")
@deriving_options
@reading_options
@explain_option
@time_limited(10)
def command(expression: str, wrt: str | None, order: int, implicit: str | None, **options: Any) -> int:
    return show("diff", expression, wrt=wrt, order=order, implicit=implicit, **options)
