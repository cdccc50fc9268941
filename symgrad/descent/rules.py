"""THE table of update rules: two to six lines of equations each, and what goes before or after them.

x is the point, y the gradient, z the learning rate, k the step counted from 0 (see `update.py`). Clipping is an
equation put before a rule, a projection or a proximal step one put after it, a schedule is a formula for z in k.
Methods that need more than the gradient (line searches, Hessians) live in `methods/`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from symgrad.descent.update import GRADIENT_DESCENT, UpdateRule
from symgrad.errors import UsageError

RULES: tuple[UpdateRule, ...] = (
    GRADIENT_DESCENT,
    UpdateRule(
        "momentum",
        """
        v = mu*v - z*y
        x = x + v
        """,
        state={"v": 0},
        hyper={"mu": 0.9},
        says="A ball with inertia: keep a part of the last velocity.",
        source="Polyak 1964",
    ),
    UpdateRule(
        "Nesterov",
        """
        v = mu*v - z*y
        x = x + mu*v - z*y
        """,
        state={"v": 0},
        hyper={"mu": 0.9},
        says="Momentum that looks ahead to where the velocity will carry it.",
        source="Nesterov 1983, in the form of Sutskever et al. 2013",
    ),
    UpdateRule(
        "AdaGrad",
        """
        s = s + y^2
        x = x - z*y/(sqrt(s) + epsilon)
        """,
        state={"s": 0},
        hyper={"epsilon": 1e-10},
        says="A learning rate for each variable, smaller the more slope it has met.",
        rate=0.5,
        source="Duchi, Hazan & Singer 2011",
    ),
    UpdateRule(
        "RMSProp",
        """
        s = rho*s + (1 - rho)*y^2
        x = x - z*y/(sqrt(s) + epsilon)
        """,
        state={"s": 0},
        hyper={"rho": 0.9, "epsilon": 1e-8},
        says="AdaGrad that forgets: divide by the recent size of the slope.",
        rate=0.01,
        source="Tieleman & Hinton 2012",
    ),
    UpdateRule(
        "Adam",
        """
        m = beta_1*m + (1 - beta_1)*y
        s = beta_2*s + (1 - beta_2)*y^2
        a = m/(1 - beta_1^(k + 1))
        b = s/(1 - beta_2^(k + 1))
        x = x - z*a/(sqrt(b) + epsilon)
        """,
        state={"m": 0, "s": 0},
        hyper={"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
        says="Momentum, divided by the recent size of the slope, both corrected for their start at zero.",
        rate=0.01,
        source="Kingma & Ba 2015",
    ),
    UpdateRule(
        "AdamW",
        """
        m = beta_1*m + (1 - beta_1)*y
        s = beta_2*s + (1 - beta_2)*y^2
        a = m/(1 - beta_1^(k + 1))
        b = s/(1 - beta_2^(k + 1))
        x = x - z*(a/(sqrt(b) + epsilon) + lambda*x)
        """,
        state={"m": 0, "s": 0},
        hyper={"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "lambda": 0.01},
        says="Adam that also lets the variables decay towards zero.",
        rate=0.01,
        source="Loshchilov & Hutter 2019",
    ),
    UpdateRule(
        "Lion",
        """
        c = beta_1*m + (1 - beta_1)*y
        x = x - z*(sign(c) + lambda*x)
        m = beta_2*m + (1 - beta_2)*y
        """,
        state={"m": 0},
        hyper={"beta_1": 0.9, "beta_2": 0.99, "lambda": 0},
        says="Steps of one size, in the direction of the sign of a remembered slope.",
        rate=0.001,
        source="Chen et al. 2023",
    ),
)

SCHEDULES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "z",
        "inverse time": "z/(1 + k/T)",
        "square root": "z/sqrt(1 + k)",
        "exponential": "z*exp(-k/T)",
        "step": "z/2^floor(k/T)",
        "cosine": "z*(1 + cos(pi*min(k/T, 1)))/2",
        "warm-up": "z*min(1, (k + 1)/T)",
    }
)


def find_rule(name: str) -> UpdateRule:
    """The rule of that name; capitals, hyphens and blanks do not matter.

    >>> find_rule("adam").source
    'Kingma & Ba 2015'
    """
    wanted = plain_name(name)
    aliases = {"gd": "gradientdescent", "sgd": "gradientdescent", "heavyball": "momentum"}
    wanted = aliases.get(wanted, wanted)
    for rule in RULES:
        if plain_name(rule.name) == wanted:
            return rule
    raise UsageError(f"I don't know the rule {name!r}.", hint=f"Rules: {', '.join(rule.name for rule in RULES)}.")


def plain_name(name: str) -> str:
    """A name without capitals, hyphens and blanks."""
    return "".join(c for c in name.lower() if c.isalnum())


# ---- before and after a rule --------------------------------------------------------------------------------------


def clip_norm(rule: UpdateRule, limit: float) -> UpdateRule:
    """The rule on a gradient no longer than `limit`: y ← y·min(1, limit/‖y‖)."""
    return rule.before("y = y*min(1, c_y/max(norm(y), 1e-300))", c_y=_positive(limit, "limit"))


def clip_value(rule: UpdateRule, limit: float) -> UpdateRule:
    """The rule on a gradient no component of which exceeds `limit`: y ← clip(y, −limit, limit)."""
    return rule.before("y = clip(y, -c_y, c_y)", c_y=_positive(limit, "limit"))


def onto_box(rule: UpdateRule, lower: Sequence[float], upper: Sequence[float]) -> UpdateRule:
    """The rule with every point projected onto the box lower ≤ x ≤ upper."""
    return rule.then("x = clip(x, l_x, u_x)", l_x=np.asarray(lower, float), u_x=np.asarray(upper, float))


def onto_ball(rule: UpdateRule, radius: float) -> UpdateRule:
    """The rule with every point projected onto the ball ‖x‖ ≤ radius."""
    return rule.then("x = x*min(1, r/max(norm(x), 1e-300))", r=_positive(radius, "radius"))


def onto_simplex(x: Any) -> Any:
    """The nearest point with components from zero up that add up to one: max(x − t, 0), t so that they do.

    The threshold t needs a sort and is no formula; use it as `descend(..., project=onto_simplex)`.

    Source: Held, Wolfe & Crowder 1974.

    >>> onto_simplex(np.array([0.5, 1.5, -3.0])).tolist()
    [0.0, 1.0, 0.0]
    """
    ordered = np.sort(x)[::-1]
    thresholds = (np.cumsum(ordered) - 1.0) / np.arange(1, len(x) + 1)
    return np.maximum(x - thresholds[np.flatnonzero(ordered > thresholds)[-1]], 0.0)


def with_l1(rule: UpdateRule, weight: float) -> UpdateRule:
    """The rule for f(x) + weight·Σ|xᵢ|: each step ends with the soft threshold, the proximal point of the added
    term."""
    return rule.then("x = sign(x)*max(abs(x) - z*w_1, 0)", w_1=_positive(weight, "weight"))


def with_l2(rule: UpdateRule, weight: float) -> UpdateRule:
    """The rule for f(x) + weight/2·Σxᵢ²: each step ends with the shrinking that is the proximal point of the added
    term."""
    return rule.then("x = x/(1 + z*w_2)", w_2=_positive(weight, "weight"))


def _positive(value: Any, name: str) -> float:
    number = float(value)
    if not number > 0:
        raise UsageError(f"The {name} must be a positive number, not {value!r}.")
    return number
