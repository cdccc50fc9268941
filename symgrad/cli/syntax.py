"""`symgrad syntax`: how to write a formula, on one screen."""

import click


@click.command("syntax", help="How to write a formula: the whole syntax on one screen.")
def command() -> None:
    from symgrad.syntax import help_page

    click.echo(help_page())
