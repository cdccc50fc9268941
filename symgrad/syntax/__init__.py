"""Characters to syntax trees: lexers, parser, tables, budgets and the tree itself. Imports no sympy, calls no eval."""

from symgrad.syntax.budgets import Budgets
from symgrad.syntax.help import help_page
from symgrad.syntax.reading import Ambiguity, Reading, parse, read
from symgrad.syntax.tokens import ReadOptions

__all__ = ["Ambiguity", "Budgets", "ReadOptions", "Reading", "help_page", "parse", "read"]
