"""Where units' statements about one customer differ, and what is offered back to them.

Disagreements belong to headquarters. An offer belongs to one unit and says nothing of others.
"""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.identity.rules import AlikeState, CodeState, DisagreementState, OfferState
from yihu.org.models import OrgUnit, Staff


class Disagreement(models.Model):
    """A registry fact that live files of one customer state differently.

    `value` is the settled one as a file stores it (JSON); the statements are read from the files.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="disagreements")
    field = models.CharField("栏目", max_length=60)
    state = models.CharField(
        "状态",
        max_length=10,
        choices=DisagreementState,
        db_default=DisagreementState.OPEN.value,
    )
    found_at = models.DateTimeField("发现时间", db_default=Now())
    value = models.JSONField("核定值", null=True)
    basis = models.CharField("依据", max_length=200, blank=True, db_default="")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField("核定时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位间差异"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["customer", "field"],
                condition=Q(state=DisagreementState.OPEN),
                name="disagreement_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state=DisagreementState.SETTLED)
                & Q(settled_by=None, settled_at=None, basis="")
                | Q(
                    state=DisagreementState.SETTLED,
                    settled_by__isnull=False,
                    settled_at__isnull=False,
                    value__isnull=False,
                )
                & ~Q(basis=""),
                name="disagreement_settled_with_basis",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-found_at", "-id"], name="disagreement_work"),
            models.Index(fields=["-found_at", "-id"], name="disagreement_all"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.field} {self.state}"


class Offer(models.Model):
    """集团核定: a settled fact, offered to a unit whose file states something else.

    `stated` is what that file said then. It is fulfilled by an approved version that says it.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="offers")
    disagreement = models.ForeignKey(Disagreement, models.PROTECT, related_name="offers")
    field = models.CharField("栏目", max_length=60)
    value = models.JSONField("核定值")
    stated = models.JSONField("档案所载")
    basis = models.CharField("依据", max_length=200)
    offered_at = models.DateTimeField("提供时间")
    state = models.CharField(
        "状态", max_length=10, choices=OfferState, db_default=OfferState.OPEN.value
    )
    taken_at = models.DateTimeField("写入草稿时间", null=True)
    reason = models.CharField("未采用的理由", max_length=200, blank=True, db_default="")
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    decided_at = models.DateTimeField("处理时间", null=True)
    fulfilled_at = models.DateTimeField("更正时间", null=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "集团核定"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="offer_unit_id"),
            models.UniqueConstraint(fields=["unit", "dossier", "disagreement"], name="offer_once"),
            models.UniqueConstraint(
                fields=["unit", "dossier", "field"],
                condition=Q(state__in=[OfferState.OPEN, OfferState.DECLINED]),
                name="offer_one_standing",
            ),
            models.CheckConstraint(
                condition=~Q(state=OfferState.DECLINED)
                | ~Q(reason="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="offer_declined_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=OfferState.FULFILLED) | Q(fulfilled_at__isnull=False),
                name="offer_fulfilled_at",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["disagreement", "unit"], name="offer_of_disagreement"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.field} {self.state}"


class Naming(models.Model):
    """A name that headquarters' record of a customer bore, until when, and why it gave way."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="namings")
    name = models.CharField("曾用名", max_length=200)
    until = models.DateField("用至")
    reason = models.CharField("依据", max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField("更名时间")

    class Meta:
        verbose_name = verbose_name_plural = "客户曾用名"
        indexes: ClassVar = [models.Index(fields=["customer", "-at"], name="naming_history")]

    def __str__(self) -> str:
        return f"{self.name} → {self.until}"


class CodeChange(models.Model):
    """The credit code of a customer becomes another: one proposes, another confirms.

    The old code stays with every file (`former_codes`) and still finds it.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="code_changes")
    old_code = models.CharField("原代码", max_length=18)
    new_code = models.CharField("新代码", max_length=18)
    reason = models.CharField("依据", max_length=200)
    state = models.CharField(
        "状态", max_length=10, choices=CodeState, db_default=CodeState.PROPOSED.value
    )
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True)
    note = models.CharField("意见", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "信用代码变更"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state=CodeState.PROPOSED),
                name="code_change_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(old_code=F("new_code")), name="code_change_to_another"
            ),
            models.CheckConstraint(
                condition=~Q(state=CodeState.CONFIRMED)
                | Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="code_change_by_two",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-proposed_at"], name="code_change_history"),
            models.Index(fields=["old_code"], name="code_change_from"),
        ]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code}"


class LookAlike(models.Model):
    """Two identities of similar names, proposed to be looked at; never joined by themselves."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    one = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    other = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField("相似度")
    state = models.CharField(
        "状态", max_length=10, choices=AlikeState, db_default=AlikeState.OPEN.value
    )
    found_at = models.DateTimeField("发现时间")
    reason = models.CharField("理由", max_length=200, blank=True, db_default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "相似客户"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["one", "other"], name="look_alike_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="look_alike_in_order"),
            models.CheckConstraint(
                condition=~Q(state=AlikeState.DISMISSED)
                | ~Q(reason="") & Q(decided_by__isnull=False),
                name="look_alike_dismissed_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-score", "-id"], name="look_alike_work"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} ~ {self.other_id}"


class Join(models.Model):
    """Two identities that turned out to be one: the files of `gone` stand with `kept` (§5.1).

    `moved`: the keys of those files, so that the join can be undone to the letter. Codes, numbers
    and versions of the files stay what they are.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    kept = models.ForeignKey(Customer, models.PROTECT, related_name="joins")
    gone = models.ForeignKey(Customer, models.PROTECT, related_name="went")
    reason = models.CharField("依据", max_length=200)
    moved = models.JSONField("转入的档案")
    joined_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField("合并时间")
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField("撤销时间", null=True)
    undo_reason = models.CharField("撤销原因", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "客户合并"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="join_of_two"),
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at=None), name="join_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason=""),
                name="join_undone_with_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-joined_at", "-id"], name="join_history")]

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"
