import pytest
from tokenizers import Tokenizer

from training import recipe


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return recipe.load_tokenizer()


@pytest.mark.parametrize(
    "text",
    [
        "User: hi\n\nAssistant: Hello, Łukasz! It's 12+5=17...\n\n",
        "你好，我叫慕容婉儿。\n\nこんにちは、千鶴子さん！",
        "<|endoftext|> \u0000\u200b 🦊👩‍👩‍👧 \r\n\t  عربي 한국어",
    ],
)
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_token_zero_is_the_end_of_text_and_cannot_be_typed(tokenizer: Tokenizer) -> None:
    assert tokenizer.id_to_token(0) == "<|endoftext|>"
    assert 0 not in tokenizer.encode("<|endoftext|>").ids


@pytest.mark.parametrize("before", ["Hello.", "7", "你好。", '"quoted"', "a", "...", "🦊"])
def test_a_turn_border_has_the_same_tokens_whatever_stands_before(tokenizer: Tokenizer, before: str) -> None:
    border = tokenizer.encode("\n\nAssistant:").ids
    assert tokenizer.encode(before + "\n\nAssistant:").ids == tokenizer.encode(before).ids + border
    assert border[0] == tokenizer.token_to_id("ĊĊ")


@pytest.mark.parametrize("name", ["Quillan", "Łukasz", "X7", "Ng"])
def test_a_name_has_the_same_tokens_everywhere(tokenizer: Tokenizer, name: str) -> None:
    alone = tokenizer.encode(name).ids
    for text in (f"I am {name}.", f"\n\n{name}: hi", f'"{name}"', f"你好{name}"):
        ids = tokenizer.encode(text).ids
        assert any(ids[i : i + len(alone)] == alone for i in range(len(ids)))


def test_digits_stand_alone(tokenizer: Tokenizer) -> None:
    assert [tokenizer.decode([token]) for token in tokenizer.encode("2048").ids] == list("2048")
