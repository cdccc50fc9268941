"""Write the LaTeX derivation of a formula for lecture notes, ready for pdflatex."""

from pathlib import Path

import symgrad as sg

sigmoid = sg.derive("1/(1+e^(-x))")
gaussian = sg.derive("e^(-(x-m)^2/(2s^2))", wrt="x")

sg.notes([sigmoid, gaussian], "notes.tex", title="Two derivatives", overwrite=True)
print(Path("notes.tex").read_text(encoding="utf-8"))
