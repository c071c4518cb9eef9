"""Remarks on the risks of a customer, their checks, and what rules propose (§6.2.2)."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from yihu.access.models import User
from yihu.access.scope import PRICED, ScopedQuerySet
from yihu.contracts.models import Contract
from yihu.dossiers.models import NEVER, Dossier
from yihu.org.models import OrgUnit, Staff
from yihu.papers.models import Document
from yihu.risks.choices import Kind, Level, ProposalState, State


class Remark(models.Model):
    """风险备注: a core secret; corrected with a reason, lifted by two, never erased.

    `next_check_on` stands until it is lifted. `lift_*` is the request that waits or was granted;
    `published_*` headquarters' decision to warn every unit, of level and kind only.
    `loss_yuan`: yuan. Foreign keys to unit-owned tables are composite (0002).
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="risks")
    number = models.CharField("备注编号", max_length=20)
    kind = models.CharField("类别", max_length=1, choices=Kind)
    level = models.PositiveSmallIntegerField("等级", choices=Level)
    state = models.CharField("状态", max_length=10, choices=State, db_default=State.PENDING.value)
    happened_on = models.DateField("发生日", null=True)
    found_on = models.DateField("发现日")
    found_how = models.CharField("发现方式", max_length=200)
    facts = models.TextField("事实")
    loss_yuan = models.DecimalField("损失金额", max_digits=18, decimal_places=2, null=True)
    verified_by = models.CharField("核实人", max_length=80, blank=True, db_default="")
    measures = models.TextField("措施", blank=True, db_default="")
    owner = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    next_check_on = models.DateField("下次复核日", null=True)
    check_rank = models.GeneratedField(
        expression=Coalesce("next_check_on", models.Value(NEVER)),
        output_field=models.DateField(),
        db_persist=True,
    )
    checked_at = models.DateTimeField("最近复核", null=True)
    told_overdue_on = models.DateField("已提示的复核日", null=True)
    raised_by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    raised_at = models.DateTimeField("登记时间")
    lift_asked_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    lift_asked_at = models.DateTimeField("申请解除时间", null=True)
    lift_reason = models.CharField("解除理由", max_length=500, blank=True, db_default="")
    lifted_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    lifted_at = models.DateTimeField("解除时间", null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("集团通报时间", null=True)
    published_reason = models.CharField("通报理由", max_length=500, blank=True, db_default="")

    opened_as: ClassVar = PRICED
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险备注"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="remark_unit_id"),
            models.UniqueConstraint(fields=["unit", "number"], name="remark_number"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="remark_kind"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="remark_level"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="remark_state"),
            models.CheckConstraint(condition=~Q(facts=""), name="remark_has_facts"),
            models.CheckConstraint(
                condition=Q(happened_on=None) | Q(happened_on__lte=F("found_on")),
                name="remark_found_after_it_happened",
            ),
            models.CheckConstraint(
                condition=Q(loss_yuan=None) | Q(loss_yuan__gte=0), name="remark_loss"
            ),
            models.CheckConstraint(  # pending says that nobody has verified it yet
                condition=Q(state=State.PENDING) | ~Q(verified_by=""), name="remark_verified"
            ),
            models.CheckConstraint(
                condition=Q(lift_asked_by=None, lift_asked_at=None, lift_reason="")
                | Q(lift_asked_by__isnull=False, lift_asked_at__isnull=False) & ~Q(lift_reason=""),
                name="remark_lift_asked_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.LIFTED)
                & Q(lifted_by=None, lifted_at=None, next_check_on__isnull=False)
                | Q(
                    state=State.LIFTED,
                    lift_asked_by__isnull=False,
                    lifted_by__isnull=False,
                    lifted_at__isnull=False,
                    next_check_on=None,
                ),
                name="remark_lifted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None) | ~Q(lifted_by=F("lift_asked_by")),
                name="remark_lifted_by_two",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None, published_at=None, published_reason="")
                | Q(published_by__isnull=False, published_at__isnull=False)
                & ~Q(published_reason=""),
                name="remark_published_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "dossier", "-level", "id"], name="remark_of_file"),
            models.Index(fields=["unit", "check_rank", "id"], name="remark_by_check"),
            models.Index(fields=["check_rank", "id"], name="remark_all_by_check"),
            models.Index(fields=["unit", "level", "id"], name="remark_by_level"),
            models.Index(fields=["level", "id"], name="remark_all_by_level"),
            models.Index(fields=["unit", "raised_at", "id"], name="remark_by_raised"),
            models.Index(fields=["raised_at", "id"], name="remark_all_by_raised"),
            models.Index(fields=["unit", "owner"], name="remark_owner"),
            models.Index(
                fields=["dossier"],
                condition=Q(published_at__isnull=False) & ~Q(state="lifted"),
                name="remark_published",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def overdue(self, today: date) -> bool:
        """Whether its day of check has passed."""
        return self.next_check_on is not None and self.next_check_on < today


class Review(models.Model):
    """复核: what a check found, the level and state before and after, the next day; only added."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    remark = models.ForeignKey(Remark, models.PROTECT, db_constraint=False, related_name="reviews")
    found = models.TextField("复核情况")
    level_before = models.PositiveSmallIntegerField("原等级", choices=Level)
    level = models.PositiveSmallIntegerField("等级", choices=Level)
    state_before = models.CharField("原状态", max_length=10, choices=State)
    state = models.CharField("状态", max_length=10, choices=State)
    due_on = models.DateField("应复核日")
    next_check_on = models.DateField("下次复核日")
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("复核时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险复核"
        indexes: ClassVar = [models.Index(fields=["unit", "remark", "id"], name="review_of_remark")]

    def __str__(self) -> str:
        return f"{self.remark_id} {self.at:%Y-%m-%d}"


class Correction(models.Model):
    """更正: what stood in a remark before and why it changed; only added, and not in the log."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    remark = models.ForeignKey(
        Remark, models.PROTECT, db_constraint=False, related_name="corrections"
    )
    reason = models.CharField("更正原因", max_length=200)
    before = models.JSONField("原内容")
    after = models.JSONField("新内容")
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("更正时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险备注更正"
        indexes: ClassVar = [
            models.Index(fields=["unit", "remark", "id"], name="correction_of_remark")
        ]

    def __str__(self) -> str:
        return f"{self.remark_id} {self.at:%Y-%m-%d}"


class Affected(models.Model):
    """影响合同: a contract of the same file whose performance the risk bears on."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    remark = models.ForeignKey(Remark, models.PROTECT, db_constraint=False, related_name="affected")
    contract = models.ForeignKey(Contract, models.PROTECT, db_constraint=False, related_name="+")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "影响合同"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "remark", "contract"], name="affected_once"),
        ]

    def __str__(self) -> str:
        return f"{self.remark_id} {self.contract_id}"


class Evidence(models.Model):
    """证据: a document of the same file; added, never taken away."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    remark = models.ForeignKey(Remark, models.PROTECT, db_constraint=False, related_name="evidence")
    document = models.ForeignKey(Document, models.PROTECT, db_constraint=False, related_name="+")
    by = models.ForeignKey(Staff, models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险证据"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "remark", "document"], name="evidence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.remark_id} {self.document_id}"


class Proposal(models.Model):
    """What a rule found and nobody has judged yet: one a rule, file and occasion.

    `occasion` names the facts (a month, a licence and its day, a status), so that what was
    dismissed comes again only with other facts. `figures` are the numbers of the sentence.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    rule = models.CharField("规则", max_length=20)
    occasion = models.CharField("情形", max_length=200)
    level = models.PositiveSmallIntegerField("建议等级", choices=Level)
    figures = models.JSONField("数据")
    state = models.CharField(
        "状态", max_length=10, choices=ProposalState, db_default=ProposalState.OPEN.value
    )
    found_on = models.DateField("发现日")
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    decided_at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("不予登记的理由", max_length=200, blank=True, db_default="")
    remark = models.ForeignKey(
        Remark, models.PROTECT, null=True, db_constraint=False, related_name="+"
    )

    opened_as: ClassVar = PRICED
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险提示"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="proposal_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "rule", "dossier", "occasion"], name="proposal_once"
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="proposal_level"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ProposalState.OPEN, ProposalState.GONE],
                    decided_by=None, decided_at=None, reason="", remark=None,
                )
                | Q(
                    state=ProposalState.ACCEPTED, decided_by__isnull=False,
                    decided_at__isnull=False, remark__isnull=False,
                )
                | Q(
                    state=ProposalState.DISMISSED, decided_by__isnull=False,
                    decided_at__isnull=False, remark=None,
                )
                & ~Q(reason=""),
                name="proposal_decided",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "level", "id"], name="proposal_by_level"),
            models.Index(fields=["state", "level", "id"], name="proposal_all_by_level"),
            models.Index(fields=["unit", "found_on", "id"], name="proposal_by_found"),
            models.Index(fields=["found_on", "id"], name="proposal_all_by_found"),
            models.Index(fields=["unit", "dossier"], name="proposal_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.occasion}"


class RuleSetting(models.Model):
    """A rule's parameter from a day on, set by headquarters with a reason; only added (§4.1)."""

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField("规则", max_length=20)
    number = models.PositiveIntegerField("参数")
    effective_on = models.DateField("生效日")
    reason = models.CharField("理由", max_length=200)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间")

    class Meta:
        verbose_name = verbose_name_plural = "风险规则参数"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(reason=""), name="rule_setting_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rule", "-effective_on", "-id"], name="rule_setting_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"
