"""`symgrad help`: how to write a formula, and which functions there are."""

import click

from symgrad.cli.options import width


@click.command(
    "help",
    help="""\b
Examples:
  symgrad help syntax
  symgrad help functions

How to write a formula, on one screen; or the table of functions.""",
)
@click.argument("topic", type=click.Choice(["syntax", "functions"]), default="syntax")
def command(topic: str) -> None:
    if topic == "syntax":
        from symgrad.syntax import help_page

        click.echo(help_page())
        return
    from symgrad.syntax.functions import FUNCTIONS

    wide = max(len(name) for name in FUNCTIONS)
    for name, function in FUNCTIONS.items():
        also = f"; also {', '.join(function.aliases)}" if function.aliases else ""
        for start, text in zip((name.ljust(wide + 2), " " * (wide + 2)), _wrapped(function.says + also, wide)):
            click.echo(start + text)


def _wrapped(text: str, indent: int) -> list[str]:
    import textwrap

    lines = textwrap.wrap(text, max(30, width() - indent - 3))
    return [lines[0], ("\n" + " " * (indent + 2)).join(lines[1:])] if len(lines) > 1 else lines
