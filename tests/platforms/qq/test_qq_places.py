from bot.platforms.qq.qq_places import QqPlace, place_of


def test_ids_that_could_leave_the_path_name_no_place() -> None:
    assert place_of("groups:G1") == QqPlace("groups", "G1")
    assert QqPlace("groups", "G1").path == "/v2/groups/G1/messages"
    assert QqPlace("channels", "5").path == "/channels/5/messages"
    for channel in ("groups:../users/U1", "groups:", "group:G1", "groups:a/b", ""):
        assert place_of(channel) is None
