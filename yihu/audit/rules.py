"""How the verbs of the log are said in Chinese."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "account.opened": _("开通账号"),
    "blobs.checked": _("核对所存文件"),
    "contract.signed": _("登记合同"),
    "contracts.imported": _("导入合同台账"),
    "customers.imported": _("导入客户台账"),
    "disagreement.settled": _("核定单位间差异"),
    "disagreements.compared": _("比对各单位所载"),
    "document.downloaded": _("下载资料"),
    "document.removed": _("撤下资料"),
    "document.retitled": _("修改资料标题"),
    "document.uploaded": _("上传资料"),
    "dossier.opened": _("建立客户档案"),
    "dossiers.exported": _("导出客户档案列表"),
    "draft.commented": _("对栏目提出意见"),
    "draft.discarded": _("放弃草稿"),
    "draft.opened": _("开始填报"),
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
    "import.discarded": _("放弃导入"),
    "import.errors": _("下载错误工作簿"),
    "import.template": _("下载填报模板"),
    "import.uploaded": _("上传导入文件"),
    "offer.declined": _("未采用集团核定"),
    "offer.taken": _("采用集团核定"),
    "offtake.imported": _("导入月度提气量、价"),
    "password.changed": _("修改密码"),
    "personnel.applied": _("人事变动生效"),
    "personnel.imported": _("导入人事变动"),
    "policy.published": _("发布更新周期"),
    "ratings.imported": _("导入客户评级结果"),
    "refused": _("越权访问被拒绝"),
    "section.attested": _("核对档案部分"),
    "signed_in": _("登录"),
    "signed_out": _("退出"),
    "sign_in.failed": _("登录失败"),
    "units.planted": _("建立组织机构"),
    "version.approved": _("审核通过新版本"),
    "versions.approved": _("批量审核通过"),
}


def say(verb: str) -> str:
    """The verb as a clerk reads it; an unknown one as it is stored."""
    return str(VERBS.get(verb, verb))
