"""`symgrad tour`: the lecture told in the terminal, and written into a folder with its pictures."""

import sys

import click

from symgrad.cli.options import force_option, json_option, print_json, terminal, width

LECTURE = "lecture.tex"


@click.command(
    "tour",
    help="""\b
Examples:
  symgrad tour
  symgrad tour --output my-lecture --force
  symgrad tour --no-files

Tell the lecture that symgrad grew out of: perceptron, derivative, update rule, a worked descent, and why. Every figure
is computed. Writes the pictures and lecture.tex, ready for pdflatex, into a folder.""",
)
@click.option("--output", metavar="FOLDER", help="Where to write.  [default: symgrad-tour, or the next free name]")
@click.option("--no-files", is_flag=True, help="Only tell; write nothing.")
@force_option
@json_option
def command(output: str | None, no_files: bool, force: bool, as_json: bool) -> None:
    from symgrad import render
    from symgrad.document import Figure, prose
    from symgrad.files import folder, write
    from symgrad.lecture import Lecture

    place = None if no_files else folder(output or _free("symgrad-tour"), overwrite=force)
    lecture = Lecture(place, overwrite=force, progress=_drawing)
    document = lecture.document()
    _drawing("")
    if place is not None:
        write(place / LECTURE, render.latex(document), overwrite=force)
    pictures = sorted({block.path for block in document.blocks if isinstance(block, Figure)})
    if as_json:
        files = [str(place / name) for name in (LECTURE, *pictures)] if place is not None else []
        print_json("tour", {"files": files, **render.as_data(document)})
        return
    colour = render.wants_colour(sys.stdout)
    click.echo(render.text(document, width=min(width(), 100), unicode=True, colour=colour))
    if place is not None:
        told = (
            f"Written into {place}: {LECTURE} (pdflatex {LECTURE} makes the pages), and the pictures "
            f"{', '.join(pictures)}."
        )
        click.echo("\n" + render.text(prose(told), width=min(width(), 100)))


def _free(name: str) -> str:
    """The name, or name-2, name-3, … if there is something of that name already."""
    from itertools import count
    from pathlib import Path

    return next(free for k in count(1) if not Path(free := name if k == 1 else f"{name}-{k}").exists())


def _drawing(what: str) -> None:
    """On a terminal, say which picture is being drawn, on one line that is wiped at the end."""
    if sys.stderr.isatty() and terminal():
        click.echo(f"\r\x1b[Kdrawing {what} …" if what else "\r\x1b[K", nl=False, err=True)
