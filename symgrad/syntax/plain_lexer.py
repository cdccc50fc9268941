"""Plain and Unicode text to tokens, in one pass that never looks back: linear in the text.

Only ASCII and a fixed table of characters are known; nothing is normalized (no NFKC), so no two spellings of a name can
hide one another. What a word means is `words`' business; here it gets its place.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from symgrad.errors import ReadError
from symgrad.syntax import words
from symgrad.syntax.functions import FUNCTIONS, SPELLINGS
from symgrad.syntax.leibniz import Leibniz, leibniz_patterns, normal, order_of
from symgrad.syntax.names import BY_CHARACTER, PLAIN_SUBSCRIPTS, PLAIN_SUPERSCRIPTS, RESERVED, is_index_list, is_name
from symgrad.syntax.numerals import number_node, raised_node
from symgrad.syntax.tokens import ReadOptions, Token, refuse
from symgrad.syntax.tree import INFINITY, PI, E, I, Node

_GREEK = "".join(BY_CHARACTER)
_LOW = "".join(PLAIN_SUBSCRIPTS)
_HIGH = "".join(PLAIN_SUPERSCRIPTS)

_PATTERN = r"""
    (?P<space>[ \t\n\u00a0\u2009\u202f]+)
  | (?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*(?:_(?![{GREEK]))?)
  | (?P<operator>\*\*|<=|>=|!=|==|\.\.|->|[-+*/^(){}\[\]|,;:=<>!&~_])
  | (?P<greek>[GREEK])
  | (?P<raised>[HIGH]+)
  | (?P<prime>['′″‴]+)
  | (?P<other>[−–·⋅×∗÷∕≤≥≠√∛∜∞∑∏∫∂⌊⌋⌈⌉‖°ⅇᵀ⊤→Σ∆])
"""  # Σ and ∆ are listed so that the table below decides, not the Greek class
_PATTERN = _PATTERN.replace("GREEK", _GREEK).replace("HIGH", _HIGH)
_TOKEN = re.compile(_PATTERN, re.VERBOSE)


@lru_cache(maxsize=1)
def comma_pattern() -> "re.Pattern[str]":
    """The tokens where 3,5 is a number."""
    return re.compile(_PATTERN.replace(r"\.(?!\.)[0-9]*)?|\.[0-9]+)", r"[.,][0-9]+)?)"), re.VERBOSE)


_SAME = {
    "**": "^",
    "−": "-",
    "–": "-",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "∗": "*",
    "÷": "/",
    "∕": "/",
    "→": "->",
    "==": "=",
}
_RELATIONS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "≤": "<=", "≥": ">=", "≠": "!=", "=": "="}
_ROOTS = {"√": 2, "∛": 3, "∜": 4}
_BIG = {"∑": "sum", "∏": "product", "∫": "integral"}
_PRIMES = {"'": 1, "′": 1, "″": 2, "‴": 3}
CONSTANTS: dict[str, Node] = {"e": E, "pi": PI, "i": I}
_SUBSCRIPT = re.compile(
    rf"_([A-Za-z0-9]+|[{_GREEK}])|_\{{([A-Za-z0-9]+(?:,[A-Za-z0-9]+)*|[{_GREEK}]|[A-Za-z0-9]+'+)\}}"
)
_COUNTED = re.compile(r"[0-9]+(?=[A-Za-z])")
_PRODUCT_BELOW = re.compile(r"[0-9]+(?:[A-Za-z]_[0-9]+)+")  # below w in w_1x_1: no name is written so
_REPEATED = re.compile(r"([A-Za-z])([A-Za-z])_\1")
_SUM_BELOW = re.compile(r"_\s*[{(]\s*[A-Za-z]+\s*=")
_LOW_RUN = re.compile(rf"[{_LOW}]+")
_SPACES = " \t\n\u00a0\u2009\u202f"


class PlainLexer:
    """One text on its way to tokens. `tokens` grows; `at` is the next character."""

    def __init__(self, source: str, options: ReadOptions) -> None:
        self.source = source
        self.options = options
        self.tokens: list[Token] = []
        self.at = 0
        self.spaced = False
        self.machine = "*" in source
        self.declared = {*options.variables, *options.functions, *(name for name, _ in options.shapes)}
        self.constants = {k: CONSTANTS[v] for k, v in (("e", "e"), ("pi", "pi"), *options.constants)}
        for name in self.declared:
            self.constants.pop(name, None)
        self.differentials = "∫" in source and "d" not in self.declared
        self.products: list[tuple[str, int, int]] = []  # words that were read as products of their letters
        self.indices: list[bool] = []  # for every open brace: whether it is a subscript

    def run(self) -> list[Token]:
        """All tokens, with an 'end' token last."""
        source, limit = self.source, self.options.budgets.tokens
        match = (comma_pattern() if self.options.decimal_comma else _TOKEN).match
        handlers = {
            "number": self.number,
            "word": self.word,
            "operator": self.operator,
            "greek": self.greek,
            "raised": self.raised,
            "prime": self.prime,
            "other": self.other,
        }
        if source.startswith("\ufeff"):
            self.at = 1
        while self.at < len(source):
            found = match(source, self.at)
            if found is None:
                raise self.unknown_character()
            kind = found.lastgroup
            if kind == "space":
                if found[0].count("\n") > 1:
                    raise refuse(source, found.span(), "An empty line ends a formula.", "Write one formula.")
                self.at = found.end()
                self.spaced = True
                continue
            handlers[kind](found)  # type: ignore[index]
            self.spaced = False
            if len(self.tokens) > limit:
                raise self.options.budgets.exceeded(
                    "tokens", "The formula has very many symbols", source=source, span=found.span()
                )
        self.tokens.append(Token("end", "", len(source), len(source), self.spaced))
        return self.tokens

    def add(self, kind: str, text: str, start: int, stop: int, value: Any = None) -> None:
        self.tokens.append(Token(kind, text, start, stop, self.spaced, value))
        self.spaced = False
        self.at = stop

    # ---- numbers ----------------------------------------------------------------------------------------------

    def number(self, found: "re.Match[str]") -> None:
        text, (start, stop) = found[0], found.span()
        before = self.source[start - 1] if start else " "
        after = self.source[stop : stop + 1]
        if text[0] == "." and (before.isalnum() or before in ")]}_'|"):
            raise refuse(self.source, (start, stop), "A dot cannot follow this.", "Write * for a product.")
        second_dot = after == "." and not self.source.startswith("..", stop)
        if second_dot or (text[-1] == "." and (after.isalnum() or after in ("(", "_"))):
            hint = "A number has at most one dot." if second_dot else f"Write {text[:-1]}* for a product."
            raise refuse(self.source, (start, stop + 1), "This is not a number.", hint)
        self.check_glued(text, start, stop, after)
        self.add("number", text, start, stop, number_node(text, self.source, (start, stop), self.options))

    def check_glued(self, text: str, start: int, stop: int, after: str) -> None:
        """Refuse 0x1F, 1x1, 1L, 1j: a coefficient nobody writes, or a number of a programming language."""
        if text not in ("0", "1") or not after.isalpha():
            return
        word = re.compile(r"[A-Za-z0-9_]+").match(self.source, stop)
        rest = word[0] if word else ""
        if re.fullmatch(r"[xX][0-9A-Fa-f]+|[bBoO][0-9]+|[LlJj]", rest):
            raise refuse(
                self.source,
                (start, stop + len(rest)),
                f"I can't tell what '{text + rest}' means.",
                f"Write {text}*{rest} for a product.",
            )

    # ---- words ------------------------------------------------------------------------------------------------

    def word(self, found: "re.Match[str]") -> None:
        word, (start, stop) = found[0], found.span()
        if word[0] == "d" and "d" not in self.declared and self.leibniz(start):
            return
        if word in self.declared:
            self.name(word, start, stop)
        elif self.differentials and word[0] == "d" and words.is_letter(word[1:]):
            self.name("d", start, start + 1)
            self.name(word[1:], start + 1, stop)
        elif "_" not in word or self.known(word):
            self.resolve(word, start, stop)
        else:
            self.subscripted(word, start, stop)

    def known(self, word: str) -> bool:
        return word in SPELLINGS or word in words.FORMS

    def subscripted(self, word: str, start: int, stop: int) -> None:
        """A word with a subscript: x_1, w_ij, log_2, ax_1; x_1y is x_1 times y."""
        head, _, low = word.partition("_")
        if words.FORMS.get(head) in ("log", "sum", "product", "integral", "limit"):
            self.resolve(head, start, start + len(head))
            if words.FORMS[head] == "log" and low.isalpha() and not words.is_letter(low):
                hint = f"Write log_{low[0]}({low[1:]}) or log_{{{low}}}(x)."
                raise refuse(self.source, (self.at, stop), "I can't tell where this base ends.", hint)
            self.add("_", "_", self.at, self.at + 1)
            return  # the subscript is read as the next token
        letters = head.rstrip("0123456789")
        digits = _COUNTED.match(low)
        if digits and (not self.machine or _PRODUCT_BELOW.fullmatch(low)):  # w_1x_1 is w_1 times x_1
            low = digits[0]
            word = f"{head}_{low}"
            stop = start + len(word)
        repeated = _REPEATED.fullmatch(low)
        if repeated and words.is_letter(letters):
            raise refuse(
                self.source,
                (start, stop),
                f"'{word}' may be one name or a product.",
                f"Write {head}_{repeated[1]} {repeated[2]}_{repeated[1]} for a product; declare it if it is a name.",
            )
        if words.is_letter(letters):
            self.name(word, start, stop)
        elif words.is_short_product(head) and not self.machine and "_" not in low:
            for k, letter in enumerate(head[:-1]):
                self.name(letter, start + k, start + k + 1)
            self.name(head[-1] + "_" + low, start + len(head) - 1, stop)
        else:
            self.unknown_word(word, start, stop)

    def resolve(self, word: str, start: int, stop: int) -> None:
        """A word without subscript: one meaning, or pieces."""
        bracket = self.source[stop : stop + 1] == "("
        if word in self.constants:
            self.add("constant", word, start, stop, self.constants[word])
        elif len(word) == 1 or (words.is_letter(word) and not (bracket and (word in SPELLINGS or word == "sigma"))):
            self.name(word, start, stop)
        elif word in SPELLINGS or word in words.FORMS:
            self.function(word, start, stop)
        elif word == "sigma" and bracket:
            self.add("function", "sigmoid", start, stop, word)
        elif word in words.KEYWORDS:
            self.add("keyword", word, start, stop)
        elif word in words.INFINITIES:
            self.add("constant", word, start, stop, INFINITY)
        elif word in RESERVED:
            raise refuse(self.source, (start, stop), f"'{word}' is not a number.", "Rename it if it is a variable.")
        elif words.is_letter(word.rstrip("0123456789")):
            self.name(word, start, stop)
        else:
            self.pieces(word, start, stop, bracket)

    def function(self, word: str, start: int, stop: int) -> None:
        """A function's name, or a variable of that name where no bracket follows and the name is also a letter's."""
        rest = self.source[stop : stop + 40].lstrip(_SPACES)
        if word in words.ALSO_VARIABLES and not rest.startswith("(") and not self.takes_argument(rest):
            self.name(word, start, stop)
        elif word == "mod" and not rest.startswith("("):
            self.add("keyword", word, start, stop)
        elif word in words.FORMS:
            self.add("form", words.FORMS[word], start, stop, word)
        else:
            self.add("function", SPELLINGS[word], start, stop, word)

    @staticmethod
    def takes_argument(rest: str) -> bool:
        """Whether a letter, number or root follows a word, as in arg z: then the word is the function's."""
        word = re.match(r"[A-Za-z]+", rest)
        return (rest[:1].isalnum() or rest[:1] in _ROOTS) and (word is None or word[0] not in words.KEYWORDS)

    def pieces(self, word: str, start: int, stop: int, bracket: bool) -> None:
        """A word that is several things: 2xsinx, sin2x, x1y, xy; or one unknown word."""
        if (arc := words.glued_arc(word)) is not None:
            hint = f"Write a {arc[0][1:]}({arc[1]}) or {arc[0]}({arc[1]})."
            raise refuse(self.source, (start, stop), f"'{word}' may be a·{arc[0][1:]} or the inverse function.", hint)
        operand = self.source[stop : stop + 1] in ("(", "|", "√", "∛") or (
            self.source[stop : stop + 1] in _SPACES and stop < len(self.source)
        )
        split = words.split_around_functions(word, operand, bracket)
        if split is None and (split := self.product(word, stop)) is not None:
            self.products.append((word, start, stop))
        if split is None:
            self.unknown_word(word, start, stop)
            return
        at = start
        for kind, text in split:
            length = len(text)
            if kind in ("function", "form"):
                rest = word[at - start :]
                length = next(n for n in range(len(rest), 0, -1) if self._spelled(rest[:n], text))
                self.add(kind, text, at, at + length, word[at - start : at - start + length])
            elif kind == "digits":
                self.add(
                    "number", text, at, at + length, number_node(text, self.source, (at, at + length), self.options)
                )
            elif text in self.constants:
                self.add("constant", text, at, at + length, self.constants[text])
            else:
                self.name(text, at, at + length)
            at += length

    @staticmethod
    def _spelled(text: str, canonical: str) -> bool:
        return SPELLINGS.get(text) == canonical or words.FORMS.get(text) == canonical

    def product(self, word: str, stop: int) -> tuple[words.Piece, ...] | None:
        """The letters of a short product (xy; x1y; xe^x), where nothing says that the word is a name."""
        if self.machine:
            return None
        power = self.source[stop : stop + 1] == "^" or self.source[stop : stop + 1] in PLAIN_SUPERSCRIPTS
        if power and word[-1] == "e" and "e" in self.constants and stop < len(self.source):
            body = word[:-1]
            if (len(body) == 1 and body not in "def") or words.is_short_product(body):
                return tuple(("name", letter) for letter in word)
        if words.is_short_product(word):
            return tuple(("name", letter) for letter in word)
        numbered = re.fullmatch(r"([a-z][0-9]+)([a-z][0-9]*)", word)
        if numbered and not {numbered[1][0], numbered[2][0]} & set("dei"):
            return ("name", numbered[1]), ("name", numbered[2])
        return None

    def unknown_word(self, word: str, start: int, stop: int) -> None:
        """A word that is no letter, function or safe product: a variable in machine style, else an error with help."""
        rest = self.source[stop : stop + 40].lstrip(_SPACES)
        called = rest.startswith("(")
        alone = self.stands_alone(rest)
        clear = not words.is_short_product(word) and not words.is_misspelt(word)
        if self.machine and alone and not called and clear and is_name(word):
            self.name(word, start, stop)
            return
        near = words.nearest(word, tuple(self.declared))
        if called or (not alone and any(name in FUNCTIONS for name in near)):
            raise self.unknown_function(word, start, stop, near)
        letters = "*".join(word) if word.isalpha() and len(word) < 5 else None
        advice = [f"Did you mean {' or '.join(near)}?"] if near else []
        advice += [f"Write {letters} for a product."] if letters else []
        advice += [f"If it is one variable, declare it: variables=({word!r},) or --variables {word}."]
        raise refuse(self.source, (start, stop), f"I don't know the name '{word}'.", " ".join(advice))

    def stands_alone(self, rest: str) -> bool:
        """Whether the word has an operator, a bracket's edge or the text's end on both sides."""
        before = self.tokens[-1].kind if self.tokens else "start"
        left = before in ("start", "+", "-", "*", "/", "^", "(", "[", "{", ",", ";", "relation", "|", "keyword")
        return left and (not rest or rest[0] in "+-*/^)]},;=<>!|&−·×≤≥≠'" or rest[0] in _HIGH)

    def unknown_function(self, word: str, start: int, stop: int, near: list[str]) -> ReadError:
        advice = f"Did you mean {' or '.join(near)}?  " if near else ""
        return refuse(
            self.source,
            (start, stop),
            f"I don't know the function '{word}'.",
            f"{advice}Known functions: symgrad help functions",
        )

    def name(self, text: str, start: int, stop: int) -> None:
        """A variable's token, with a subscript that follows in braces or as low characters."""
        source = self.source
        if source[stop : stop + 1] in PLAIN_SUBSCRIPTS and stop < len(source):
            low = _LOW_RUN.match(source, stop)
            assert low is not None
            text += "_" + "".join(PLAIN_SUBSCRIPTS[character] for character in low[0])
            stop = low.end()
        elif source.startswith("_", stop) and not text.endswith("_"):
            low = _SUBSCRIPT.match(source, stop)
            digits = None if low is None or self.machine else _COUNTED.match(low[1] or "")
            if digits:  # θ_1x is θ_1 times x
                low = re.compile(r"_[0-9]+").match(source, stop)
            listed = low is not None and is_index_list(low[0].replace("{", "").replace("}", "").replace(",", "_"))
            if low is not None and (not listed or "," not in low[0]):
                text += "_" + low[0][1:].strip("{}").replace(",", "_") if "'" not in low[0] else low[0]
                text = "".join(BY_CHARACTER.get(character, character) for character in text)
                stop = low.end()
            elif source.startswith("_{", stop):
                self.check_name(text, start, stop)
                self.add("name", text, start, stop)
                self.add("[", "_{", stop, stop + 2)
                self.indices.append(True)
                return
        self.check_name(text, start, stop)
        self.add("name", text, start, stop)

    def check_name(self, text: str, start: int, stop: int) -> None:
        if not is_name(text):
            raise refuse(
                self.source,
                (start, stop),
                "This is not a name.",
                "A name is a letter, then letters and digits, then perhaps _ and a subscript.",
            )

    def greek(self, found: "re.Match[str]") -> None:
        start, stop = found.span()
        word = BY_CHARACTER[found[0]]
        digits = re.compile(r"[0-9]*").match(self.source, stop)
        assert digits is not None
        if word in self.constants:
            self.add("constant", word, start, stop, self.constants[word])
            return
        if word in ("Sigma", "Pi") and _SUM_BELOW.match(self.source, start + 1):
            self.add("big", {"Sigma": "sum", "Pi": "product"}[word], start, stop, found[0])
            return
        if word == "sigma" and self.source.startswith("(", stop) and "sigma" not in self.declared:
            self.add("function", "sigmoid", start, stop, "σ")
            return
        self.name(word + digits[0], start, digits.end())

    def leibniz(self, start: int) -> bool:
        """d/dx, dy/dx, d²f/dx², ∂f(x, y)/∂x read as one token; False where the text is not of that form."""
        whole, below = leibniz_patterns()
        found = whole.match(self.source, start)
        if found is None:
            return False
        variables = tuple((normal(part["name"]), order_of(part["order"])) for part in below.finditer(found["below"]))
        if order_of(found["order"]) != sum(order for _, order in variables):
            raise refuse(self.source, found.span(), "The orders above and below do not agree.", "Write d^2/dx^2.")
        arguments = tuple(normal(part.strip()) for part in (found["arguments"] or "")[1:-1].split(",") if part.strip())
        name = normal(found["name"]) if found["name"] else None
        value = Leibniz(name, arguments, variables, found["d"] == "∂")
        self.add("leibniz", found[0], start, found.end(), value)
        return True

    # ---- everything else --------------------------------------------------------------------------------------

    def operator(self, found: "re.Match[str]") -> None:
        text, (start, stop) = found[0], found.span()
        if text in ("<", "=") and self.source[stop : stop + 1] == ">":
            raise refuse(self.source, (start, stop + 1), f"'{text}>' is not a relation.", "Write != or >=.")
        if text in _RELATIONS or text == "==":
            self.add("relation", _RELATIONS[_SAME.get(text, text)], start, stop)
        elif text == "_" and not (self.tokens and self.tokens[-1].kind in ("big", "form", "^", "_", "]", "}")):
            raise refuse(self.source, (start, stop), "A name begins with a letter.", "Write x_1 for a subscript.")
        elif text == "{":
            self.indices.append(False)
            self.add("{", "{", start, stop)
        elif text == "}":
            subscript = self.indices.pop() if self.indices else False
            self.add("]" if subscript else "}", "}", start, stop)
        else:
            self.add(_SAME.get(text, text), text, start, stop)

    def raised(self, found: "re.Match[str]") -> None:
        text = "".join(PLAIN_SUPERSCRIPTS[character] for character in found[0])
        start, stop = found.span()
        self.add("raised", text, start, stop, raised_node(text, self.source, (start, stop), self.options))

    def prime(self, found: "re.Match[str]") -> None:
        self.add("prime", found[0], *found.span(), value=sum(_PRIMES[character] for character in found[0]))

    def other(self, found: "re.Match[str]") -> None:
        text, (start, stop) = found[0], found.span()
        if text in _SAME:
            self.add(_SAME[text], text, start, stop)
        elif text in _RELATIONS:
            self.add("relation", _RELATIONS[text], start, stop)
        elif text in _ROOTS:
            self.add("root", text, start, stop, _ROOTS[text])
        elif text in _BIG:
            self.add("big", _BIG[text], start, stop, text)
        elif text == "∞":
            self.add("constant", text, start, stop, INFINITY)
        elif text == "ⅇ":
            self.add("constant", "e", start, stop, E)
        elif text in "ᵀ⊤":
            self.add("transpose", text, start, stop)
        elif text == "∂" and self.leibniz(start):
            return
        elif text in "⌊⌋⌈⌉‖°":
            self.add(text, text, start, stop)
        else:
            raise self.unknown_character()

    def unknown_character(self) -> ReadError:
        character = self.source[self.at]
        hints = {
            "\\": "This looks like LaTeX: read it with syntax='latex' (on the command line --syntax latex).",
            "%": "Write x/100 for a percentage, mod(x, y) for a remainder.",
            "@": "Write x*y; declared matrices multiply by *.",
            ".": "A dot stands only inside a number.",
            "—": "Write - for minus.",
            '"': "A formula holds no quoted text.",
            "±": "Write the formula with + and the one with -.",
            "⁄": "Write / for a fraction.",
            **dict.fromkeys("½¼¾⅓⅔⅛", "Write a fraction as (1/2)."),
            **dict.fromkeys("∙•", "Write * or · for a product."),
            "∇": "Ask for the gradient with symgrad gradient.",
        }
        name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
        shown = f"'{character}' ({name})" if character.isprintable() else name
        hint = hints.get(character, "Known characters: symgrad help syntax")
        return refuse(self.source, (self.at, self.at + 1), f"A formula cannot hold the character {shown}.", hint)
