from bot.findings import Finding
from bot.i18n import Message


def test_a_finding_names_what_it_is_about_in_the_readers_language() -> None:
    finding = Finding("ok", Message("The message is empty.")).about("web")
    assert (finding.mark, str(finding.text)) == ("ok", "web: The message is empty.")
    assert finding.text.in_language("ja").endswith("メッセージが空です。")
