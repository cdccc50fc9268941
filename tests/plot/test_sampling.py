"""Sampling: what is torn is not joined, what is only steep is, and the window shows what matters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.errors import UsageError
from symgrad.plot.sampling import peak, sample


def test_a_smooth_function_is_one_line():
    seen = sample(np.sin, -5, 5)
    assert np.isfinite(seen.y).all()
    assert (seen.jumps, seen.poles) == ((), ())


@pytest.mark.parametrize(
    ("function", "jumps"),
    [
        (np.sign, (0.0,)),
        (np.floor, (-1.0, 0.0, 1.0)),
        (lambda x: x / abs(x), (0.0,)),
        (lambda x: np.where(x < 0.3, x, x + 1), (0.3,)),
        (lambda x: np.where(x == 1, 5.0, np.where(x < 1, 0.0, 1.0)), (1.0,)),
    ],
    ids=["sign", "floor", "x/|x|", "a step", "a step with a point of its own"],
)
def test_jumps_are_found_and_not_joined(function, jumps):
    seen = sample(function, -1.5, 1.5)
    assert seen.jumps == pytest.approx(jumps)
    steps = np.abs(np.diff(seen.y))
    near = np.abs(seen.x[:-1, None] - np.array(jumps)).min(axis=1) < 0.1
    assert not (steps[near & np.isfinite(steps)] > 0.5).any()


@pytest.mark.parametrize(
    ("function", "poles"),
    [
        (lambda x: 1 / x, (0.0,)),
        (lambda x: 1 / x**2, (0.0,)),
        (lambda x: 1 / (x - 0.3) ** 4, (0.3,)),
        (np.tan, (-np.pi / 2, np.pi / 2)),
        (np.log, (0.0,)),
        (lambda x: 1 / (x**2 - 1), (-1.0, 1.0)),
    ],
    ids=["1/x", "1/x²", "even, off the grid", "tan", "ln", "two"],
)
def test_poles_are_found_and_the_window_stays_small(function, poles):
    seen = sample(function, -2, 2)
    assert seen.poles == pytest.approx(poles, abs=1e-9)
    assert seen.window[1] - seen.window[0] < 1000


def test_what_is_only_steep_is_joined():
    seen = sample(lambda x: np.tanh(5000 * x), -1, 1)
    assert seen.jumps == ()
    assert np.isfinite(seen.y).all()


def test_the_curve_reaches_the_edge_of_its_domain():
    seen = sample(np.sqrt, -1, 1)
    finite = np.isfinite(seen.y)
    assert seen.x[finite].min() == pytest.approx(0, abs=1e-12)
    assert seen.window[0] == pytest.approx(0, abs=1e-6)


def test_a_corner_is_seen_sharply():
    seen = sample(lambda x: np.abs(x - 0.1), -1, 1)
    assert np.abs(seen.x - 0.1).min() < 1e-4


def test_a_constant_gets_a_window():
    assert sample(lambda x: 3.0 + 0 * x, 0, 1).window == (1.5, 4.5)


def test_a_scalar_answer_is_a_constant():
    assert set(sample(lambda x: 2, 0, 1).y) == {2.0}


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_what_is_no_interval_is_refused(ends):
    with pytest.raises(UsageError, match="no interval"):
        sample(np.sin, *ends)


def test_a_function_without_values_is_refused():
    with pytest.raises(UsageError, match="no finite value"):
        sample(lambda x: np.full_like(x, np.nan), 0, 1)


def test_a_peak_between_the_points_is_sharpened():
    place, value = peak(lambda x: -((x - 0.123456) ** 2), sample(lambda x: -((x - 0.123456) ** 2), -1, 1), 1)
    assert place == pytest.approx(0.123456, abs=1e-6)
    assert value == pytest.approx(0, abs=1e-12)


@given(st.floats(-3, 3), st.floats(0.1, 10), st.integers(1, 5))
def test_every_point_of_a_sample_lies_on_the_graph(middle, scale, power):
    def function(x):
        return scale * (x - middle) ** power

    seen = sample(function, -4, 4)
    assert (np.diff(seen.x) >= 0).all()
    inside = np.isfinite(seen.y) & (seen.y > seen.window[0]) & (seen.y < seen.window[1])
    np.testing.assert_allclose(seen.y[inside], function(seen.x[inside]))
