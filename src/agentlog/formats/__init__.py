"""Foreign shapes of chat data, one file per format, nothing else.

Files of runs are read through `load_format`; shapes of provider answers (`openai_chat`, `anthropic`) are used by capture as well, and so
none of those modules needs pydantic or a client package.
"""

import importlib
from dataclasses import fields
from types import ModuleType
from typing import TYPE_CHECKING

from agentlog.errors import SettingError

if TYPE_CHECKING:
    from agentlog.formats.run import Options

FILE_FORMATS = {
    "messages": "agentlog.formats.messages",
    "aider": "agentlog.formats.aider",
    "cassette": "agentlog.formats.cassette",
    "reflexion": "agentlog.formats.reflexion",
    "toolbench": "agentlog.formats.toolbench",
}


def load_format(name: str, options: "Options") -> ModuleType:
    """The module that reads a file format with its ``read_file(file, options)``.

    Raises:
        SettingError: no such format, or a path is given for one that knows its places.
    """
    if name not in FILE_FORMATS:
        raise SettingError(f"unknown format {name!r}: choose one of {', '.join(FILE_FORMATS)}")
    given = [each.name for each in fields(options) if each.name.endswith("_path") and getattr(options, each.name) != each.default]
    if given and name != "messages":
        raise SettingError(f"--{given[0].replace('_', '-')} belongs to the format messages: a file of {name} says itself where things are")
    return importlib.import_module(FILE_FORMATS[name])
