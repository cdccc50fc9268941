"""How every picture looks: colours, line styles, type sizes and the context in which they hold.

One look for all: white paper, dark ink, colours that colour-blind readers can tell apart, and with every colour a line
style and a marker of its own, so that a picture also reads in grey. What is drawn does not belong here.

Source of the colours: M. Okabe & K. Ito, Color Universal Design (2008).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib.style
from matplotlib.patheffects import withStroke

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#AA4A83"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
INK, MUTED, HAIR, PAPER = "#1b1b1b", "#5f5f5f", "#dcdcdc", "#ffffff"

WIDTH, HEIGHT, DPI = 9.6, 5.4, 200  # inches, inches, dots an inch: 1920 × 1080, the page of a slide
SMALL, NORMAL, LARGE = 12.0, 13.5, 16.0  # type sizes in points; nothing on a picture is smaller than SMALL


@dataclass(frozen=True)
class Pen:
    """A colour with the line style and marker that always go with it."""

    colour: str
    line: Any
    marker: str


PENS = (
    Pen(BLUE, "-", "o"),
    Pen(VERMILLION, (0, (5, 1.6)), "s"),
    Pen(GREEN, (0, (6, 1.5, 1.2, 1.5)), "^"),
    Pen(PURPLE, (0, (1.3, 1.3)), "D"),
    Pen(BLACK, (0, (9, 2)), "v"),
    Pen(ORANGE, (0, (3, 1, 1, 1, 1, 1)), "P"),
    Pen(SKY, (0, (7, 2, 3, 2)), "X"),
)


def pen(index: int) -> Pen:
    """The pen of the curve with this number; the seven pens come round again.

    >>> pen(0).colour, pen(7) == pen(0)
    ('#0072B2', True)
    """
    return PENS[index % len(PENS)]


HALO = (withStroke(linewidth=4, foreground=PAPER),)  # words over a curve: a rim of paper, and the curve stays whole


STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": NORMAL,
    "mathtext.fontset": "dejavusans",
    "text.usetex": False,
    "text.color": INK,
    "figure.facecolor": PAPER,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "savefig.facecolor": PAPER,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "axes.facecolor": PAPER,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.9,
    "axes.labelcolor": INK,
    "axes.labelsize": NORMAL,
    "axes.titlesize": LARGE,
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-4, 5),
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": HAIR,
    "grid.linewidth": 0.7,
    "legend.fontsize": SMALL,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": HAIR,
    "legend.fancybox": False,
    "legend.handlelength": 3.2,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "lines.dash_capstyle": "butt",
    "path.simplify": True,
    "contour.negative_linestyle": "solid",
    "svg.hashsalt": "symgrad",  # the same picture is the same file, byte for byte
    "svg.fonttype": "path",  # a reader needs no fonts
    "pdf.fonttype": 42,
}

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def drawing() -> Iterator[None]:
    """The look of this house, whatever the reader's own matplotlib settings are; they hold again afterwards.

    matplotlib keeps its settings in one place for the whole process, so one thread draws at a time.
    """
    with _ONE_AT_A_TIME, matplotlib.style.context(["default", STYLE]):
        yield
