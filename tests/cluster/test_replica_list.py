"""Which replicas are listed: those heard from recently."""

from bot.cluster import replica_list
from bot.cluster.replica_list import MOST_REPLICAS, SILENT_SECONDS, Announcement, ReplicaList


def announced(name: str, queue: int = 0) -> Announcement:
    return Announcement(
        name=name, url=f"http://{name}", node="10.0.0.5", process=7, rows_running=0, rows_limit=32, queue_length=queue
    )


def test_the_silent_and_those_that_leave_are_dropped() -> None:
    now = 0.0
    replicas = ReplicaList(lambda: now)
    for name in ("b", "a", "c"):
        replicas.announce(announced(name))
    replicas.leave("b")
    replicas.leave("nobody")
    assert [each.name for each in replicas.alive()] == ["a", "c"]
    now = SILENT_SECONDS / 2
    replicas.announce(announced("c", queue=3))
    now = SILENT_SECONDS
    assert replicas.alive() == [announced("c", queue=3)]
    now = 2 * SILENT_SECONDS
    assert replicas.alive() == []


def test_there_is_an_end_to_them() -> None:
    replicas = ReplicaList()
    for number in range(MOST_REPLICAS + 10):
        replicas.announce(announced(f"{number:05}"))
    assert len(replicas.alive()) == MOST_REPLICAS == replica_list.MOST_REPLICAS
    assert replicas.alive()[0].name == "00010", "those heard of least recently go"
