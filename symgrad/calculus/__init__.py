"""Exact differentiation with its record: rules, derivations, finishing, verification and telling.

Everything here works on the trees of `syntax.tree`. Reading text, choosing glyphs and running formulas fast live elsewhere.
"""
