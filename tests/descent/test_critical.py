"""All critical points of small formulas, each with its kind, and whether there can be others."""

import math

import numpy as np
import pytest

from symgrad.descent.critical import critical_points
from symgrad.errors import UsageError


@pytest.mark.parametrize(
    ("formula", "box", "counts"),
    [
        ("(4 - 2.1x^2 + x^4/3)x^2 + x y + (4y^2-4)y^2", [(-3, 3), (-2, 2)], {"minimum": 6, "saddle": 7, "maximum": 2}),
        ("(x^2+y-11)^2 + (x+y^2-7)^2", [(-6, 6), (-6, 6)], {"minimum": 4, "saddle": 4, "maximum": 1}),
        ("x^4/4 - x^2/2", None, {"minimum": 2, "maximum": 1}),
        ("sin(x)", {"x": (-10, 10)}, {"minimum": 3, "maximum": 3}),
        ("x^2 + y^2 - z^2", None, {"saddle": 1}),
        ("exp(x) - 2x + cosh(y)", [(-3, 3), (-3, 3)], {"minimum": 1}),
    ],
    ids=["six-hump camel", "Himmelblau", "two valleys", "sine", "three variables", "not a polynomial"],
)
def test_published_counts(formula, box, counts):
    found = critical_points(formula, box)
    assert found.counts() == counts
    assert found.complete
    assert all(point.certified for point in found.points)


def test_himmelblaus_minima_are_exact():
    found = critical_points("(x^2+y-11)^2 + (x+y^2-7)^2", [(-6, 6), (-6, 6)])
    minima = sorted((p.point["x"], p.point["y"]) for p in found.points if p.kind == "minimum")
    expected = [(-3.779310, -3.283186), (-2.805118, 3.131313), (3.0, 2.0), (3.584428, -1.848127)]
    assert np.allclose(minima, expected, atol=1e-6)


def test_a_degenerate_minimum_is_found_but_not_certified():
    found = critical_points("x^4 + y^4", [(-1, 1), (-1, 1)])
    assert [point.kind for point in found.points] == ["degenerate"]
    assert not found.complete
    assert "There may be others" in str(found)


def test_a_polynomial_is_searched_on_the_whole_line():
    found = critical_points("(x - 1000)^2 (x + 2000)^2")
    assert [point.kind for point in found.points] == ["minimum", "minimum", "maximum"]
    assert math.isclose(found.points[-1].point["x"], -500)
    assert "Sturm" in found.method


def test_what_cannot_be_searched_is_told():
    with pytest.raises(UsageError, match="kinks"):
        critical_points("|x| + x^2", {"x": (-1, 1)})
    with pytest.raises(UsageError, match="one to 3 variables"):
        critical_points("a + b + c + d")
    with pytest.raises(UsageError, match="finite"):
        critical_points("sin(x)", {"x": (0, None)})
