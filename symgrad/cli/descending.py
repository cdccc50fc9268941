"""What `descend`, `animate` and `race` share: the options of a run."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def run_options(steps: int) -> Callable[[Command], Command]:
    """--start, --rate, --steps and --tolerance; `steps` is the default of --steps."""

    def decorate(command: Command) -> Command:
        options = (
            click.option("--start", metavar="NAME=NUMBER,…", multiple=True, required=True, help="Where to start."),
            click.option("--rate", metavar="NUMBER", help="The learning rate: 0.1, 4/69, or 0.5/(1+k) in the step k."),
            click.option(
                "--steps", type=click.IntRange(1, 10**9), default=steps, help=f"At most so many.  [default: {steps}]"
            ),
            click.option(
                "--tolerance", type=click.FloatRange(min=0), default=1e-6, help="Slope to reach.  [default: 1e-6]"
            ),
        )
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def rate_of(text: str | None) -> float | str | None:
    """A learning rate as given: a decimal as a number, else the text of a number or of a formula in the step number k,
    or none."""
    from symgrad.cli.options import number_of
    from symgrad.syntax import read
    from symgrad.syntax.walks import free_symbols

    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        text = text.removeprefix(" ")
        if not {symbol.name for symbol in free_symbols(read(text).tree)} <= {"k"}:
            number_of(text, "the learning rate")  # says what is wrong with it
        return text
