"""A condition on an answer, as a user writes it: ``tests_passed and rating >= 4 and 'retry' not in task_type``.

The words are Python's, but nothing is ever run as Python: the condition is read once, every part of it is checked against the short lists
here, and what is checked is turned into plain comparisons. Whatever else Python knows (attributes, subscripts, arithmetic, other calls) is
refused with one line, before any work is done.

    fields        role, task_type, task_id, session_id, model, variant, status, finish_reason, prompt, answer   texts
                  rating, review_score, turns                                                                   numbers
                  tests_passed, corrected, verified                                                             true or false
                  timestamp                                                                                     a time
    comparisons   == != < <= > >=, also in chains (2 <= rating <= 4); in and not in: one of several values
                  (model in ('a', 'b')), or a text within a text ('retry' in task_type); is None and is not None
    values        'text', 12, 3.5, True, False, None; times as '2026-11-20' (its beginning) or '2026-11-20T17:00:00Z'
    words         and, or, not, parentheses; a true-or-false field by itself says that it is true
    functions     len(field) of a text, in characters; like(field, 'gpt-4*') for a whole text with * and ?

``prompt`` is the text of the message before the answer, ``turns`` the number of messages before it. What is not known of an answer makes a
comparison false, ``!=`` and ``not in`` as well, and is never an error; so ``not rating < 3`` is true of an answer without a rating, and
``rating >= 3`` is false of it. Values of different kinds are never compared: that is refused, too. There is no regular expression, for some
take for ever; a condition is at most 2,000 characters long and 30 levels deep.
"""

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from agentlog.errors import SettingError
from agentlog.schema.messages import text_of
from agentlog.schema.moment import first_moment
from agentlog.schema.sample import Answer, Sample

MOST_CHARACTERS = 2000
MOST_LEVELS = 30

Kind = Literal["text", "number", "truth", "time", "none"]
Read = Callable[[Sample, Answer], Any]
"""Takes a value from an answer; nothing where it is not known."""
Condition = Callable[[Sample, Answer], bool]


class _Value(NamedTuple):
    """A part of a condition that has a value; a constant has it beforehand."""

    kind: Kind
    read: Read
    constant: Any = None
    is_constant: bool = False


def _prompt(sample: Sample, answer: Answer) -> str | None:
    return text_of(sample.messages[answer.index - 1]) if answer.index else None


FIELDS: Mapping[str, tuple[Kind, Read]] = {
    "role": ("text", lambda sample, answer: sample.role),
    "task_type": ("text", lambda sample, answer: answer.task_type or sample.task_type),
    "task_id": ("text", lambda sample, answer: sample.task_id),
    "session_id": ("text", lambda sample, answer: sample.session_id),
    "model": ("text", lambda sample, answer: answer.model),
    "variant": ("text", lambda sample, answer: answer.variant),
    "status": ("text", lambda sample, answer: answer.status),
    "finish_reason": ("text", lambda sample, answer: answer.finish_reason),
    "prompt": ("text", _prompt),
    "answer": ("text", lambda sample, answer: text_of(sample.messages[answer.index])),
    "rating": ("number", lambda sample, answer: answer.rating),
    "review_score": ("number", lambda sample, answer: answer.review_score),
    "turns": ("number", lambda sample, answer: answer.index),
    "tests_passed": ("truth", lambda sample, answer: answer.tests_passed),
    "corrected": ("truth", lambda sample, answer: answer.original is not None),
    "verified": ("truth", lambda sample, answer: answer.verified),
    "timestamp": ("time", lambda sample, answer: answer.timestamp),
}
"""What a condition can ask of an answer."""

_ORDERS: Mapping[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_EQUAL = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)


@lru_cache(maxsize=64)
def read_condition(text: str) -> Condition:
    """The condition as a function of a sample and one of its answers.

    Raises:
        SettingError: it is none; the message says what is wrong, and what can be asked.
    """
    if len(text) > MOST_CHARACTERS:
        raise SettingError(f"select.where is {len(text)} characters long: at most {MOST_CHARACTERS} can be read")
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(" ".join(text.splitlines()).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise SettingError(f"select.where: {' '.join(text.split())!r} is no condition: {told}") from error
    _require_shallow(tree)
    return _condition(tree)


def _require_shallow(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MOST_LEVELS):
        level = [part for node in level for part in ast.iter_child_nodes(node)]
    if level:
        raise SettingError(f"select.where is nested more than {MOST_LEVELS} levels deep")


def _condition(node: ast.expr) -> Condition:
    if isinstance(node, ast.BoolOp):
        parts = [_condition(part) for part in node.values]
        if isinstance(node.op, ast.And):
            return lambda sample, answer: all(part(sample, answer) for part in parts)
        return lambda sample, answer: any(part(sample, answer) for part in parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        denied = _condition(node.operand)
        return lambda sample, answer: not denied(sample, answer)
    if isinstance(node, ast.Compare):
        return _comparisons(node)
    if isinstance(node, ast.Call) and _called(node) == "like":
        return _like(node)
    value = _value(node)
    if value.kind != "truth":
        raise _refused(node, "says neither yes nor no: compare it with something")
    return lambda sample, answer: bool(value.read(sample, answer))


def _comparisons(node: ast.Compare) -> Condition:
    sides = [node.left, *node.comparators]
    found = [_comparison(node, *pair) for pair in zip(node.ops, sides, sides[1:], strict=False)]
    return found[0] if len(found) == 1 else lambda sample, answer: all(one(sample, answer) for one in found)


def _comparison(node: ast.Compare, order: ast.cmpop, left: ast.expr, right: ast.expr) -> Condition:
    if isinstance(order, ast.In | ast.NotIn):
        return _membership(node, isinstance(order, ast.In), left, right)
    one, other = _value(left), _value(right)
    if "none" in (one.kind, other.kind):
        return _absence(node, order, one, other)
    if type(order) not in _ORDERS:
        raise _refused(node, "asks for identity: write ==, or is None")
    if one.kind == other.kind == "truth" and not isinstance(order, _EQUAL):
        raise _refused(node, "puts true and false in an order: write == or !=")
    one, other = _alike(node, one, other)
    holds = _ORDERS[type(order)][1]

    def compare(sample: Sample, answer: Answer) -> bool:
        first, second = one.read(sample, answer), other.read(sample, answer)
        return first is not None and second is not None and holds(first, second)

    return compare


def _absence(node: ast.Compare, order: ast.cmpop, one: _Value, other: _Value) -> Condition:
    if not isinstance(order, _EQUAL):
        raise _refused(node, "puts None in an order: write is None or is not None")
    wanted = isinstance(order, ast.Eq | ast.Is)
    read = one.read if other.kind == "none" else other.read
    return lambda sample, answer: (read(sample, answer) is None) is wanted


def _membership(node: ast.Compare, wanted: bool, left: ast.expr, right: ast.expr) -> Condition:
    one = _value(left)
    if isinstance(right, ast.Tuple | ast.List | ast.Set):
        values = [_alike(node, one, _value(item))[1] for item in right.elts]
        if not all(value.is_constant for value in values):
            raise _refused(right, "holds something else than plain values")
        one = _alike(node, one, values[0])[0] if values else one
        held = frozenset(value.constant for value in values)
        return lambda sample, answer: (value := one.read(sample, answer)) is not None and (value in held) is wanted
    other = _value(right)
    if one.kind != "text" or other.kind != "text":
        raise _refused(node, "looks for something in what is neither a text nor a list of values")

    def within(sample: Sample, answer: Answer) -> bool:
        part, whole = one.read(sample, answer), other.read(sample, answer)
        return part is not None and whole is not None and (part in whole) is wanted

    return within


def _alike(node: ast.expr, one: _Value, other: _Value) -> tuple[_Value, _Value]:
    """Both, if they are of one kind: a text beside a time is read as a time."""
    if one.kind == "time" and other.kind == "text" and other.is_constant:
        other = _time(node, other)
    elif other.kind == "time" and one.kind == "text" and one.is_constant:
        one = _time(node, one)
    if one.kind != other.kind:
        raise _refused(node, f"compares a {one.kind} with a {other.kind}")
    return one, other


def _time(node: ast.expr, value: _Value) -> _Value:
    try:
        return _constant("time", first_moment(value.constant))
    except ValueError as error:
        raise _refused(node, f"is wrong: {error}") from error


def _like(node: ast.Call) -> Condition:
    if len(node.args) != 2 or node.keywords:
        raise _refused(node, "is wrong: write like(model, 'gpt-4*')")
    value, pattern = (_value(part) for part in node.args)
    if value.kind != "text" or pattern.kind != "text" or not pattern.is_constant:
        raise _refused(node, "is wrong: write like(model, 'gpt-4*')")
    fits = re.compile(translate(pattern.constant)).match
    return lambda sample, answer: (text := value.read(sample, answer)) is not None and fits(text) is not None


def _value(node: ast.expr) -> _Value:
    if isinstance(node, ast.Constant):
        return _constant(_kind_of(node), node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        if _kind_of(node.operand) == "number":
            return _constant("number", -node.operand.value)  # type: ignore[operator]  # a number, as its kind says
    elif isinstance(node, ast.Name):
        if node.id in FIELDS:
            return _Value(*FIELDS[node.id])
        raise SettingError(f"select.where: {node.id!r} is no field; there are {', '.join(FIELDS)}")
    elif isinstance(node, ast.Call) and _called(node) == "len":
        return _length(node)
    raise _refused(node, "cannot be asked: only fields, plain values, comparisons, in, and, or, not, len() and like() can")


def _length(node: ast.Call) -> _Value:
    text = _value(node.args[0]) if len(node.args) == 1 and not node.keywords else None
    if text is None or text.kind != "text":
        raise _refused(node, "is wrong: write len(answer), or another field that is a text")
    return _Value("number", lambda sample, answer: None if (said := text.read(sample, answer)) is None else len(said))


def _constant(kind: Kind, value: Any) -> _Value:
    return _Value(kind, lambda sample, answer: value, value, True)


def _kind_of(node: ast.Constant) -> Kind:
    value = node.value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    raise _refused(node, "is no value that an answer could have")


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _refused(node: ast.expr, why: str) -> SettingError:
    return SettingError(f"select.where: {ast.unparse(node)!r} {why}; the fields are {', '.join(FIELDS)}")
