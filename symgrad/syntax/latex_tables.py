"""The tables of the LaTeX lexer: how its tokens are written, and which token a command or a character is."""

import re

from symgrad.syntax.names import BY_CHARACTER, LETTERS, PLAIN_SUPERSCRIPTS

_GREEK = "".join(BY_CHARACTER)
_HIGH = "".join(PLAIN_SUPERSCRIPTS)

_PATTERN = r"""
    (?P<space>(?:[ \t\n\u00a0~]|\\[,;:!>\ ]|\\(?:thinspace|medspace|thickspace|negthinspace|negmedspace|negthickspace
        |quad|qquad|enspace|displaystyle|textstyle|limits|nolimits)(?![A-Za-z]))+)
  | (?P<prime>'+|\^\s*(?:\{\s*(?:\\prime\s*)+\}|\\prime(?![A-Za-z])))
  | (?P<transpose>\^\s*(?:\{\s*(?:\\top|\\intercal|\\mathsf\s*\{?T\}?|\\mathrm\s*\{T\}|\\text\s*\{T\})\s*\}
        |\\top(?![A-Za-z])|\\intercal(?![A-Za-z])|\\mathsf\s*\{T\}))
  | (?P<degree>\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|°)
  | (?P<styled>\\(?P<style>operatorname\*?|mathrm|textrm|text|mathsf|mathit|mathbf|boldsymbol|bm
        |mathcal|mathbfit)(?![A-Za-z])
        \s*(?:\{(?P<content>(?:[^{}\\]|\\_|\\[A-Za-z]+)*)\}|(?P<single>\\?[A-Za-z]+)))
  | (?P<accent>\\(?P<hat>hat|widehat|bar|tilde|widetilde|vec|dot|ddot)(?![A-Za-z])
        \s*(?:\{\s*(?P<under>\\?[A-Za-z]+)\s*\}|(?P<under1>\\[A-Za-z]+|[A-Za-z])))
  | (?P<environment>\\(?P<edge>begin|end)\s*\{(?P<name>[A-Za-z]+\*?)\})
  | (?P<delimiter>\\(?P<side>left|right)(?![A-Za-z])\s*(?P<fence>\\[A-Za-z]+|\\[{}|]|[^\\\s]))
  | (?P<command>\\[A-Za-z]+)
  | (?P<number>[0-9]+(?:(?:\.|\{,\})[0-9]+)?|\.[0-9]+)
  | (?P<letters>[A-Za-z]+)
  | (?P<symbol>\\[{}|\\]|[-+*/^_(){}\[\]|,;=<>!&])
  | (?P<greek>[GREEK])
  | (?P<raised>[HIGH]+)
  | (?P<other>[−–·⋅×÷≤≥≠∞])
"""
_PATTERN = _PATTERN.replace("GREEK", _GREEK).replace("HIGH", _HIGH)
TOKEN = re.compile(_PATTERN, re.VERBOSE)
TOKEN_COMMA = re.compile(_PATTERN.replace(r"(?:\.|\{,\})", r"(?:\.|\{,\}|,)"), re.VERBOSE)

_PART = r"\\(?:mathrm|text|textrm|mathit)\s*\{\s*[A-Za-z0-9]+\s*\}|\\[A-Za-z]+|[A-Za-z0-9]+"
PARTS_BELOW = re.compile(rf"\{{\s*(?:{_PART})(?:\s*,\s*(?:{_PART}))*\s*\}}")
ONE_PART = re.compile(_PART)
MARKED = re.compile(r"\s*[_']")  # e_1 and e' are names
OPERAND = re.compile(rf"\s*(?:[A-Za-z0-9{{]|\\(?:{'|'.join(LETTERS)})(?![A-Za-z]))")
THOUSANDS = re.compile(r"(?:[ \u00a0~]|\\[,;:! >]|\{,\})+[0-9]")

PUNCTUATION = {
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "div": "/",
    "lvert": "<|",
    "rvert": ">|",
    "vert": "|",
    "lVert": "‖<",
    "rVert": ">‖",
    "Vert": "‖",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "lbrace": "(",
    "rbrace": ")",
    "lbrack": "(",
    "rbrack": ")",
    "land": "&",
    "wedge": "&",
    "lnot": "~",
    "neg": "~",
    "to": "->",
    "rightarrow": "->",
    "Rightarrow": "->",
    "longrightarrow": "->",
    "Longrightarrow": "->",
}
RELATIONS = {
    "<": "<",
    ">": ">",
    "=": "=",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "ne": "!=",
    "neq": "!=",
}
SAME = {"−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "÷": "/"}
SYMBOLS = {"[": "(", "]": ")", "\\{": "(", "\\}": ")", "\\|": "‖", "\\\\": "row", "&": "cell"}
BIG = {"sum": "sum", "prod": "product", "int": "integral"}
SIZES = frozenset({f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")})
WITH_ARGUMENTS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"})
WITH_ARGUMENTS |= {"sqrt", "overline", "lim", "partial"}
KEYWORDS = {
    "if": "if",
    "for": "for",
    "when": "when",
    "otherwise": "otherwise",
    "else": "otherwise",
    "and": "and",
    "or": "or",
    "not": "not",
}
FENCES = {"(": ("(", ")"), "[": ("(", ")"), "\\{": ("(", ")"), "\\lbrace": ("(", ")"), "\\lbrack": ("(", ")")}
FENCES |= {"|": ("<|", ">|"), "\\vert": ("<|", ">|"), "\\lvert": ("<|", ">|"), "\\|": ("‖<", ">‖")}
FENCES |= {"\\Vert": ("‖<", ">‖"), "\\lVert": ("‖<", ">‖"), "\\lfloor": ("⌊", "⌋"), "\\lceil": ("⌈", "⌉")}
CLOSERS = {
    ")": "(",
    "]": "[",
    "\\}": "\\{",
    "\\rbrace": "\\{",
    "\\rbrack": "[",
    "|": "|",
    "\\vert": "|",
    "\\rvert": "|",
}
CLOSERS |= {"\\|": "\\|", "\\Vert": "\\|", "\\rVert": "\\|", "\\rfloor": "\\lfloor", "\\rceil": "\\lceil"}
