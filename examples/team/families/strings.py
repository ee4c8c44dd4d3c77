"""Families about text: counting, turning round, shortening, comparing."""

from examples.team.family import Family

FAMILIES = (
    Family(
        names=("count_vowels", "vowel_count", "number_of_vowels"),
        signature="(text: str) -> int",
        renames={"text": ("phrase", "line")},
        does=(
            "counts the vowels in {text}, upper or lower case",
            "says how many of the letters a, e, i, o and u occur in {text}, whatever their case",
        ),
        body="""
            return sum(letter in "aeiou" for letter in text.lower())
        """,
        clumsy="""
            total = 0
            for letter in text:
                if letter in "aeiouAEIOU":
                    total = total + 1
            return total
        """,
        bugs=((".lower()", ""), ('"aeiou"', '"aeio"'), ("sum(", "any(")),
        checks=("f('queue') == 4", "f('SKY') == 0", "f('Apple') == 2", "f('') == 0"),
    ),
    Family(
        names=("reverse_words", "words_backwards", "flip_word_order"),
        signature="(sentence: str) -> str",
        renames={"sentence": ("text", "line")},
        does=(
            "puts the words of {sentence} in reverse order, one blank between them",
            "returns {sentence} with its last word first and single blanks",
        ),
        body="""
            return " ".join(reversed(sentence.split()))
        """,
        clumsy="""
            words = sentence.split()
            result = ""
            for index in range(len(words) - 1, -1, -1):
                if result != "":
                    result = result + " "
                result = result + words[index]
            return result
        """,
        bugs=(
            ("reversed(sentence.split())", "sentence[::-1].split()"),
            (".split()", ".split(' ')"),
            ("reversed(sentence.split())", "sorted(sentence.split())"),
        ),
        checks=("f('one two three') == 'three two one'", "f('  a   b ') == 'b a'", "f('alone') == 'alone'", "f('') == ''"),
    ),
    Family(
        names=("is_palindrome", "reads_both_ways", "same_backwards"),
        signature="(text: str) -> bool",
        renames={"text": ("phrase", "word")},
        does=(
            "tells whether {text} reads the same backwards, looking only at letters and digits",
            "checks if {text} is a palindrome; case, blanks and punctuation do not count",
        ),
        body="""
            kept = [sign.lower() for sign in text if sign.isalnum()]
            return kept == kept[::-1]
        """,
        clumsy="""
            kept = ""
            for sign in text:
                if sign.isalnum():
                    kept = kept + sign.lower()
            left = 0
            right = len(kept) - 1
            while left < right:
                if kept[left] != kept[right]:
                    return False
                left = left + 1
                right = right - 1
            return True
        """,
        bugs=((".lower()", ""), (" if sign.isalnum()", ""), ("kept[::-1]", "sorted(kept)")),
        checks=("f('Level') is True", "f('Never odd, or even') is True", "f('palindrome') is False", "f('') is True", "f('ab') is False"),
    ),
    Family(
        names=("caesar_shift", "rotate_letters", "shift_cipher"),
        signature="(text: str, step: int) -> str",
        renames={"text": ("message", "plain"), "step": ("offset", "places")},
        does=(
            "moves each lower-case letter of {text} forward by {step} places in the alphabet, going round at z",
            "encrypts {text} with a Caesar cipher of {step} places; only a to z change",
        ),
        body="""
            shifted = []
            for letter in text:
                if "a" <= letter <= "z":
                    letter = chr((ord(letter) - 97 + step) % 26 + 97)
                shifted.append(letter)
            return "".join(shifted)
        """,
        clumsy="""
            alphabet = "abcdefghijklmnopqrstuvwxyz"
            answer = ""
            for letter in text:
                if letter in alphabet:
                    position = alphabet.index(letter)
                    position = (position + step) % 26
                    answer = answer + alphabet[position]
                else:
                    answer = answer + letter
            return answer
        """,
        bugs=((" % 26", ""), ('if "a" <= letter <= "z":', "if True:"), ("+ step", "- step")),
        checks=("f('abc', 1) == 'bcd'", "f('xyz', 3) == 'abc'", "f('Hi there!', 2) == 'Hk vjgtg!'", "f('a', 27) == 'b'"),
    ),
    Family(
        names=("run_lengths", "encode_runs", "compress_runs"),
        signature="(text: str) -> list[tuple[str, int]]",
        renames={"text": ("letters", "row")},
        does=(
            "lists each run of equal characters in {text} with its length",
            "turns {text} into pairs of a character and how often it repeats in a row",
        ),
        body="""
            runs = []
            for sign in text:
                if runs and runs[-1][0] == sign:
                    runs[-1] = (sign, runs[-1][1] + 1)
                else:
                    runs.append((sign, 1))
            return runs
        """,
        clumsy="""
            runs = []
            index = 0
            while index < len(text):
                length = 1
                while index + length < len(text) and text[index + length] == text[index]:
                    length = length + 1
                runs.append((text[index], length))
                index = index + length
            return runs
        """,
        bugs=(("if runs and", "if"), ("(sign, 1)", "(sign, 0)"), ("runs[-1][1] + 1", "2")),
        checks=("f('aaab') == [('a', 3), ('b', 1)]", "f('') == []", "f('abba') == [('a', 1), ('b', 2), ('a', 1)]", "f('zz') == [('z', 2)]"),
    ),
    Family(
        names=("snake_case", "to_snake_case", "camel_to_snake"),
        signature="(name: str) -> str",
        renames={"name": ("identifier", "camel")},
        does=("turns the camel-case {name} into lower-case words joined by underscores", "converts {name} from camelCase to snake_case"),
        body="""
            parts = []
            for sign in name:
                if sign.isupper() and parts:
                    parts.append("_")
                parts.append(sign.lower())
            return "".join(parts)
        """,
        clumsy="""
            result = ""
            for index in range(len(name)):
                if name[index].isupper():
                    if index > 0:
                        result = result + "_"
                    result = result + name[index].lower()
                else:
                    result = result + name[index]
            return result
        """,
        bugs=((" and parts", ""), ("sign.lower()", "sign"), ('"_"', '"-"')),
        checks=("f('userName') == 'user_name'", "f('PageTitle') == 'page_title'", "f('plain') == 'plain'", "f('') == ''"),
    ),
    Family(
        names=("shorten", "clip_text", "cut_with_dots"),
        signature="(text: str, limit: int) -> str",
        renames={"text": ("title", "label"), "limit": ("width", "size")},
        does=(
            "cuts {text} to at most {limit} characters and ends it with three dots where something was cut",
            "returns {text} unchanged if it has no more than {limit} characters, else its beginning and '...', {limit} characters in all",
        ),
        body="""
            if len(text) <= limit:
                return text
            return text[: limit - 3] + "..."
        """,
        clumsy="""
            if len(text) > limit:
                kept = ""
                for index in range(limit - 3):
                    kept = kept + text[index]
                return kept + "..."
            else:
                return text
        """,
        bugs=(("limit - 3", "limit"), ("<=", "<"), ('+ "..."', "")),
        checks=("f('hello world', 8) == 'hello...'", "f('short', 10) == 'short'", "f('exact', 5) == 'exact'", "f('abcdef', 5) == 'ab...'"),
    ),
    Family(
        names=("are_anagrams", "is_anagram", "same_letters"),
        signature="(first: str, second: str) -> bool",
        renames={"first": ("left", "one"), "second": ("right", "other")},
        does=(
            "tells whether {first} and {second} are made of the same letters, ignoring case and blanks",
            "checks if {second} is an anagram of {first}; blanks and case do not matter",
        ),
        body="""
            def letters(word):
                return sorted(word.replace(" ", "").lower())

            return letters(first) == letters(second)
        """,
        clumsy="""
            remaining = []
            for letter in second.lower():
                if letter != " ":
                    remaining.append(letter)
            for letter in first.lower():
                if letter != " ":
                    if letter in remaining:
                        remaining.remove(letter)
                    else:
                        return False
            return len(remaining) == 0
        """,
        bugs=(("sorted(", "set("), ('.replace(" ", "")', ""), (".lower()", "")),
        checks=(
            "f('listen', 'silent') is True",
            "f('Dormitory', 'dirty room') is True",
            "f('aab', 'abb') is False",
            "f('', '') is True",
            "f('abc', 'abcd') is False",
        ),
    ),
    Family(
        names=("mask_text", "hide_start", "star_out"),
        signature="(text: str, shown: int) -> str",
        renames={"text": ("number", "code"), "shown": ("visible", "keep")},
        does=(
            "replaces all but the last {shown} characters of {text} by stars",
            "hides {text} behind stars, leaving its last {shown} characters readable",
        ),
        body="""
            hidden = max(len(text) - shown, 0)
            return "*" * hidden + text[hidden:]
        """,
        clumsy="""
            result = ""
            for index in range(len(text)):
                if index < len(text) - shown:
                    result += "*"
                else:
                    result += text[index]
            return result
        """,
        bugs=(("max(len(text) - shown, 0)", "len(text) - shown"), ("text[hidden:]", "text[:shown]"), ('"*" * hidden', '"*" * shown')),
        checks=("f('12345678', 4) == '****5678'", "f('12', 3) == '12'", "f('abc', 0) == '***'", "f('', 2) == ''"),
    ),
    Family(
        names=("common_prefix", "shared_start", "longest_prefix"),
        signature="(words: list[str]) -> str",
        renames={"words": ("names", "lines")},
        does=("returns the longest beginning that all {words} share", "finds the common prefix of {words}, empty if there is none"),
        body="""
            if not words:
                return ""
            shortest = min(words, key=len)
            for index, sign in enumerate(shortest):
                if any(word[index] != sign for word in words):
                    return shortest[:index]
            return shortest
        """,
        clumsy="""
            if len(words) == 0:
                return ""
            prefix = words[0]
            for word in words:
                while word[: len(prefix)] != prefix:
                    prefix = prefix[: len(prefix) - 1]
            return prefix
        """,
        bugs=(("shortest[:index]", "shortest[: index + 1]"), ("min(", "max("), ('return ""', "return None")),
        checks=(
            "f(['flower', 'flow', 'flight']) == 'fl'",
            "f(['dog', 'car']) == ''",
            "f([]) == ''",
            "f(['same', 'same']) == 'same'",
            "f(['inter', 'in']) == 'in'",
        ),
    ),
)
