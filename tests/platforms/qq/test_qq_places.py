from bot.platforms.qq.qq_places import Place, place_of


def test_ids_that_could_leave_the_path_name_no_place() -> None:
    assert place_of("groups:G1") == Place("groups", "G1")
    assert Place("groups", "G1").path == "/v2/groups/G1/messages"
    assert Place("channels", "5").path == "/channels/5/messages"
    for channel in ("groups:../users/U1", "groups:", "group:G1", "groups:a/b", ""):
        assert place_of(channel) is None
