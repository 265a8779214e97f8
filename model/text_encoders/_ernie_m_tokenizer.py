"""Texts to the token ids of ERNIE-M: SentencePiece pieces, split further, looked up in ``vocab.txt``.

The ids are those of ``ErnieMTokenizer`` of transformers 4.57, whose model was trained with them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emtool.crawler.errors import CheckpointError, MissingToolError

_SPACE = "\u2581"  # SentencePiece writes a space so
_SPECIAL = ("[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]")
_NEEDED = ("[CLS]", "[SEP]", "[UNK]")
_PUNCTUATION = frozenset(",;:.?!~，；：。？！《》【】")


class ErnieMTokenizer:
    """A SentencePiece model and a vocabulary."""

    def __init__(self, pieces: Path, vocabulary: Path, *, lower_case: bool = False) -> None:
        """Read both files.

        Raises:
            MissingToolError: The package sentencepiece is not installed.
            CheckpointError: A file is not what its name says, or the vocabulary lacks a special token.
        """
        self._pieces = _sentencepiece(pieces)
        self._lower_case = lower_case
        try:
            with vocabulary.open(encoding="utf-8") as lines:
                self.vocabulary = {line.rstrip("\n"): index for index, line in enumerate(lines)}
        except UnicodeDecodeError as error:
            raise CheckpointError(f"{vocabulary} is no list of tokens in UTF-8: fetch it again") from error
        lacking = [token for token in _NEEDED if token not in self.vocabulary]
        if lacking:
            raise CheckpointError(f"{vocabulary} lacks {lacking[0]}: it is no vocabulary of ERNIE-M")
        specials = [re.escape(token) for token in _SPECIAL if token in self.vocabulary]
        self._special = re.compile(f"({'|'.join(specials)})")

    def encode(self, text: str, max_tokens: int) -> tuple[list[int], bool]:
        """Give the ids of ``[CLS] text [SEP]``, at most so many, and whether the text had to be cut."""
        tokens = self.tokens(text)
        kept = tokens[: max_tokens - 2]
        unknown = self.vocabulary["[UNK]"]
        ids = [self.vocabulary.get(token, unknown) for token in ("[CLS]", *kept, "[SEP]")]
        return ids, len(kept) < len(tokens)

    def tokens(self, text: str) -> list[str]:
        """Cut a text into tokens, without the marks around it."""
        text = text.encode(errors="replace").decode()  # half a surrogate pair is no text to SentencePiece
        tokens: list[str] = []
        for part in self._special.split(text):
            if part in _SPECIAL:
                tokens.append(part)
            elif part:
                tokens += self._split(part.lower() if self._lower_case else part)
        return tokens

    def _split(self, text: str) -> Iterator[str]:
        pieces: list[str] = self._pieces.encode(text, out_type=str)
        for place, piece in enumerate(pieces):
            if piece != _SPACE:
                yield from split_piece(piece)
            elif place and place + 1 < len(pieces) and not pieces[place + 1].startswith(_SPACE):
                yield piece  # a space by itself counts only before a piece that brings none of its own


def split_piece(piece: str) -> Iterator[str]:
    """Cut a piece so that Chinese characters and punctuation stand alone and digits stand apart from the rest."""
    start = 0
    for place, character in enumerate(piece):
        if character == _SPACE:
            continue
        alone = "\u4e00" <= character <= "\u9fff" or character in _PUNCTUATION
        turn = place > 0 and character.isdigit() != piece[place - 1].isdigit()
        if alone or turn:
            before = piece[start:place]
            if before not in ("", _SPACE):
                yield before
            start = place
        if alone:
            yield character
            start = place + 1
    if start < len(piece):
        yield piece[start:]


def _sentencepiece(path: Path) -> Any:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError as error:
        raise MissingToolError(
            "the text encoder 'ernie-m' needs the package sentencepiece: pip install 'emtool[ernie-m]'"
        ) from error
    pieces = SentencePieceProcessor()
    try:
        pieces.LoadFromSerializedProto(path.read_bytes())
    except (RuntimeError, OSError) as error:
        raise CheckpointError(f"{path} is no SentencePiece model, or cut off: fetch it again") from error
    return pieces
