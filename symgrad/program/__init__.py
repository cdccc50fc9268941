"""Formulas as fast callables: straight-line programs, their derivatives, and the backends that run them."""

from symgrad.program.compiling import compile
from symgrad.program.function import Function
from symgrad.program.lower import lower
from symgrad.program.program import Line, Program, interpret

__all__ = ["Function", "Line", "Program", "compile", "interpret", "lower"]
