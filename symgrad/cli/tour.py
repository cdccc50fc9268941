"""`symgrad tour`: the lecture told in the terminal, and written into a folder with its pictures."""

import sys

import click

from symgrad.cli.options import force_option, terminal, width

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
@click.option("--output", metavar="FOLDER", default="symgrad-tour", help="Where to write.  [default: symgrad-tour]")
@click.option("--no-files", is_flag=True, help="Only tell; write nothing.")
@force_option
def command(output: str, no_files: bool, force: bool) -> None:
    from symgrad import render
    from symgrad.files import folder, write
    from symgrad.lecture import Lecture

    place = None if no_files else folder(output, overwrite=force)
    lecture = Lecture(place, overwrite=force, progress=_drawing)
    document = lecture.document()
    _drawing("")
    click.echo(render.text(document, width=min(width(), 100), unicode=True))
    if place is not None:
        write(place / LECTURE, render.latex(document), overwrite=force)
        names = ", ".join(sorted(path.name for path in place.iterdir() if path.suffix != ".tex"))
        click.echo(f"\nWritten into {place}: {LECTURE} (pdflatex {LECTURE} makes the pages), and the pictures {names}.")


def _drawing(what: str) -> None:
    """On a terminal, say which picture is being drawn, on one line that is wiped at the end."""
    if sys.stderr.isatty() and terminal():
        click.echo(f"\r\x1b[Kdrawing {what} …" if what else "\r\x1b[K", nl=False, err=True)
