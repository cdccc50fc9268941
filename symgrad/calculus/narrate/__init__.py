"""Telling: a derivation as blocks of a document, as briefly or as fully as asked, in the words of a language file.

    telling   the public functions, and the order of the parts
    chain     states to aligned lines: what is left out, what is marked, what stands beside a line
    why       the same lines with a sentence, the rule in letters and what the letters are
    naming    letters for long formulas that keep coming back
    closing   conditions, kinks, what could not be done, and the evidence

A renderer never meets a rule, and nothing here knows a format: blocks hold trees and plain words.
"""

from symgrad.calculus.narrate.telling import LEVELS, blocks, narrate, rule_table

__all__ = ["LEVELS", "blocks", "narrate", "rule_table"]
