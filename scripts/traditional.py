"""Derive the Chinese texts in traditional characters from those in simplified ones.

``python scripts/traditional.py`` rewrites each ``zh-Hant.json`` beside a ``zh-Hans.json``, and the
pages of the manual in ``docs/zh-hant``. Readers in Guangdong, Hong Kong and Taiwan are to find nothing
foreign in them: characters are converted as OpenCC does (``s2tw``), and :data:`WORDS` has the words that
differ, in a form that all three accept.

Terms, the same in all texts::

    query 查询     triple 三元组   graph 图        dataset 数据集     claim 断言        evidence 依据
    stated 陈述    inferred 推断   what follows 推导                  thing 事物        class 类
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
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = (
    "src/gbagraph/web/locale",
    "src/gbagraph/web/locale/sentences",
    "src/gbagraph/sparql/locale",
    "queries/texts",
)

CHANGES: Final = ROOT / "data/changes.toml"

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
    "批復": "批覆",
    "並集": "聯集",
    "説": "說",
    "裏": "裡",
    "公佈": "公布",
    "臺": "台",
    "儘可能": "盡可能",
    "瞭解": "了解",
    "軟件包": "套件",
    "軟件": "軟體",
    "源代碼": "原始碼",
    "代碼倉庫": "程式碼儲存庫",
    "代碼：A": "程式碼：A",  # noqa: RUF001
    "代碼塊": "程式碼區塊",
    "“代碼”": "「程式碼」",
    "JavaScript 代碼": "JavaScript 程式碼",
    "許可證": "授權",
    "許可": "授權",
    "重命名": "重新命名",
    "新建查詢": "新增查詢",
    "補全": "自動完成",
    "排版": "整理格式",
    "**歷史**": "**查詢記錄**",
    "時間線": "時間軸",
    "平均值": "平均值",
    "均值": "平均值",
    "粘貼": "貼上",
    "打開": "開啟",
    "創建": "建立",
    "父類": "上層類別",
    "子類": "下層類別",
    "出行": "交通",
    "點擊": "點按",
    "Python 包": "Python 套件",
    "PyPI 包": "PyPI 套件",
    "npm 包": "npm 套件",
    "校驗": "核對",
    "補丁": "修補檔",
    "提綱": "大綱",
    "運維": "營運維護",
    "配置": "設定",
    "磁盤": "磁碟",
    "接口": "介面",
    "命令行": "命令列",
    "插件": "外掛程式",
    "智能助手": "AI 助理",
    "電子表格": "試算表",
    "客戶端": "用戶端",
    "終端": "終端機",
    "響應": "回應",
    "返回": "傳回",
    "光標": "游標",
    "撤銷": "復原",
    "標籤頁": "分頁",
    "工具欄": "工具列",
    "選中": "選取",
    "內存": "記憶體",
    "打印": "列印",
    "數組": "陣列",
    "第一個對象": "第一個物件",
    "對象數組": "物件陣列",
    "碼點": "碼位",
    "菜單": "選單",
    "退出碼": "結束碼",
    "存儲庫": "儲存庫",
    "存儲": "儲存",
    "網絡": "網路",
    "視圖": "檢視方式",
    "信息技術": "資訊科技",
    "通過": "透過",
    "聯繫起來": "聯繫起來",
    "相聯繫": "相關聯",
    "聯繫它們": "關聯它們",
    "聯繫": "關係",
    "不支持": "不支援",
    "都支持": "都支援",
    "搜索支持": "搜尋支援",
    "編輯器也支持": "編輯器也支援",
    "不受支持": "不受支援",
    "工業和信息化部": "工業和信息化部",
    "併合並": "並合併",
    "報道里": "報道裡",
    "連字符": "連字號",
    "後續文件": "後續文件",
    "s 行": "s 筆",
    "} 行": "} 筆",
    "第 {number} 行": "第 {number} 行",
    "(line)s 行": "(line)s 行",
    "(column)s 列": "(column)s 個字元",
    "第 {line} 行第 {column} 列": "第 {line} 行第 {column} 個字元",
    "數據行": "資料",
    "沒有包含“%(text)s”的行": "沒有資料包含「%(text)s」",
    "行包含": "資料包含",
    "所有行": "全部資料",
    "全部行": "全部資料",
    "結果行": "結果",
    "行數": "筆數",
    "後面的行": "之後的資料",
    "各行": "各筆資料",
    "其他行": "其他資料",
    "行相同": "資料相同",
    "行的順序": "資料的順序",
    "這些行": "這些資料",
    "行有變化": "資料有變化",
    "每一行": "每一筆",
    "該行": "該筆資料",
    "此行": "此筆資料",
    "一行": "一筆",
    "多行": "多筆",
    "單獨成行": "單獨成一筆",
    "沒有行": "沒有資料",
    "000 行": "000 筆",
    "同一行": "同一筆",
    "每行最多": "每筆最多",
    "行與 pyoxigraph 的行": "每筆資料與 pyoxigraph 的資料",
    "列或參數": "欄或參數",
    "是一列": "是一欄",
    "為一列": "為一欄",
    "增加一列": "增加一欄",
    "相同的行": "相同的資料",
    "截斷的行": "截斷的資料",
    "選擇行": "選擇資料",
    "查詢的該行": "查詢的該行",
    "排版引號": "排版引號",
    "宣佈": "宣布",
    "儘量": "盡量",
    "頭部": "標頭",
    "列名": "欄名",
    "計算列": "計算欄",
    "各列": "各欄",
    "每列": "每欄",
    "整列": "整欄",
    "列標題": "欄標題",
    "的列有": "的欄有",
    "最後一列": "最後一欄",
    "“": "「",
    "”": "」",
    "\N{LEFT SINGLE QUOTATION MARK}": "『",
    "\N{RIGHT SINGLE QUOTATION MARK}": "』",
}
"""What OpenCC writes in traditional characters, and the words for it; the longer ones first."""
APART: Final = {
    "Any": "不限",
    "any": "不限",
    "Code": "程式碼",
    "Columns:": "欄：",  # noqa: RUF001
    "History": "查詢記錄",
    "Skip to the rows": "跳到結果",
}
"""What texts of pages are that follows from no word, by the English."""


def converter() -> Callable[[str], str]:
    """Return what turns a text in simplified characters into one in traditional characters.

    Raises:
        ImportError: OpenCC is not installed; it is in the group ``dev``.
    """
    from opencc import OpenCC  # noqa: PLC0415  the tests that compare keys go without it

    convert = OpenCC("s2tw").convert
    # A row is 行 as well, which begins other words, too.
    known = (re.escape(word) for word in sorted(WORDS, key=len, reverse=True))
    words = re.compile(
        "|".join(f"{word}(?![動業政為])" if word[-1] == "行" else word for word in known)
    )
    return lambda text: words.sub(lambda found: WORDS[found[0]], convert(text))


def derived(value: Any, convert: Callable[[str], str]) -> Any:  # noqa: ANN401  what JSON holds
    """Return *value* with its texts converted; the keys of its mappings stay."""
    if isinstance(value, dict):
        return {key: APART.get(key) or derived(each, convert) for key, each in value.items()}
    return convert(value) if isinstance(value, str) else value


def simplified() -> list[Path]:
    """Return the files from which others are derived."""
    return [ROOT / folder / "zh-Hans.json" for folder in FOLDERS]


def traditional(path: Path) -> Path:
    """Return where the texts of *path* stand in traditional characters."""
    return path.with_name("zh-Hant.json")


def pages(convert: Callable[[str], str]) -> Iterator[tuple[Path, str]]:
    """Yield where each page of the manual stands, and its text; the code in it is not converted."""
    folder = ROOT / "docs/zh-hans"
    for path in folder.rglob("*.md"):
        parts = re.split(r"(?ms)(^```.*?^```|`[^`\n]+`)", path.read_text("utf-8"))
        texts = (part if number % 2 else convert(part) for number, part in enumerate(parts))
        yield folder.with_name("zh-hant") / path.relative_to(folder), "".join(texts)


def changes(text: str, convert: Callable[[str], str]) -> str:
    """Return the changes of the data, with what they say in traditional characters."""
    kept = re.sub(r"(?m)^.*zh-Hant = .*\n", "", text)
    said = re.compile(r'(?m)^(\S*)zh-Hans = (".*")$')
    return said.sub(lambda row: f"{row[0]}\n{row[1]}zh-Hant = {convert(row[2])}", kept)


def main() -> None:
    """Write them."""
    convert = converter()
    for path, text in pages(convert):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    CHANGES.write_text(changes(CHANGES.read_text("utf-8"), convert), "utf-8")
    for path in simplified():
        texts = derived(json.loads(path.read_text("utf-8")), convert)
        written = json.dumps(texts, ensure_ascii=False, indent=1)
        traditional(path).write_text(f"{written}\n", "utf-8")


if __name__ == "__main__":
    main()
