"""Style of a row's trained answers, as a few numbers that are cheap enough to take of every row.

Each feature lies in 0 to 1, is the mean over the answers that it applies to, and is nan where it applies to none: a row without functions
says nothing about docstrings. Only Python is parsed, and of it the first `PARSED` characters of an answer; what is cut off there counts as
unfinished, not as broken. Other languages are seen by their blocks alone. Code in the arguments of tool calls is not looked at. No feature
says what is good, only how alike rows are; the exceptions are `DIRECTED`: code that does not parse is worse, however alike all of it is.
"""

import ast
import json
import math
import re
import warnings
from codeop import PyCF_ALLOW_INCOMPLETE_INPUT  # type: ignore[attr-defined]
from collections.abc import Iterator
from textwrap import dedent
from typing import NamedTuple

from agentlog.schema.messages import ChatMessage, text_of
from agentlog.schema.sample import Sample

FACETS: dict[str, tuple[str, ...]] = {
    "parsing": ("code_parses", "tool_arguments_parse"),
    "type hints": ("type_hints",),
    "docstrings": ("docstrings",),
    "naming": ("snake_case",),
    "formatting": ("comments", "double_quotes", "indent_of_four", "function_lines", "ascii"),
    "structure": ("code_block", "language_tag", "python", "prose", "headings", "bullets", "inline_code", "tool_call", "reasoning"),
    "length": ("answer_length",),
}
"""The features by what they tell."""

FEATURES: tuple[str, ...] = tuple(name for names in FACETS.values() for name in names)
"""The names of the features, in the order in which `style_of` gives them."""

DIRECTED = frozenset({"code_parses", "tool_arguments_parse"})
"""Features of which more is better, so that the share itself counts and not how alike the rows are."""

READ = 4096
"""Characters of an answer whose form is looked at; its length is always that of the whole."""
PARSED = 1000
"""Characters of Python that are parsed per answer, at about 0.07 µs each."""

_NAN = math.nan
# A search for a line's start begins with its line break, which is found ten times as fast as ^ is: texts are given one in front.
_FENCE = re.compile(r"\n[ \t]*(```+|~~~+)[ \t]*([\w+#.-]*)")
_BARE_PYTHON = re.compile(
    r"(?:[ \t]*(?:#[^\n]*)?\n)*(?:from [\w.]+ import |import [\w.]+(?: as \w+)?[ \t]*\n|(?:async )?def \w+\(|class \w+[(:]|@\w)"
)
_FUNCTION = re.compile(
    r"\n[ \t]*(?:async )?def +\w+ *\((?P<parameters>[^()]{0,400}+(?:\([^()]{0,200}+\)[^()]{0,200}+){0,20}+)\)"
    r"(?P<returns> *->[^\n]{0,200}?)?:[ \t]*(?:#[^\n]*)?(?P<docstring>\s*[rR]?(?:\"|'))?"
)
_NAME = re.compile(r"\n[ \t]*+(?:(?:async )?def ++([A-Za-z_]\w*+)|([A-Za-z_]\w*+)[ \t]*+(?::[^=\n]{0,80})?=(?!=))")
_CAMEL = re.compile(r"[a-z]+[a-z0-9]*[A-Z]")
_INDENT = re.compile(r"\n( +)(?=\S)")
_COMMENT = re.compile(r"\n[ \t]*#")
_HEADING = re.compile(r"\n#{1,6} \S")
_BULLET = re.compile(r"\n[ \t]*(?:[-*+•]|\d{1,3}[.)]) \S")
_INLINE = re.compile(r"`[^`\n]{1,100}`")
_PYTHON_TAGS = frozenset({"python", "py", "python3", "python2", "pycon", "ipython"})
_PARSING = ast.PyCF_ONLY_AST | PyCF_ALLOW_INCOMPLETE_INPUT


class _Block(NamedTuple):
    """A fenced block: its language in lower case (empty where none is named) and its code."""

    tag: str
    code: str

    @property
    def is_python(self) -> bool:
        return self.tag in _PYTHON_TAGS or (not self.tag and bool(_BARE_PYTHON.match(self.code)))


def style_of(sample: Sample) -> tuple[float, ...]:
    """The style of a row's trained answers.

    Returns:
        One number for each of `FEATURES`: 0 to 1, or nan where the feature applies to none of the answers.
    """
    found = [_features(sample.messages[index]) for index in sample.trained]
    if len(found) == 1:
        return tuple(found[0].get(name, _NAN) for name in FEATURES)
    return tuple(_mean([features[name] for features in found if name in features]) for name in FEATURES)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else _NAN


def _features(answer: ChatMessage) -> dict[str, float]:
    """The features that apply to one answer."""
    whole = text_of(answer)
    text = "\n" + whole[:READ]
    blocks, prose = _blocks(text)
    calls = answer.get("tool_calls") or []
    found = {
        "answer_length": _on_scale(len(whole) / 10, most=1_000),
        "tool_call": float(bool(calls)),
        "code_block": float("```" in text or "~~~" in text),
        "reasoning": float(text.lstrip()[:7] == "<think>" or bool(answer.get("reasoning_content"))),
    }
    if text.strip():
        found |= _form(text, prose)
    if calls:
        found["tool_arguments_parse"] = _mean([_is_json(call["function"].get("arguments")) for call in calls])
    if blocks:
        if found["code_block"]:
            found["language_tag"] = _mean([float(bool(block.tag)) for block in blocks])
        found["python"] = _mean([float(block.is_python) for block in blocks])
        python = [dedent(block.code) if block.code[:1] in " \t" else block.code for block in blocks if block.is_python]
        if python:
            found |= _python(python)
    return found


def _form(text: str, prose: str) -> dict[str, float]:
    return {
        "prose": len(prose.strip()) / len(text.strip()),
        "headings": float(bool(_HEADING.search(prose))),
        "bullets": float(bool(_BULLET.search(prose))),
        "inline_code": float(bool(_INLINE.search(prose))),
        "ascii": float(text.isascii()),
    }


def _blocks(text: str) -> tuple[list[_Block], str]:
    """The fenced blocks of a text, an unclosed one to its end, and what is outside; an answer that is nothing but Python is one block."""
    if "```" not in text and "~~~" not in text:
        return ([_Block("", text[1:])], "") if _BARE_PYTHON.match(text) else ([], text)
    blocks: list[_Block] = []
    prose: list[str] = []
    opened: re.Match[str] | None = None
    end = 0
    for fence in _FENCE.finditer(text):
        if opened is None:
            prose.append(text[end : fence.start()])
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2]:
            blocks.append(_block(text, opened, fence.start()))
            opened, end = None, fence.end()
    if opened is None:
        prose.append(text[end:])
    else:
        blocks.append(_block(text, opened, len(text)))
    return blocks, "\n" + "\n".join(prose).strip()


def _block(text: str, opened: re.Match[str], end: int) -> _Block:
    line_end = text.find("\n", opened.end(), end)
    return _Block(opened[2].lower(), "" if line_end < 0 else text[line_end + 1 : end])


def _python(pieces: list[str]) -> dict[str, float]:
    """The features of an answer's Python."""
    code = "\n" + "\n".join(pieces)
    found = {"code_parses": _share_that_parses(pieces), "comments": float("  #" in code or bool(_COMMENT.search(code)))}
    functions = list(_FUNCTION.finditer(code))
    indents = [len(spaces) for spaces in _INDENT.findall(code)]
    if functions:
        found["type_hints"] = _mean([float(bool(one["returns"] or ":" in one["parameters"])) for one in functions])
        found["docstrings"] = _mean([float(bool(one["docstring"])) for one in functions])
        found["function_lines"] = _on_scale(len(indents) / len(functions), most=100)
    if indents:
        found["indent_of_four"] = sum(indent % 4 == 0 for indent in indents) / len(indents)
    double, single = code.count('"'), code.count("'")
    if double or single:
        found["double_quotes"] = double / (double + single)
    named = list(_cased(code))
    if named:
        found["snake_case"] = _mean(named)
    return found


def _cased(code: str) -> Iterator[float]:
    """For each name of a function or variable that has to choose: whether it is snake_case (1) or camelCase (0)."""
    for function, variable in _NAME.findall(code):
        name = (function or variable).strip("_")
        if "_" in name:
            if not name.isupper():
                yield 1.0
        elif _CAMEL.match(name):
            yield 0.0


def _share_that_parses(pieces: list[str]) -> float:
    """The share of pieces of Python that parse as far as they are looked at."""
    left = PARSED
    verdicts: list[float] = []
    for piece in pieces:
        if left <= 0:
            break
        seen = piece if len(piece) <= left else piece[: piece.rfind("\n", 0, left) + 1] or piece[:left]
        verdicts.append(float(_parses(seen, whole=len(seen) == len(piece))))
        left -= len(seen)
    return _mean(verdicts)


def _parses(code: str, *, whole: bool) -> bool:
    try:
        with warnings.catch_warnings():
            # An odd escape is no error, whatever this process does with warnings.
            warnings.simplefilter("ignore")
            compile(code, "<answer>", "exec", ast.PyCF_ONLY_AST if whole else _PARSING, dont_inherit=True)
    except SyntaxError as error:
        return not whole and str(error.msg).startswith("incomplete input")
    except (ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_json(arguments: object) -> float:
    """Whether the arguments of a tool call are a JSON object; those that arrived parsed are."""
    if not isinstance(arguments, str):
        return 1.0
    try:
        return float(isinstance(json.loads(arguments), dict))
    except (ValueError, RecursionError):
        return 0.0


def _on_scale(number: float, *, most: int) -> float:
    """A size on a logarithmic scale: 0 for one or less, 1 for ``most`` and more."""
    return min(math.log(max(number, 1)) / math.log(most), 1.0)
