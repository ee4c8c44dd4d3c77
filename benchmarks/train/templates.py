"""Templates: real chat templates as their models ship them, what each may print and where it stops, and tokenizers that know its tokens.

The facts about a template (its stop tokens, how it reads the arguments of tool calls, whether it insists on parts) are written down here
by hand, from the templates' text. The code that is measured has to find out the same by itself.
"""

import re
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = {
    "own_zephyr": (
        "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + eos_token + '\n' }}"
        "{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}"
    ),
    "own_mistral": (
        "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('user and assistant must alternate') }}{% endif %}"
        "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
        "{% elif m['role'] == 'assistant' %}{{ ' ' + m['content'] + eos_token }}{% else %}"
        "{{ raise_exception('only user and assistant') }}{% endif %}{% endfor %}"
    ),
    "own_llama2": (
        "{% if messages[0]['role'] == 'system' %}{% set system = '<<SYS>>\n' + messages[0]['content'] + '\n<</SYS>>\n\n' %}"
        "{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
        "{% for m in rest %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('must alternate') }}{% endif %}"
        "{% if m['role'] == 'user' %}{{ bos_token + '[INST] ' + (system if loop.first else '') + m['content'].strip() + ' [/INST]' }}"
        "{% elif m['role'] == 'assistant' %}{{ ' ' + m['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
    ),
    "own_alpaca": (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'] + '\n\n' }}"
        "{% elif m['role'] == 'user' %}{{ '### Instruction:\n' + m['content'] + '\n\n' }}"
        "{% elif m['role'] == 'assistant' %}{{ '### Response:\n' + m['content'] + eos_token + '\n\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '### Response:\n' }}{% endif %}"
    ),
    "own_chatml": (
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
}
STOPS = {
    "cohere": ["<|END_OF_TURN_TOKEN|>"],
    "deepseek": ["<｜end▁of▁sentence｜>"],
    "diffusion_gemma": ["<turn|>", "<|tool_response>"],
    "gemma4": ["<turn|>", "<|tool_response>"],
    "gemma": ["<end_of_turn>"],
    "glm4moe": ["<|endoftext|>", "<|user|>", "<|observation|>"],
    "gptoss": ["<|return|>", "<|call|>"],
    "idefics3": ["<end_of_utterance>"],
    "smolvlm": ["<end_of_utterance>"],
    "lfm2": ["<|im_end|>"],
    "llama3": ["<|eot_id|>", "<|eom_id|>"],
    "llava_next": ["</s>"],
    "muse": ["<|eot|>"],
    "nemotron": ["<|im_end|>"],
    "phi3": ["<|end|>"],
    "qwen": ["<|im_end|>"],
    "own_chatml": ["<|im_end|>"],
    "own_": ["</s>"],
}
PLAIN_WORDS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tools>", "</tools>")
"""What templates print like tokens, and tokenizers know as words or not as one: never special."""
_TOKEN = re.compile(
    r"<\|[^<>|\s]{2,30}\|>|<｜[^<>｜\s]{2,30}｜>|<\|[a-z_]{2,20}>|<[a-z_]{2,20}\|>|<(?:start|end)_of_[a-z]+>|\[gMASK\]|<sop>"
)
TEXT_ARGUMENTS = ("deepseekv3", "deepseek_r1_distill", "deepseek_r1_distill_training")
PARTS = ("idefics3", "smolvlm", "llava_next")


@dataclass(frozen=True)
class Template:
    """A chat template with what a person can read in it."""

    name: str
    source: str
    stops: list[str]
    specials: list[str]

    @property
    def parts(self) -> bool:
        """Whether it reads text in parts only."""
        return self.name.startswith(PARTS)

    @property
    def text_arguments(self) -> bool:
        """Whether it joins the arguments of a call to other text, and so needs them as text."""
        return self.name in TEXT_ARGUMENTS


def templates() -> list[Template]:
    """All of TRL's package, and those written down here."""
    import trl

    files = sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))
    sources = {file.stem: file.read_text(encoding="utf-8") for file in files} | OWN
    return [_template(name, source) for name, source in sources.items()]


def _template(name: str, source: str) -> Template:
    stops = next(stops for family, stops in STOPS.items() if name.startswith(family))
    bos = ["<s>"] if name.startswith(("own_", "llava")) else ["<bos>"]
    found = {token for token in _TOKEN.findall(source) if token not in PLAIN_WORDS}
    if name.startswith("own_zephyr"):
        found = set()
    return Template(name, source, stops, sorted(found | {*stops, *bos, "<|endoftext|>"}))


def byte_level(template: Template) -> Any:
    """A byte-level tokenizer trained on the spot that knows the template's special tokens."""
    from tests.trainer.tiny import make_tokenizer

    tokenizer = make_tokenizer(template.specials, template.source, template.stops[0], 300 + 200 + len(template.specials))
    tokenizer.bos_token = next(token for token in template.specials if token in ("<s>", "<bos>"))
    return tokenizer


def metaspace(template: Template) -> Any:
    """A tokenizer that writes spaces as SentencePiece does, with bytes for what it does not know."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    from tests.trainer.tiny import TEXT

    bytes_of = [f"<0x{number:02X}>" for number in range(256)]
    bpe = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    bpe.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    bpe.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1, right=0)]
    )
    special = ["<unk>", *template.specials]
    bpe.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=900, special_tokens=[*special, *bytes_of], show_progress=False))
    made = PreTrainedTokenizerFast(tokenizer_object=_without_special_bytes(bpe, special), eos_token=template.stops[0], unk_token="<unk>")
    made.bos_token = next(token for token in template.specials if token in ("<s>", "<bos>"))
    made.chat_template = template.source
    return made


def _without_special_bytes(bpe: Any, special: list[str]) -> Any:
    # The trainer only takes the bytes into the vocabulary as special tokens; a real tokenizer has them as plain ones.
    import json

    from tokenizers import Tokenizer

    said = json.loads(bpe.to_str())
    said["added_tokens"] = [token for token in said["added_tokens"] if token["content"] in special]
    return Tokenizer.from_str(json.dumps(said))


def tinyllama(template: Template, shared: Path) -> Any | None:
    """TinyLlama's tokenizer with that template, where the checkout has it beside it."""
    packed = shared / "data" / "tokenizers" / "tinyllama.tar.gz"
    if not packed.is_file():
        return None
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder, tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
        tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": [token for token in template.specials if token not in ("<bos>", "<s>")]})
    tokenizer.chat_template = template.source
    return tokenizer
