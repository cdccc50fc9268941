"""Every kind of picture: a valid file of each format, alt text with the right figures in it, and clear refusals."""

import threading
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from PIL import Image

from symgrad import plot
from symgrad.errors import MissingPackageError, OutputError, UsageError
from symgrad.plot import Graph, Label, Progress, Surface
from symgrad.plot.features import critical_points
from symgrad.plot.sampling import sample

LECTURE = Graph(
    lambda x: abs(x) - 2 / 3 * np.sin(1.5 * abs(x)),
    lambda x: np.sign(x) * (1 - np.cos(1.5 * x)),
    formula=Label("|x| − 2/3 sin(3|x|/2)", r"\left|x\right| - \frac{2}{3} \sin\!\left(\frac{3 |x|}{2}\right)"),
)
BOWL = Surface(lambda x, y: x**2 + 4 * y**2)
STEPS = [3, 2.39, 1.44, 0.66, 0.44]
PATH = [[2, 1], [1, -0.5], [0.5, 0.2], [0.1, 0]]
RUN = Progress(values=[4, 1, 0.25, 0.06], slopes=[2, 1, 0.5, 0.25])

KINDS = {
    "curve": lambda path, **options: plot.curve(LECTURE, (-5, 5), path, **options),
    "ball": lambda path, **options: plot.ball(LECTURE, 1.3, (-5, 5), path, **options),
    "descent": lambda path, **options: plot.descent_on_curve(LECTURE, STEPS, path, **options),
    "contour": lambda path, **options: plot.contour(BOWL, PATH, path, **options),
    "convergence": lambda path, **options: plot.convergence(RUN, path, **options),
    "network": lambda path, **options: plot.network((2, 3, 1), path, **options),
}
every_kind = pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)


@every_kind
def test_a_png_is_as_wide_as_a_slide_and_carries_its_alt_text(draw, tmp_path):
    picture = draw(tmp_path / "a.png")
    with Image.open(picture.path) as image:
        assert image.width == 1920
        assert image.text["Description"] == picture.alt


@every_kind
def test_an_svg_has_title_and_description_and_no_scripts(draw, tmp_path):
    picture = draw(tmp_path / "a.svg", title="A <b> & c")
    root = ET.parse(picture.path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == "A <b> & c"
    assert root.find(f"{space}desc").text == picture.alt
    assert not list(root.iter(f"{space}script"))


@every_kind
def test_a_pdf_is_one(draw, tmp_path):
    assert draw(tmp_path / "a.pdf").path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_picture_is_the_same_file(suffix, tmp_path):
    first, second = (KINDS["contour"](tmp_path / f"{name}.{suffix}").path.read_bytes() for name in "ab")
    assert first == second


@every_kind
def test_a_picture_that_is_there_stays_unless_asked(draw, tmp_path):
    path = tmp_path / "a.png"
    path.write_text("mine")
    with pytest.raises(OutputError, match="already there"):
        draw(path)
    assert path.read_text() == "mine"
    assert draw(path, overwrite=True).path.stat().st_size > 1000


@every_kind
@pytest.mark.parametrize("name", ["a.bmp", "a", "no/such/folder/a.png", "../a.png"])
def test_what_cannot_be_written_is_refused_before_drawing(draw, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError):
        draw(name)
    assert not list(tmp_path.iterdir())


@every_kind
def test_the_reader_s_matplotlib_is_left_as_it_was(draw, tmp_path):
    with matplotlib.rc_context({"text.usetex": True, "font.size": 3, "axes.prop_cycle": matplotlib.cycler(color="r")}):
        before = dict(matplotlib.rcParams)
        draw(tmp_path / "a.png")
        assert dict(matplotlib.rcParams) == before


def test_no_window_system_is_touched(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from symgrad import plot;"
        f"plot.curve(plot.Graph(np.sin, np.cos), (0, 1), {str(tmp_path / 'a.png')!r});"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_threads_may_draw_at_once(tmp_path):
    threads = [threading.Thread(target=plot.ball, args=(LECTURE, x, (-5, 5), tmp_path / f"{x}.png")) for x in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == 3


# ---- what the alt text says --------------------------------------------------------------------------------------


def test_the_curve_is_told_by_its_critical_points(tmp_path):
    alt = plot.curve(LECTURE, (-5, 5), tmp_path / "a.png").alt
    assert "a minimum of 0 at x = 0" in alt
    assert "a shelf of zero slope at x = 4.19, height 4.19" in alt
    assert "largest, 2, at x = 2.09" in alt


def test_the_ball_shows_the_lecture_s_slope(tmp_path):
    alt = plot.ball(LECTURE, 1.3, (-5, 5), tmp_path / "a.png").alt
    assert "slope 1.37" in alt
    assert "points left" in alt


def test_on_the_left_flank_the_arrow_points_right(tmp_path):
    assert "points right" in plot.ball(LECTURE, -1.3, (-5, 5), tmp_path / "a.png").alt


def test_at_the_bottom_the_tangent_is_level(tmp_path):
    assert "no way is down" in plot.ball(LECTURE, 0, (-5, 5), tmp_path / "a.png").alt


def test_on_a_kink_there_is_no_tangent(tmp_path):
    kink = Graph(np.abs, lambda x: np.where(x == 0, np.nan, np.sign(x)))
    assert "no tangent" in plot.ball(kink, 0, (-1, 1), tmp_path / "a.png").alt


def test_a_kink_and_a_pole_are_told(tmp_path):
    kink = Graph(lambda x: np.abs(x - 1), lambda x: np.sign(x - 1))
    assert "kink at x = 1" in plot.curve(kink, (-2, 3), tmp_path / "a.png").alt
    pole = Graph(lambda x: 1 / x, lambda x: -1 / x**2)
    assert "a pole at x = 0" in plot.curve(pole, (-2, 3), tmp_path / "b.png").alt


def test_a_formula_is_drawn_with_its_exact_derivative(tmp_path):
    alt = plot.curve("x^2 sin(x)", (-4, 4), tmp_path / "a.svg").alt
    assert "x² sin(x)" in alt
    assert "cos(x)" in alt


def test_a_diverging_path_leaves_the_picture_and_the_start_is_seen(tmp_path):
    points = -1 + 4 * (-16.25) ** np.arange(9)
    square = Graph(lambda w: 69 / 4 * (w + 1) ** 2, lambda w: 69 / 2 * (w + 1))
    assert "From step 3 on the path leaves the picture" in plot.descent_on_curve(square, points, tmp_path / "a.png").alt


def test_a_path_with_a_lost_end_is_drawn_up_to_it(tmp_path):
    assert "2 steps" in plot.descent_on_curve(LECTURE, [3, 2, 1, np.nan, 5], tmp_path / "a.png").alt


def test_thinned_paths_keep_their_numbers(tmp_path):
    alt = plot.descent_on_curve(LECTURE, [3, 1, 0.1], tmp_path / "a.png", numbers=[0, 10, 1000]).alt
    assert "1000 steps" in alt


def test_rules_are_raced_by_name(tmp_path):
    alt = plot.contour(BOWL, {"plain": PATH, "momentum": PATH[::-1]}, tmp_path / "a.png", minima=[(0, 0)]).alt
    assert "The path of plain goes in 3 steps from (2, 1), height 8" in alt
    assert "Stars mark (0, 0)" in alt


def test_a_prediction_is_told(tmp_path):
    run = Progress([1, 0.1, 0.01], [1, 1, 1], predicted=[1, 0.1, 0.01], prediction="a digit a step")
    assert "a digit a step" in plot.convergence({"run": run}, tmp_path / "a.png", lowest=0).alt


def test_the_smallest_network_is_two_circles_and_an_arrow(tmp_path):
    alt = plot.network((1, 1), tmp_path / "a.png", connections={(0, 0, 0): "w"}).alt
    assert "two circles and an arrow" in alt
    assert "At the arrows: w." in alt


def test_a_wide_network_counts_what_it_leaves_out(tmp_path):
    assert "696 connections" in plot.network((30, 16, 12, 2), tmp_path / "a.png").alt


# ---- critical points ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (Graph(lambda x: x**3 - 3 * x, lambda x: 3 * x**2 - 3), [(-1, "maximum"), (1, "minimum")]),
        (Graph(lambda x: x**3, lambda x: 3 * x**2), [(0, "shelf")]),
        (Graph(np.abs, np.sign), [(0, "minimum")]),
        (Graph(lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0)), []),
        (Graph(lambda x: 1 / x**2, lambda x: -2 / x**3), []),
        (Graph(np.exp, np.exp), []),
    ],
    ids=["cubic", "shelf", "kink", "flat stretch", "pole", "none"],
)
def test_critical_points_are_found_and_named(graph, expected):
    found = critical_points(graph, sample(graph.value, -2, 2), sample(graph.slope, -2, 2))
    assert [(round(c.x, 6), c.kind) for c in found] == expected


# ---- refusals and hostile labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "$\\frac{1}{0$",
        "\\input{/etc/passwd}",
        "a$b$c$",
        "漢字\u202e\x00\x1b[31m",
        "x" * 5000,
        "<script>",
        "%n{}",
        "^_\\",
    ],
)
def test_any_text_can_be_a_title(title, tmp_path):
    assert plot.ball(LECTURE, 1, (-5, 5), tmp_path / "a.svg", title=title).path.exists()


def test_latex_that_mathtext_cannot_set_is_shown_as_text():
    assert Label("cases", r"\begin{cases}1\end{cases}").shown() == "cases"
    assert Label("half", r"\frac{1}{2}").shown() == r"$\dfrac{1}{2}$"


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: plot.ball(Graph(np.log, lambda x: 1 / x), -1, (-2, 2), path),
        lambda path: plot.curve("x y", (-1, 1), path),
        lambda path: plot.contour("x", [[0, 0]], path),
        lambda path: plot.contour(BOWL, [1, 2, 3], path),
        lambda path: plot.convergence(Progress([1, 2], [1]), path),
        lambda path: plot.network((3,), path),
        lambda path: plot.descent_on_curve(LECTURE, [np.nan], path),
    ],
    ids=["off the domain", "two variables", "one variable", "no pairs", "lengths", "one layer", "no point"],
)
def test_what_cannot_be_drawn_is_said(draw, tmp_path):
    with pytest.raises(UsageError):
        draw(tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


# ---- animation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_ball_rolls(suffix, tmp_path):
    picture = plot.animate(LECTURE, STEPS, tmp_path / f"a.{suffix}", rate=0.5)
    with Image.open(picture.path) as film:
        frames = film.n_frames
        film.seek(0)
        first = np.asarray(film.convert("L"), dtype=float)
        film.seek(frames - 1)
        last = np.asarray(film.convert("L"), dtype=float)
    assert frames > 20
    assert np.abs(first - last).max() > 50
    assert "The tangent flattens" in picture.alt


def test_a_film_without_ffmpeg_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingPackageError, match="ffmpeg"):
        plot.animate(LECTURE, STEPS, tmp_path / "a.mp4")


def test_a_film_is_written_where_there_is_ffmpeg(tmp_path):
    import shutil

    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    content = plot.animate(LECTURE, [1, 0.5], tmp_path / "a.mp4").path.read_bytes()
    assert content[4:8] == b"ftyp"


# ---- at the edges of what floats can hold ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "graph",
    [
        Graph(lambda x: np.exp(x * x), lambda x: 2 * x * np.exp(x * x)),
        Graph(lambda x: x * 1e-320, lambda x: 1e-320 + 0 * x),
        Graph(lambda x: 0.0, lambda x: 0.0),
        Graph(lambda x: np.sin(1e9 * x), lambda x: 1e9 * np.cos(1e9 * x)),
        Graph(lambda x: 1e9 + x, lambda x: 1.0 + 0 * x),
    ],
    ids=["overflow", "subnormal", "zero", "noise", "far up"],
)
def test_any_curve_is_drawn(graph, tmp_path):
    assert plot.curve(graph, (-40, 40), tmp_path / "a.png").alt


def test_a_run_at_rest_is_drawn(tmp_path):
    assert plot.convergence(Progress([1, 1, 1], [0, 0, 0]), tmp_path / "a.png").alt


def test_a_value_below_the_lowest_is_refused(tmp_path):
    with pytest.raises(UsageError, match="below the lowest"):
        plot.convergence(Progress([1, -1], [1, 1]), tmp_path / "a.png", lowest=0)


def test_a_plain_and_a_map_with_holes_are_drawn(tmp_path):
    assert plot.contour(Surface(lambda x, y: 1.0), PATH, tmp_path / "a.png").alt
    holes = Surface(lambda x, y: np.log(x) + y)
    assert plot.contour(holes, [[1, 0], [2, 1]], tmp_path / "b.png", window=((-1, 2), (-1, 2))).alt


def test_paths_that_run_to_infinity_show_their_start(tmp_path):
    alt = plot.contour(BOWL, [[(-9.0) ** k, (-5.0) ** k] for k in range(300)], tmp_path / "a.png").alt
    assert "it leaves the map" in alt


def test_a_ball_outside_of_the_picture_is_refused(tmp_path):
    with pytest.raises(UsageError, match="outside"):
        plot.ball(LECTURE, 9, (-5, 5), tmp_path / "a.png")
