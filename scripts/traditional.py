"""Derive the Chinese texts in traditional characters from those in simplified ones.

``python scripts/traditional.py`` rewrites each ``zh-Hant.json`` beside a ``zh-Hans.json``, and the
pages of the manual in ``docs/zh-hant``. Readers in Guangdong, Hong Kong and Taiwan are to find nothing
foreign in them: characters are converted as OpenCC does (``s2tw``), and :data:`WORDS` has the words that
differ, in a form that all three accept.

Terms, the same in all texts::

    query 查询     triple 三元组   graph 图        dataset 数据集     claim 断言        evidence 依据
    stated 陈述    inferred 推断   what follows 推理结果              thing 事物        class 类
    property 属性  term 术语       label 名称      ontology 本体      endpoint 端点     row 行
    column 列      zone 片区       body 机构       target 指标        aim 目的          source 来源
    status 状态    bound 界限类型  role 规划功能   site plan 选址计划  path 路径         paragraph 段落
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = (
    "src/gbagraph/web/locale",
    "src/gbagraph/web/locale/sentences",
    "src/gbagraph/sparql/locale",
    "queries/texts",
)

WORDS: Final = {
    "平臺": "平台",
    "默認": "預設",
    "缺省": "預設",
    "數據": "資料",
    "字符串": "字串",
    "字符": "字元",
    "服務器": "伺服器",
    "文件": "檔案",
    "程序": "程式",
    "搜索": "搜尋",
    "鏈接": "連結",
    "剪貼板": "剪貼簿",
    "地址欄": "網址列",
    "信息": "資訊",
    "緩存": "快取",
    "對象屬性": "物件屬性",
    "字面量": "字面值",
    "標識符": "識別碼",
    "變量": "變數",
    "運行": "執行",
    "調用": "呼叫",
    "加載": "載入",
    "設置": "設定",
    "哈希值": "雜湊值",
    "哈希": "雜湊",
    "導航": "導覽",
    "縮進": "縮排",
    "字節": "位元組",
    "發佈": "發布",
    "註釋": "註解",
    "示例": "範例",
    "文本": "文字",
    "內置": "內建",
    "滾動": "捲動",
    "訪問": "存取",
    "聯繫方式": "聯絡方式",
    "維基數據": "維基數據",  # its name
    "zh-hans": "zh-hant",
    "“": "「",
    "”": "」",
    "\N{LEFT SINGLE QUOTATION MARK}": "『",
    "\N{RIGHT SINGLE QUOTATION MARK}": "』",
}
"""What OpenCC writes in traditional characters, and the words for it; the longer ones first."""


def converter() -> Callable[[str], str]:
    """Return what turns a text in simplified characters into one in traditional characters.

    Raises:
        ImportError: OpenCC is not installed; it is in the group ``dev``.
    """
    from opencc import OpenCC  # noqa: PLC0415  the tests that compare keys go without it

    convert = OpenCC("s2tw").convert
    words = re.compile("|".join(map(re.escape, sorted(WORDS, key=len, reverse=True))))
    return lambda text: words.sub(lambda found: WORDS[found[0]], convert(text))


def derived(value: Any, convert: Callable[[str], str]) -> Any:  # noqa: ANN401  what JSON holds
    """Return *value* with its texts converted; the keys of its mappings stay."""
    if isinstance(value, dict):
        return {key: derived(each, convert) for key, each in value.items()}
    return convert(value) if isinstance(value, str) else value


def simplified() -> list[Path]:
    """Return the files from which others are derived."""
    return [ROOT / folder / "zh-Hans.json" for folder in FOLDERS]


def traditional(path: Path) -> Path:
    """Return where the texts of *path* stand in traditional characters."""
    return path.with_name("zh-Hant.json")


def _manual(convert: Callable[[str], str]) -> None:
    """Write the pages of the manual, but for the code in them."""
    folder = ROOT / "docs/zh-hans"
    for path in folder.rglob("*.md"):
        parts = re.split(r"(?ms)(^```.*?^```|`[^`\n]+`)", path.read_text("utf-8"))
        texts = (part if number % 2 else convert(part) for number, part in enumerate(parts))
        to = folder.with_name("zh-hant") / path.relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text("".join(texts), "utf-8")


def main() -> None:
    """Write them."""
    convert = converter()
    _manual(convert)
    for path in simplified():
        texts = derived(json.loads(path.read_text("utf-8")), convert)
        written = json.dumps(texts, ensure_ascii=False, indent=1)
        traditional(path).write_text(f"{written}\n", "utf-8")


if __name__ == "__main__":
    main()
