"""Families about dictionaries: counting, grouping, turning round, picking."""

from examples.team.family import Family

FAMILIES = (
    Family(
        names=("word_counts", "count_words", "word_frequencies"),
        signature="(text: str) -> dict[str, int]",
        renames={"text": ("line", "page")},
        does=(
            "counts how often each word occurs in {text}, in lower case",
            "returns a dictionary from every lower-case word of {text} to its number of occurrences",
        ),
        body="""
            counts = {}
            for word in text.lower().split():
                counts[word] = counts.get(word, 0) + 1
            return counts
        """,
        clumsy="""
            counts = {}
            for word in text.split():
                lowered = word.lower()
                if lowered in counts.keys():
                    counts[lowered] = counts[lowered] + 1
                else:
                    counts[lowered] = 1
            return counts
        """,
        bugs=((".lower()", ""), ("counts.get(word, 0) + 1", "1"), ("counts.get(word, 0)", "counts[word]")),
        checks=("f('a b A') == {'a': 2, 'b': 1}", "f('') == {}", "f('to be or not to be')['to'] == 2"),
    ),
    Family(
        names=("invert", "swap_keys_and_values", "reverse_mapping"),
        signature="(mapping: dict) -> dict",
        renames={"mapping": ("table", "lookup")},
        does=(
            "returns a dictionary from each value of {mapping} to the list of its keys",
            "turns {mapping} round: every value leads to a list of the keys that had it",
        ),
        body="""
            inverted = {}
            for key, value in mapping.items():
                inverted.setdefault(value, []).append(key)
            return inverted
        """,
        clumsy="""
            inverted = {}
            for key in mapping:
                value = mapping[key]
                if value not in inverted:
                    inverted[value] = []
                inverted[value] = inverted[value] + [key]
            return inverted
        """,
        bugs=(
            ("inverted.setdefault(value, []).append(key)", "inverted[value] = [key]"),
            ("inverted.setdefault(value, []).append(key)", "inverted[value] = key"),
            ("inverted.setdefault(value, []).append(key)", "inverted[value].append(key)"),
        ),
        checks=("f({'a': 1, 'b': 2}) == {1: ['a'], 2: ['b']}", "f({'a': 1, 'b': 1}) == {1: ['a', 'b']}", "f({}) == {}"),
    ),
    Family(
        names=("group_by_length", "words_by_length", "length_groups"),
        signature="(words: list[str]) -> dict[int, list[str]]",
        renames={"words": ("names", "tokens")},
        does=(
            "groups {words} by their length",
            "returns a dictionary from a length to the list of those {words} that have it, in their order",
        ),
        body="""
            groups = {}
            for word in words:
                groups.setdefault(len(word), []).append(word)
            return groups
        """,
        clumsy="""
            groups = {}
            for word in words:
                same = []
                for other in words:
                    if len(other) == len(word):
                        same.append(other)
                groups[len(word)] = same
            return groups
        """,
        bugs=(
            ("groups.setdefault(len(word), []).append(word)", "groups[len(word)] = [word]"),
            ("setdefault(len(word), [])", "setdefault(word, [])"),
            (".append(word)", ".insert(0, word)"),
        ),
        checks=("f(['a', 'bb', 'c']) == {1: ['a', 'c'], 2: ['bb']}", "f([]) == {}", "f(['xy']) == {2: ['xy']}"),
    ),
    Family(
        names=("merge_counts", "add_counts", "sum_counts"),
        signature="(first: dict[str, int], second: dict[str, int]) -> dict[str, int]",
        renames={"first": ("ours", "old"), "second": ("theirs", "new")},
        does=(
            "adds the counts of {second} to those of {first} in a new dictionary",
            "returns the sums of {first} and {second}, key by key, changing neither",
        ),
        body="""
            total = dict(first)
            for key, count in second.items():
                total[key] = total.get(key, 0) + count
            return total
        """,
        clumsy="""
            total = {}
            for key in first:
                total[key] = first[key]
            for key in second:
                if key in total:
                    total[key] = total[key] + second[key]
                else:
                    total[key] = second[key]
            return total
        """,
        bugs=(("dict(first)", "first"), ("total.get(key, 0) + count", "count"), ("total.get(key, 0)", "total[key]")),
        checks=(
            "f({'a': 1}, {'a': 2, 'b': 3}) == {'a': 3, 'b': 3}",
            "f({}, {}) == {}",
            "f({'x': 1}, {}) == {'x': 1}",
            "(lambda d: (f(d, {'k': 1}), d)[1])({}) == {}",
        ),
    ),
    Family(
        names=("top_keys", "best_keys", "highest_keys"),
        signature="(scores: dict[str, int], count: int) -> list[str]",
        renames={"scores": ("points", "totals"), "count": ("amount", "limit")},
        does=(
            "returns the {count} keys of {scores} with the highest values, equal ones in alphabetical order",
            "lists the {count} best keys of {scores}, best first; a tie is settled by the alphabet",
        ),
        body="""
            ordered = sorted(scores, key=lambda key: (-scores[key], key))
            return ordered[:count]
        """,
        clumsy="""
            left = sorted(scores.keys())
            chosen = []
            while len(chosen) < count and len(left) > 0:
                best = left[0]
                for key in left:
                    if scores[key] > scores[best]:
                        best = key
                chosen.append(best)
                left.remove(best)
            return chosen
        """,
        bugs=(("(-scores[key], key)", "(scores[key], key)"), ("(-scores[key], key)", "-scores[key]"), ("[:count]", "[: count - 1]")),
        checks=("f({'a': 1, 'b': 3, 'c': 2}, 2) == ['b', 'c']", "f({'z': 1, 'y': 1}, 1) == ['y']", "f({}, 3) == []"),
    ),
    Family(
        names=("at_least", "filter_by_value", "keep_large"),
        signature="(amounts: dict[str, int], minimum: int) -> dict[str, int]",
        renames={"amounts": ("stock", "prices"), "minimum": ("least", "bound")},
        does=(
            "keeps those entries of {amounts} whose value is {minimum} or more",
            "returns the part of {amounts} where the value reaches {minimum}",
        ),
        body="""
            return {name: value for name, value in amounts.items() if value >= minimum}
        """,
        clumsy="""
            result = {}
            for name in amounts.keys():
                if not amounts[name] < minimum:
                    result[name] = amounts[name]
            return result
        """,
        bugs=((">= minimum", "> minimum"), (">= minimum", "<= minimum"), ("{name: value for", "{value: name for")),
        checks=("f({'a': 5, 'b': 2}, 3) == {'a': 5}", "f({'a': 3}, 3) == {'a': 3}", "f({}, 0) == {}"),
    ),
    Family(
        names=("dig", "get_path", "nested_value"),
        signature="(data: dict, path: str) -> object",
        renames={"data": ("tree", "config"), "path": ("route", "dotted")},
        does=(
            "follows the keys of {path}, which are joined by dots, into the nested dictionaries of {data} and returns None where they end",
            "looks up a dotted {path} such as 'a.b' in {data}; a missing key gives None",
        ),
        body="""
            for key in path.split("."):
                if not isinstance(data, dict) or key not in data:
                    return None
                data = data[key]
            return data
        """,
        clumsy="""
            keys = path.split(".")
            current = data
            index = 0
            while index < len(keys):
                if type(current) != dict:
                    return None
                if keys[index] in current:
                    current = current[keys[index]]
                else:
                    return None
                index = index + 1
            return current
        """,
        bugs=(("not isinstance(data, dict) or ", ""), (" or key not in data", ""), ('path.split(".")', "path")),
        checks=(
            "f({'one': {'two': 7}}, 'one.two') == 7",
            "f({'one': {}}, 'one.x') is None",
            "f({'one': 5}, 'one.two') is None",
            "f({'key': 1}, 'key') == 1",
        ),
    ),
    Family(
        names=("rename_keys", "translate_keys", "map_keys"),
        signature="(record: dict, names: dict[str, str]) -> dict",
        renames={"record": ("row", "entry"), "names": ("aliases", "new_names")},
        does=(
            "returns {record} with its keys renamed as {names} says; a key that is not in {names} stays",
            "replaces the keys of {record} that {names} has a new word for and leaves the others",
        ),
        body="""
            return {names.get(key, key): value for key, value in record.items()}
        """,
        clumsy="""
            result = {}
            for key in record:
                if key in names:
                    new_key = names[key]
                else:
                    new_key = key
                result[new_key] = record[key]
            return result
        """,
        bugs=(("names.get(key, key)", "names[key]"), ("names.get(key, key)", "names.get(key)"), (".items()}", ".items() if key in names}")),
        checks=("f({'id': 1, 'x': 2}, {'id': 'key'}) == {'key': 1, 'x': 2}", "f({}, {'a': 'b'}) == {}", "f({'a': 1}, {}) == {'a': 1}"),
    ),
    Family(
        names=("changed_keys", "dict_changes", "differing_keys"),
        signature="(old: dict, new: dict) -> list[str]",
        renames={"old": ("before", "first"), "new": ("after", "second")},
        does=(
            "lists in alphabetical order the keys whose values differ between {old} and {new}, or which only one of them has",
            "returns the sorted keys that were added, removed or changed from {old} to {new}",
        ),
        body="""
            missing = object()
            keys = sorted(old.keys() | new.keys())
            return [key for key in keys if old.get(key, missing) != new.get(key, missing)]
        """,
        clumsy="""
            changed = []
            for key in old:
                if key not in new:
                    changed.append(key)
                elif old[key] != new[key]:
                    changed.append(key)
            for key in new:
                if key not in old:
                    changed.append(key)
            changed.sort()
            return changed
        """,
        bugs=(("|", "&"), ("new.get(key, missing)", "new[key]"), ("old.keys() | new.keys()", "old")),
        checks=("f({'a': 1, 'b': 2}, {'b': 3, 'c': 4}) == ['a', 'b', 'c']", "f({'a': 1}, {'a': 1}) == []", "f({}, {'z': None}) == ['z']"),
    ),
    Family(
        names=("total_by", "sum_by_group", "totals_per_key"),
        signature="(rows: list[tuple[str, int]]) -> dict[str, int]",
        renames={"rows": ("entries", "pairs")},
        does=(
            "adds up the amounts of {rows}, which are pairs of a name and an amount, for each name",
            "returns a dictionary with the total amount per name in {rows}, a list of pairs",
        ),
        body="""
            totals = {}
            for name, amount in rows:
                totals[name] = totals.get(name, 0) + amount
            return totals
        """,
        clumsy="""
            totals = {}
            for row in rows:
                if row[0] not in totals:
                    totals[row[0]] = 0
            for row in rows:
                totals[row[0]] = totals[row[0]] + row[1]
            return totals
        """,
        bugs=(("+ amount", "+ 1"), ("totals.get(name, 0) + amount", "amount"), ("totals.get(name, 0)", "totals.get(name, 1)")),
        checks=("f([('a', 2), ('b', 1), ('a', 3)]) == {'a': 5, 'b': 1}", "f([]) == {}", "f([('x', -2)]) == {'x': -2}"),
    ),
)
