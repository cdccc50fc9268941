"""The lecture that symgrad grew out of, told by the program: perceptron, derivative, update rule, descent, and why.

Seven points, one function each. No figure is typed in: every number in the text is computed where it is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import symgrad.plot as pictures
from symgrad.calculus import Derivation, derive
from symgrad.descent import GRADIENT_DESCENT, Trace, descend, update
from symgrad.descent.landscape import curvature_bounds, learning_rates
from symgrad.document import Block, Document, Figure, Heading, Items, Math, Prose
from symgrad.formula import Formula
from symgrad.learn import perceptron, train
from symgrad.program import compile as compiled
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.tree import Apply, Compare, Node, Symbol

TITLE = "Perceptrons, derivatives, gradient descent"
CURVE = "|x| - 2/3 sin(3|x|/2)"
SIGMOID = "2/(1+e^(-x)) - 1"
START, RATE, BALL, STEPS = 3.0, 0.5, 1.3, 7
WINDOW = (-5.5, 5.5)
TASK = ((4.0, -4.0), (1.0, -1.0), (-0.5, 0.5))
NEW_INPUT = 3.0
MANY_STEPS = 10_000


@dataclass
class Lecture:
    """What the points share: the curve, its derivation and run, and where pictures go (nowhere, if `folder` is None).

    Args:
        folder: where pictures are written; without one the lecture has none.
        overwrite: whether files that are already there may be replaced.
        progress: called with a word before each picture.
    """

    folder: Path | None = None
    overwrite: bool = False
    progress: Callable[[str], None] = lambda what: None
    curve: Formula = field(default_factory=lambda: Formula(CURVE))

    @cached_property
    def slope(self) -> Derivation:
        """f′ with its derivation."""
        return derive(self.curve)

    @cached_property
    def run(self) -> Trace:
        """The worked descent."""
        return descend(self.curve, start=START, rate=RATE, steps=STEPS)

    @cached_property
    def fit(self) -> Any:
        """The perceptron trained on the task, at the best rate of its own error function."""
        inputs, outputs = zip(*TASK, strict=True)
        return train(perceptron(inputs=1), list(inputs), list(outputs), loss="squared error")

    def figure(self, name: str, caption: str, draw: Callable[[Path], Any]) -> Iterator[Figure]:
        """The picture, drawn into the folder, as a block."""
        if self.folder is not None:
            self.progress(name)
            picture = draw(self.folder / name)
            yield Figure(name, caption, picture.alt)

    def document(self) -> Document:
        """The whole lecture."""
        points = (
            _perceptron,
            _ball_on_a_hill,
            _function_beside_derivative,
            _update_function,
            _worked_descent,
            _why_it_matters,
            _next,
        )
        blocks: list[Block] = []
        for count, point in enumerate(points, 1):
            title, *told = point(self)
            blocks += [Heading(1, f"{count}. {title}"), *told]
        return Document(TITLE, tuple(blocks))


def say(text: str, **parts: Any) -> Prose:
    """A paragraph; {name} stands for a formula or a number.

    >>> say("The slope is {slope}.", slope=1.5).parts
    ('The slope is ', '1.5', '.')
    """
    pieces: list[Any] = []
    for index, piece in enumerate(text.replace("{", "}").split("}")):
        if index % 2 == 0:
            pieces.append(piece)
        else:
            pieces.append(_inline(parts[piece]))
    return Prose(tuple(piece for piece in pieces if piece != ""))


def _inline(part: Any) -> Any:
    if isinstance(part, Formula):
        return Math(part.tree)
    if isinstance(part, Node):
        return Math(part)
    if isinstance(part, Math):
        return part
    return number(part) if isinstance(part, (int, float)) else str(part)


def number(value: float, digits: int = 3) -> str:
    """A number as one writes it on the board.

    >>> number(2.71828), number(-1.0), number(2.5e-4)
    ('2.72', '−1', '2.50·10⁻⁴')
    """
    text = f"{value:.{digits}g}"
    if 0 < abs(value) < 10**-3 and "e" not in text:
        text = f"{value:.{digits - 1}e}"
    mantissa, _, exponent = text.partition("e")
    raised = f"·10{str(int(exponent)).translate(_RAISED)}" if exponent else ""
    return mantissa.replace("-", "−") + raised


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


# ---- the seven points --------------------------------------------------------------------------------------------


def _perceptron(lecture: Lecture) -> Iterator[Any]:
    model = perceptron(inputs=1)
    yield "A perceptron"
    yield say("The smallest network has one input node, one output node and one connection with a weight:")
    yield Math(model.equation)
    yield from lecture.figure(
        "perceptron.png", "A perceptron.", lambda path: model.draw(path, overwrite=lecture.overwrite)
    )
    given = ", ".join(f"{number(x)} → {number(y)}" for x, y in TASK)
    yield say(
        "Its task here: negate the input, {given}, and so {new} → {wanted}. "
        "Which weight does that? The program will find {weight}.",
        given=given,
        new=NEW_INPUT,
        wanted=-NEW_INPUT,
        weight=_equation(f"w = {_plain(lecture.fit.parameters['w'])}"),
    )


def _ball_on_a_hill(lecture: Lecture) -> Iterator[Any]:
    value, slope = _value_and_slope(lecture.curve, BALL)
    _, other = _value_and_slope(lecture.curve, -BALL)
    yield "The derivative is the slope under a ball on a hill"
    yield say("A curve with a hill on each side and a valley in the middle:")
    yield _equation(f"f(x) = {CURVE}")
    yield from lecture.figure(
        "ball.png",
        f"The ball at x = {number(BALL)} with its tangent; the arrow points the way that lowers f.",
        lambda path: pictures.ball(lecture.curve, BALL, WINDOW, path, overwrite=lecture.overwrite),
    )
    yield say(
        "At {x} the ball is at height {value} and the tangent through it has slope {slope}. The derivative is "
        "positive: it tells how to ascend. To descend, go against it: the arrow points {way}.",
        x=BALL,
        value=value,
        slope=slope,
        way=_way(slope),
    )
    yield say(
        "As the ball rolls down the tangent flattens; at the bottom, {bottom}, the slope is {flat}. On the other "
        "flank, at {left}, it is {other} and the arrow points {way}.",
        bottom=_equation("x = 0"),
        flat=_value_and_slope(lecture.curve, 0.0)[1],
        left=-BALL,
        other=other,
        way=_way(other),
    )


def _function_beside_derivative(lecture: Lecture) -> Iterator[Any]:
    sigmoid = Formula(SIGMOID)
    first = derive(sigmoid)
    second, third = derive(sigmoid, order=2), derive(sigmoid, order=3)
    at_zero = [_at(d.tree, 0.0) for d in (first, second, third)]
    yield "A function beside its derivative"
    yield say("The derivative of the curve, one rule a line:")
    yield from lecture.slope.blocks()
    yield from lecture.figure(
        "curve.png",
        "The curve, and below it its derivative: where the curve is steeper, its derivative peaks.",
        lambda path: pictures.curve(lecture.curve, WINDOW, path, overwrite=lecture.overwrite),
    )
    yield say("A second example, a sigmoid:")
    yield from first.blocks()
    yield from lecture.figure(
        "sigmoid.png",
        "A sigmoid and its derivative: flat towards both ends, growing fastest in the middle.",
        lambda path: pictures.curve(sigmoid, (-6.0, 6.0), path, overwrite=lecture.overwrite),
    )
    yield say(
        "It is flat towards both ends and grows fastest at {zero}, where its slope is {slope}. That this is a peak of "
        "the derivative is exact, not read off the picture: {second} and {third}, which is negative.",
        zero=_equation("x = 0"),
        slope=at_zero[0],
        second=_equation(f"f''(0) = {_plain(at_zero[1])}"),
        third=_equation(f"f'''(0) = {_plain(at_zero[2])}"),
    )


def _update_function(lecture: Lecture) -> Iterator[Any]:
    run = lecture.run
    steep = max(range(len(run.rates)), key=lambda k: abs(run.gradients[k, 0]) / abs(run.points[k, 0]))
    x, y = float(run.points[steep, 0]), float(run.gradients[steep, 0])
    yield "The update function"
    yield say("One rule moves the ball:")
    yield Math(_rule_equation())
    yield say(
        "Here x is the point, y the derivative there, and z the learning rate; the result is the new point. Without "
        "the learning rate (z = 1) the step overshoots where the derivative is steep: {whole} has passed the bottom, "
        "while {part} has not.",
        whole=_update_text(x, y, 1.0),
        part=_update_text(x, y, RATE),
    )


def _worked_descent(lecture: Lecture) -> Iterator[Any]:
    run = lecture.run
    yield "A worked descent"
    yield say("Start at {start} with learning rate {z} and repeat:", start=_equation(f"x = {START:g}"), z=RATE)
    yield run.table().block()
    yield say("The first step with its numbers put in: {step}.", step=run.step_text(1))
    yield from lecture.figure(
        "descent.png",
        f"The first {run.steps} steps on the curve.",
        lambda path: run.plot(path, overwrite=lecture.overwrite),
    )
    far = descend(lecture.curve, start=START, rate=RATE, steps=MANY_STEPS, tolerance=0.0)
    told = far.explain()
    bounds = curvature_bounds(lecture.curve)
    rates = learning_rates(lecture.curve)
    yield say(
        "After tens or hundreds of steps we would get closer and closer to {zero}; how slowly has an exact cause.",
        zero=_equation("x = 0"),
    )
    yield Items(tuple(Prose((sentence,)) for sentence in told.sentences[1:]))
    assert bounds is not None
    assert rates is not None
    yield say(
        "After {steps} steps the ball is still at {x}. The curvature never exceeds {most}, so learning rates up to "
        "{safe} never step over the bottom.",
        steps=f"{MANY_STEPS:,}".replace(",", " "),
        x=float(far.points[-1, 0]),
        most=str(bounds.highest),
        safe=str(rates.monotone),
    )


def _why_it_matters(lecture: Lecture) -> Iterator[Any]:
    fit = lecture.fit
    rates = fit.rates
    assert rates is not None
    assert rates.best is not None
    inputs, outputs = zip(*TASK, strict=True)
    wild = train(perceptron(inputs=1), list(inputs), list(outputs), loss="squared error", rate=RATE)
    yield "Why it matters"
    yield say(
        "The weight of a perceptron is not known beforehand. But the perceptron followed by an error function is a "
        "function of the weight, and the same descent finds the weight. For one example the error and its "
        "derivative are"
    )
    yield from fit.derivation.blocks()
    yield say("Summed over the examples of the task this is")
    yield Math(fit.equation)
    yield from derive(fit.loss).blocks()
    yield say(
        "The second derivative is {curvature} everywhere. So any learning rate below {limit} ≈ {about} converges and "
        "{best} does so in one step; but {rate}, which was good for the curve, diverges here: every step multiplies "
        "the distance to the best weight by {factor}. The program says so before the first step, and afterwards:",
        curvature=str(rates.highest),
        limit=str(rates.limit),
        about=float(rates.limit),
        best=str(rates.best),
        rate=RATE,
        factor=number(1 - RATE * float(rates.highest), 4),
    )
    yield Items(tuple(Prose((sentence,)) for sentence in wild.explain().sentences[:2]))
    yield say(
        "With the rate {best}: {sentence} The weight is {weight}, and {new} becomes {answer}.",
        best=str(rates.best),
        sentence=str(fit.trace.stop),
        weight=float(fit.parameters["w"]),
        new=NEW_INPUT,
        answer=float(fit.predict(NEW_INPUT)),
    )
    yield say(
        "The gradient is the derivative with respect to all inputs at once; real networks have thousands or millions "
        "of them."
    )


def _next(lecture: Lecture) -> Iterator[Any]:
    yield "Next"
    yield say(
        "The error function, the perceptron and the descent in code; then the classification of flowers (iris) with "
        "multi-layer perceptrons."
    )


# ---- figures in words --------------------------------------------------------------------------------------------


def _value_and_slope(formula: Formula, x: float) -> tuple[float, float]:
    value, gradient = compiled(formula, order=1)(x)
    return float(value), float(gradient[0])


def _rule_equation() -> Node:
    """u(x, y, z) = …, with the right side from the rule's own text."""
    (_, right), *_ = GRADIENT_DESCENT.assignments
    return Compare("=", Apply("u", *(Symbol(name) for name in "xyz")), right)


def _equation(text: str) -> Math:
    return Math(read(text, options=ReadOptions(accept=("equation",))).tree)


def _at(tree: Node, x: float) -> float:
    return float(compiled(Formula(tree, variables=["x"]), order=0)(x))


def _way(slope: float) -> str:
    return "left" if slope > 0 else "right"


def _update_text(x: float, y: float, z: float) -> str:
    return f"u({number(x)}, {number(y)}, {number(z)}) = {number(update(x, y, z))}"


def _plain(value: float) -> str:
    """A number in the plain syntax; what rounds to a short decimal is that decimal."""
    rounded = round(float(value), 9) + 0.0  # no minus zero
    return f"{rounded:g}"
