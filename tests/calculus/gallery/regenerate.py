"""The gallery's pages from its cases: one text file a derivation in pages/, and all of them in gallery.tex.

    python tests/calculus/gallery/regenerate.py           write the pages
    python tests/calculus/gallery/regenerate.py --check   say which would change, and fail if any would

Look at the difference before committing it: these are pages for students.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from symgrad import render
from symgrad.calculus import derive
from symgrad.calculus.narrate import narrate
from symgrad.document import Document, Heading
from symgrad.typeset import LECTURE, Style, line

HERE = Path(__file__).parent
WIDTH = 96


@dataclass(frozen=True)
class Case:
    """One derivation of the gallery."""

    title: str
    formula: str
    answer: str
    wrt: str | None = None
    order: int = 1
    level: str = "rules"
    notation: str = "leibniz"

    def style(self) -> Style:
        """The choices for printing it."""
        return Style(**{**{name: getattr(LECTURE, name) for name in LECTURE.__slots__}, "notation": self.notation})

    def document(self) -> Document:
        """The derivation as it is told."""
        derivation = derive(self.formula, self.wrt, self.order)
        return narrate(derivation, self.level, notation=self.notation)

    def found(self) -> str:
        """The answer that comes out, on one line."""
        return line(derive(self.formula, self.wrt, self.order).tree)


def cases() -> tuple[Case, ...]:
    """The cases in the order of the file."""
    data = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))
    return tuple(Case(**row) for row in data["case"])


def pages() -> Iterator[tuple[Path, str]]:
    """Every file of the gallery with what should stand in it."""
    bodies: list[str] = []
    preamble = ""
    for number, case in enumerate(cases(), 1):
        document = case.document()
        titled = Document(case.title, document.blocks)
        name = f"{number:02}-{re.sub('[^a-z0-9]+', '-', case.title.lower()).strip('-')}"
        text = render.text(titled, WIDTH, style=case.style())
        yield HERE / "pages" / f"{name}.txt", "\n".join(row.rstrip() for row in text.splitlines()) + "\n"
        body = Document("Gallery", (Heading(1, f"{number}. {case.title}"), *document.blocks))
        preamble, _, rest = render.latex(body, style=case.style()).partition("\\maketitle\n")
        bodies.append(rest.partition("\\end{document}")[0].strip())
    yield HERE / "gallery.tex", f"{preamble}\\maketitle\n\n" + "\n\n".join(bodies) + "\n\n\\end{document}\n"


def main(check: bool) -> int:
    """Write or compare; the number of files that differ, at most 1 as an exit status."""
    wanted = dict(pages())
    stale = [path for path in (HERE / "pages").glob("*.txt") if path not in wanted]
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in (*changed, *stale):
        print(path.relative_to(HERE))
    if not check:
        (HERE / "pages").mkdir(exist_ok=True)
        for path in stale:
            path.unlink()
        for path in changed:
            path.write_text(wanted[path], encoding="utf-8")
    return int(check and bool(changed or stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
