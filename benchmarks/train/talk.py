"""Talk: conversations made by chance from a seed, with everything in them that has ever led labels astray.

System messages (none, empty, a text), several turns, tools called one by one and side by side, reasoning beside the text, an answer that
has only calls, unicode of many kinds, line breaks at the edges of texts, and text that looks like a template's special tokens: often in
what users and tools say, now and then in an answer, where nothing can prove what was meant.
"""

import json
import random
from typing import Any

NOUNS = ["numbers", "result", "file", "line", "test", "user", "assistant", "system", "7", "42", "3.14"]
WORDS = [*NOUNS, "add", "sub", "the", "of", "two", "def", "return", "why", "because", "not"]
ODD = [
    "naïve façade",
    "日本語のテキスト",
    "🙂👩‍👩‍👧",
    "مرحبا بالعالم",
    "«a − b»",
    "Ω≈ç√",
    "e\u0301 and é",
    "a\tb",
    "x  y   z",
    "{'k': \"v\"}",
    "</div>",
    "\\n",
    "%s {{ }}",
]
EDGES = ["", "", "", "", "\n", "\n\n", " ", "  "]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"It does {name}.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string", "description": "where"}}, "required": ["path"]},
        },
    }
    for name in ("read_file", "run_tests")
]


def conversation(seed: int, specials: list[str]) -> dict[str, Any]:
    """A dataset's row, every answer of it trained."""
    by = random.Random(seed)
    talk = _Talk(by, specials, calls=by.random() < 0.45, thinks=by.random() < 0.3)
    if by.random() < 0.5:
        talk.say("system", by.choice(["", talk.text(), "You are a careful programmer."]))
    for _ in range(by.randint(1, 3)):
        talk.exchange()
    trained = [place for place, message in enumerate(talk.messages) if message["role"] == "assistant"]
    return {"id": f"talk-{seed}", "messages": talk.messages, "tools": TOOLS if talk.calls else [], "trained": trained, "weight": 1.0}


class _Talk:
    def __init__(self, by: random.Random, specials: list[str], *, calls: bool, thinks: bool) -> None:
        self.by, self.specials, self.calls, self.thinks = by, specials, calls, thinks
        self.messages: list[dict[str, Any]] = []
        self.said = 0

    def say(self, role: str, content: str | None, **more: Any) -> None:
        self.messages.append({"role": role, "content": content, **more})

    def text(self, *, look_alike: float = 0.0) -> str:
        words = [self.by.choice(WORDS) for _ in range(self.by.randint(1, 12))]
        # A word that stands nowhere else, so that a text that was lost cannot be taken for printed.
        self.said += 1
        words.insert(self.by.randrange(len(words) + 1), f"unique{self.said}only")
        if self.by.random() < 0.3:
            words.insert(self.by.randrange(len(words) + 1), self.by.choice(ODD))
        if self.by.random() < look_alike:
            words.insert(self.by.randrange(len(words) + 1), self.by.choice(self.specials))
        joined = "".join(word + self.by.choice([" ", " ", " ", "\n"]) for word in words).strip()
        return self.by.choice(EDGES) + joined + self.by.choice(EDGES)

    def exchange(self) -> None:
        self.say("user", self.text(look_alike=0.15))
        while self.calls and self.by.random() < 0.5:
            self._call()
        self.say("assistant", self.text(look_alike=0.03), **self._thought())

    def _thought(self) -> dict[str, str]:
        return {"reasoning_content": self.text()} if self.thinks and self.by.random() < 0.8 else {}

    def _call(self) -> None:
        calls = []
        for _ in range(self.by.choice([1, 1, 1, 2])):
            arguments = {"path": self.text(look_alike=0.02), **({"deep": [1, {"a": True}], "n": 3} if self.by.random() < 0.3 else {})}
            name = f"{len(self.messages):02d}{len(calls)}abcdef"
            function = {
                "name": self.by.choice(TOOLS)["function"]["name"],
                "arguments": json.dumps(arguments, ensure_ascii=self.by.random() < 0.5),
            }
            calls.append({"id": name, "type": "function", "function": function})
        content = None if self.by.random() < 0.6 else self.text()
        self.say("assistant", content, tool_calls=calls, **self._thought())
        for call in calls:
            self.say("tool", self.text(look_alike=0.1), tool_call_id=call["id"], name=call["function"]["name"])
