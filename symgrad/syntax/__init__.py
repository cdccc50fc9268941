"""Characters to syntax trees: lexer, parser, function table, budgets, and the tree itself. Imports no sympy, calls no eval."""
