"""Said: names that people say of themselves and of each other, in letters, chats and calls.

"Dear Ms Ruiz,", "Hi Ana,", "Best regards,\nAna Ruiz", "I am Ana Ruiz and", "The customer, Ana Ruiz, asks": what stands there is a name
if it is written as one, and the sentence ends or goes on as it does after a name. A single name counts in a greeting, in a signature,
after "my name is" and behind a title to which somebody speaks, and is not looked for elsewhere where it is also a word. Who is merely told
about in prose, as public persons are, is not found here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from agentlog.privacy.announced.ordinary import GENERIC, INVENTED, ORDINARY
from agentlog.privacy.announced.values import Judged, is_persons_name, spans
from agentlog.privacy.common_words import is_common
from agentlog.privacy.recogniser import Anchored, Recogniser, Span
from agentlog.privacy.text import Text

NAME = "announced-said"
_ONE = r"[^\W\d_a-zà-öø-ÿ][^\W\d_]{1,24}(?:['’-][^\W\d_]{2,24})?"
_MORE = rf"(?: (?:(?:de|la|van|der|den|von|di|da|del|dos|el|al) ){{0,2}}(?:[A-Z]\. )?(?:{_ONE}))"
_TITLES = (
    r"(?:(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|Herr|Frau|Herrn|Mme|Mlle|Madame|Monsieur|Sra?|Srta|Señora?|Signora?|Sig(?:\.ra)?)\.? )"
)
_ENDS = r"(?=[,.!;:?)\"'\n\r\\]|\s*\Z)"
_FULL = re.compile(rf"{_TITLES}?(?P<name>{_ONE}{_MORE}{{1,2}})")
_ANY = re.compile(rf"{_TITLES}?(?P<name>{_ONE}{_MORE}{{0,2}})")
_GREETED = re.compile(rf"{_TITLES}{{0,2}}(?P<name>{_ONE}{_MORE}{{0,2}})(?=[ \t]?(?:[,:\n\r—-]|\\{{1,8}}[nr]|[!.] [A-Z]|!\s*\Z))")
_TITLED = re.compile(rf"\.? (?P<name>{_ONE}{_MORE}{{0,2}}){_ENDS}")
_SIGNED = re.compile(
    rf",?[!.]?(?:\s|\\{{1,8}}[nr]|[-–—*_]){{1,12}}{_TITLES}?(?P<name>{_ONE}(?:[ ][A-Z]\.)?{_MORE}{{0,2}})[*_]{{0,2}}"
    r"(?=[ \t]*(?:[\n\r,|\"']|\\{1,8}[nr\"]|\Z))"
)
_GOES_ON = re.compile(
    rf"{_ENDS}|(?:,? (?:and|und|et|y|e|from|with|here|speaking|calling|at|of|von|aus|de|your|the|but|who|born)\b)|(?:[ ]?[—–(-])"
)
_TOLD = re.compile(
    r"[,:]|['’]s\b| (?:\((?![A-Z]{2,6}\))|[-–—]"
    r"|(?:is|was|has|had|needs|wants|wanted|wishes|would|can|could|cannot|did|does|requests?|requested|calls|called|asks|asked|reports|reported"
    r"|states|stated|says|said|claims|insists|confirmed|provided|booked|contacted|with|whose|who|and)\b)"
)
_ITEM = re.compile(
    rf"[ \t*_`•-]{{0,8}}(?:\d{{1,2}}[.)] {{1,3}})?[*_]{{0,3}}(?P<name>{_TITLES}?{_ONE}{_MORE}{{1,3}})(?=[*_]{{0,3}}(?P<after>.|\n|\Z))"
)
_NEXT = re.compile(r"[*_]{0,3},? (?:and |& )?|[*_]{0,3}, ?")
_ENDINGS_OF_WORDS = ("ing", "ment", "tion", "sion", "ness", "ience", "ship", "ware", "logy")
_AFTER_NAME = frozenset(",\n\r\\\"'(;.|*_:/–—- ") | {""}
_LINE = re.compile(r"[^\n\\]{0,160}(?:\n|\\{1,8}n)(?=[ \t]{0,8}(?:[*•-]|\d{1,2}[.)])[ *_])")
_BULLET = re.compile(
    r"(?:\A|[\n]|\\n)(?P<bullet>[ \t]{0,8}(?:[*•-]|\d{1,2}[.)])[ \t]{1,3}[*_]{0,3})[^\n\\*_]{1,40}[*_]{0,3}:[*_]{0,3}[ \t]{0,4}\Z"
)
_NO_DIGITS = {ord(digit): "1" for digit in "0123456789"}
_SPEAKS = re.compile(r" (?:speaking|calling|here|from|writing)\b")


class _Saying(NamedTuple):
    """How a phrase goes on, how it must begin in the text as it is written, and what must follow the name."""

    name: re.Pattern[str]
    least: int
    """So many words the name must have."""
    follows: re.Pattern[str] | None = None
    alone: bool = False
    """Whether the phrase begins a line, a text or a sentence."""


_GREETING = _Saying(_GREETED, 1, alone=True)
_TITLE = _Saying(_TITLED, 1)
_CLOSING = _Saying(_SIGNED, 1)
_INTRODUCING = _Saying(_FULL, 2, _GOES_ON)
_NAMING = _Saying(_ANY, 1, _GOES_ON)
_TELLING = _Saying(_FULL, 2, _TOLD)
_ON_THE_PHONE = _Saying(_FULL, 2, _SPEAKS)

_SAYINGS: dict[str, list[tuple[_Saying, str]]] = {
    "en": [
        (_GREETING, "dear |hi |hello |hey |good morning |good afternoon |good evening |thank you |thanks, "),
        (_TITLE, "mr|mrs|ms"),
        (_CLOSING, "regards|sincerely|yours truly|cheers,|best,|thanks,|thank you,|best wishes|warmly,|yours faithfully"),
        (_INTRODUCING, "i am |i'm |i’m |the name is |name's |it's |that's "),
        (_NAMING, "my name is |my name's |my name’s "),
        (_ON_THE_PHONE, "this is "),
        (
            _TELLING,
            "user |user, |customer |customer, |passenger |passenger, |client |client, |caller |caller, |patient |patient, |guest |guest, ",
        ),
    ],
    "de": [
        (_GREETING, "sehr geehrte |sehr geehrter |liebe |lieber |hallo |guten tag "),
        (_TITLE, "herr|herrn|frau"),
        (_CLOSING, "grüßen|grüße|gruß|grüssen|grüsse"),
        (_INTRODUCING, "mein name ist |ich bin |ich heiße |ich heisse |hier ist |hier spricht "),
    ],
    "fr": [
        (_GREETING, "bonjour |cher |chère |salut |bonsoir "),
        (_TITLE, "mme|mlle|monsieur|madame"),
        (_CLOSING, "cordialement|salutations|bien à vous|bien à toi"),
        (_INTRODUCING, "je m'appelle |je m’appelle |mon nom est |je suis "),
    ],
    "es": [
        (_GREETING, "hola |estimado |estimada |querido |querida |buenos días |buenas tardes "),
        (_TITLE, "sr|sra|srta|señor|señora"),
        (_CLOSING, "saludos|atentamente|cordialmente|un abrazo"),
        (_INTRODUCING, "me llamo |mi nombre es |soy "),
    ],
    "it": [
        (_GREETING, "ciao |gentile |egregio |caro |cara |buongiorno |salve "),
        (_TITLE, "sig|sig.ra|signor|signora|dott"),
        (_CLOSING, "saluti|cordialmente"),
        (_INTRODUCING, "mi chiamo |il mio nome è |sono "),
    ],
}
_BEFORE_TITLES = (
    "dear",
    "hello",
    "hi",
    "thanks",
    "thank you",
    "morning",
    "afternoon",
    "evening",
    "geehrte",
    "geehrter",
    "guten tag",
    "hallo",
)
_NOBODY_SAYS = """
wörld there all everyone everybody team folks friend friends guys world kitty sir madam claude chatgpt gpt gemini copilot llama siri
alexa dear community colleague colleagues agent assistant bot user hiring customer valued manager reader readers viewers students class
santa god lord yes ok okay great perfect sure no not just also still very here now then welcome glad happy sorry please thanks python
javascript node react docker linux github the this that these those my your our his her their its an and or but if so as support service
mister president professor doctor judge officer captain chairman speaker minister dr mr mrs ms miss sincerely regards best good warm
kind looking let first second damen herren monsieur madame mesdames messieurs señor señora signor signora jesus christ buddha allah
google amazon microsoft apple mom dad mum
"""
_NOBODY = frozenset(_NOBODY_SAYS.split())


def recognisers(locales: Sequence[str]) -> list[Recogniser]:
    """What finds names that are said, in English and in the languages of the locales."""
    sayings: dict[str, _Saying] = {}
    for locale in dict.fromkeys(("en", *(locale[:2].lower() for locale in locales))):
        for saying, phrases in _SAYINGS.get(locale, ()):
            for phrase in phrases.split("|"):
                for anchor in _anchors(phrase) if saying is _TITLE else (phrase,):
                    sayings.setdefault(anchor, saying)
    return [Anchored(NAME, tuple(sayings), _finder(sayings))]


def _anchors(title: str) -> Iterator[str]:
    """Without a dot, a title needs a border before it: ``params `` ends in one too."""
    yield f"{title}. "
    yield from (f"{before}{title} " for before in ' \n"')


def names_in_list(value: str, place: int) -> Iterator[tuple[int, int]]:
    """The full names of a list behind "Passengers:", in one line or one a line, up to fifty."""
    lines = value[place : place + 1] in ("\n", "\\")
    head = _BULLET.search(value, max(place - 80, 0), place)
    for _ in range(50):
        if lines:
            following = _LINE.match(value, place)
            if following is None:
                return
            place = following.end()
        item = _ITEM.match(value, place)
        if item is None or item["after"] not in _AFTER_NAME:
            if lines:
                return
            lines = True
            continue
        # "- **Cabin Class:** Economy" below "- **Passengers:**" is the next field, and no passenger.
        if lines and (_is_field(value, item) or (head and _numberless(value[place : item.start("name")]) == _numberless(head["bullet"]))):
            return
        yield item.span("name")
        place = item.end("name")
        following = _NEXT.match(value, place)
        if following is None:
            lines = True
        elif not lines:
            place = following.end()


def _is_field(value: str, item: re.Match[str]) -> bool:
    """Whether a colon follows what is no name, as far as words tell."""
    place = item.end("name")
    return value[place : place + 4].lstrip("*_")[:1] == ":" and any(map(_is_no_name, item["name"].split(" ")))


def _numberless(bullet: str) -> str:
    return bullet.translate(_NO_DIGITS)


def _finder(sayings: dict[str, _Saying]) -> Callable[[Text, int, int], Iterator[Span] | tuple[()]]:
    def at(text: Text, start: int, end: int) -> Iterator[Span] | tuple[()]:
        view = text.view
        if start and view[start - 1].isalnum() and text.low[start] not in ' \n"':
            return ()
        saying = sayings[text.low[start:end]]
        if saying is _TITLE:
            start += not view[start].isalpha()
            if not view[start].isupper() or view[end - 2].isupper() or not _is_vocative(view, start):
                return ()
            end -= 2 if view[end - 2] == "." else 1
        # The signature stands in the next line, which is blank in the view; so do names that a line break ends.
        elif end < len(view) and saying is not _CLOSING and not view[end].isupper():
            return ()
        return _name(text, saying, start, end)

    return at


def _name(text: Text, saying: _Saying, start: int, end: int) -> Iterator[Span]:
    value = text.value
    found = saying.name.match(value, end, end + 120)
    if found is None or (saying is _CLOSING and not _is_next_line(found[0])) or (saying.alone and not _begins(value, start)):
        return
    name = found["name"]
    words = name.split(" ")
    if not saying.least <= len(words) or not is_persons_name(name, saying.least) or any(map(_is_no_name, words)):
        return
    if saying is _NAMING and name.lower() in INVENTED:
        return
    if saying.follows and not saying.follows.match(value, found.end()):
        return
    if not value[start].isupper() and saying is _GREETING and len(words) == 1 and start and value[start - 1] == " ":
        return
    place = found.start("name")
    spreads = len(words) > 1 or (len(name) > 3 and name.lower() not in ORDINARY)
    yield from spans(value, place, place + len(name), "said", Judged("PERSON", 0.75, spreads))


def _is_no_name(word: str) -> bool:
    low = word.lower()
    return (
        low in _NOBODY or low in GENERIC or (is_common(word) and low not in ORDINARY) or (len(low) > 5 and low.endswith(_ENDINGS_OF_WORDS))
    )


def _is_next_line(between: str) -> bool:
    return "\n" in between or "\\n" in between or "\r" in between


def _is_vocative(view: str, start: int) -> bool:
    """Whether somebody is spoken to here: "Thank you, Ms Ruiz." A person who is told about may be a public one."""
    before = view[max(start - 24, 0) : start].lower().rstrip(" ")
    return not before or before[-1] in ',\n"' or before.endswith(_BEFORE_TITLES)


def _begins(value: str, start: int) -> bool:
    """Whether a line, a quoted text or a sentence begins here."""
    before = value[max(start - 4, 0) : start].rstrip(" *_>")
    return not before or before[-1] in "\n\r\"'`.!?:,)(>" or before.endswith(("\\n", "\\r"))
