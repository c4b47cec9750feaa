"""Grammars that replies must follow, compiled by llguidance for the model's tokens."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary
from bot.engine.types import Coder, Grammar
from bot.errors import InvalidOption

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

MAX_KEPT = 64  # compiled grammars; clients tend to send the same one repeatedly
MAX_LENGTH = 100_000  # characters
MAX_WORK = 100_000  # llguidance's lexer fuel: a step of the worst grammar takes 0.1 s
MAX_ITEMS = 5_000  # parser items of one mask: the worst take 0.05 s (0.5 s with twice as many)


class Grammars:
    """Compiles each grammar once. Thread-safe: compiling a large one must not block the model."""

    def __init__(self, coder: Coder, vocabulary: Vocabulary) -> None:
        self._coder = coder
        self._vocabulary = vocabulary
        self._tokenizer: LLTokenizer | None = None
        self._compiled: OrderedDict[Grammar, LLMatcher] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, grammar: Grammar) -> None:
        """Compile ``grammar``. Raises ``InvalidOption``, with the reason, if it cannot be used."""
        self.matcher(grammar)

    def matcher(self, grammar: Grammar) -> "LLMatcher":
        """Return a matcher at the start of ``grammar``. Raises ``InvalidOption`` if it cannot be used."""
        with self._lock:
            found = self._compiled.get(grammar)
            if found is None:
                found = self._compiled[grammar] = self._compile(grammar)
            self._compiled.move_to_end(grammar)
            while len(self._compiled) > MAX_KEPT:
                self._compiled.popitem(last=False)
            return found.deep_copy()

    def _compile(self, grammar: Grammar) -> "LLMatcher":
        try:
            from llguidance import LLMatcher, LLParserLimits
        except ModuleNotFoundError:
            raise InvalidOption("Grammars need llguidance: pip install 'roost[api]'") from None
        if len(grammar.text) > MAX_LENGTH:
            raise InvalidOption("The grammar is too long: at most {most} characters.", most=MAX_LENGTH)
        try:
            source = _source(grammar)
        except Exception as error:  # llguidance raises ValueError, its GBNF reader other errors
            raise InvalidOption("The grammar cannot be used: {reason}", reason=str(error)[:500]) from None
        if self._tokenizer is None:
            self._tokenizer = self._make_tokenizer()
        limits = LLParserLimits(initial_lexer_fuel=MAX_WORK, step_max_items=MAX_ITEMS)
        matcher = LLMatcher(self._tokenizer, source, log_level=0, limits=limits)
        trial = matcher.deep_copy()  # the first step is slow, and some grammars fail only there
        trial.compute_bitmask()
        trial.consume_tokens(trial.compute_ff_tokens())
        for each in (matcher, trial):
            if each.is_error():
                raise InvalidOption("The grammar cannot be used: {reason}", reason=each.get_error()[:500])
        return matcher

    def _make_tokenizer(self) -> "LLTokenizer":
        from llguidance import LLTokenizer, TokenizerWrapper

        size = self._vocabulary.size
        return LLTokenizer(TokenizerWrapper(_Tokens(self._coder, self._vocabulary)), n_vocab=size)


class _Tokens:
    """The vocabulary in the form that llguidance expects."""

    eos_token_id = END_OF_TEXT
    bos_token_id = None
    special_token_ids = (END_OF_TEXT,)

    def __init__(self, coder: Coder, vocabulary: Vocabulary) -> None:
        self._coder = coder
        self.tokens = [b"<|endoftext|>", *vocabulary.texts[1:]]

    def __call__(self, text: bytes) -> list[int]:
        return self._coder.encode(text.decode("utf-8", "replace"))


def _source(grammar: Grammar) -> str:
    from llguidance import LLMatcher
    from llguidance.gbnf_to_lark import any_to_lark

    match grammar.kind:
        case "json":
            # Small models get lost in white space where a schema allows it.
            return LLMatcher.grammar_from_json_schema(grammar.text, overrides={"whitespace_flexible": False})
        case "regex":
            return LLMatcher.grammar_from_regex(grammar.text)
        case "ebnf":
            return LLMatcher.grammar_from_lark(any_to_lark(grammar.text))
