"""Print the closed-form derivative of a formula, and what it rests on."""

import symgrad as sg

derivation = sg.derive("x^2 sin(x)")
print(derivation)  # every step, one rule a line
print()
print("as sympy:", derivation.result)
print("as LaTeX:", sg.Formula(derivation.result).latex())
print("evidence:", derivation.verify())
