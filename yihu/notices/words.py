"""What a notice says, in the reader's language: counts, sorts and days, never a customer (§5.5)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from yihu.customers.rules import Klass
from yihu.duties.choices import DutyKind
from yihu.notices.choices import Charge, Step
from yihu.notices.models import Notice

KINDS = {kind.value: kind.label for kind in DutyKind}
KLASSES = {klass.value: klass.label for klass in Klass}


def sort_of(kind: str, klass: str) -> str:
    """A sort of duty: 月度提气量、价; 战略客户档案更新."""
    label = str(KINDS.get(kind, kind))
    if not klass:
        return label
    return _("%(klass)s%(kind)s") % {"klass": KLASSES.get(klass, klass), "kind": label}


def say(notice: Notice) -> str:
    """The notice in one sentence."""
    if notice.verb.startswith("duty."):
        return _duty(notice.verb.removeprefix("duty."), notice.facts)
    if notice.verb.startswith("charge."):
        return _charge(notice.verb.removeprefix("charge."), notice.facts)
    return str(EVENTS[notice.verb]())


def _duty(step: str, facts: dict[str, Any]) -> str:
    words = {
        "what": sort_of(facts["kind"], facts["klass"]),
        "count": facts["count"],
        "due": date.fromisoformat(facts["due_on"]),
        "unit": facts["unit"],
    }
    return str(DUTY[Step(step)]()) % words


def _charge(step: str, facts: dict[str, Any]) -> str:
    words = {
        "what": Charge(facts["charge"]).label,
        "count": facts["count"],
        "due": date.fromisoformat(facts["due_on"]),
    }
    return str(CHARGE[Step(step)]()) % words


DUTY = {
    Step.AHEAD: lambda: _("%(what)s：%(count)s 户，%(due)s 截止"),
    Step.TODAY: lambda: _("%(what)s：%(count)s 户，今天（%(due)s）截止"),
    Step.OVERDUE: lambda: _("%(what)s：%(count)s 户已逾期，应于 %(due)s 前完成"),
    Step.REVIEWER: lambda: _("请督办：%(what)s %(count)s 户逾期，应于 %(due)s 前完成"),
    Step.STEWARD: lambda: _("本单位（%(unit)s）%(what)s %(count)s 户逾期，应于 %(due)s 前完成"),
    Step.SUPERVISOR: lambda: _("%(unit)s：%(what)s %(count)s 户逾期，应于 %(due)s 前完成"),
}
CHARGE = {
    Step.AHEAD: lambda: _("%(what)s：%(count)s 项，%(due)s 截止"),
    Step.TODAY: lambda: _("%(what)s：%(count)s 项，今天（%(due)s）截止"),
}
EVENTS = {
    "draft.submitted": lambda: _("今天有填报提交，等您审核"),
    "draft.returned": lambda: _("您提交的一份填报被退回，请修改后再提交"),
    "grant.asked": lambda: _("有一项查询权限申请等您审批"),
    "grant.second": lambda: _("有一项规定以外的查询权限申请等第二人审批"),
    "grant.agreed": lambda: _("有一项查询权限已获同意，等您开通"),
    "grant.opened": lambda: _("您申请的查询权限已开通"),
    "grant.refused": lambda: _("您申请的查询权限未获同意"),
    "role.asked": lambda: _("有一项角色申请等您开通"),
    "role.second": lambda: _("有一项集团角色申请等您第二次同意"),
    "role.agreed": lambda: _("有一项集团角色申请已获同意，等您开通"),
    "role.opened": lambda: _("您为他人申请的角色已开通"),
    "role.refused": lambda: _("您为他人申请的角色未获同意"),
    "role.ended": lambda: _("您的一个角色已注销"),
    "loan.asked": lambda: _("有一项原件借阅申请等您审批"),
    "loan.approved": lambda: _("您申请借阅的原件已获同意，请到保管员处领取"),
    "loan.refused": lambda: _("您申请借阅的原件未获同意"),
    "loan.reminded": lambda: _("您借阅的原件请尽快归还"),
    "handover.frozen": lambda: _("有一份岗位交接清单等您确认"),
    "visit.invited": lambda: _("您受邀参加一次客户访谈"),
    "visit.replanned": lambda: _("您参加的一次客户访谈改了安排，请查看"),
    "visit.cancelled": lambda: _("您参加的一次客户访谈已取消"),
    "followup.added": lambda: _("有一项客户跟进事项由您负责"),
    "followup.overdue": lambda: _("有一项客户跟进事项已逾期"),
    "risk.check_overdue": lambda: _("有一条风险备注逾期未复核"),
    "risk.lift_asked": lambda: _("有一条风险备注申请解除，等您审批"),
    "waiver.asked": lambda: _("有一项更新任务豁免申请等您审批"),
    "waiver.consented": lambda: _("您申请的更新任务豁免已获同意"),
    "waiver.refused": lambda: _("您申请的更新任务豁免未获同意"),
    "closure.asked": lambda: _("有一份档案申请休眠或关闭，等您审批"),
    "closure.refused": lambda: _("您申请的档案休眠或关闭未获同意"),
    "dossier.rested": lambda: _("您申请的档案休眠已获同意"),
    "dossier.closed": lambda: _("您申请的档案关闭已获同意"),
    "rectification.ordered": lambda: _("有一份整改通知书下发到本单位"),
    "rectification.overdue": lambda: _("有一份整改通知书逾期未完成"),
    "finding.replied": lambda: _("今天有检查问题的整改回复，等您复核"),
    "finding.returned": lambda: _("您的一项整改回复被退回，请补充后再回复"),
    "supervision.delivered": lambda: _("有一份监督报告已按计划编制，可以查阅"),
    "takeout.asked": lambda: _("有一项导出申请等您审批"),
    "takeout.made": lambda: _("您申请导出的文件可以下载了"),
    "takeout.refused": lambda: _("您的导出申请未获同意"),
    "takeout.failed": lambda: _("您申请导出的文件没有生成，请重新申请"),
    "assessment.computed": lambda: _("您发起的单位考核已算完"),
    "assessment.failed": lambda: _("您发起的单位考核没有算完，请重新计算"),
    "assessment.published": lambda: _("有一期单位考核已公布，申诉期内可对本单位的明细申诉"),
    "assessment.final": lambda: _("有一期单位考核已定案"),
    "objection.made": lambda: _("有一件考核申诉等您裁定"),
    "objection.decided": lambda: _("您提出的考核申诉已裁定"),
    "rating_round.handed_in": lambda: _("有一次客户评级等您复核"),
    "rating_round.computed": lambda: _("您发起的客户评级已算完"),
    "rating_round.failed": lambda: _("您办理的客户评级没有完成，请重新办理"),
    "rating_round.settled": lambda: _("您办理的客户评级已定稿，等级已写入各档案"),
    "classes.carried_out": lambda: _("您认定的客户分类已全部生效"),
    "classes.failed": lambda: _("您认定的客户分类没有生效，请重新认定"),
    "duties.replanned": lambda: _("各单位的更新任务已按您的决定重排"),
    "duties.replan_failed": lambda: _("更新任务没有重排完，每小时的自动检查会接着重排"),
    "mark.proposed": lambda: _("有一项定密调整等第二人审批"),
    "help.reported": lambda: _("今天有人报告问题，等您答复"),
    "help.answered": lambda: _("您报告的问题有了答复"),
    "help.closed": lambda: _("您报告的问题已办结"),
    "endpoint.asked": lambda: _("有一个事件外发端点等您同意"),
    "endpoint.agreed": lambda: _("您申请的事件外发端点已获同意"),
    "endpoint.refused": lambda: _("您申请的事件外发端点未获同意"),
    "endpoint.paused": lambda: _("一个事件外发端点已暂停，请查看原因"),
    "delivery.died": lambda: _("今天有事件送不出去，等您处理"),
    "contact.unseal_asked": lambda: _("有一项联系人解除封存等第二人审批"),
}
