"""Scenes in folders, in our format and RWKV-Drama's."""

import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import InvalidOption, NotFound
from bot.library.scenes import scene_folder
from bot.library.scenes.scene_folder import SceneFolder
from tests.library.scenes.test_scene_file import SOURCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one/well.toml", "two/well.toml", "one/broken.toml", "two/hall.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("name = 1" if "broken" in name else SOURCE, encoding="utf-8")
    drama = tmp_path / "剧" / "井"
    drama.mkdir(parents=True)
    scenario = {"ScenarioSeries": "剧", "ScenarioName": "井", "Prompt": "一口枯井。", "Example": "甲:看。",
                "CharacterData": {"AI": ["甲"], "User": ["乙"]}}  # fmt: skip
    (drama / "场景剧本.json").write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8")
    return tmp_path


async def test_scenes_are_found_by_name(folder: Path) -> None:
    scenes = SceneFolder([folder, folder / "not there"])
    assert scenes.names() == ["one/broken", "one/well", "two/hall", "two/well", "剧/井"]
    assert (await scenes.get("hall")).id == "two/hall"
    assert (await scenes.get("ONE/well")).id == "one/well"
    assert (await scenes.get("井")).cast[1].player
    with pytest.raises(NotFound, match="one/well, two/well"):
        await scenes.get("well")
    with pytest.raises(NotFound, match="two/hall"):
        await scenes.get("hal")
    with pytest.raises(NotFound, match=r"`\+scene` lists them all"):
        await scenes.get("zzzzzz")
    with pytest.raises(InvalidOption, match="expected a text"):
        await scenes.get("broken")
    with pytest.raises(NotFound, match="no scenes yet"):
        SceneFolder([]).load("x")


async def test_outlines_follow_the_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = SceneFolder([folder])
    outlines = {each.id: each for each in await scenes.outlines()}
    assert list(outlines) == scenes.names()
    assert outlines["剧/井"].setting == "一口枯井。"
    assert "expected a text" in outlines["one/broken"].problem
    (folder / "one" / "broken.toml").write_text(SOURCE, encoding="utf-8")
    log = {"Scenario": {"ScenarioName": "新", "CharacterData": {"AI": ["甲"], "User": []}}, "Chat": []}
    (folder / "剧" / "井" / "20260101-0000_Log.json").write_text(json.dumps(log), encoding="utf-8")
    outlines = {each.id: each for each in await scenes.outlines()}
    assert (outlines["one/broken"].problem, outlines["剧/井"].name) == ("", "新")
    assert await scenes.outline("剧/井") == outlines["剧/井"]
    assert await scenes.outline("剧/x") is None
    monkeypatch.setattr(scene_folder, "MAX_OUTLINES", 2)
    assert [each.id for each in await scenes.outlines()] == ["one/broken", "one/well"]


def test_problems_are_listed(folder: Path) -> None:
    assert all(line.startswith("one/broken: ") for line in SceneFolder([folder]).check())
    assert SceneFolder([folder]).check()


def test_a_newest_log_is_gone_on_from(folder: Path) -> None:
    drama = folder / "剧" / "井"
    scenario = json.loads((drama / "场景剧本.json").read_bytes())
    for moment, text in (("20260101-0000", "旧"), ("20260102-0000", "新")):
        chat = [{"InputTag": "用户输入", "Message": text, "Character": "乙"}]
        log = json.dumps({"Scenario": scenario, "Chat": chat}, ensure_ascii=False)
        (drama / f"{moment}_Log.json").write_text(log, encoding="utf-8")
    assert [line.text for line in SceneFolder([folder]).load("井").lines] == ["新"]


def drawn(colour: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 200), colour).save(out, "PNG")
    return out.getvalue()


def colour_of(picture: bytes | None) -> object:
    assert picture is not None
    with Image.open(BytesIO(picture)) as image:
        assert image.size == (128, 128)
        return image.convert("RGB").getpixel((5, 5))


async def test_pictures_lie_beside_dramas_scenes(folder: Path) -> None:
    path = folder / "剧" / "井" / "甲.png"
    path.write_bytes(drawn("red"))
    (path.parent / "乙.png").write_bytes(b"no picture")
    (folder / "剧" / "丙.png").write_bytes(drawn("red"))
    scenes = SceneFolder([folder])
    assert [member.picture for member in (await scenes.get("井")).cast] == [True, True]
    assert colour_of(await scenes.face("剧/井", "甲")) == (255, 0, 0)
    path.write_bytes(drawn("blue"))
    os.utime(path, ns=(1, 1))
    assert colour_of(await scenes.face("剧/井", "甲")) == (0, 0, 255), "a new picture is seen"
    for scene, speaker in (("剧/井", "乙"), ("剧/井", "../丙"), ("剧/井", "丙"), ("one/well", "甲"), ("..", "甲")):
        assert await scenes.face(scene, speaker) is None
