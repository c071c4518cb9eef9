"""Choices of the organisation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitKind(models.TextChoices):
    GROUP = "group", _("集团")
    DEPARTMENT = "department", _("部门")
    SUBSIDIARY = "subsidiary", _("所属单位")
    SUBUNIT = "subunit", _("下级单位")


class EmploymentStatus(models.TextChoices):
    EXPECTED = "expected", _("待入职")
    ACTIVE = "active", _("在职")
    TRANSFERRED = "transferred", _("已调离")
    RETIRED = "retired", _("已退休")
    LEFT = "left", _("已离职")


class PersonnelEventKind(models.TextChoices):
    JOIN = "join", _("入职")
    TRANSFER = "transfer", _("调离")
    RETIRE = "retire", _("退休")
    LEAVE = "leave", _("离职")
    CONCURRENT = "concurrent", _("兼职结束")


ENDS = (PersonnelEventKind.TRANSFER, PersonnelEventKind.RETIRE, PersonnelEventKind.LEAVE)
"""After these nothing of the post is left (§6.3.4)."""
STATUS_AFTER = {  # §6.3.4
    PersonnelEventKind.JOIN: EmploymentStatus.ACTIVE,
    PersonnelEventKind.TRANSFER: EmploymentStatus.TRANSFERRED,
    PersonnelEventKind.RETIRE: EmploymentStatus.RETIRED,
    PersonnelEventKind.LEAVE: EmploymentStatus.LEFT,
}
