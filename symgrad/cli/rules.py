"""`symgrad rules`: the table of rules, printed from the table itself."""

import click

from symgrad.cli.options import json_option, print_json, width


@click.command(
    "rules",
    help="""\b
Examples:
  symgrad rules
  symgrad rules product
  symgrad rules --json

The rules of differentiation that symgrad uses; with NAME, one rule in full.""",
)
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    import difflib

    from symgrad.calculus import RULES
    from symgrad.errors import UsageError

    rules = [rule for rule in RULES if name in (None, rule.id, rule.name)]
    if not rules:
        near = difflib.get_close_matches(str(name), [rule.id for rule in RULES], n=3)
        hint = f"Did you mean {', '.join(near)}?" if near else "symgrad rules lists them all."
        raise UsageError(f"There is no rule {name!r}.", hint=hint)
    if as_json:
        keys = ("id", "name", "says", "statement", "example")
        print_json("rules", {"rules": [{key: getattr(rule, key) for key in keys} for rule in rules]})
        return
    if name is None:
        from symgrad.calculus.narrate import rule_table
        from symgrad.render import text

        click.echo(text(rule_table(), width=width()))
        return
    for rule in rules:
        click.echo(f"{rule.name} ({rule.id})\n  {rule.statement}\n  {rule.says}\n  Example: {rule.example}")
