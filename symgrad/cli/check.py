"""`symgrad check`: whether an answer equals the derivative it claims to be."""

import click

from symgrad.cli.options import (
    Reading,
    formula_argument,
    json_option,
    print_json,
    read_formula,
    reading_options,
    time_limited,
)


@click.command(
    "check",
    help="""\b
Examples:
  symgrad check "2x cos(x^2)" --derivative-of "sin(x^2)"
  symgrad check "(x+1)^2" --equals "x^2 + 2x + 1"

Whether EXPR equals a formula or the derivative of one: equal, different (with a point), or cannot tell.
Exit code 0: equal; 1: different or cannot tell.""",
)
@formula_argument
@click.option("--derivative-of", metavar="FORMULA", help="EXPR should be the derivative of this.")
@click.option("--equals", metavar="FORMULA", help="EXPR should equal this.")
@click.option("--wrt", metavar="NAME", help="The variable of the derivative.  [default: the only one]")
@json_option
@reading_options
@time_limited(10)
def command(
    expression: str, derivative_of: str | None, equals: str | None, wrt: str | None, as_json: bool, how: Reading
) -> int:
    from symgrad.calculus import check, derive
    from symgrad.errors import UsageError

    if (derivative_of is None) == (equals is None):
        raise UsageError("Say what to compare with.", hint="Give either --derivative-of FORMULA or --equals FORMULA.")
    answer = read_formula(expression, how)
    if derivative_of is not None:
        verdict = check(answer, answer_to=derive(read_formula(derivative_of, how), wrt=wrt))
    else:
        verdict = check(answer, answer_to=read_formula(str(equals), how))
    if as_json:
        print_json("check", {"verdict": verdict.verdict, "points": verdict.points, "witness": verdict.witness})
    else:
        click.echo(str(verdict))
    return 0 if verdict else 1
