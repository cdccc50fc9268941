"""Characters to syntax trees: lexers, parser, tables, budgets and the tree itself. Imports no sympy, calls no eval."""
