"""The five kinds of gap (§5.2, 5.4, 6.1.2)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Gap(models.TextChoices):
    NO_FILE = "no_file", _("签了合同、没有已审核档案")
    NO_FILLER = "no_filler", _("没有在岗填报人")
    NO_CLASS = "no_class", _("客户未分类")
    STRAY = "stray", _("台账中查无的合同和客户")
    ENDED = "ended", _("合同已全部终止")

    @property
    def counted_in(self) -> Any:
        """What a number of them is a number of."""
        return COUNTED_IN[self]


COUNTED_IN = {
    Gap.NO_FILE: _("份合同"),
    Gap.NO_FILLER: _("户"),
    Gap.NO_CLASS: _("户"),
    Gap.STRAY: _("条"),
    Gap.ENDED: _("户"),
}
CLAUSES = {
    Gap.NO_FILE: "6.1.2",
    Gap.NO_FILLER: "5.2",
    Gap.NO_CLASS: "2.4",
    Gap.STRAY: "5.4、6.1.2",
    Gap.ENDED: "6.1.2",
}
SAYS = {
    Gap.NO_FILE: _(
        "已签署购销合同的客户都要有一份审核通过的档案；下列合同的客户还没有通过审核的版本。"
    ),
    Gap.NO_FILLER: _("每份档案都要有指定专人；下列档案没有填报人，或填报人已离岗。"),
    Gap.NO_CLASS: _("没有分类的客户按一般客户的周期更新；请在客户台账中补上分类，或由集团认定。"),
    Gap.STRAY: _(
        "导入的台账里写了、而本单位没有的合同编号或客户；补录后自动消失，录错的可写明理由搁置。"
    ),
    Gap.ENDED: _(
        "合同都已到期或提前终止，档案和更新任务仍然保留；请录入续签的合同，或申请休眠、关闭，由集团决定。"
    ),
}
SINCE = {
    Gap.NO_FILE: _("签订日期"),
    Gap.NO_FILLER: _("建档日期"),
    Gap.NO_CLASS: _("建档日期"),
    Gap.STRAY: _("出现日期"),
    Gap.ENDED: _("最后终止日"),
}
