from bot.findings import Finding


def test_a_finding_is_a_value() -> None:
    assert Finding("ok", "web") == Finding("ok", "web")
