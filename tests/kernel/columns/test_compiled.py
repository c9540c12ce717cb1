"""Where compiled code is kept: another folder for every version of the sources, and nobody else's setting changed."""

from muniment.kernel.columns.compiled import cache_folder, compiled, config


def test_a_changed_source_is_kept_elsewhere(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "loops.py").write_text("A = 1\n")
    assert cache_folder(tmp_path / "one").name == cache_folder(tmp_path / "two").name
    cache_folder.cache_clear()
    before = cache_folder(tmp_path / "one")
    cache_folder.cache_clear()
    (tmp_path / "one" / "loops.py").write_text("A = 2\n")
    assert cache_folder(tmp_path / "one") != before


def test_compiling_leaves_the_setting_of_others_alone():
    before = config.CACHE_DIR

    def twice(value: int) -> int:
        """Return the double."""
        return 2 * value

    assert compiled(twice)(21) == 42
    assert before == config.CACHE_DIR
