"""Finishing: from the derivative as the rules leave it to the form a lecturer would write, one named step at a time.

    tidy      what is done without a word: numbers, like powers, like terms (+ layout, numbers, keys, known, journal)
    moves     named steps: common factor, common denominator, cancelling (forms, expand), identities of functions
              (trigonometry, signs, inverses)
    cost      the one stated measure of readability
    search    which moves are taken

Every step keeps the value wherever both sides are defined, and says what else must hold. Nothing here differentiates,
and nothing simplifies blindly: terms and factors keep the order in which they were typed.
"""

from symgrad.calculus.finish.finish import SAYS, finish
from symgrad.calculus.finish.record import Hints, Rewrite

__all__ = ["SAYS", "Hints", "Rewrite", "finish"]
