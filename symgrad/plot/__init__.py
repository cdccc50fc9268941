"""Pictures: arrays, labels and callables in, a file with alt text out. The only room that knows matplotlib.

What is drawn is decided elsewhere: no traces, fits or derivations come in here. The modules are loaded when one of the
names is first used, since matplotlib costs half a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symgrad.plot.balls import ball
    from symgrad.plot.contours import contour
    from symgrad.plot.convergences import Progress, convergence
    from symgrad.plot.curves import curve
    from symgrad.plot.descents import descent_on_curve
    from symgrad.plot.graph import Graph, Surface
    from symgrad.plot.labels import Label
    from symgrad.plot.movies import animate
    from symgrad.plot.networks import network
    from symgrad.plot.pages import page
    from symgrad.plot.picture import Picture

_HOMES = {
    "Graph": "graph",
    "Label": "labels",
    "Picture": "picture",
    "Progress": "convergences",
    "Surface": "graph",
    "animate": "movies",
    "ball": "balls",
    "contour": "contours",
    "convergence": "convergences",
    "curve": "curves",
    "descent_on_curve": "descents",
    "network": "networks",
    "page": "pages",
}

__all__ = [
    "Graph", "Label", "Picture", "Progress", "Surface",
    "animate", "ball", "contour", "convergence", "curve", "descent_on_curve", "network", "page",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symgrad.plot' has no attribute {name!r}")
    value = getattr(import_module(f"symgrad.plot.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
