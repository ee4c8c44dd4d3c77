"""How the tiny base's weights begin: random, but for two layers of attention that can look something up.

A large model finds out by itself, after billions of tokens, that what followed a token the last time is likely to follow it again. A minute
is too short for that, so the base is born with it: the heads of the first layer look one and two tokens back and write down what stood
there; those of the second compare that with the two newest tokens, and repeat what came next. This knows no word of any language: it
works on random tokens, and training goes on changing it.
"""

import torch
from transformers import Qwen2ForCausalLM

GROUPS = 2
"""Key-value heads of a layer: one looks one token back, the other two."""
ROPE_THETA = 1e6
_LOOK_BACK, _MATCH, _NOTE, _REPEAT, _EMBEDDING = 10.0, 5.0, 0.2, 2.5, 5.0
_SLOW = 0.011
"""Radians per token below which a rotary frequency hardly turns over the length of a chat, so that equal tokens match at any distance."""


@torch.no_grad()
def look_back(model: Qwen2ForCausalLM) -> None:
    """Set the first two layers' attention so; the random generator says along which directions."""
    model.model.embed_tokens.weight.mul_(_EMBEDDING)
    hidden, size = model.config.hidden_size, model.config.hidden_size // model.config.num_attention_heads
    directions = torch.nn.init.orthogonal_(torch.empty(hidden, hidden))
    token, notes = directions[:size], (directions[size : 2 * size], directions[2 * size : 3 * size])
    frequencies = model.model.rotary_emb.inv_freq.float()
    for back in range(GROUPS):
        _note_down(model, back, frequencies, token, notes[back])
    _repeat(model, frequencies, token, notes)


def _note_down(model: Qwen2ForCausalLM, group: int, frequencies: torch.Tensor, token: torch.Tensor, note: torch.Tensor) -> None:
    """First layer: attend to one token, ``group + 1`` back, and write it along the note's directions."""
    attention, size = model.model.layers[0].self_attn, len(token)
    keys, queries, each = _places(model, group)
    turned = frequencies * (group + 1)
    attention.k_proj.weight[keys] = 0
    attention.k_proj.bias[keys] = _LOOK_BACK * torch.cat([turned.cos(), turned.sin()])
    attention.q_proj.weight[queries] = 0
    attention.q_proj.bias[queries] = _LOOK_BACK * torch.cat([torch.ones(size // 2), torch.zeros(size // 2)]).repeat(each)
    attention.v_proj.weight[keys] = token
    attention.o_proj.weight[:, queries] = _NOTE * note.T.repeat(1, each) / each


def _repeat(model: Qwen2ForCausalLM, frequencies: torch.Tensor, token: torch.Tensor, notes: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Second layer: attend to where both notes equal the newest token and the one before it, and say what stands there."""
    attention, hidden, size = model.model.layers[1].self_attn, model.config.hidden_size, len(token)
    slow = (frequencies < _SLOW).nonzero().flatten()
    places = torch.cat([slow, slow + size // 2])
    said = torch.nn.init.orthogonal_(torch.empty(hidden, hidden))
    for group in range(GROUPS):
        keys, queries, each = _places(model, group)
        rows = slice(group * len(slow), (group + 1) * len(slow))
        key, query = torch.zeros(size, hidden), torch.zeros(size, hidden)
        key[places[0::2]], key[places[1::2]] = notes[0][rows], notes[1][rows]
        query[places[0::2]], query[places[1::2]] = token[rows], notes[0][rows]
        attention.k_proj.weight[keys], attention.q_proj.weight[queries] = _MATCH * key, _MATCH * query.repeat(each, 1)
        attention.v_proj.weight[keys] = said[keys]
        attention.o_proj.weight[:, queries] = _REPEAT * said[keys].T.repeat(1, each) / each


def _places(model: Qwen2ForCausalLM, group: int) -> tuple[slice, slice, int]:
    """The rows of a group's key-value head, those of its query heads, and how many of these there are."""
    size, each = model.config.hidden_size // model.config.num_attention_heads, model.config.num_attention_heads // GROUPS
    return slice(group * size, (group + 1) * size), slice(group * each * size, (group + 1) * each * size), each
