"""Training: the lecture's negation task with every figure it tells, other models and losses, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from symgrad.descent import Stop, update
from symgrad.errors import LimitError, UsageError
from symgrad.formula import Formula
from symgrad.learn import LOSSES, Model, perceptron, train
from symgrad.program import compile as compile_formula

INPUTS, TARGETS = [4, 1, -0.5], [-4, -1, 0.5]


def test_the_perceptron_learns_to_negate():
    fit = train(perceptron(inputs=1), INPUTS, TARGETS, loss="squared error", rate=0.05)
    assert fit.trace.stop.success
    assert fit.parameters["w"] == pytest.approx(-1, abs=1e-8)
    assert fit.predict(3) == pytest.approx(-3, abs=1e-7)
    np.testing.assert_allclose(fit.predict([2, 10]), [-2, -10], atol=1e-7)


def test_the_whole_error_of_the_negation_task_is_the_lecture_s():
    fit = train(perceptron(), INPUTS, TARGETS)
    assert str(fit.loss).replace(" ", "") == "(69/4)(w+1)²"
    assert fit.rates.highest == Fraction(69, 2)
    assert fit.rates.limit == Fraction(4, 69)
    assert fit.rates.best == Fraction(2, 69)


def test_the_best_rate_needs_one_step():
    fit = train(perceptron(), INPUTS, TARGETS, start=3)
    assert fit.trace.rates[0] == pytest.approx(2 / 69)
    assert fit.trace.points[1, 0] == pytest.approx(-1, abs=1e-12)


def test_the_lecture_s_rate_diverges_by_16_25_a_step_and_says_so():
    fit = train(perceptron(), INPUTS, TARGETS, rate=0.5, start=3)
    assert fit.trace.stop is Stop.DIVERGED
    distance = fit.trace.points[:, 0] + 1
    np.testing.assert_allclose(distance[1:] / distance[:-1], -16.25)
    told = str(fit.explain())
    assert "−16.25" in told
    assert "4/69" in told


def test_just_below_the_limit_converges_and_just_above_diverges():
    below, above = (
        train(perceptron(), INPUTS, TARGETS, rate=4 / 69 * factor, start=0, steps=5000) for factor in (0.99, 1.01)
    )
    assert below.trace.stop.success
    assert not above.trace.stop.success


def test_every_step_is_the_update_function_of_the_derived_gradient():
    fit = train(perceptron(), INPUTS, TARGETS, rate=0.05, steps=3)
    gradient = compile_formula(Formula(fit.derivation.tree, variables=("w", "input", "target")), order=0)
    slope = sum(gradient(0.0, float(x), float(y)) for x, y in zip(INPUTS, TARGETS, strict=True))
    assert fit.trace.gradients[0, 0] == pytest.approx(float(slope))
    assert fit.trace.points[1, 0] == pytest.approx(float(update(0.0, float(slope), 0.05)))


def test_the_derivation_is_checked():
    fit = train(perceptron(), INPUTS, TARGETS)
    assert fit.derivation.verify()


def test_the_mean_has_a_third_of_the_curvature():
    fit = train(perceptron(), INPUTS, TARGETS, loss="mean squared error", rate=0.5)
    assert fit.rates.highest == Fraction(23, 2)
    assert "−4.75" in str(fit.explain())


def test_many_examples_give_the_parameters_of_linear_regression():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(500, 3))
    y = x @ [1.0, -2.0, 0.5] + 3 + 0.1 * generator.normal(size=500)
    fit = train(perceptron(3, bias=True), x, y, loss="mean squared error", rate=0.3)
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(500)]), y, rcond=None)[0]
    np.testing.assert_allclose(list(fit.parameters.values()), exact, atol=1e-6)
    assert fit.rates is None
    with pytest.raises(LimitError, match="500 examples"):
        _ = fit.loss


def test_few_and_many_examples_take_the_same_steps():
    x, y = np.linspace(-1, 1, 8), np.linspace(2, -2, 8)
    few = train(perceptron(bias=True, activation="tanh"), x, y, rate=0.01, steps=20)
    many = train(perceptron(bias=True, activation="tanh"), np.tile(x, 4), np.tile(y, 4), rate=0.01 / 4, steps=20)
    np.testing.assert_allclose(few.trace.points, many.trace.points, rtol=1e-9, atol=1e-12)


def test_any_formula_is_a_model():
    x = np.linspace(0, 2, 30)
    fit = train(Model(Formula("a e^(-b x)"), ("a", "b")), x, 3 * np.exp(-1.5 * x), start=[1, 1], rule="auto")
    assert fit.parameters == pytest.approx({"a": 3, "b": 1.5}, abs=1e-6)


def test_a_gate_is_learned_by_a_perceptron_with_a_sigmoid():
    fit = train(
        perceptron(2, bias=True, activation="sigmoid"),
        [[0, 0], [0, 1], [1, 0], [1, 1]],
        [0, 0, 0, 1],
        loss="cross-entropy",
        rate=1.0,
    )
    assert [round(p) for p in fit.predict([[0, 0], [0, 1], [1, 0], [1, 1]])] == [0, 0, 0, 1]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_every_loss_is_smallest_where_output_and_target_agree(loss):
    error = compile_formula(loss.formula, order=0)
    target = 1.0
    outputs = np.array([0.999, 0.6, 0.3, 0.05])
    errors = error(outputs, np.full(4, target))
    assert (np.diff(errors) >= 0).all()


def test_the_report_says_what_was_found():
    report = train(perceptron(), INPUTS, TARGETS).report
    assert "w = −1" in report
    assert "4/69" in report


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [([1, 2], [1]), ([[1, 2]], [1]), ([], []), ([np.nan], [1]), ([1], [[1, 2]]), (["a"], [1]), ([[1], [1, 2]], [1, 2])],
)
def test_data_that_do_not_fit_are_refused(inputs, targets):
    with pytest.raises(UsageError):
        train(perceptron(), inputs, targets)


def test_an_unknown_loss_names_those_there_are():
    with pytest.raises(UsageError, match="squared error"):
        train(perceptron(), INPUTS, TARGETS, loss="guess")


def test_the_fit_tells_itself():
    from symgrad import render
    from symgrad.document import Document

    text = render.text(Document("Negation", tuple(train(perceptron(), INPUTS, TARGETS).blocks())), width=80)
    assert "output = w input" in text
    assert "power rule" in text


def test_the_perceptron_is_drawn_as_two_circles_and_an_arrow(tmp_path):
    picture = perceptron().draw(tmp_path / "perceptron.svg")
    assert "two circles and an arrow" in picture.alt
    assert "w" in picture.alt
