"""The words of derivations, one data file a language: sentences keyed by rule id, and the phrases around them.

A language needs nothing but its file. A rule without an entry speaks with the entry "function" of the language, or else
with the sentence of its own row. In a sentence {name} stands for a formula that the teller puts in; no markup of any
format belongs here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from symgrad.document import Cell, Math
from symgrad.errors import UsageError
from symgrad.syntax.tree import Node

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Language:
    """The prose of one language."""

    code: str
    rules: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, str]

    def name(self, rule_id: str, own: str) -> str:
        """What the rule is called; `own` is the name in its row."""
        return self._entry(rule_id).get("name", own).replace("{function}", rule_id)

    def is_generic(self, rule_id: str, own: str) -> bool:
        """Whether a rule's sentence is the one for all functions: it says nothing where the argument is x itself."""
        return rule_id not in self.rules and ("function" in self.rules or own.startswith("Differentiate outside"))

    def sentence(self, rule_id: str, own: str, parts: Mapping[str, Node]) -> tuple[Cell, ...]:
        """The rule's sentence with its formulas; a template whose formulas are missing gives way to the plain one."""
        entry = self._entry(rule_id)
        template = entry.get("with_parts", "")
        if template and set(_SLOT.findall(template)) <= set(parts):
            return fill(template, parts)
        return (entry.get("says", own),)

    def _entry(self, rule_id: str) -> Mapping[str, str]:
        return self.rules.get(rule_id) or self.rules.get("function", {})

    def phrase(self, key: str, **parts: Node | str | int) -> tuple[Cell, ...]:
        """One of the phrases around a derivation."""
        return fill(self.phrases[key], parts)

    def plain(self, key: str, **parts: str | int) -> str:
        """A phrase without formulas, as plain text."""
        return self.phrases[key].format(**parts)


def fill(template: str, parts: Mapping[str, Node | str | int]) -> tuple[Cell, ...]:
    """The template as text and formulas in turn.

    >>> from symgrad.syntax.tree import Symbol
    >>> fill("Take out {factor}.", {"factor": Symbol("x")})
    ('Take out ', Math(node=Symbol('x', None), marks={}), '.')
    """
    return tuple(_filled(template, parts))


def _filled(template: str, parts: Mapping[str, Any]) -> Iterator[Cell]:
    text = ""
    for k, piece in enumerate(_SLOT.split(template)):
        value = parts[piece] if k % 2 else piece
        if not isinstance(value, Node):
            text += str(value)
            continue
        if text:
            yield text
        yield Math(value)
        text = ""
    if text:
        yield text


@cache
def language(code: str = "en") -> Language:
    """The prose of a language by its two letters.

    Raises:
        UsageError: there is no file for it.
    """
    file = files(__package__) / f"{code}.toml"
    if not code.isalpha() or not file.is_file():
        known = sorted(item.name[:-5] for item in files(__package__).iterdir() if item.name.endswith(".toml"))
        raise UsageError(f"There is no prose in the language {code!r}.", hint=f"There is {', '.join(known)}.")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return Language(code, data["rules"], data["phrases"])
