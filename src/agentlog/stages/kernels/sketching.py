"""Sketching: MinHash signatures of texts, straight from their bytes, so that no set of shingles is ever kept.

The arithmetic is datasketch's scheme ``affine32``: the lower half of a shingle's hash, mixed by MurmurHash3's 32-bit finaliser, goes
through a·h + b modulo 2³² for each permutation, and the least value stays.
"""

import numpy as np

from agentlog.stages.kernels.compiled import Bytes, Codes, Hashes, Places, compiled
from agentlog.stages.kernels.shingling import distinct, longest_of, power, shingles_of, words_of

_MIX1, _MIX2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_16, _13 = np.uint32(16), np.uint32(13)
_MOST = np.uint32(0xFFFFFFFF)


@compiled
def least(hashes: Hashes, count: int, multipliers: Codes, addends: Codes, signature: Codes) -> None:
    """Write the least value that each permutation gives the first ``count`` hashes into ``signature``."""
    permutations = len(multipliers)
    signature[:] = _MOST
    for place in range(count):
        value = np.uint32(hashes[place])
        value = np.uint32((value ^ (value >> _16)) * _MIX1)
        value = np.uint32((value ^ (value >> _13)) * _MIX2)
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
