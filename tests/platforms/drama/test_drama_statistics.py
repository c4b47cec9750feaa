from bot.platforms.drama.drama_statistics import DramaStatistics


def test_nothing_is_divided_by_nothing() -> None:
    empty = DramaStatistics().values()
    assert empty["效率"]["平均每字生成时间(秒)"] == 0
    counted = DramaStatistics()
    counted.count("喵喵", 1.0)
    counted.count("", 0.5)
    assert counted.values()["总计"] == {"模型输出总字数(个)": 3, "模型生成次数(次)": 2, "GPU工作时间(秒)": 1.5}
