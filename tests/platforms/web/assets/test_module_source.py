"""Reading JavaScript modules: every form in use is understood, any other one is refused."""

import pytest

from bot.platforms.web.assets.module_source import STATIC, Import, parse_module, read_module, replace_dynamic


def test_imports() -> None:
    source = (
        'import {\n  one,\n  two as three, // why\n} from "./net.js";\n'
        'import Four from "../../vendor/x.js";\nthree();\n'
    )
    module = parse_module("views/owner/a.js", source)
    assert module.imports == (
        Import("views/owner/net.js", (("one", "one"), ("two", "three"))),
        Import("vendor/x.js", (("default", "Four"),)),
    )
    assert module.body.count("\n") == source.count("\n")  # errors name the right line
    assert module.body.splitlines()[5] == "three();"


def test_exports() -> None:
    source = (
        "export const a = 1;\nexport async function b() {}\nexport function* c() {}\nexport class D {}\n"
        "export const { e, f } = a;\nexport { g as default, h };\nexport default 5;\n"
    )
    module = parse_module("a.js", source)
    assert dict(module.exports) == {
        "a": "a", "b": "b", "c": "c", "D": "D", "e": "e", "f": "f", "default": "$default", "h": "h",
    }  # fmt: skip
    assert "export" not in module.body


def test_minified() -> None:
    module = parse_module("v/a.js", 'import{x as n}from"./b.js";import{y}from"./c.js";var t=n;export{t as go,y as no};')
    assert [each.source for each in module.imports] == ["v/b.js", "v/c.js"]
    assert module.imports[0].names == (("x", "n"),)
    assert module.exports == (("go", "t"), ("no", "y"))
    assert module.body.strip() == "var t=n;"


def test_what_is_exported_from_elsewhere() -> None:
    module = parse_module("a.js", "export {\n\tone as _one,\n\t// TODO: drop\n\ttwo,\n} from './b.js';\n")
    assert module.imports == (Import("b.js", (("one", "$r0"), ("two", "$r1"))),)
    assert module.exports == (("_one", "$r0"), ("two", "$r1"))


def test_imports_on_demand() -> None:
    module = parse_module("views/a.js", 'const late = () => import("./b.js");\n')
    assert module.dynamic == ("views/b.js",)
    assert replace_dynamic(module, {"views/b.js": "load()"}) == "const late = () => load();\n"


@pytest.mark.parametrize(
    "source",
    [
        'import * as all from "./a.js";', 'import "./a.js";', 'import One, { two } from "./a.js";',
        'import { one } from "react";', 'export * from "./a.js";', "export let count = 0;", "export var old;",
        "export const { a: { b } } = c;", "export const [one] = all;",
    ],
)  # fmt: skip
def test_other_forms_are_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"a\.js: this import or export is not understood: "):
        parse_module("a.js", f"const a = 1;\n{source}\n")


def test_the_static_folder_is_not_left() -> None:
    with pytest.raises(ValueError, match="outside the static folder"):
        parse_module("a.js", 'import { x } from "../../../etc/x.js";\n')


def test_words_in_texts_are_left_alone() -> None:
    source = 'say("export default, import { x } from here");\n// export this\n  exported();\n'
    assert parse_module("a.js", source).body == source


def test_every_module_is_understood() -> None:
    names = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    assert len(names) > 60
    for name in names:
        module = read_module(name)
        assert all((STATIC / each.source).is_file() for each in module.imports), name
        assert all((STATIC / each).is_file() for each in module.dynamic), name
