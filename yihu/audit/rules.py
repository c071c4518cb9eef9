"""How the verbs of the log are said in Chinese, and which of them are acts of reading."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

VERBS = {
    "account.closed": _("注销账号"),
    "account.opened": _("开通账号"),
    "account.reactivated": _("恢复账号"),
    "account.renamed": _("原账号改名留存"),
    "account.suspended": _("停用账号"),
    "account.unlocked": _("清除登录限制"),
    "accounts.reconciled": _("核对注销账号"),
    "blobs.checked": _("核对所存文件"),
    "code.changed": _("变更信用代码"),
    "code.proposed": _("提出变更信用代码"),
    "code.refused": _("不同意变更信用代码"),
    "code.withdrawn": _("撤回信用代码变更"),
    "contract.signed": _("登记合同"),
    "contracts.imported": _("导入合同台账"),
    "customer.printed": _("打印客户信息汇总"),
    "customer.read": _("查阅客户信息"),
    "customer.renamed": _("客户更名"),
    "customers.imported": _("导入客户台账"),
    "customers.joined": _("合并客户"),
    "customers.parted": _("撤销客户合并"),
    "disagreement.settled": _("核定单位间差异"),
    "disagreements.compared": _("比对各单位所载"),
    "disposal.approved": _("同意销毁原件"),
    "disposal.cancelled": _("取消销毁原件"),
    "disposal.locked": _("停止原件销毁"),
    "disposal.proposed": _("提出销毁原件"),
    "disposal.unlocked": _("开通原件销毁"),
    "disposal.witnessed": _("确认监销原件"),
    "document.downloaded": _("下载资料"),
    "document.read": _("查阅资料"),
    "document.removed": _("撤下资料"),
    "document.retitled": _("修改资料标题"),
    "document.uploaded": _("上传资料"),
    "document.viewed": _("预览资料页面"),
    "dossier.opened": _("建立客户档案"),
    "dossier.printed": _("打印客户档案"),
    "dossier.read": _("打开客户档案"),
    "dossier.recoded": _("档案改用新信用代码"),
    "dossiers.exported": _("导出客户档案列表"),
    "draft.commented": _("对栏目提出意见"),
    "draft.discarded": _("放弃草稿"),
    "draft.opened": _("开始填报"),
    "draft.read": _("查阅填报草稿"),
    "draft.returned": _("退回填报"),
    "draft.submitted": _("提交审核"),
    "draft.withdrawn": _("撤回提交"),
    "duties.refreshed": _("刷新更新任务"),
    "edition.adopted": _("启用填报指南"),
    "edition.discarded": _("放弃填报指南草稿"),
    "edition.drafted": _("编制新版填报指南"),
    "edition.edited": _("修改填报指南草稿"),
    "edition.exported": _("导出填报指南"),
    "edition.published": _("发布填报指南"),
    "edition.reckoned": _("测算填报指南影响"),
    "events.exported": _("导出操作日志"),
    "factor.enrolled": _("启用二次验证"),
    "factor.removed": _("解除二次验证"),
    "grant.agreed": _("同意查询申请"),
    "grant.asked": _("申请查询权限"),
    "grant.confirmed": _("确认查询权限"),
    "grant.ended": _("注销查询权限"),
    "grant.lapsed": _("查询权限到期注销"),
    "grant.opened": _("开通查询权限"),
    "grant.refused": _("不同意查询申请"),
    "grant.withdrawn": _("撤回查询申请"),
    "handover.assigned": _("指定交接接收人"),
    "handover.cancelled": _("取消岗位交接"),
    "handover.completed": _("完成岗位交接"),
    "handover.frozen": _("固定交接清单"),
    "handover.opened": _("发起岗位交接"),
    "handover.printed": _("打印注销凭证"),
    "handover.signed": _("确认交接清单"),
    "holding.moved": _("移交档案工作"),
    "holdings.reassigned": _("重新指定负责人"),
    "import.discarded": _("放弃导入"),
    "import.errors": _("下载错误工作簿"),
    "import.read": _("查阅导入内容"),
    "import.template": _("下载填报模板"),
    "import.uploaded": _("上传导入文件"),
    "letter.corrected": _("更正往来函件"),
    "letter.read": _("打开往来函件"),
    "letter.registered": _("登记往来函件"),
    "letter.voided": _("作废往来函件"),
    "letter.waived": _("注明函件无需回复"),
    "letters.exported": _("导出函件登记簿"),
    "letters.printed": _("打印函件登记簿"),
    "loan.approved": _("同意借阅原件"),
    "loan.asked": _("申请借阅原件"),
    "loan.handed": _("交出原件"),
    "loan.received": _("确认收到原件"),
    "loan.refused": _("不同意借阅原件"),
    "loan.reminded": _("催还原件"),
    "loan.renewed": _("续借原件"),
    "loan.returned": _("收回原件"),
    "loan.withdrawn": _("撤回借阅申请"),
    "log.read": _("查阅他人操作记录"),
    "log.verified": _("核验操作日志"),
    "look_alike.dismissed": _("认定不是同一客户"),
    "look_alikes.found": _("查找相似客户"),
    "offer.declined": _("未采用集团核定"),
    "offer.taken": _("采用集团核定"),
    "offtake.imported": _("导入月度提气量、价"),
    "original.corrected": _("更正原件登记"),
    "original.destroyed": _("销毁原件"),
    "original.held": _("冻结原件"),
    "original.moved": _("原件移库"),
    "original.read": _("查阅原件登记"),
    "original.registered": _("登记原件"),
    "original.released": _("解除原件冻结"),
    "original.transferred": _("移交原件"),
    "originals.exported": _("导出原件目录"),
    "originals.printed": _("打印原件目录"),
    "password.changed": _("修改密码"),
    "password.reset": _("凭重置码设定密码"),
    "people.exported": _("导出人员名册"),
    "personnel.applied": _("人事变动生效"),
    "personnel.cancelled": _("取消人事变动"),
    "personnel.entered": _("登记人事变动"),
    "personnel.imported": _("导入人事变动"),
    "place.added": _("设立存放位置"),
    "policy.published": _("发布更新周期"),
    "query_policy.published": _("发布查询权限规定"),
    "ratings.imported": _("导入客户评级结果"),
    "recovery_code.used": _("使用恢复码"),
    "recovery_codes.renewed": _("更换恢复码"),
    "refused": _("越权访问被拒绝"),
    "regulation.amended": _("更正制度"),
    "regulation.checked": _("核对制度无需修订"),
    "regulation.downloaded": _("下载制度文件"),
    "regulation.issued": _("制度入库"),
    "regulation.repealed": _("废止制度"),
    "reset.handed": _("交付重置码后半段"),
    "reset.started": _("发起密码重置"),
    "roles.ended": _("兼职角色终止"),
    "searched": _("查询客户资料"),
    "section.attested": _("核对档案部分"),
    "seen_as": _("以他人身份看"),
    "sessions.ended": _("退出其他登录"),
    "sign_in.failed": _("登录失败"),
    "signed_in": _("登录"),
    "signed_out": _("退出"),
    "stocktake.begun": _("开始盘点原件"),
    "stocktake.closed": _("结束盘点原件"),
    "token.issued": _("签发接口令牌"),
    "token.revoked": _("吊销接口令牌"),
    "units.planted": _("建立组织机构"),
    "version.approved": _("审核通过新版本"),
    "version.printed": _("打印档案版本"),
    "version.read": _("查阅档案版本"),
    "versions.approved": _("批量审核通过"),
    "versions.compared": _("对照档案版本"),
    "workbook.exported": _("下载档案工作簿"),
    "workbook.imported": _("导入档案工作簿"),
}

READS = (
    "customer.read",
    "document.read",
    "document.viewed",
    "dossier.read",
    "draft.read",
    "import.read",
    "letter.read",
    "original.read",
    "searched",
    "version.read",
    "versions.compared",
)
"""What somebody looked at; the timeline of a file is told without them."""
REFUSALS = ("refused", "sign_in.failed")
"""What somebody tried and was not let do."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """More than `most` is unusual reading, and why it is."""

    code: str
    label: Any
    most: int
    unit: Any
    reason: Any


NIGHT = (22, 6)
"""From this hour to that one, in Shanghai."""
USUAL_FROM = 30
"""Below so many files a day nothing is compared with the person's own habit."""
THRESHOLDS = (
    Threshold(
        "hour",
        _("一小时内的档案数"),
        60,
        _("份"),
        _("认真看一份档案要一分钟以上，更快的是翻抄或程序。"),
    ),
    Threshold(
        "day", _("一天内的档案数"), 200, _("份"), _("一个单位的档案约二百份，一天看遍不像办业务。")
    ),
    Threshold(
        "night", _("夜间（22 点至 6 点）的档案数"), 5, _("份"), _("月末赶填可能到夜里，只看几份。")
    ),
    Threshold(
        "habit",
        _("为本人近 30 天中位数的倍数"),
        5,
        _("倍"),
        _("每人的活儿不同，忽然多出几倍才值得问；一天不到 30 份的不比。"),
    ),
)


def say(verb: str) -> str:
    """The verb as a clerk reads it; an unknown one as it is stored."""
    return str(VERBS.get(verb, verb))
