"""Words: made-up words for names of people, places and logins, and whole values put together from them.

A made-up word is three (rarely four) syllables of a consonant and a vowel and the ending "zux", as in "Bavirezux": it can be spoken, and
no language has it. A value is stood in for word by word, so that "Mia Li", "Li, Mia", "MIA LI", "mia_li_42" and "Mia" agree with each
other. Case, separators and the number of digits stay; titles ("Dr."), particles in lower case ("de la"), kinds of streets and generic
words ("user") stay, since they name nobody. Initials change by a keyed permutation of the alphabet.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from agentlog.privacy.forms.digits import decimals
from agentlog.privacy.forms.draw import Draw

MARK = "zux"
_CONSONANTS = "bdfklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
_CROWDED = 8
"""After so many taken words, a fourth syllable."""
MADE_UP = rf"(?:[{_CONSONANTS}][{_VOWELS}]){{3,4}}{MARK}"
_MADE_UP = re.compile(MADE_UP)
_UNICODE_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_LETTERS = r"(?:[A-Za-z]|[^\x00-\x7f\xa0-\xbf\u2000-\u206f\u3000-\u303f\s])"
_PIECES = re.compile(rf"{_LETTERS}+(?:['’´`]{_LETTERS}+)*|[0-9]+|[ _.,/#()+:-]+|[^\S ]+")
_TOKENS = re.compile(r"[A-Za-z]+|[0-9]+|[ _.,/#()+:-]+")
_MOST_WORDS = 10
_MOST_DIGITS = 20
_LONGEST = 160

_TITLES_TEXT = """
mr mrs ms mx dr prof herr frau mme mlle jr sr phd md
"""
TITLES = frozenset(_TITLES_TEXT.split())
_PARTICLES_TEXT = """
van von der den de del della di da dos das du la le los las el bin ibn al y e und and et zu zum ten ter
"""
PARTICLES = frozenset(_PARTICLES_TEXT.split())
_PLACES_TEXT = """
street st avenue ave road rd drive dr lane ln boulevard blvd court ct place pl square sq terrace ter way parkway pkwy highway hwy
circle cir trail trl suite ste apartment apt unit floor fl flat building bldg room rm box po p.o north south east west ne nw se sw
no nr strasse straße str platz weg allee gasse rue chemin impasse place calle avenida plaza paseo via viale piazza corso
usa us uk
"""
PLACES = frozenset(_PLACES_TEXT.split())
_UNITS_TEXT = """
suite ste apartment apt unit floor fl flat building bldg room rm po p.o box
"""
_STATES_TEXT = """
AL AK AZ AR CA CO CT DC DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN
TX UT VT VA WA WV WI WY
"""
UNITS = frozenset(_UNITS_TEXT.split())
STATES = frozenset(_STATES_TEXT.split())
_GENERIC_TEXT = """
credit debit card certificate gift voucher acct account accounts acc cust customer client user usr users uid member id ids pay
payment pi paypal order ord invoice inv sub subscription bank iban wallet guest patient employee emp staff no nr num number ref
case ticket contract policy booking passenger person profile login anon test ch cus tx txn
"""
GENERIC = frozenset(_GENERIC_TEXT.split())
_Keep = Callable[[str], bool]
_ALL_KEPT = TITLES | PARTICLES | PLACES | GENERIC


def plain(value: str) -> str:
    r"""A value with its ``\u00e9`` escapes undone and its accents composed."""
    if "\\" in value:
        value = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def folded(value: str) -> str:
    """What writings of one value have in common: neither case nor accents nor the kind of space count."""
    value = plain(value)
    if not value.isascii():
        value = "".join(char for char in unicodedata.normalize("NFD", value) if not unicodedata.combining(char))
    return " ".join(value.casefold().split())


def person(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a name, of a person or any other."""
    return _together(draw, value, attempt, lambda piece: _is_title(piece) or (piece in PARTICLES and piece.islower()))


def login(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a login: words for its runs of letters, digits for digits."""
    return _together(draw, value, attempt, lambda piece: piece.lower() in GENERIC)


def place(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a line of an address, a street or a city."""
    return _together(draw, value, attempt, lambda piece: piece.lower() in PLACES or piece in STATES)


def made_up(draw: Draw, text: str) -> str:
    """The made-up word for one word, in the case of it."""
    word = draw.unique("word", folded(text), _word) if not _MADE_UP.fullmatch(text.lower()) else text.lower()
    if text.isupper() and len(text) > 1:
        return word.upper()
    return word if text.islower() else word.capitalize()


def new_words(value: str) -> int:
    """How many words of a value are no generic ones and no initials."""
    return sum(len(piece) > 1 and piece.lower() not in GENERIC for piece in _PIECES.findall(plain(value)) if _is_word(piece))


def fits(text: str) -> bool:
    """Whether a text is put together from made-up words and what stays beside them."""
    tokens = _TOKENS.findall(text)
    if len(text) > 2 * _LONGEST or sum(map(len, tokens)) != len(text):
        return False
    words = [token for token in tokens if token.isalpha()]
    new = [word for word in words if _is_made_up(word)]
    return bool(new) and all(len(word) == 1 or word in STATES or word.lower() in _ALL_KEPT or _is_made_up(word) for word in words)


def _together(draw: Draw, value: str, attempt: int, keep: _Keep) -> str:
    pieces = _PIECES.findall(plain(value)[: 4 * _LONGEST])
    words = [piece for piece in pieces if _is_word(piece)]
    if not any(len(word) > 1 and not keep(word) for word in words) or len(words) > _MOST_WORDS or len(value) > _LONGEST:
        return _whole(draw, value, attempt)
    if attempt:
        # Word by word, another value already has this: the last word is drawn for the value as a whole.
        pieces.append("-" + _whole(draw, value, attempt))
    return "".join(_renewed(draw, value, pieces, keep)).strip()


def _renewed(draw: Draw, value: str, pieces: list[str], keep: _Keep) -> Iterator[str]:
    digits = str(draw.number("login", value))
    before = " "
    for piece in pieces:
        if _is_word(before) and _is_word(piece):
            yield "-"  # what stood between them could not stay
        before = piece
        if piece[0] in "0123456789":
            length = min(len(piece), _MOST_DIGITS)
            yield (piece[0] if piece[0] == "0" else str(1 + int(digits[0]) % 9)) + digits[1:length]
            digits = digits[length:] or str(draw.number("login", value, len(piece)))
        elif not _is_word(piece):
            yield piece if piece.strip() else " "
        elif len(piece) == 1:
            yield _initial(draw, piece)
        else:
            yield piece if keep(piece) and piece.isascii() else made_up(draw, piece)


def _whole(draw: Draw, value: str, attempt: int) -> str:
    number = draw.number("whole", value, attempt)
    word = _word(number, attempt)
    more = f"-{decimals(number >> 64, attempt // _CROWDED)}" if attempt >= _CROWDED else ""
    return (word.upper() if value.isupper() else word if value.islower() else word.capitalize()) + more


def _initial(draw: Draw, letter: str) -> str:
    if not letter.isascii():
        letter = "X"
    order = sorted(range(26), key=draw.seed("initials", "").__getitem__)
    new = chr(ord("A") + order[ord(letter.upper()) - ord("A")])
    return new if letter.isupper() else new.lower()


def _word(number: int, attempt: int) -> str:
    syllables = []
    for _ in range(3 if attempt < _CROWDED else 4):
        number, which = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[which])
    return "".join(syllables) + MARK


def _is_word(piece: str) -> bool:
    return piece[0].isalpha() or ord(piece[0]) > 127


def _is_title(piece: str) -> bool:
    return piece.lower() in TITLES


def _is_made_up(word: str) -> bool:
    return _MADE_UP.fullmatch(word.lower()) is not None and (word.isupper() or word[1:].islower())
