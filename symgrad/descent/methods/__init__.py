"""Methods: what the loop can repeat, by name."""

from symgrad.descent.methods.method import Method, Repeat
from symgrad.descent.rules import find_rule


def find_method(name: str) -> Method:
    """The method of that name."""
    return Repeat(find_rule(name))
