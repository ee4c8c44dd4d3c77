"""In text: keys and labels in any text, and the values beside them.

A key is found by its anchor, wherever it stands: in JSON (escaped however often, cut off anywhere), in a Python repr, as an argument, in
YAML, a query string, a log line, XML, a form, or as a label in prose. What follows it says how its value stands there: quoted, as a
number, in a list, or bare up to the end of a line or a field. Nothing is parsed; at most some hundred characters on both sides of a key
are looked at. Tables and inserts, whose keys stand apart from their values, are in `tables`.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from agentlog.privacy.announced import words
from agentlog.privacy.announced.said import names_in_list
from agentlog.privacy.announced.surroundings import is_beside_personal, is_in_address, is_in_payment, person_around
from agentlog.privacy.announced.values import (
    BARE,
    BIRTH_DATE,
    CODE,
    DATA,
    EMAIL,
    PERSON,
    PHONE,
    SAID_ADDRESS,
    TOKEN,
    ZIP,
    Judged,
    is_persons_name,
    is_titled,
    judge,
    spans,
)
from agentlog.privacy.announced.vocabulary import Vocabulary
from agentlog.privacy.known import unescaped
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "announced"
_LEFT = re.compile(r"[A-Za-z0-9_.\-\[]*")
_RIGHT = re.compile(r"[A-Za-z0-9_\-]{0,40}")
_REACH = 48
_LONGEST = 400

_AFTER_QUOTED = re.compile(
    r"\\{0,16}[\"'](?:\]\s{0,4}=\s{0,4}"
    r"|\s{0,40}(?:=>|:=?)\s{0,80}"
    r"|\s{0,4}(?P<field>,?\s{0,40}(?:\\{0,16}[\"'])?(?:value|val|content)(?:\\{0,16}[\"'])?\s{0,4}[:=]\s{0,4}(?=\\{0,16}[\"']))"
    r"|(?P<pair>,\s{0,4}(?=\\{0,16}[\"'])))"
)
_AFTER = re.compile(
    r"\]?(?P<equals>\s{0,2}(?:=|:=|=>)(?!=)\s{0,4})"
    r"|\]?(?P<compares>\s{0,2}[=!]==?\s{0,4}(?=[\"'\\]))"
    r"|(?P<colon>[*_`]{0,3}\s?:[*_`]{0,3}\s{0,40})"
    r"|(?P<element>>)"
    r"|(?P<says>[*_`]{0,3} {1,2}(?:(?:is|was|number is|id is|of)(?: now)?:? {1,2}|[#(] ?)?)"
)
_LIST = re.compile(r"[*_]{0,3}:[*_]{0,3}[ \t]{0,4}")
_OPENS = re.compile(r"[fFrRuUbB]?(\\{0,16})([\"'])")
_ESCAPED_LETTER = re.compile(r"\\+u([0-9a-fA-F]{4})")
_GAP = re.compile(r"[\s,]{0,60}")
_NUMBER = re.compile(r"\d{4,19}(?![\w.\-])")
_BARE = re.compile(r"(?:[^\n\r\t\\\"'<>|`;{}\[\]&]|\\+u[0-9a-fA-F]{4}|(?<=[^\W\d_])['’](?=[^\W\d_])){1,140}")
_FIELD = re.compile(r"[^\s&\"'<>;#\\{}()\[\]`|$]{1,200}")
_MARKS = re.compile(r"[*_`\"']{0,3}")
_FORMS = {
    words.BIRTH: BIRTH_DATE,
    words.EMAIL: EMAIL,
    words.PHONE: PHONE,
    words.ZIP: ZIP,
    words.LOGIN: TOKEN,
    words.USER: TOKEN,
    words.ACCOUNT: re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_\-]{3,39}"),
    words.CARD: re.compile(r"\d[\d \-]{10,22}\d|[A-Za-z]{2,16}_?\d{4,}"),
    words.IBAN: re.compile(r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{2,4}){3,8}"),
}
_DOCUMENT = re.compile(r"[A-Z0-9](?:[ .\-/]?[A-Z0-9]){4,24}(?![\w-])")
_NAME_ENDS = re.compile(r"\s*(?:$|[,;()|<&*\n\r\"'\\}\]/]|\.(?:\s|$)|[-–—] )")
_ARGUMENT_ENDS = re.compile(r"\s{0,4}(?:$|[,&;)}\]\n\r\"'|]|\s[\w.]{1,40}=|\\+[nrt])")
_LOG_GOES_ON = re.compile(r"[ \t](?!(?:if|or|and|for|else|is|in|not)\b)[\w(\[#]")
"""More words of a line of a log; those that go on in code are other ones."""
_IDS = frozenset({words.LOGIN, words.ACCOUNT})
_PROSE_GOES_ON = re.compile(r"(?:, |,? (?=(?:and|but|i) ))(?!(?:van|von|de|der|la|di|da|del|al|bin|y) )[a-z]")
_LABELLED = words.NAMES
_NAMED = frozenset({words.GIVEN, words.FAMILY, words.FULL, words.NAME})
_NO_PAIR = words.ROLES | {words.NAME, words.CITY, words.USER, words.LINE}
_PAYMENT_ID = re.compile(r"(?:credit_card|debit_card|gift_card|certificate|paypal|bank_account|card|cus|pm|acct|ba|venmo)_[A-Za-z0-9]{4,}")
_PERSONS_OWN = re.compile(r"(?:\bmy|\bhis|\bher|\btheir|full|first|last|user'?s?|customer'?s?|passenger'?s?|patient'?s?) \Z", re.IGNORECASE)


class InText:
    """Finds what keys and labels of a vocabulary announce in texts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lengths = vocabulary.anchors()
        self.anchors = tuple(self._lengths)

    def at(self, text: Text, start: int, end: int) -> Iterator[Span] | tuple[()]:
        """The values that the key at this anchor announces."""
        view = text.view
        key_end = start + self._lengths[text.low[start:end]]
        if key_end == end:
            extended = _RIGHT.match(view, end)
            key_end = extended.end() if extended else end
        if start and (view[start - 1].isalnum() or view[start - 1] in "_-.["):
            start -= len(_LEFT.match(view[max(start - _REACH, 0) : start][::-1])[0])  # type: ignore[index]
        kind = self._vocabulary.kind(view[start:key_end])
        return self._values(text, kind, start, key_end) if kind else ()

    def people(self, text: Text, start: int, end: int) -> Iterator[Span]:
        """The names of a list, in one line or one a line: ``**Passengers:** Mia Li, Noah Ito``."""
        if start and text.view[start - 1].isalnum():
            return
        after = _LIST.match(text.value, end - 1)
        for first, last in names_in_list(text.value, after.end()) if after else ():
            yield from self._judged(text, words.PERSON_ROLE, first, last, BARE, start)

    def _values(self, text: Text, kind: str, start: int, end: int) -> Iterator[Span]:
        view = text.view
        sign = view[end : end + 1]
        if sign in ('"', "'", "\\"):
            yield from self._after_quoted(text, kind, start, end)
            return
        after = _AFTER.match(view, end)
        if after is None:
            return
        place, how = after.end(), after.lastgroup or ""
        if how == "element":
            yield from self._element(text, kind, start, place)
            return
        opens = _OPENS.match(view, place)
        if opens and how != "says":
            yield from self._quoted(text, kind, opens, CODE, start)
        elif how == "equals":
            yield from self._argument(text, kind, start, place)
        elif how == "colon" or after[0].strip(" *_`") or (" " in view[start:end] and kind != words.ZIP) or view[start:end].lower() == "dob":
            yield from self._labelled(text, kind, start, place, how)

    def _after_quoted(self, text: Text, kind: str, start: int, end: int) -> Iterator[Span]:
        """``"key": …``, ``'key': …``, ``row["key"] = …``, ``name="key" value="…"`` and ``("key", "…")``."""
        view = text.view
        after = _AFTER_QUOTED.match(view, end)
        if after is None or not start or view[start - 1] not in "\"'":
            return
        place = after.end()
        opens = _OPENS.match(view, place)
        if after["pair"] is not None:
            if not _is_pair(view, start) or kind in _NO_PAIR:
                return
            yield from (span for span in self._quoted(text, kind, opens, CODE, start) if _closes_pair(view, span.end)) if opens else ()
        elif opens:
            yield from self._quoted(text, kind, opens, DATA, start)
        elif view[place : place + 1] == "[":
            yield from self._listed(text, kind, place + 1, start)
        else:
            number = _NUMBER.match(view, place)
            if number:
                yield from self._judged(text, kind, number.start(), number.end(), DATA, start)

    def _quoted(self, text: Text, kind: str, opens: re.Match[str], manner: int, key: int) -> Iterator[Span]:
        end = _closing(text.value, opens.end(), opens[1], opens[2])
        if end is not None and opens.end() < end:
            yield from self._judged(text, kind, opens.end(), end, manner, key)

    def _listed(self, text: Text, kind: str, place: int, key: int) -> Iterator[Span]:
        """The texts of a list, up to fifty."""
        for _ in range(50):
            gap = _GAP.match(text.view, place)
            opens = _OPENS.match(text.view, gap.end() if gap else place)
            end = _closing(text.value, opens.end(), opens[1], opens[2]) if opens else None
            if opens is None or end is None:
                return
            yield from self._judged(text, kind, opens.end(), end, DATA, key)
            place = end + len(opens[1]) + 1

    def _element(self, text: Text, kind: str, start: int, place: int) -> Iterator[Span]:
        """``<key>value</key>``."""
        view = text.view
        end = view.find("<", place, place + 140)
        if start and view[start - 1] in "<:" and end > place and view[end + 1 : end + 2] == "/":
            yield from self._judged(text, kind, place, end, DATA, start)

    def _argument(self, text: Text, kind: str, start: int, place: int) -> Iterator[Span]:
        """``key=value``, bare, in a query, a log line or a repr."""
        view = text.view
        field = _FIELD.match(text.value, place)
        if field is None:
            return
        end = field.end()
        in_query = view[end : end + 1] == "&" or (start and view[start - 1] in "?&")
        if in_query or (start == 0 and "&" in view[end : end + 1]):
            yield from self._judged(text, kind, place, end, BARE, start, percent=True)
            return
        name = PERSON.match(text.value, place, place + 60) if kind in _NAMED else None
        last = place + len(name[0].partition(",")[0]) if name else 0
        if view[last : last + 1] in tuple(",)}]") and last:
            yield from self._judged(text, kind, place, last, BARE, start)
            return
        end = place + len(field[0].rstrip(",.:"))
        comma = view.find(",", place, end)
        end = comma if comma > 0 else end
        ends = _ARGUMENT_ENDS.match(text.value, end) or (kind in _IDS and view[place - 1] == "=" and _LOG_GOES_ON.match(text.value, end))
        if ends and kind not in (words.ADDRESS, words.STREET, words.STREET_2, words.CITY):
            if view[place - 1] == " " and not any(map(str.isdigit, view[place:end])):
                return
            yield from self._judged(text, kind, place, end, BARE, start)

    def _labelled(self, text: Text, kind: str, start: int, place: int, how: str) -> Iterator[Span]:
        """``Key: value`` and ``my key is value``, bare, up to the end of the line at most."""
        value = text.value
        marks = _MARKS.match(value, place)
        place = marks.end() if marks else place
        if kind in _LABELLED:
            found = PERSON.match(value, place, place + 60)
            end = _name_end(value, found) if found else None
            if end is None or (how == "says" and not _PERSONS_OWN.search(text.view[max(start - 14, 0) : start])):
                return
            yield from self._judged(text, kind, place, end, BARE, start)
        elif kind in (words.ADDRESS, words.STREET, words.STREET_2):
            bare = _BARE.match(value, place) if how == "colon" else None
            if bare is None or not _ends_line(value, bare.end()):
                bare = SAID_ADDRESS.match(text.view, place)
                if bare and "," not in bare[0] and text.low.endswith(" to", start, place - 1):
                    return  # "we ship to 50 US States"
            if bare:
                yield from self._judged(text, kind, place, place + len(bare[0].rstrip(" .,*_")), BARE, start)
        else:
            formed = _FORMS.get(kind, _DOCUMENT).match(value, place)
            if (
                formed
                and not value[formed.end() : formed.end() + 1].isalnum()
                and value[formed.end() : formed.end() + 1] not in tuple("([={")
            ):
                yield from self._judged(text, kind, place, place + len(formed[0].rstrip(".-+_@ ")), BARE, start)

    def _judged(self, text: Text, kind: str, start: int, end: int, manner: int, key: int, *, percent: bool = False) -> Iterator[Span]:
        raw = text.value[start:end]
        value = unquote_plus(raw) if percent else _read(raw)
        left = len(value) - len(value.lstrip())
        judged = judge(kind, value.strip(), manner)
        if judged is None or self._vocabulary.names_a_key(value.strip()):
            return
        if self._counts(text, kind, value.strip(), judged, manner, key, end):
            end -= len(value) - left - len(value.strip())
            yield from spans(text.value, start + left, end, kind, judged)

    def _counts(self, text: Text, kind: str, value: str, judged: Judged, manner: int, key: int, end: int) -> bool:
        """Whether what stands around lets this be a person's."""
        if kind == words.NAME:
            if judged.entity == "USERNAME":
                return manner == DATA and person_around(text, key) in words.WITH_LOGINS
            if manner == DATA and is_titled(value, judged):
                return True
            if _says_own(text, key) or (manner == DATA and person_around(text, key)):
                return True
            return (" " in value or manner == DATA) and is_beside_personal(text, key, end, mailbox=manner == DATA)
        if kind in (words.CITY, words.LINE):
            return is_in_address(text, key, end)
        if kind == words.ID:
            return _PAYMENT_ID.fullmatch(value) is not None or is_in_payment(text, key) or person_around(text, key) != ""
        if kind in words.ROLES:
            return manner == DATA or is_persons_name(value, 2)
        if judged.entity == "USERNAME" and not judged.spreads:
            return manner == DATA and (text.value[:1] in "{[" or is_beside_personal(text, key, end))
        if kind in (words.GIVEN, words.FAMILY) and manner == DATA and value.islower():
            return text.value[:1] in "{[" or is_beside_personal(text, key, end)
        return True


def _read(raw: str) -> str:
    """A value as it reads, however often it was escaped."""
    if "\\" not in raw:
        return raw.replace("''", "'")
    return unescaped(_ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), raw))


def _says_own(text: Text, key: int) -> bool:
    return _PERSONS_OWN.search(text.view[max(key - 14, 0) : key]) is not None


def _closing(value: str, start: int, escape: str, quote: str) -> int | None:
    """Where a quoted value ends: before its closing quote, at a quote that closes what is around it, or where the text was cut off."""
    place = start
    limit = start + _LONGEST
    while True:
        found = value.find(quote, place, limit)
        if found < 0:
            return len(value) if len(value) <= limit and len(value) - start < 120 else None
        before = value[max(found - 32, start) : found]
        depth = len(before) - len(before.rstrip("\\"))
        if value[found : found + 2] == "''" and found > start:
            # A quote within a quoted text of SQL.
            place = found + 2
            continue
        if depth <= len(escape):
            return found - depth
        place = found + 1


def _is_pair(view: str, start: int) -> bool:
    """``("key", "value")``: what stands before a key's quote opens a bracket."""
    return view[max(start - 24, 0) : start].rstrip("\"'\\ ")[-1:] == "("


def _closes_pair(view: str, end: int) -> bool:
    return view[end : end + 24].lstrip("\"'\\ ")[:1] == ")"


def _name_end(value: str, found: re.Match[str]) -> int | None:
    """Where a bare name ends: it is followed by the end of a line, a sentence or a field, not by more prose."""
    prose = _PROSE_GOES_ON.search(found[0])
    if prose:
        return found.start() + prose.start()
    end = found.start() + len(found[0].rstrip(" .,"))
    if _NAME_ENDS.match(value, end):
        return end
    # "First name: Mia, Last name: Li": the comma may have drawn the next label in.
    comma = found[0].find(",")
    return found.start() + comma if comma > 0 else None


def _ends_line(value: str, end: int) -> bool:
    rest = value[end : end + 3]
    return not rest or rest[0] in '\n\r|<"`' or (rest[0] == "\\" and len(rest) > 1)
