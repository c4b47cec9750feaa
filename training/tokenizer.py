"""The demo model's tokenizer: byte-level BPE that splits a word the same way wherever it occurs.

Text is split before any merge in the way that makes copying easiest:

* a blank line is a separate token, so a turn's end never merges with the full stop before it;
* every digit is a separate piece, and so is every Chinese character and kana;
* a capitalised word is split from the space before it, so that a name has the same tokens after a space, at the
  start of a line and inside quotes (a lower-case word keeps its space).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from training import corpus
from training.grammar import names, phrases, vocabulary

END_OF_TEXT = "<|endoftext|>"
VOCABULARY = 6144

_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}ー"
PATTERN = "|".join(
    (
        r"\n\n",
        r"\n",
        rf"[{_CJK}]",
        r"\p{N}",
        r"'(?:s|t|re|ve|m|ll|d)(?!\p{L})",
        r" ?I(?![\p{L}\p{N}])",
        rf"\p{{Lu}}[\p{{L}}\p{{M}}&&[^{_CJK}]]*",
        rf" ?[\p{{L}}\p{{M}}&&[^\p{{Lu}}{_CJK}]][\p{{L}}\p{{M}}&&[^{_CJK}]]*",
        r"\.\.\.",
        r" ?[^\s\p{L}\p{M}\p{N}]",
        r" ",
        r"\s",
    )
)


def train(texts: Iterable[str]) -> Tokenizer:
    """Train the merges on texts. Token 0 is the end of text; all 256 bytes are in the alphabet."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(END_OF_TEXT, special=True)],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def load(path: Path) -> Tokenizer:
    """Read a tokenizer that reads the end-of-text mark in a text as plain characters, not as token 0."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True
    return tokenizer


_KANA = (
    "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろわをんー"
    "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロワヲンヴ"
)
_PUNCTUATION = "。，！？：；、「」『』（）…—～《》“”’"


def _cjk(corpus_texts: Iterable[str], kept: int) -> str:
    """The characters that get their own token: those in names and phrase files, and the most common in the corpus."""
    counts = Counter(c for text in corpus_texts for c in text)
    written = [
        line for file in ("chinese", "japanese") for section in phrases.read(file).values() for line in section.lines
    ]
    named = names.characters("chinese") + names.characters("japanese")
    chosen = (*(c for c, _ in counts.most_common(kept)), *named, *"".join(written), *_KANA)
    return "".join(dict.fromkeys(c for c in chosen if "\u3040" <= c <= "\u9fff")) + _PUNCTUATION


def texts(documents: Iterable[str]) -> Iterable[str]:
    """The texts that the merges are trained on: grammar documents and the corpora, Chinese as single characters."""
    yield from documents
    for i in range(60):
        yield from vocabulary.lines()[: 2 if i < 8 else 1]
    for conversation in corpus.conversations()[:400]:
        yield "\n\n".join(conversation)
    for intent in corpus.small_talk():
        yield "\n\n".join(intent.questions)
        yield "\n\n".join(intent.questions)
    characters = _cjk(corpus.chinese_and_japanese(), 1500)
    for _ in range(400):
        yield characters
