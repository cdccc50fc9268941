"""Run gradient descent on any expression: here Rosenbrock's valley, then a rate that is too large, explained."""

import symgrad as sg

valley = sg.Formula("(1 - x)^2 + 100(y - x^2)^2")

run = sg.descend(valley, start={"x": -1.2, "y": 1}, rate=0.001, steps=20_000)
print(run.stop)
print("best point", run.best.point, "with value", run.best.value)

wild = sg.descend(valley, start={"x": -1.2, "y": 1}, rate=0.5)
print()
print(wild.stop)
print(wild.explain())
