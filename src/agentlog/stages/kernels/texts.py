"""Texts: UTF-8 bytes of many texts to the 64-bit hashes of their word n-grams, and to MinHash signatures.

`agentlog.stages.shingles` says what a word is and hands in the table of characters. A word's hash takes up one character after the other
(xor, multiply, fold); an n-gram's is the polynomial of its words' hashes, which rolls on from word to word at a cost that does not depend
on n, and is mixed at the end. All of it is arithmetic modulo 2⁶⁴.

Signatures come straight from the bytes, so that no set of shingles is ever kept. Their arithmetic is datasketch's scheme ``affine32``: the
lower half of a shingle's hash, mixed by MurmurHash3's 32-bit finaliser, goes through a·h + b modulo 2³² for each permutation, and the least
value stays.
"""

import numpy as np

from agentlog.stages.kernels.compiled import Bytes, Codes, Hashes, Places, compiled

SINGLE = np.uint32(1 << 31)
"""Marks a character that is a word by itself."""

_START = np.uint64(0xCBF29CE484222325)
_STEP = np.uint64(0x9FB21C651E98DF25)
_BASE = np.uint64(0xD6E8FEB86659FD93)
_COUNT = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ONE, _ZERO = np.uint64(1), np.uint64(0)
_MURMUR1, _MURMUR2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_16, _13 = np.uint32(16), np.uint32(13)
_MOST = np.uint32(0xFFFFFFFF)
_32, _31, _30, _27 = np.uint64(32), np.uint64(31), np.uint64(30), np.uint64(27)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """A 64-bit number, each of its bits spread over all (the finaliser of SplitMix64; Steele et al., 2014)."""
    value = (value ^ (value >> _30)) * _MIX1
    value = (value ^ (value >> _27)) * _MIX2
    return value ^ (value >> _31)


@compiled
def words_of(data: Bytes, start: int, end: int, characters: Codes, words: Hashes) -> int:
    """Write the hash of each word of ``data[start:end]`` into ``words`` and return how many there are."""
    count = 0
    state = _START
    inside = False
    place = start
    while place < end:
        byte = np.uint32(data[place])
        place += 1
        if byte < 128:
            found = characters[byte]
        else:
            if byte < 0xE0:
                more = 1
                code = byte & np.uint32(0x1F)
            elif byte < 0xF0:
                more = 2
                code = byte & np.uint32(0x0F)
            else:
                more = 3
                code = byte & np.uint32(0x07)
            for _ in range(more):
                code = np.uint32((code << np.uint32(6)) | (np.uint32(data[place]) & np.uint32(0x3F)))
                place += 1
            found = characters[code]
        if found != 0 and found < SINGLE:
            state = (state ^ np.uint64(found)) * _STEP
            state ^= state >> _32
            inside = True
        else:
            if inside:
                words[count] = state
                count += 1
                state = _START
                inside = False
            if found != 0:
                state = (_START ^ np.uint64(found & ~SINGLE)) * _STEP
                words[count] = state ^ (state >> _32)
                count += 1
                state = _START
    if inside:
        words[count] = state
        count += 1
    return count


@compiled
def shingles_of(words: Hashes, count: int, ngram: int, oldest: np.uint64, out: Hashes) -> int:
    """Write the hash of each n-gram of the words into ``out``, repeats included, and return how many there are: at least one.

    ``oldest`` is the base of the polynomial to the power n.
    """
    size = min(count, ngram)
    salt = np.uint64(size) * _COUNT
    value = _ZERO
    for place in range(size):
        value = value * _BASE + words[place]
    out[0] = mixed(value ^ salt)
    made = 1
    for place in range(size, count):
        value = value * _BASE + words[place] - words[place - ngram] * oldest
        out[made] = mixed(value ^ salt)
        made += 1
    return made


@compiled
def power(ngram: int) -> np.uint64:
    """The base of the polynomial to the power n."""
    value = _ONE
    for _ in range(ngram):
        value = value * _BASE
    return value


@compiled
def distinct(values: Hashes, count: int, table: Hashes) -> int:
    """Move the distinct ones of the first ``count`` values to the front, in order of first occurrence; return how many there are.

    ``table`` has room for twice as many; its length is a power of two.
    """
    size = 4
    while size < 2 * count:
        size *= 2
    mask = np.uint64(size - 1)
    table[:size] = _ZERO
    kept = 0
    zero_seen = False
    for place in range(count):
        value = values[place]
        if value == _ZERO:
            if not zero_seen:
                zero_seen = True
                values[kept] = value
                kept += 1
            continue
        slot = value & mask
        while table[slot] != _ZERO and table[slot] != value:
            slot = (slot + _ONE) & mask
        if table[slot] == _ZERO:
            table[slot] = value
            values[kept] = value
            kept += 1
    return kept


@compiled
def longest_of(starts: Places) -> int:
    """The most bytes that a text has."""
    most = 0
    for text in range(len(starts) - 1):
        most = max(most, starts[text + 1] - starts[text])
    return most


@compiled
def sets_of(data: Bytes, starts: Places, characters: Codes, ngram: int) -> tuple[Hashes, Places]:
    """Of each text ``data[starts[i]:starts[i + 1]]`` the sorted distinct hashes, one set after the other, and where each set begins."""
    longest = longest_of(starts)
    words = np.empty(longest + 1, np.uint64)
    raw = np.empty(longest + 1, np.uint64)
    size = 4
    while size < 2 * (longest + 1):
        size *= 2
    table = np.empty(size, np.uint64)
    oldest = power(min(ngram, longest + 1))
    texts = len(starts) - 1
    begins = np.zeros(texts + 1, np.int64)
    values = np.empty(max(16, (starts[texts] - starts[0]) // 4 + texts), np.uint64)
    for text in range(texts):
        count = words_of(data, starts[text], starts[text + 1], characters, words)
        made = distinct(raw, shingles_of(words, count, ngram, oldest, raw), table)
        begin = begins[text]
        if begin + made > len(values):
            larger = np.empty(2 * (begin + made), np.uint64)
            larger[:begin] = values[:begin]
            values = larger
        values[begin : begin + made] = raw[:made]
        values[begin : begin + made].sort()
        begins[text + 1] = begin + made
    return values[: begins[texts]].copy(), begins


@compiled
def least(hashes: Hashes, count: int, multipliers: Codes, addends: Codes, signature: Codes) -> None:
    """Write the least value that each permutation gives the first ``count`` hashes into ``signature``."""
    permutations = len(multipliers)
    signature[:] = _MOST
    for place in range(count):
        value = np.uint32(hashes[place])
        value = np.uint32((value ^ (value >> _16)) * _MURMUR1)
        value = np.uint32((value ^ (value >> _13)) * _MURMUR2)
        value = np.uint32(value ^ (value >> _16))
        for permutation in range(permutations):
            permuted = np.uint32(multipliers[permutation] * value + addends[permutation])
            signature[permutation] = min(signature[permutation], permuted)


@compiled
def signatures_of(data: Bytes, starts: Places, characters: Codes, ngram: int, multipliers: Codes, addends: Codes) -> tuple[Places, Codes]:
    """Of each text ``data[starts[i]:starts[i + 1]]`` the number of distinct shingles and the signature."""
    texts = len(starts) - 1
    longest = longest_of(starts)
    words = np.empty(longest + 1, np.uint64)
    hashes = np.empty(longest + 1, np.uint64)
    size = 4
    while size < 2 * (longest + 1):
        size *= 2
    table = np.empty(size, np.uint64)
    oldest = power(min(ngram, longest + 1))
    sizes = np.empty(texts, np.int64)
    signatures = np.empty((texts, len(multipliers)), np.uint32)
    for text in range(texts):
        count = words_of(data, starts[text], starts[text + 1], characters, words)
        sizes[text] = distinct(hashes, shingles_of(words, count, ngram, oldest, hashes), table)
        least(hashes, sizes[text], multipliers, addends, signatures[text])
    return sizes, signatures
