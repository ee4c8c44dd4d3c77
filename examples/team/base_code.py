"""Scraps of Python for the base's text: functions that are spelled rightly, mean nothing and are never alike.

They are grown from Python's grammar over random names. A scrap does no job, so it is no answer to a task of the team: what it teaches is
how Python is spelled, and that a name in a body is a name that stood in the head.
"""

from collections.abc import Iterator
from random import Random

from examples.team.base_words import name, parameters, phrase, word

_BUILT_IN = (
    "abs",
    "all",
    "any",
    "chr",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "ord",
    "range",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "add",
    "append",
    "copy",
    "count",
    "endswith",
    "extend",
    "find",
    "format",
    "get",
    "index",
    "insert",
    "isalpha",
    "isdigit",
    "items",
    "join",
    "keys",
    "lower",
    "pop",
    "remove",
    "replace",
    "setdefault",
    "sort",
    "split",
    "startswith",
    "strip",
    "update",
    "upper",
    "values",
)
_OPERATORS = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in", "is", "+", "-")
_ERRORS = ("ValueError", "KeyError", "TypeError")


def function(rng: Random, title: str | None = None, names: list[str] | None = None, purpose: str | None = None) -> str:
    """A function over some parameters; its purpose, if any, becomes its docstring."""
    given = names or parameters(rng)
    known = [*given, *given, *(name(rng) for _ in range(rng.randint(1, 2)))]
    docstring = f'    """{purpose[0].upper()}{purpose[1:]}."""\n' if purpose else ""
    body = "\n".join(_block(rng, known, 1, rng.randint(1, 3)))
    return f"def {title or name(rng)}({', '.join(given)}):\n{docstring}{body}\n    return {_expression(rng, known)}\n"


def _block(rng: Random, names: list[str], indent: int, count: int) -> Iterator[str]:
    for _ in range(count):
        if indent < 3 and rng.random() < 0.4:
            yield f"{'    ' * indent}{_head(rng, names)}"
            yield from _block(rng, names, indent + 1, rng.randint(1, 2))
        else:
            yield f"{'    ' * indent}{_statement(rng, names)}"


def _head(rng: Random, names: list[str]) -> str:
    source = _expression(rng, names, 1)
    return rng.choice(
        (
            f"if {_expression(rng, names)}:",
            f"while {_expression(rng, names)}:",
            f"for {rng.choice(names)} in {source}:",
            f"for {rng.choice(names)} in range({source}):",
            f"for {rng.choice(names)}, {rng.choice(names)} in {source}:",
        )
    )


def _statement(rng: Random, names: list[str]) -> str:
    one, value = rng.choice(names), _expression(rng, names)
    return rng.choice(
        (
            f"{one} = {value}",
            f"{one} = {value}",
            f"{one} {rng.choice('+-*')}= {value}",
            f"{one}.{rng.choice(_BUILT_IN)}({value})",
            f"{one}, {rng.choice(names)} = {_expression(rng, names, 1)}, {_expression(rng, names, 1)}",
            f'raise {rng.choice(_ERRORS)}("{phrase(rng, rng.randint(2, 6))}")',
        )
    )


def _expression(rng: Random, names: list[str], depth: int = 2) -> str:
    if not depth or rng.random() < 0.35:
        return _atom(rng, names)
    one, other, owner = _expression(rng, names, depth - 1), _expression(rng, names, depth - 1), rng.choice(names)
    makers = (
        (20, f"{one} {rng.choice(_OPERATORS)} {other}"),
        (15, f"{rng.choice(_BUILT_IN)}({one})"),
        (5, f"{rng.choice(_BUILT_IN)}({one}, {other})"),
        (10, f"{owner}.{rng.choice(_BUILT_IN)}({one})"),
        (5, f"{owner}.{rng.choice(_BUILT_IN)}()"),
        (8, f"{owner}[{one}]"),
        (3, f"{owner}[{_atom(rng, names)}:]"),
        (4, f"[{one} for {owner} in {_atom(rng, names)}]"),
        (3, f"({one}, {other})"),
        (3, f"{one} if {other} else {_atom(rng, names)}"),
        (2, f"not {one}"),
    )
    return rng.choices([text for _, text in makers], [share for share, _ in makers])[0]


def _atom(rng: Random, names: list[str]) -> str:
    if rng.random() < 0.75:
        return rng.choice(names)
    return rng.choice((str(rng.randint(0, 12)), '""', '" "', f'"{word(rng)}"', "[]", "None"))
