"""Draw the README's three pictures: a curve beside its derivative, a race of rules, and the rolling ball."""

import symgrad as sg
from symgrad import plot
from symgrad.descent import race

curve = "|x| - 2/3 sin(3|x|/2)"
valley = "(1 - x)^2 + 100(y - x^2)^2"

pictures = [
    plot.curve(curve, (-5.5, 5.5), "curve.png", overwrite=True),
    race(
        [
            sg.descend(valley, start={"x": -1.2, "y": 1}, rule=rule, steps=2000)
            for rule in ("Newton", "BFGS", "momentum", "gradient descent")
        ],
        "race.png",
        overwrite=True,
    ),
    sg.descend(curve, start=3, rate=0.5, steps=40).plot("ball.gif", overwrite=True),
]
for picture in pictures:
    print(f"{picture.path}: {picture.alt}")
