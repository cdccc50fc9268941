"""The lecture's animation: the ball rolls down the curve, its tangent flattens, the arrow on the x-axis turns.

Every frame is drawn by the same `Rolling` as the still picture, over a background that is drawn once. GIF and WebP need
nothing that matplotlib does not bring; MP4 needs ffmpeg.
"""

import io
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from symgrad.errors import MissingPackageError, OutputError, UsageError
from symgrad.files import output_path, write
from symgrad.plot import style
from symgrad.plot.balls import RADIUS, Rolling, settle, stage, standing
from symgrad.plot.curves import Window, entitle
from symgrad.plot.descents import path_of, window_of
from symgrad.plot.graph import Graph, as_graph
from symgrad.plot.labels import Label, as_label, number
from symgrad.plot.picture import Picture
from symgrad.plot.sampling import Array, evaluate, sample

MOVIES = (".gif", ".webp", ".mp4")
RATE = 25  # frames a second
MOST = 260  # frames
PIXELS = {".gif": 960, ".webp": 960, ".mp4": 1280}  # across; 16 : 9
_STRIDE = 16.0  # points the ball rolls in a frame
_SEEN = 1.5  # points: a shorter step cannot be seen
_HOLD = (14, 10, 8, 6, 5, 4, 3)  # frames the ball rests after the first steps
_LAST = 30


def animate(
    source: Any,
    points: Any,
    path: str | os.PathLike[str],
    *,
    window: Window | None = None,
    rate: float | None = None,
    numbers: Sequence[int] | None = None,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Animate a descent: the ball rolls from iterate to iterate.

    Args:
        source: a formula, a text, or a `Graph`.
        points: x₀, x₁, x₂, …; or several such paths, which are played one after the other.
        path: a .gif, .webp or .mp4 file.
        window: the ends of the x-axis; by default what shows the points and the valley.
        rate: a learning rate; with one, the arrow is as long as the step.
        numbers: the number of each point of a single path, where it was thinned.
        title: what stands above; by default the formula.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The animation, with alt text that says where the ball starts, where it ends and how the slope changes.

    Raises:
        OutputError: the file cannot be written there.
        MissingPackageError: an MP4 is asked for, and there is no ffmpeg.
        UsageError: there is no finite point, or the curve has no value there.
    """
    place = output_path(path, suffixes=MOVIES, overwrite=overwrite)
    kind = place.suffix.lower()
    if kind == ".mp4":
        _ffmpeg()
    graph = as_graph(source)
    paths = _paths(points)
    whole = np.concatenate(paths)
    window = window or window_of(whole, evaluate(graph.value, whole))
    names = [list(range(len(p))) for p in paths] if numbers is None else [[int(n) for n in numbers]]
    heading = as_label(title or graph.equation)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, style.HEIGHT), layout="constrained", dpi=PIXELS[kind] / style.WIDTH)
        canvas = FigureCanvasAgg(figure)
        axes = stage(figure, graph, sample(graph.value, *window), window)
        entitle(axes, heading)
        settle(figure)
        rolling = Rolling(axes, graph, rate=rate, moving=True)
        frames = list(_frames(canvas, rolling, paths, names))
    alt = _describe(graph, paths, window)
    content = _ENCODERS[kind](frames, heading.text, alt)
    return Picture(write(place, content, overwrite=overwrite), alt)


def _paths(points: Any) -> list[Array]:
    """One path or several, each up to its first point that is not finite."""
    if len(points) and np.ndim(points[0]) == 1 and np.size(points[0]) > 1:
        return [path_of(one) for one in points]
    return [path_of(points)]


# ---- the script --------------------------------------------------------------------------------------------------


def _script(x: Array, y: Array, names: list[int], to_points: Any, window: Window) -> list[tuple[float, int]]:
    """Where the ball is in each frame, and the number of the iterate it has passed.

    Long steps roll; those too short to be seen are left out.
    """
    inside = np.isfinite(y) & (x >= window[0]) & (x <= window[1])
    stop = int(np.argmin(inside)) if not inside.all() else len(x)
    if not stop:
        raise UsageError("The path begins outside of the picture.", hint="Choose a window that holds the start.")
    spots = to_points(np.column_stack([x[:stop], y[:stop]]))
    script = [(float(x[0]), 0)] * _HOLD[0]
    at = shown = 0
    for k in range(1, stop):
        distance = float(np.hypot(*(spots[k] - spots[at])))
        if distance < _SEEN and k < stop - 1:
            continue
        rolling = max(1, min(22, round(distance / _STRIDE) + 3)) if distance >= _SEEN else 1
        ease = (1 - np.cos(np.pi * np.arange(1, rolling + 1) / rolling)) / 2
        script += [(float(x[at] + (x[k] - x[at]) * part), k if part == 1 else k - 1) for part in ease]
        shown += 1
        script += [(float(x[k]), k)] * (_HOLD[shown] if shown < len(_HOLD) else 1)
        at = k
    script += [(float(x[stop - 1]), stop - 1)] * _LAST
    return script


def _frames(canvas: Any, rolling: Rolling, paths: list[Array], names: list[list[int]]) -> Iterator[Image.Image]:
    """Every frame as an image."""
    axes, graph = rolling.axes, rolling.graph
    pen = style.pen(1)
    (trail,) = axes.plot([], [], "o", color=pen.colour, markersize=6, zorder=5, animated=True)
    caption = axes.text(
        0.985, 0.965, "", transform=axes.transAxes, ha="right", va="top", fontsize=style.LARGE, animated=True, zorder=9,
        path_effects=style.HALO,
    )  # fmt: skip
    canvas.draw()
    background = canvas.copy_from_bbox(axes.figure.bbox)
    to_display = axes.transData
    scale = 72 / axes.figure.dpi
    window = axes.get_xlim()
    for x, numbered in zip(paths, names, strict=True):
        y = evaluate(graph.value, x)
        script = _script(x, y, numbered, lambda data: to_display.transform(data) * scale, window)
        every = math.ceil(len(script) * len(paths) / MOST)
        places = [script[0], *script[every - 1 :: every]]
        turned, before = 0.6, None
        for place, k in places:
            spot = to_display.transform((place, graph.at(place)[0])) * scale
            if before is not None:
                turned -= math.copysign(float(np.hypot(*(spot - before))) / RADIUS, spot[0] - before[0])
            before = spot
            rolling.place(place, turned)
            trail.set_data(x[: k + 1], y[: k + 1])
            caption.set_text(f"step {numbered[k]}:  {graph.variable.text} = {number(float(x[k]))}")
            canvas.restore_region(background)
            for artist in (*rolling.artists[:3], trail, *rolling.artists[3:], caption):
                axes.draw_artist(artist)
            yield Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _describe(graph: Graph, paths: list[Array], window: Window) -> str:
    name = graph.variable.text
    words = [f"Animation of a ball rolling on the curve {graph.equation.text}."]
    for x in paths:
        inside = (x >= window[0]) & (x <= window[1])
        slopes = [graph.at(float(x[k]))[1] for k in (0, -1)]
        words.append(
            f"It starts at {name} = {number(float(x[0]))}, where the tangent has slope {number(slopes[0])}, and makes "
            f"{len(x) - 1} step{'s' if len(x) != 2 else ''}."
        )
        if not inside.all():
            words.append(f"At step {int(np.argmin(inside))} it leaves the picture.")
        else:
            if abs(slopes[1]) < abs(slopes[0]):
                words.append("The tangent flattens.")
            words.append(f"At the end: {standing(graph, float(x[-1]))}")
    return " ".join(words)


# ---- the formats -------------------------------------------------------------------------------------------------


def _gif(frames: list[Image.Image], title: str, alt: str) -> bytes:
    """One palette for all frames, no dithering: flat colours stay flat, and only what moves is stored."""
    some = frames[:: max(1, len(frames) // 6)][:6]
    strip = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for row, frame in enumerate(some):
        strip.paste(frame, (0, row * frame.height))
    palette = strip.quantize(96, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    colours, paper = palette.getpalette() or [], int(reduced[0].getpixel((0, 0)))  # type: ignore[arg-type]
    colours[3 * paper : 3 * paper + 3] = [255, 255, 255]  # the paper stays white
    for frame in reduced:
        frame.putpalette(colours)
    buffer = io.BytesIO()
    reduced[0].save(
        buffer, "GIF", save_all=True, append_images=reduced[1:], duration=1000 // RATE, loop=0, optimize=False,
        comment=f"{title}: {alt}".encode(),
    )  # fmt: skip
    return buffer.getvalue()


def _webp(frames: list[Image.Image], title: str, alt: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = f"{title}: {alt}"  # ImageDescription
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "WEBP", save_all=True, append_images=frames[1:], duration=1000 // RATE, loop=0, quality=85, method=4,
        exif=exif,
    )  # fmt: skip
    return buffer.getvalue()


def _ffmpeg() -> str:
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingPackageError("An MP4 needs ffmpeg, which is not here.", hint="Install ffmpeg, or write a .gif.")
    return program


def _mp4(frames: list[Image.Image], title: str, alt: str) -> bytes:
    width, height = frames[0].size
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        command = [
            _ffmpeg(), "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24",
            "-video_size", f"{width}x{height}", "-framerate", str(RATE), "-i", "-", "-c:v", "libx264",
            "-pix_fmt", "yuv420p", "-crf", "18", "-movflags", "+faststart", "-fflags", "+bitexact",
            "-metadata", f"title={title}", "-metadata", f"comment={alt}", str(film),
        ]  # fmt: skip
        done = subprocess.run(command, input=b"".join(f.tobytes() for f in frames), capture_output=True, check=False)
        if done.returncode or not film.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else "no reason given"
            raise OutputError(f"ffmpeg could not write the film: {why}.", hint="Write a .gif.")
        return film.read_bytes()


_ENCODERS = {".gif": _gif, ".webp": _webp, ".mp4": _mp4}
