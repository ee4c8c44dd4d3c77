"""Reviewing by measurement: what can be read off the syntax tree of a function, and a score made of it.

A review says what it measured; it knows nothing of the task's own checks and can therefore be wrong, like any review.
"""

import ast
from dataclasses import dataclass

_LONG = 12
_DEEP = 3
_BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try)


@dataclass(frozen=True)
class Review:
    """A score from 1 to 5 and what it rests on."""

    score: float
    findings: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether the code may go in."""
        return self.score >= 3


def measure(code: str, tests_passed: bool) -> Review:
    """Review a module's code, given whether the tester's tests pass on it."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        return Review(1.0, (f"It is no Python: {error.msg}.",))
    findings = [finding for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for finding in _of_function(node)]
    score = 5.0 - 0.5 * len(findings)
    if not tests_passed:
        return Review(max(1.0, score - 3), ("The tests fail on it.", *findings))
    return Review(max(3.0, score), tuple(findings))


def _of_function(function: ast.FunctionDef) -> list[str]:
    name, lines = function.name, (function.end_lineno or function.lineno) - function.lineno + 1
    arguments = function.args.args
    found = {
        f"`{name}` has no docstring.": ast.get_docstring(function) is None,
        f"`{name}` is {lines} lines long.": lines > _LONG,
        f"`{name}` nests {_depth(function)} blocks deep.": _depth(function) >= _DEEP,
        f"`{name}` has no type hints.": any(argument.annotation is None for argument in arguments),
        "A parameter has a name of one letter.": any(len(argument.arg) == 1 for argument in arguments),
        "It loops over range(len(...)).": "range(len(" in ast.unparse(function),
        "It compares with True or False.": any(_compares_truth(node) for node in ast.walk(function)),
    }
    return [finding for finding, holds in found.items() if holds]


def _depth(node: ast.AST) -> int:
    below = max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    return below + isinstance(node, _BLOCKS)


def _compares_truth(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq)
        and any(isinstance(side, ast.Constant) and isinstance(side.value, bool) for side in node.comparators)
    )
