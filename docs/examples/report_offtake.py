"""抄表系统按月报送提气量：读 CSV，整批报送，逐行说明结果。

    pip install requests；把 yihu/client.py 放在旁边，或安装 yihu
    YIHU_ADDRESS=https://一户的网址 YIHU_TOKEN=yihu-me-… python report_offtake.py 2026-10.csv

CSV（UTF-8）的表头就是字段名：month,number,actual,unit，
可加 planned,price_yuan,amount_yuan,paid_yuan,note。
同一份文件再次报送只算一次；有一行不符就一行也不写，改好后再报。
"""

import csv
import os
import sys
from collections import Counter
from pathlib import Path

from yihu.client import MOST_ROWS, Problem, Yihu


def main(name: str) -> int:
    """Report the rows of a CSV; 0 where all were taken."""
    yihu = Yihu(os.environ["YIHU_ADDRESS"], os.environ["YIHU_TOKEN"])
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]
    for start in range(0, len(rows), MOST_ROWS):
        try:
            result = yihu.report_offtake(rows[start : start + MOST_ROWS])
        except Problem as why:
            print(why.detail)
            for fault in why.rows:
                print(f"第 {start + fault['row'] + 1} 行 {fault['field']}：{fault['message']}")
            return 1
        for warning in result.warnings:
            print(f"请核对第 {start + warning['row'] + 1} 行：{warning['message']}")
        again = "（此前已报送，没有重复写入）" if result.again else ""
        print(f"新增 {result.new}，变更 {result.changed}，未变 {result.unchanged}{again}")

    months = Counter(row["month"] for row in yihu.offtake(fields=["month"]))
    for month, number in sorted(months.items()):
        print(f"{month}：系统中有 {number} 份合同的提气量")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
