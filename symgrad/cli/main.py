"""The command `symgrad`: finds the command's file, lets formulas begin with '-', turns every outcome into an exit code.

0 done; 1 the honest "no" (did not converge, answer wrong, could not verify); 2 bad usage or unreadable input;
130 interrupted.
"""

import io
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from symgrad import __version__
from symgrad.errors import SymgradError

COMMANDS = {
    "diff": "Differentiate a formula, step by step.",
    "gradient": "All partial derivatives of a formula.",
    "descend": "Run gradient descent on a formula.",
    "race": "Several update rules from one start, in one picture.",
    "animate": "The ball rolling down a curve, as GIF, WebP or MP4.",
    "plot": "Draw a formula beside its derivative.",
    "page": "An interactive page of a formula, one HTML file.",
    "check": "Check an answer against a derivative.",
    "rules": "List the rules of differentiation that are used.",
    "tour": "The whole road: a lecture told by the program.",
    "help": "How to write a formula; which functions there are.",
}
INTERRUPTED = 130


class Commands(click.Group):
    """The commands by name; each lives in a module of its name that is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"symgrad.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean {near[0]}?" if near else "symgrad --help lists the commands."
            raise SymgradError(f"There is no command {args[0]!r}.", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EXAMPLES = """\b
Examples:
  symgrad diff "x^2 sin(x)"
  symgrad gradient "(1-x)^2 + 100(y-x^2)^2"
  symgrad descend "|x| - 2/3 sin(3|x|/2)" --start x=3 --rate 0.5
  symgrad plot "2/(1+e^-x) - 1" -o sigmoid.png
  symgrad tour"""


@click.command(
    cls=Commands,
    help=f"{EXAMPLES}\n\nRead a formula, derive it step by step, check it, run it, show it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog="symgrad COMMAND --help shows a command's examples; symgrad help shows how to write formulas.",
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
def application() -> None:
    pass


SHORT_OPTIONS = {"-o", "-h"}


def shielded(arguments: list[str]) -> list[str]:
    """The arguments with a blank before each formula that begins with '-', which would be taken for an option.

    >>> shielded(["diff", "-x^2", "-o", "a.tex", "--json"])
    ['diff', ' -x^2', '-o', 'a.tex', '--json']
    """
    return [
        f" {text}" if len(text) > 1 and text[0] == "-" and text[1] != "-" and text not in SHORT_OPTIONS else text
        for text in arguments
    ]


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every outcome that is not a result goes to stderr."""
    try:
        outcome = application.main(shielded(arguments), prog_name="symgrad", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except SymgradError as error:
        click.echo(f"symgrad: {error}", err=True)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return 2
    except click.ClickException as error:
        click.echo(f"symgrad: {_sentence(error.format_message())}", err=True)
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "symgrad"
        click.echo(f"{where} --help shows examples.", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("symgrad: interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, e.g. `symgrad rules | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RecursionError, MemoryError):
        click.echo("symgrad: This formula is too large or too deep for the memory at hand.", err=True)
        return 2
    except Exception as error:
        if os.environ.get("SYMGRAD_DEBUG"):
            raise
        click.echo(
            f"symgrad: A fault in symgrad itself, not in what you typed: {type(error).__name__}: {error}", err=True
        )
        click.echo("Please report it with the command; SYMGRAD_DEBUG=1 shows where it happened.", err=True)
        return 2


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."


def main() -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode shows a question mark, not a fault
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
