"""What transformers 4.57 makes of a small ERNIE-M with random weights, for the tests to compare with.

    python tests/model/ernie_m/record.py [FOLDER] [--seed 0]

It writes a checkpoint in the published layout (config.json, model.safetensors, sentencepiece.bpe.model, vocab.txt)
and expected.npz beside it. The python that runs it must have "transformers>=4.57,<5" and sentencepiece; the folder
that is committed came from transformers 4.57.6. The tests run it again where EMTOOL_TRANSFORMERS4 names such a python.
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

CORPUS = """
the piano plays a slow melody and the violin answers it
two guitars, one drum and a bass: the whole band at 120 bpm
a quiet song for a rainy night; sad, but never without hope
who sings this? what a voice! best chorus of the year 2019
the flute, the trumpet, the organ and the marimba play together
钢琴弹着缓慢的旋律，小提琴轻轻地回答它。
前奏一响我就想起了夏天的海边，吉他太好听了！
这首歌的鼓点很有力，每分钟128拍，适合跑步听。
大提琴的声音低沉又温暖，让人想家。
谁能告诉我这是什么乐器？像是笛子，又像是风声……
piano 和 violin 的对话，3 分 20 秒那里最美
[MASK] [SEP] and [CLS] are marks [A] not words [K] [M] [S] [C] [L] [E] [P] [UNK] [PAD]
安静的夜里听这首 lofi，心情慢慢平静下来
""".strip().splitlines()

TEXTS = [
    "",
    " ",
    "piano",
    "缓慢忧伤的大提琴",
    "a slow, sad cello at 60 bpm!",
    "前奏一响就想哭，guitar 和鼓在3分20秒进来。",
    "  two   spaces\tand\na line  ",
    "ＰＩＡＮＯ　１２３，全角",
    "2019年128拍no.1第2首v2",
    "a,b;c:d.e?f!g~h，i；j：k。l？m！n《o》p【q】r",
    "①② ½ ３",
    "[MASK] music [SEP]piano[CLS]。[PAD]",
    "[mask] [UNK]",
    "🎻🎹 so good",
    "\u202e\u200b",
    "e\u0301te\u0301 déjà vu ñandú",
    "ピアノ 피아노 фортепиано",
    "，，，",
    "!? ...",
    "the violin answers " * 12,
    "词" * 80,
]

FULL_WIDTH_TO_ASCII = [(chr(code + 0xFEE0), chr(code)) for code in range(ord("0"), ord("z") + 1)]
MAX_TOKENS = 48
PUBLISHED_SPECIALS = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]


def random_texts(chance: random.Random, count: int) -> list[str]:
    """Texts of anything that a comment may hold, in no sensible order."""
    parts = [
        *"abcXYZ019,;:.?!~，；：。？！《》【】 \t　钢琴曲龘０９ａＺ①²½éЖ가の🎻'\"-_/",
        "[MASK]",
        "[SEP]",
        "[",
        "  ",
    ]
    parts += " ".join(CORPUS).split() * 2
    return ["".join(chance.choices(parts, k=chance.randint(1, 30))) for _ in range(count)]


def train_pieces(folder: Path, *, small: bool) -> list[str]:
    """Train sentencepiece.bpe.model and give its pieces; ``small`` leaves out the 240 kB of Unicode's normal forms."""
    import sentencepiece

    (folder / "corpus.txt").write_text("\n".join(CORPUS), encoding="utf-8")
    rules = folder / "rules.tsv"
    rules.write_text("".join(f"{ord(a):X}\t{ord(b):X}\n" for a, b in FULL_WIDTH_TO_ASCII), encoding="utf-8")
    normal: dict[str, Any] = (
        {"normalization_rule_tsv": str(rules)} if small else {"normalization_rule_name": "nmt_nfkc"}
    )
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "corpus.txt"),
        model_prefix=str(folder / "pieces"),
        vocab_size=300,
        hard_vocab_limit=False,
        minloglevel=2,
        **normal,
    )
    (folder / "pieces.model").rename(folder / "sentencepiece.bpe.model")
    for left in ("corpus.txt", "rules.tsv", "pieces.vocab"):
        (folder / left).unlink()
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.bpe.model"))
    return [pieces.id_to_piece(index) for index in range(3, pieces.get_piece_size())]


def write_vocabulary(folder: Path, pieces: list[str], chance: random.Random) -> int:
    """Write vocab.txt in an order of its own, without some pieces, as the published one; give its length."""
    kept = [piece for piece in pieces if chance.random() > 0.1]
    chance.shuffle(kept)
    alone = [mark for mark in "0123456789,.?!，。" if mark not in kept]
    tokens = [*PUBLISHED_SPECIALS, *kept, *alone, "[MASK]"]
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    return len(tokens)


def record(folder: Path, seed: int) -> None:
    """Write checkpoint and expected.npz; seed 0 gives what is committed, other seeds more texts."""
    from transformers import ErnieMConfig, ErnieMModel, ErnieMTokenizer

    chance = random.Random(seed)
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    size = write_vocabulary(folder, train_pieces(folder, small=seed == 0), chance)
    config = ErnieMConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=66,
    )
    model = ErnieMModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # the usual start, biases of 0 among it, would hide mistakes
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    tokenizer = ErnieMTokenizer(
        sentencepiece_model_ckpt=str(folder / "sentencepiece.bpe.model"), vocab_file=str(folder / "vocab.txt")
    )
    texts = TEXTS + (random_texts(chance, 2000) if seed else [])
    ids = [tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"] for text in texts]
    few = texts[: len(TEXTS)]
    padded = tokenizer(
        few,
        truncation=True,
        max_length=MAX_TOKENS,
        padding=True,
        return_tensors="pt",
        return_attention_mask=True,
    )
    with torch.inference_mode():
        output = model(input_ids=padded["input_ids"], attention_mask=padded["attention_mask"])
    mask = padded["attention_mask"].bool()
    np.savez_compressed(
        folder / "expected.npz",
        texts=np.frombuffer(json.dumps([texts, ids]).encode(), np.uint8),
        states=output.last_hidden_state[mask].numpy(),  # of all tokens, one text after the other
        pooled=output.pooler_output.numpy(),
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    record(given.folder, given.seed)
