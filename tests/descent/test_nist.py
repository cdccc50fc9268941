"""NIST's nonlinear regressions: every problem of the development part from both starts, to the certified digits."""

import numpy as np
import pytest

from symgrad.descent import descend


def _runs(corpus, rule):
    for row in corpus("nist_nonlinear.json"):
        columns = np.array(row["x"], float).reshape(-1, len(row["predictors"])).T
        data = dict(zip(row["predictors"], columns)) | {row["response"]: row["y"]}
        for start in ("start1", "start2"):
            term = f"({row['model']} - ({row['response']}))^2"
            options = {"start": dict(zip(row["params"], row[start])), "data": data, "steps": 3000, "tolerance": 0}
            run = descend(term, rule=rule, **options)
            errors = [abs(run.point[name] / value - 1) for name, value in zip(row["params"], row["certified"])]
            yield row["name"], start, run, row, max(errors)


@pytest.mark.parametrize("rule", ["auto", "Levenberg–Marquardt"])
def test_every_parameter_has_four_digits_and_the_mean_is_above_nine_point_four(corpus, rule):
    digits = []
    for name, start, run, row, error in _runs(corpus, rule):
        assert error < 1e-4, (name, start)
        assert run.best.value <= row["certified_rss"] * (1 + 1e-7)
        digits.append(min(11.0, -np.log10(max(error, 1e-17))))
    assert np.mean(digits) >= 9.4


def test_the_linear_ones_are_solved_by_one_newton_step(corpus):
    for row in corpus("nist_linear.json"):
        names = [f"b{i}" for i in range(len(row["certified"]))]
        if len(names) != 1:
            continue
        data = {"x": np.ravel(row["X"]), "y": row["y"]}
        run = descend("(b0*x - y)^2", start={"b0": 0}, data=data, rule="auto")
        assert abs(run.point["b0"] / row["certified"][0] - 1) < 1e-12
