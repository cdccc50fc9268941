r"""LaTeX mathematics to tokens, by a fixed table of commands: what is not in the table is an error at its place.

Nothing is expanded and nothing is defined: `\def`, `\input` and their like are simply not in the table. The tokens are
those of the plain lexer, with kind 'command' for what takes arguments in braces.
"""

import re
from typing import Any

from symgrad.errors import ReadError
from symgrad.syntax import words
from symgrad.syntax.functions import SPELLINGS
from symgrad.syntax.latex_tables import (
    BIG,
    CLOSERS,
    FENCES,
    KEYWORDS,
    MARKED,
    ONE_PART,
    OPERAND,
    PARTS_BELOW,
    PUNCTUATION,
    RELATIONS,
    SAME,
    SIZES,
    SYMBOLS,
    THOUSANDS,
    TOKEN,
    TOKEN_COMMA,
    WITH_ARGUMENTS,
)
from symgrad.syntax.names import ACCENTS, BY_CHARACTER, LETTERS, PLAIN_SUPERSCRIPTS, RESERVED, is_name
from symgrad.syntax.numerals import number_node, raised_node
from symgrad.syntax.plain_lexer import CONSTANTS
from symgrad.syntax.tokens import ReadOptions, Token, refuse
from symgrad.syntax.tree import INFINITY, E


class LatexLexer:
    """One LaTeX text on its way to tokens."""

    __slots__ = ("at", "constants", "declared", "options", "source", "spaced", "styled", "tokens", "unstyled")

    def __init__(self, source: str, options: ReadOptions) -> None:
        self.source = _without_delimiters(source)
        self.options = options
        self.tokens: list[Token] = []
        self.at = 0
        self.spaced = False
        self.declared = {*options.variables, *options.functions, *(name for name, _ in options.shapes)}
        self.constants = {k: CONSTANTS[v] for k, v in (("e", "e"), ("pi", "pi"), *options.constants)}
        for name in self.declared:
            self.constants.pop(name, None)
        self.styled: dict[str, tuple[int, int]] = {}
        self.unstyled: set[str] = set()

    def run(self) -> list[Token]:
        """All tokens, with an 'end' token last."""
        source, limit = self.source, self.options.budgets.tokens
        match = (TOKEN_COMMA if self.options.decimal_comma else TOKEN).match
        self.at = 1 if source.startswith("\ufeff") else 0
        while self.at < len(source):
            found = match(source, self.at)
            if found is None:
                raise self.unknown_character()
            kind = found.lastgroup or ""
            if kind == "space":
                if re.search(r"\n[ \t]*\n", found[0]):
                    raise refuse(source, found.span(), "An empty line ends a formula.", "Write one formula.")
                self.at = found.end()
                self.spaced = True
                continue
            getattr(self, "read_" + kind)(found)
            if len(self.tokens) > limit:
                raise self.options.budgets.exceeded(
                    "tokens", "The formula has very many symbols", source=source, span=found.span()
                )
        for name in self.unstyled & self.styled.keys():
            raise refuse(source, self.styled[name], f"'{name}' stands here in two styles.", "Rename one of them.")
        self.tokens.append(Token("end", "", len(source), len(source), self.spaced))
        return self.tokens

    def add(self, kind: str, text: str, start: int, stop: int, value: Any = None) -> None:
        self.tokens.append(Token(kind, text, start, stop, self.spaced, value))
        self.spaced = False
        self.at = stop

    def letter(self, text: str, start: int, stop: int) -> None:
        """A letter's token: a constant, or a variable."""
        if text in self.constants and MARKED.match(self.source, stop) is None:
            self.add("constant", text, start, stop, self.constants[text])
        else:
            self.unstyled.add(text)
            self.add("name", text, start, stop)

    # ---- one method a group of the pattern --------------------------------------------------------------------

    def read_prime(self, found: "re.Match[str]") -> None:
        self.add("prime", found[0], *found.span(), value=found[0].count("'") + found[0].count("\\prime"))

    def read_transpose(self, found: "re.Match[str]") -> None:
        self.add("transpose", found[0], *found.span())

    def read_degree(self, found: "re.Match[str]") -> None:
        self.add("°", found[0], *found.span())

    def read_number(self, found: "re.Match[str]") -> None:
        text, (start, stop) = found[0].replace("{,}", "."), found.span()
        after = THOUSANDS.match(self.source, stop)
        lowered = bool(self.tokens) and self.tokens[-1].kind in ("_", "^")  # \log_2 8: TeX takes the 2 alone
        if (after is not None and not lowered) or self.source[stop : stop + 1] == ".":
            last = after.end() if after else stop + 1
            raise refuse(self.source, (start, last), "I can't tell where this number ends.", "Write it without gaps.")
        if re.fullmatch(r"[1-9][0-9]{0,2}\{,\}[0-9]{3}", found[0]) and not self.options.decimal_comma:
            hint = f"Write {text.replace('.', '')} or {text}."
            raise refuse(self.source, (start, stop), "The comma may part thousands or decimals.", hint)
        self.add("number", text, start, stop, number_node(text, self.source, (start, stop), self.options))

    def read_letters(self, found: "re.Match[str]") -> None:
        """A run of letters: a function, or a product of letters; doubtful runs are refused."""
        word, (start, stop) = found[0], found.span()
        if word in self.declared:
            self.unstyled.add(word)
            self.add("name", word, start, stop)
        elif len(word) == 1:
            self.letter(word, start, stop)
        elif word in ("frac", "dfrac", "tfrac", "cfrac") and self.source.startswith("{", stop):
            raise refuse(self.source, (start, stop), f"\\{word} needs its backslash.", f"Write \\{word}{{1}}{{2}}.")
        elif word in words.KEYWORDS and word in ("mod",):
            self.add("keyword", word, start, stop)
        elif self.is_function(word, stop):
            self.function(word, start, stop)
        else:
            self.pieces(word, start, stop)

    def is_function(self, word: str, stop: int) -> bool:
        if word not in SPELLINGS and word not in ("log", "lg"):
            return False
        return word not in words.ALSO_VARIABLES or self.bracket_follows(stop)

    def bracket_follows(self, stop: int) -> bool:
        return re.compile(r"\s*(?:\\!\s*)?(?:\\left\s*)?\(").match(self.source, stop) is not None

    def function(self, word: str, start: int, stop: int) -> None:
        if word in ("log", "lg"):
            self.add("form", word, start, stop, word)
        else:
            self.add("function", SPELLINGS[word], start, stop, word)

    def pieces(self, word: str, start: int, stop: int) -> None:
        operand = stop < len(self.source)
        if (arc := words.glued_arc(word)) is not None:
            hint = f"Write a\\{arc[0][1:]} {arc[1]} or \\arc{arc[0][1:]} {arc[1]}."
            raise refuse(self.source, (start, stop), f"'{word}' may be a·{arc[0][1:]} or the inverse function.", hint)
        split = words.split_around_functions(word, operand, self.bracket_follows(stop))
        if split is None and self.is_product(word, stop):
            split = tuple(("name", letter) for letter in word)
        if split is None:
            near = words.nearest(word, tuple(self.declared))
            hint = f"Did you mean {' or '.join(near)}?" if near else "Put spaces between the letters of a product,"
            hint += f" or write \\mathrm{{{word}}} for one name."
            if word in LETTERS:
                hint = f"Write \\{word} for the Greek letter."
            raise refuse(self.source, (start, stop), f"I don't know the name '{word}'.", hint)
        at = start
        for kind, text in split:
            length = len(text)
            if kind in ("function", "form"):
                rest = word[at - start :]
                length = next(n for n in range(len(rest), 0, -1) if SPELLINGS.get(rest[:n]) == text or rest[:n] == text)
                self.function(rest[:length], at, at + length)
            else:
                self.letter(text, at, at + length)
            at += length

    def is_product(self, word: str, stop: int) -> bool:
        """Whether letters side by side are safely a product: few, different, and no misspelt name."""
        body = word[:-2] if len(word) > 2 and word[-2] == "d" else word
        if word in LETTERS or word in words.KEYWORDS or len(set(body)) != len(body):
            return False
        if len(body) > 3 and list(body) != sorted(body):
            return False
        called = self.bracket_follows(stop) and len(word) > 2
        return not (called and not words.is_short_product(word) and words.nearest(word))

    def read_styled(self, found: "re.Match[str]") -> None:
        """\\mathrm{…}, \\operatorname{…}, \\text{…}, \\mathbf{…}: a function, a constant, a keyword or a name."""
        style = found["style"].rstrip("*")
        content = found["content"] if found["content"] is not None else found["single"]
        start, stop = found.span()
        if found["content"] is None and not content.startswith("\\"):
            content, stop = content[0], found.start("single") + 1  # TeX takes one letter
        word = content.strip().replace("\\_", "_").replace("\\", "")
        if "\\" in content.replace("\\_", "") and word not in LETTERS:
            raise self.unknown_styled(content, start, stop)
        if style in ("mathbf", "boldsymbol", "bm", "mathcal", "mathbfit"):
            self.name(word, start, stop, style)
        elif style == "mathit":
            self.primed_name(word, start, stop)
        elif word in KEYWORDS and style in ("text", "textrm", "mathrm") and not self.source.startswith("_", stop):
            self.add("keyword", KEYWORDS[word], start, stop)
        elif word == "d":
            self.add("name", "d", start, stop, "upright")
        elif word in self.constants:
            self.add("constant", word, start, stop, self.constants[word])
        elif word == "B" and self.bracket_follows(stop):
            self.add("function", "beta", start, stop, "B")
        elif word in self.declared:
            self.add("name", word, start, stop)
        elif word in ("log", "lg") or (word in SPELLINGS and (style == "operatorname" or self.is_function(word, stop))):
            self.function(word, start, stop)
        elif word in words.FORMS and style == "operatorname":
            self.add("form", words.FORMS[word], start, stop, word)
        elif style == "operatorname" and len(word) > 1:
            raise self.unknown_function(word, start, stop)
        elif style == "operatorname" and OPERAND.match(self.source, stop) is not None:
            raise refuse(
                self.source,
                (start, stop),
                f"{word} needs its argument in brackets.",
                f"Write {word}(x), or {word} alone.",
            )
        else:
            self.name(word, start, stop, None)

    def unknown_styled(self, content: str, start: int, stop: int) -> ReadError:
        return refuse(self.source, (start, stop), "I can't read this as a name.", "A name is letters, digits and \\_.")

    def unknown_function(self, word: str, start: int, stop: int) -> ReadError:
        near = words.nearest(word, tuple(self.declared))
        hint = f"Did you mean {' or '.join(near)}?" if near else "Known functions: symgrad help functions"
        return refuse(self.source, (start, stop), f"I don't know the function '{word}'.", hint)

    def name(self, word: str, start: int, stop: int, style: str | None) -> None:
        if not is_name(word) or word in RESERVED or (style is None and word == "i"):
            raise self.unknown_styled(word, start, stop)
        if self.bracket_follows(stop) and len(word) > 1 and word not in LETTERS and word not in self.declared:
            raise self.unknown_function(word, start, stop)
        if style is not None:
            self.styled.setdefault(word, (start, stop))
        else:
            self.unstyled.add(word)
        self.add("name", word, start, stop, style)

    def primed_name(self, word: str, start: int, stop: int) -> None:
        """\\mathit{foo'}: the primes inside belong to the name."""
        bare = word.rstrip("'")
        self.name(bare, start, stop, None)
        if bare != word:
            self.tokens.append(Token("prime", word[len(bare) :], stop - 1, stop, False, len(word) - len(bare)))

    def read_accent(self, found: "re.Match[str]") -> None:
        accent = found["hat"].removeprefix("wide")
        under = found["under"] or found["under1"]
        word = under.removeprefix("\\")
        start, stop = found.span()
        if (under[0] == "\\" and word not in LETTERS) or (under[0] != "\\" and len(word) > 1) or accent not in ACCENTS:
            raise refuse(self.source, (start, stop), "An accent stands on one letter.", None)
        self.unstyled.add(word + accent)
        self.add("name", word + accent, start, stop, "accent")

    def read_environment(self, found: "re.Match[str]") -> None:
        known = ("cases", "matrix", "pmatrix", "bmatrix", "vmatrix")
        if found["name"] not in known:
            raise refuse(
                self.source,
                found.span(),
                f"I don't know the environment {found['name']}.",
                f"Known: {', '.join(known)}.",
            )
        kind = "command" if found["edge"] == "begin" else "end-environment"
        self.add(kind, found["edge"], *found.span(), value=found["name"])

    def read_delimiter(self, found: "re.Match[str]") -> None:
        fence, (start, stop) = found["fence"], found.span()
        if found["side"] == "left" and fence in FENCES:
            self.add(FENCES[fence][0], fence, start, stop, "sized")
        elif found["side"] == "right" and fence in CLOSERS:
            self.add(FENCES[CLOSERS[fence]][1], fence, start, stop, "sized")
        else:
            raise refuse(self.source, (start, stop), "I don't know this bracket.", "Use \\left( … \\right).")

    def read_command(self, found: "re.Match[str]") -> None:
        word, (start, stop) = found[0][1:], found.span()
        if word in SIZES:
            self.at = stop
        elif word in PUNCTUATION:
            self.add(PUNCTUATION[word], found[0], start, stop)
        elif word in RELATIONS:
            self.add("relation", RELATIONS[word], start, stop)
        elif word in WITH_ARGUMENTS:
            self.add("command", word, start, stop)
        elif word in BIG:
            self.add("big", BIG[word], start, stop)
        elif word == "infty":
            self.add("constant", found[0], start, stop, INFINITY)
        elif word in ("lor", "vee"):
            self.add("keyword", "or", start, stop)
        elif word in ("bmod", "mod"):
            self.add("keyword", "mod", start, stop)
        elif word == "sigma" and self.bracket_follows(stop) and "sigma" not in self.declared:
            self.add("function", "sigmoid", start, stop, "\\sigma")
        elif word == "Gamma" and self.bracket_follows(stop) and "Gamma" not in self.declared:
            self.add("function", "gamma", start, stop, "\\Gamma")
        elif word in LETTERS:
            self.letter(word, start, stop)
        elif word == "choose":
            raise refuse(self.source, (start, stop), "\\choose is not read.", "Write \\binom{n}{k}.")
        elif word in ("log", "lg", "Re", "Im") or word in SPELLINGS:
            self.function(word, start, stop)
        else:
            raise self.unknown_command(word, start, stop)

    def unknown_command(self, word: str, start: int, stop: int) -> ReadError:
        known = [*PUNCTUATION, *RELATIONS, *WITH_ARGUMENTS, *BIG, *LETTERS, *SPELLINGS]
        from difflib import get_close_matches

        near = get_close_matches(word, known, n=2, cutoff=0.75)
        hint = f"Did you mean \\{near[0]}?" if near else "Known commands: symgrad help syntax"
        return refuse(self.source, (start, stop), f"I don't know the command \\{word}.", hint)

    def read_symbol(self, found: "re.Match[str]") -> None:
        text, (start, stop) = found[0], found.span()
        if text in RELATIONS:
            if self.source[stop : stop + 1] in ("=", ">", "<"):
                raise refuse(self.source, (start, stop + 1), "This is not a relation.", "Write \\le, \\ge or \\ne.")
            self.add("relation", RELATIONS[text], start, stop)
        elif text == "_" and self.tokens and self.tokens[-1].kind in ("name", "prime"):
            self.subscript(start, stop)
        else:
            self.add(SYMBOLS.get(text, text), text, start, stop)

    def subscript(self, start: int, stop: int) -> None:
        """The subscript of a name; a word in braces is one part of the name, whatever letters it has."""
        self.add("_", "_", start, stop)
        found = PARTS_BELOW.match(self.source, stop)
        if found is None:
            return
        parts = [
            (part, re.sub(r"\\(?:mathrm|text|textrm|mathit)|[\\{}\s]", "", part[0]))
            for part in ONE_PART.finditer(found[0])
        ]
        if any(
            part[0][0] == "\\" and "{" not in part[0] and w not in LETTERS and w not in SPELLINGS for part, w in parts
        ):
            return
        self.add("{", "{", stop, stop + 1)
        for part, word in parts:
            if part is not parts[0][0]:
                self.add(",", ",", stop + part.start() - 1, stop + part.start())
            self.add("name", word, stop + part.start(), stop + part.end())
        self.add("}", "}", found.end() - 1, found.end())

    def read_greek(self, found: "re.Match[str]") -> None:
        self.letter(BY_CHARACTER[found[0]], *found.span())

    def read_raised(self, found: "re.Match[str]") -> None:
        text = "".join(PLAIN_SUPERSCRIPTS[character] for character in found[0])
        self.add("raised", text, *found.span(), value=raised_node(text, self.source, found.span(), self.options))

    def read_other(self, found: "re.Match[str]") -> None:
        text, span = found[0], found.span()
        if text in SAME:
            self.add(SAME[text], text, *span)
        elif text in RELATIONS:
            self.add("relation", RELATIONS[text], *span)
        else:
            self.add("constant", text, *span, value=INFINITY)

    def unknown_character(self) -> ReadError:
        import unicodedata

        character = self.source[self.at]
        name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
        shown = f"'{character}' ({name})" if character.isprintable() else name
        what = f"A formula in LaTeX cannot hold {shown} here."
        return refuse(self.source, (self.at, self.at + 1), what, "Known commands: symgrad help syntax")


def _without_delimiters(source: str) -> str:
    """The text with $…$, $$…$$, \\(…\\) or \\[…\\] around it blanked, so that places stay the same."""
    stripped = source.strip()
    offset = len(source) - len(source.lstrip())
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        size = len(opening)
        if stripped.startswith(opening) and stripped.endswith(closing) and len(stripped) >= 2 * size + 1:
            inner = stripped[size:-size]
            return " " * (offset + size) + inner + " " * (len(source) - offset - len(stripped) + size)
    return source


__all__ = ["E", "LatexLexer"]
