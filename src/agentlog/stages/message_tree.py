"""The tree of messages of a session: what calls have in common is one path, where they differ it forks.

Messages are compared by what they say, not by how they were logged. Null and empty content are equal, and so are a text and the same text
in parts (marks of prompt caches aside), arguments of a tool call whose JSON differs in blanks or in the order of keys, and tool calls whose
ids alone differ: frameworks give them new ones, so a call is known by its place and a tool's message by the call that it answers. Reasoning
that an answer had and that a later prompt leaves out is a difference: the model was not shown it. What a provider adds beside
(annotations, refusals, log probabilities) says nothing. Within a session only: the tree lives as long as one is assembled.
"""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from agentlog._hashing import canonical_json
from agentlog.schema.messages import ChatMessage, text_of

_REASONING = ("reasoning_content", "reasoning", "thinking")
_HEAD = 2
"""How many messages, as a rule, tell the agents of a session apart."""
_TEXT_PARTS = (None, "text", "input_text", "output_text")


@dataclass(slots=True, eq=False)
class Node:
    """One message after all those above it. ``size`` is the number of characters from the root to here, `size_of` each message."""

    depth: int
    size: int
    below: dict[Hashable, "Node"] = field(default_factory=dict)


class Path:
    """A conversation on its way down the tree: the node after each message, and the ids of its tool calls in order."""

    __slots__ = ("_calls", "ids", "nodes")

    def __init__(self, nodes: list[Node], ids: list[str | None], calls: dict[str, int]) -> None:
        self.nodes, self.ids, self._calls = nodes, ids, calls

    def copy(self) -> "Path":
        """The same way, to be gone on with apart."""
        return Path(self.nodes.copy(), self.ids.copy(), self._calls.copy())

    def add(self, message: ChatMessage) -> Node:
        """Go one message further down."""
        content = message.get("content")
        key: Hashable
        if type(content) is str and len(message) == 2:
            key = (message["role"], content)
        else:
            key = (message["role"], _content(content), *self._beside(message))
        above = self.nodes[-1]
        node = above.below.get(key)
        if node is None:
            node = above.below[key] = Node(above.depth + 1, above.size + size_of(message))
        self.nodes.append(node)
        return node

    def _beside(self, message: ChatMessage) -> list[Hashable]:
        """What a message says beside its content."""
        found: list[Hashable] = []
        role = message["role"]
        if calls := message.get("tool_calls"):
            found.append(("calls", *((call["function"]["name"], _arguments(call["function"].get("arguments"))) for call in calls)))
            for call in calls:
                name = call.get("id")
                if name is not None:
                    self._calls[name] = len(self.ids)
                self.ids.append(name)
        if role == "assistant":
            if reasoning := reasoning_of(message):
                found.append(("reasoning", reasoning))
            if function := message.get("function_call"):
                found.append(("function", canonical_json(function)))
        elif (answers := message.get("tool_call_id")) is not None:
            found.append(("answers", self._calls.get(answers, answers)))
        elif role != "tool" and (name := message.get("name")):
            found.append(("name", name))
        return found


class MessageTree:
    """All conversations of a session. ``root`` keeps apart what must never share a path, such as other tools."""

    def __init__(self) -> None:
        self._roots: dict[Hashable, Node] = {}
        self._walked: dict[Node, tuple[list[ChatMessage], Path]] = {}

    def path(self, root: Hashable, messages: list[ChatMessage]) -> Path:
        """The path of a conversation, grown as far as it is new."""
        path = Path([self._roots.setdefault(root, Node(0, 0))], [], {})
        for message in messages[:_HEAD]:
            path.add(message)
        if len(messages) <= _HEAD:
            return path
        # A run repeats its history word for word: what was walked for its last call is compared as a whole, and not walked again.
        head, done = path.nodes[-1], _HEAD
        before, walked = self._walked.get(head, (None, path))
        if before is not None and messages[: len(before)] == before:
            path, done = walked.copy(), len(before)
        for message in messages[done:]:
            path.add(message)
        self._walked[head] = (messages, path.copy())
        return path


def size_of(message: ChatMessage) -> int:
    """The characters of a message: its texts, its reasoning and the arguments of its tool calls."""
    size = len(text_of(message)) + len(reasoning_of(message))
    for call in message.get("tool_calls") or ():
        given = call["function"].get("arguments")
        size += len(given if isinstance(given, str) else _arguments(given))
    return size


def reasoning_of(message: ChatMessage) -> str:
    """The reasoning beside the content of an answer, whichever of its usual names it has; empty where there is none."""
    if len(message) == 2:
        return ""
    said: Any = next(filter(None, map(message.get, _REASONING)), "")
    return said if isinstance(said, str) else canonical_json(said).decode()


def with_ids(messages: Sequence[ChatMessage], given: Sequence[str | None], known: Sequence[str | None]) -> list[ChatMessage]:
    """Messages that answer the tool calls ``given``, answering the same calls under the ids that these have as ``known``."""
    names = {one: other for one, other in zip(given, known, strict=False) if one is not None and one != other}
    renamed: list[ChatMessage] = []
    for message in messages:
        for call in message.get("tool_calls") or ():
            # An id that is given again means the newer call from here on.
            names.pop(call.get("id") or "", None)
        answers = message.get("tool_call_id")
        if answers is not None and answers in names:
            message = message.copy()
            message["tool_call_id"] = names[answers]
        renamed.append(message)
    return renamed


def _content(content: str | list[Any] | None) -> str | bytes:
    if not isinstance(content, list):
        return content or ""
    if all(isinstance(part, dict) and part.get("type") in _TEXT_PARTS and isinstance(part.get("text"), str) for part in content):
        return "".join(part["text"] for part in content)
    return canonical_json([_unmarked(part) for part in content])


def _unmarked(part: Any) -> Any:
    """A part without the mark that a prompt cache ends here, which moves on from call to call."""
    return {key: value for key, value in part.items() if key != "cache_control"} if isinstance(part, dict) else part


def _arguments(given: str | dict[str, Any] | None) -> str:
    if isinstance(given, dict):
        return json.dumps(given, sort_keys=True)
    return _parsed(given or "{}")


@lru_cache(maxsize=4096)
def _parsed(arguments: str) -> str:
    """Arguments in one notation; what is no JSON stays as it is. Python's own reader, for it keeps every digit of whole numbers."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments
