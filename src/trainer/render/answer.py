"""Answer: proof that a target says what was answered, all of it, and nothing that would end or change it on the way.

Looked at before rendering: an answer that is empty, that holds a stop token, or that holds the text of another special token. A
tokenizer would make that token of the text, and a model that said these letters had not generated it: servers leave special tokens out
of what they return. In prompts the same text is left alone, because a server tokenises it just so.

Looked at after: every tool call of the history stands in the prompt, and each text of the answer (content, reasoning, names of tools, the
leaves of their arguments) stands in the target. Space at the outer ends of a text is the template's to trim.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from agentlog.errors import RenderError
from trainer.render.template import reasoning_of, said

_THOUGHT_BEGINS, _THOUGHT_ENDS = "<think>", "</think>"


def check_spoken(message: Mapping[str, Any], stops: Iterable[str], special: re.Pattern[str] | None) -> None:
    """Check an answer before it is rendered; ``special`` finds the text of a special token.

    Raises:
        RenderError: it says nothing, or it holds the text of a special token.
    """
    calls = message.get("tool_calls") or []
    if not said(message).strip() and not calls:
        raise RenderError("it says nothing, so there is nothing to learn")
    called = [leaf for call in calls for leaf in (call["function"]["name"], *_leaves(call["function"].get("arguments")))]
    whole = "\n".join(text for text in (said(message), reasoning_of(message), *called) if isinstance(text, str))
    for stop in stops:
        if stop in whole:
            raise RenderError(f"its text holds the stop token {stop}, which would end the answer early")
    for found in special.finditer(whole) if special else ():
        if found.group() not in (_THOUGHT_BEGINS, _THOUGHT_ENDS):
            raise RenderError(f"its text holds {found.group()}, which would be trained as that special token, though it was said as text")


def check_target(message: Mapping[str, Any], target: str) -> None:
    """Check that the text of a target says all of the answer.

    Raises:
        RenderError: something that was answered is missing from it.
    """
    content = said(message)
    thought, _, answer = content.rpartition(_THOUGHT_ENDS)
    for text in (thought.rpartition(_THOUGHT_BEGINS)[2], answer, reasoning_of(message)):
        _insist(text, target)
    if thought and target.count(_THOUGHT_ENDS) != content.count(_THOUGHT_ENDS):
        raise RenderError("the chat template does not know the reasoning in its text, and prints reasoning of its own beside it")
    for call in message.get("tool_calls") or []:
        for leaf in (call["function"]["name"], *_leaves(call["function"].get("arguments"))):
            _insist(leaf, target)


def check_history(messages: Iterable[Mapping[str, Any]], prompt: str) -> None:
    """Check that a prompt shows every tool call before it; some templates print only the first of several, or none beside a text.

    Raises:
        RenderError: a call is missing; the error names its message by its position.
    """
    for position, message in enumerate(messages):
        try:
            for call in message.get("tool_calls") or []:
                for leaf in (call["function"]["name"], *_leaves(call["function"].get("arguments"))):
                    _insist(leaf, prompt)
        except RenderError as error:
            raise RenderError(f"message {position}: it is a tool call in what was said before, and {error}") from error


def _insist(leaf: Any, target: str) -> None:
    if not any(form in target for form in _forms(leaf)):
        raise RenderError(f"the chat template does not print what was answered ({str(leaf).strip()[:40]!r} is missing)")


def _forms(leaf: Any) -> Iterator[str]:
    """How a template may print a value: as it is, as JSON would, as Python would."""
    if not isinstance(leaf, str):
        yield from (str(leaf), orjson.dumps(leaf).decode() if not isinstance(leaf, int) else str(leaf).lower())
        return
    text = leaf.strip()
    yield text
    yield orjson.dumps(text).decode()[1:-1]
    yield "".join(letter if letter.isascii() else _escaped(letter) for letter in orjson.dumps(text).decode()[1:-1])
    yield repr(text)[1:-1]
    yield text.replace("\\", "\\\\").replace("'", "\\'")


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _leaves(value: Any) -> Iterator[Any]:
    """The names and values of a tree that must be printed; nothing and emptiness need no letters."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and value != "":
        yield value
