"""Formulas as fast callables: straight-line programs, their derivatives, and the backends that run them."""
