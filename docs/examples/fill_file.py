"""按系统里的变化填报一份档案：读草稿，写入变了的栏目，其余各部分核对无变化，提交审核。

    pip install requests；把 yihu/client.py 放在旁边，或安装 yihu
    YIHU_ADDRESS=https://一户的网址 YIHU_TOKEN=yihu-me-… \\
        python fill_file.py 统一社会信用代码 变化.json "已与工商登记系统核对"

变化.json 是 {"栏目代码": 值}，代码和写法同填报指南，例如 {"legal_rep": "张三"}。
令牌须可用于“读取”和“填写、提交档案”。有人同时在页面上改同一份档案时什么也不写，重新读取后再试一次；
审核由另一人办理。
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from yihu.client import Done, Problem, Yihu

CHANGED, INCOMPLETE = 412, "incomplete"


# %% 写入变了的栏目；内容已被他人修改（412）就重读再试
def save(yihu: Yihu, file: str, values: dict[str, Any]) -> Done | None:
    """The changed fields into the draft; None where the file says all that already."""
    for _try in range(3):
        draft = yihu.read_draft(file)
        held = draft.content["values"]
        news = {code: value for code, value in values.items() if held.get(code) != value}
        if not news:
            return None
        try:
            return yihu.save_draft(file, values=news, etag=draft.etag)
        except Problem as why:
            if why.status != CHANGED:
                raise
            print(f"他人刚改过，重新读取：{why.detail}")
    raise SystemExit("一直有人在改，请稍后再试。")


# %% 其余各部分核对无变化，然后提交
def submit(yihu: Yihu, file: str, basis: str) -> Done:
    """Confirm what did not change, and hand the draft in. Raises: Problem."""
    for section in ("basic", "cooperation", "performance", "interviews"):
        try:
            yihu.mark_unchanged(file, section=section, basis=basis)
        except Problem as why:
            print(f"{section}：{why.detail}")
    return yihu.submit_draft(file)


# %% 全程
def main(code: str, name: str, basis: str) -> int:
    """0 where the draft was handed in."""
    yihu = Yihu(os.environ["YIHU_ADDRESS"], os.environ["YIHU_TOKEN"])
    values = json.loads(Path(name).read_text(encoding="utf-8"))
    file = next(yihu.dossiers(q=code, fields=["id", "name"]), None)
    if file is None:
        print(f"没有信用代码为 {code} 的档案，或无权查看。")
        return 1
    saved = save(yihu, file["id"], values)
    for problem in saved.more["problems"] if saved else []:
        print(f"请改正 {problem['field']}：{problem['message']}")
    try:
        done = submit(yihu, file["id"], basis)
    except Problem as why:
        print(why.detail)
        for problem in why.problems:
            print(f"  {problem['field']}：{problem['message']}")
        return 1
    print(f"{file['name']} 已提交审核，提交 {done.more['submission']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
