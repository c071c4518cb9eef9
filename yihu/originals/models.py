"""The paper itself: where it lies, who has it, who looked for it, and how it ended (§6.3.3).

Foreign keys between unit-owned tables are composite (unit_id, id); what an original may never
do (be out twice, be destroyed while out or held) is kept by triggers: both in migration 0002.
"""

from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from yihu.access.scope import ScopedQuerySet
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import Secrecy
from yihu.org.models import OrgUnit, Staff
from yihu.originals.rules import (
    CLAIMS,
    Carrier,
    Condition,
    DisposalState,
    Finding,
    Kind,
    LoanState,
    PlaceKind,
    Result,
    Retention,
    State,
)


def _unit() -> Any:
    return models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")


def _staff(label: str, *, empty: bool = False) -> Any:
    return models.ForeignKey(
        Staff,
        models.PROTECT,
        verbose_name=label,
        db_constraint=False,
        null=empty,
        blank=empty,
        related_name="+",
    )


def _key() -> Any:
    return models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)


class Custody(models.Model):
    """How a unit keeps its originals: the last number given out, and whether it may destroy.

    Destruction is locked until headquarters opens it on a stated basis (the archive rules of
    the state want a decided table of periods first).
    """

    unit = models.OneToOneField(OrgUnit, models.PROTECT, primary_key=True, related_name="+")
    last_number = models.PositiveIntegerField("最后编号", db_default=0)
    disposal_unlocked = models.BooleanField("允许销毁", db_default=False)
    disposal_basis = models.CharField("开通依据", max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "保管规定"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(disposal_unlocked=False) | ~Q(disposal_basis=""),
                name="disposal_has_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}"


class Place(models.Model):
    """库房-柜-层-盒. `path` joins the codes from the room down: it is printed and never changes."""

    id = _key()
    unit = _unit()
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="children"
    )
    kind = models.CharField("类型", max_length=8, choices=PlaceKind)
    code = models.CharField("代号", max_length=12)
    path = models.CharField("位置", max_length=60)
    label = models.CharField("说明", max_length=60, blank=True, db_default="")
    barcode = models.CharField("条码", max_length=40)
    in_use = models.BooleanField("启用", db_default=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "存放位置"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="place_unit_id"),
            models.UniqueConstraint(fields=["unit", "path"], name="place_path"),
            models.UniqueConstraint(fields=["unit", "barcode"], name="place_barcode"),
            models.CheckConstraint(
                condition=Q(kind=PlaceKind.ROOM, parent__isnull=True)
                | (~Q(kind=PlaceKind.ROOM) & Q(parent__isnull=False)),
                name="place_only_rooms_stand_alone",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "parent", "code"], name="place_tree")]

    def __str__(self) -> str:
        return self.path


class Transfer(models.Model):
    """移交: originals that went to the archive department or another keeper, with three people."""

    id = _key()
    unit = _unit()
    number = models.CharField("移交编号", max_length=40)
    receiver = models.CharField("接收单位", max_length=100)
    received_by = models.CharField("接收人", max_length=40)
    witness = models.CharField("监交人", max_length=40)
    basis = models.CharField("移交依据", max_length=200)
    handed_by = _staff("移交人")
    handed_on = models.DateField("移交日期")
    at = models.DateTimeField("登记时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "移交"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="transfer_unit_id"),
            models.UniqueConstraint(fields=["unit", "number"], name="transfer_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-at", "id"], name="transfer_history"),
            models.Index(fields=["-at", "id"], name="transfer_all_history"),
        ]

    def __str__(self) -> str:
        return self.number


class Original(models.Model):
    """原件. `shelf` repeats the path of `place` for sorting; `document` is its scan in papers.

    `placed_by`, `placed_at`: the seal of who put it where it lies, and when. `finding` stands
    from a closed stocktake until somebody finds or moves it. Out of the house once
    transferred, a tombstone once destroyed: the row itself is never deleted.
    """

    id = _key()
    unit = _unit()
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, db_constraint=False, related_name="originals"
    )
    contract_number = models.CharField("合同编号", max_length=60, blank=True, db_default="")
    title = models.CharField("题名", max_length=200)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    carrier = models.CharField("载体", max_length=8, choices=Carrier)
    pages = models.PositiveIntegerField("页数")
    copies = models.PositiveSmallIntegerField("份数", db_default=1)
    year = models.PositiveSmallIntegerField("年度")
    retention = models.CharField(
        "保管期限", max_length=10, choices=Retention, db_default=Retention.UNDECIDED.value
    )
    secrecy = models.CharField(
        "密级", max_length=10, choices=Secrecy, db_default=Secrecy.ORDINARY.value
    )
    barcode = models.CharField("条码", max_length=40)
    place = models.ForeignKey(
        Place, models.PROTECT, db_constraint=False, null=True, related_name="originals"
    )
    shelf = models.CharField("存放位置", max_length=60, db_default="")
    custodian = _staff("保管人")
    state = models.CharField("状态", max_length=12, choices=State, db_default=State.IN_STOCK.value)
    placed_by = _staff("入库人")
    placed_at = models.DateTimeField("入库时间")
    document = models.UUIDField("扫描件", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True, db_default="")
    finding = models.CharField(
        "盘点结果", max_length=10, choices=Finding, blank=True, db_default=""
    )
    seen_on = models.DateField("最近盘见", null=True, blank=True)
    transfer = models.ForeignKey(
        Transfer,
        models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="originals",
    )
    search_text = models.TextField("检索文本", blank=True, db_default="")
    entered_at = models.DateTimeField("登记时间", db_default=Now())
    changed_at = models.DateTimeField("更新时间", db_default=Now())

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "原件"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="original_unit_id"),
            models.UniqueConstraint(fields=["unit", "barcode"], name="original_barcode"),
            models.CheckConstraint(condition=Q(pages__gte=1), name="original_pages"),
            models.CheckConstraint(condition=Q(copies__gte=1), name="original_copies"),
            models.CheckConstraint(
                condition=Q(transfer__isnull=False, state=State.TRANSFERRED)
                | (Q(transfer__isnull=True) & ~Q(state=State.TRANSFERRED)),
                name="original_transferred_by_list",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "shelf", "id"], name="original_by_shelf"),
            models.Index(fields=["unit", "year", "id"], name="original_by_year"),
            models.Index(fields=["unit", "title", "id"], name="original_by_title"),
            models.Index(fields=["unit", "placed_at", "id"], name="original_by_placed"),
            models.Index(fields=["barcode", "id"], name="original_all_by_barcode"),
            models.Index(fields=["shelf", "id"], name="original_all_by_shelf"),
            models.Index(fields=["year", "id"], name="original_all_by_year"),
            models.Index(fields=["title", "id"], name="original_all_by_title"),
            models.Index(fields=["placed_at", "id"], name="original_all_by_placed"),
            models.Index(fields=["unit", "dossier", "shelf"], name="original_of_dossier"),
            models.Index(fields=["unit", "place"], name="original_at_place"),
            models.Index(fields=["unit", "state", "id"], name="original_by_state"),
            models.Index(fields=["unit", "transfer"], name="original_of_transfer"),
        ]

    def __str__(self) -> str:
        return f"{self.barcode} {self.title}"


class Move(models.Model):
    """Each change of place or keeper; only ever added (migration 0002)."""

    id = models.BigAutoField(primary_key=True)
    unit = _unit()
    original = models.ForeignKey(
        Original, models.PROTECT, db_constraint=False, related_name="moves"
    )
    from_shelf = models.CharField("原位置", max_length=60, blank=True)
    to_shelf = models.CharField("新位置", max_length=60, blank=True)
    from_custodian = models.CharField("原保管人", max_length=80, blank=True)
    to_custodian = models.CharField("新保管人", max_length=80, blank=True)
    reason = models.CharField("原因", max_length=200)
    by = _staff("经手人")
    at = models.DateTimeField("时间")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "移库记录"
        indexes: ClassVar = [models.Index(fields=["unit", "original", "-id"], name="move_history")]

    def __str__(self) -> str:
        return f"{self.original_id} → {self.to_shelf}"


class Hold(models.Model):
    """冻结: a reason why the original must stay as it is. Several stack; all must be lifted."""

    id = _key()
    unit = _unit()
    original = models.ForeignKey(
        Original, models.PROTECT, db_constraint=False, related_name="holds"
    )
    reason = models.CharField("冻结原因", max_length=200)
    placed_by = _staff("冻结人")
    placed_at = models.DateTimeField("冻结时间")
    released_by = _staff("解除人", empty=True)
    released_at = models.DateTimeField("解除时间", null=True, blank=True)
    release_reason = models.CharField("解除原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "冻结"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="hold_unit_id"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason="")),
                name="hold_released_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "original"],
                condition=Q(released_at__isnull=True),
                name="hold_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.original_id} {self.reason}"


class Loan(models.Model):
    """借阅: asked, approved by another, handed out and received, due, returned with condition.

    The borrower is one of the unit's staff, or an outsider by name and organisation.
    """

    id = _key()
    unit = _unit()
    original = models.ForeignKey(
        Original, models.PROTECT, db_constraint=False, related_name="loans"
    )
    state = models.CharField("状态", max_length=10, choices=LoanState)
    purpose = models.CharField("用途", max_length=200)
    borrower = _staff("借阅人", empty=True)
    outsider = models.CharField("外部借阅人", max_length=60, blank=True, db_default="")
    outsider_of = models.CharField("外部单位", max_length=100, blank=True, db_default="")
    requested_by = _staff("申请人")
    requested_at = models.DateTimeField("申请时间")
    due_on = models.DateField("应还日期")
    decided_by = _staff("审批人", empty=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decision_note = models.CharField("审批意见", max_length=200, blank=True, db_default="")
    handed_by = _staff("交出人", empty=True)
    handed_at = models.DateTimeField("交出时间", null=True, blank=True)
    received_by = _staff("接收确认人", empty=True)
    received_at = models.DateTimeField("接收确认时间", null=True, blank=True)
    renewals = models.PositiveSmallIntegerField("续借次数", db_default=0)
    reminded_at = models.DateTimeField("最近催还", null=True, blank=True)
    reminders = models.PositiveSmallIntegerField("催还次数", db_default=0)
    taken_by = _staff("收回人", empty=True)
    returned_at = models.DateTimeField("归还时间", null=True, blank=True)
    condition = models.CharField(
        "归还状况", max_length=12, choices=Condition, blank=True, db_default=""
    )
    condition_note = models.CharField("状况说明", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "借阅"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="loan_unit_id"),
            models.UniqueConstraint(  # never out twice, and one claim at a time
                fields=["unit", "original"],
                condition=Q(state__in=CLAIMS),
                name="loan_one_claim",
            ),
            models.CheckConstraint(  # whoever asks or borrows does not approve
                condition=Q(decided_by__isnull=True)
                | (
                    ~Q(decided_by=F("requested_by"))
                    & (Q(borrower__isnull=True) | ~Q(decided_by=F("borrower")))
                ),
                name="loan_two_people",
            ),
            models.CheckConstraint(
                condition=Q(handed_by__isnull=True)
                | Q(borrower__isnull=True)
                | ~Q(handed_by=F("borrower")),
                name="loan_handed_to_another",
            ),
            models.CheckConstraint(
                condition=Q(received_by__isnull=True) | ~Q(received_by=F("handed_by")),
                name="loan_received_by_another",
            ),
            models.CheckConstraint(
                condition=Q(borrower__isnull=False, outsider="")
                | (Q(borrower__isnull=True) & ~Q(outsider="")),
                name="loan_one_borrower",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LoanState.APPROVED, LoanState.OUT, LoanState.RETURNED])
                | Q(decided_by__isnull=False),
                name="loan_approved_first",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LoanState.OUT, LoanState.RETURNED])
                | Q(handed_by__isnull=False, handed_at__isnull=False),
                name="loan_handed_out",
            ),
            models.CheckConstraint(
                condition=(Q(state=LoanState.RETURNED) & Q(returned_at__isnull=False))
                | (~Q(state=LoanState.RETURNED) & Q(returned_at__isnull=True)),
                name="loan_returned",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "due_on", "id"], name="loan_by_due"),
            models.Index(fields=["state", "due_on", "id"], name="loan_all_by_due"),
            models.Index(fields=["unit", "due_on", "id"], name="loan_unit_by_due"),
            models.Index(fields=["due_on", "id"], name="loan_every_by_due"),
            models.Index(fields=["requested_at", "id"], name="loan_all_by_request"),
            models.Index(fields=["unit", "requested_at", "id"], name="loan_by_request"),
            models.Index(fields=["unit", "original", "requested_at"], name="loan_history"),
            models.Index(fields=["unit", "borrower"], name="loan_of_borrower"),
        ]

    def __str__(self) -> str:
        return f"{self.original_id} {self.state}"


class Stocktake(models.Model):
    """盘点: a list drawn by its seed and frozen at the start; closed, its findings stand."""

    id = _key()
    unit = _unit()
    title = models.CharField("名称", max_length=60)
    year = models.PositiveSmallIntegerField("年度")
    scope = models.CharField("范围", max_length=60, blank=True, db_default="")
    seed = models.CharField("抽样种子", max_length=64)
    sample = models.PositiveIntegerField("抽样件数", null=True, blank=True)
    eligible = models.PositiveIntegerField("范围内件数")
    begun_by = _staff("发起人")
    begun_at = models.DateTimeField("开始时间")
    closed_by = _staff("结束人", empty=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    note = models.CharField("结论", max_length=500, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "盘点"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="stocktake_unit_id"),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(closed_at__isnull=True), name="stocktake_one_open"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-begun_at", "id"], name="stocktake_history"),
            models.Index(fields=["-begun_at", "id"], name="stocktake_all_history"),
        ]

    def __str__(self) -> str:
        return self.title


class StocktakeLine(models.Model):
    """One original of the frozen list: where it should be, and what was found."""

    id = _key()
    unit = _unit()
    stocktake = models.ForeignKey(
        Stocktake, models.PROTECT, db_constraint=False, related_name="lines"
    )
    original = models.ForeignKey(
        Original, models.PROTECT, db_constraint=False, related_name="stocktake_lines"
    )
    number = models.PositiveIntegerField("序号")
    barcode = models.CharField("条码", max_length=40)
    title = models.CharField("题名", max_length=200)
    shelf = models.CharField("应在位置", max_length=60)
    result = models.CharField(
        "结果", max_length=10, choices=Result, db_default=Result.PENDING.value
    )
    seen_shelf = models.CharField("所见位置", max_length=60, blank=True, db_default="")
    by = _staff("盘点人", empty=True)
    at = models.DateTimeField("盘点时间", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "盘点清单"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="stocktake_line_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "stocktake", "original"], name="stocktake_line_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "stocktake", "barcode"], name="stocktake_line_barcode"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "stocktake", "result", "shelf", "number"],
                name="stocktake_line_walk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.barcode} {self.result}"


class Disposal(models.Model):
    """鉴定销毁: proposed by one, approved by another, watched by two more; its paper stays.

    `certificate` is the 销毁清册 as it stood, `sha256` over it; the database refuses to change
    a disposal that was carried out (migration 0002).
    """

    id = _key()
    unit = _unit()
    number = models.CharField("销毁编号", max_length=40)
    state = models.CharField("状态", max_length=10, choices=DisposalState)
    reason = models.CharField("鉴定意见", max_length=500)
    method = models.CharField("销毁方式", max_length=100)
    proposed_by = _staff("提出人")
    proposed_at = models.DateTimeField("提出时间")
    approved_by = _staff("审批人", empty=True)
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    first_witness = _staff("监销人一", empty=True)
    first_at = models.DateTimeField("监销人一确认", null=True, blank=True)
    second_witness = _staff("监销人二", empty=True)
    second_at = models.DateTimeField("监销人二确认", null=True, blank=True)
    done_at = models.DateTimeField("销毁时间", null=True, blank=True)
    certificate = models.JSONField("销毁清册", null=True, blank=True)
    sha256 = models.CharField("清册摘要", max_length=64, blank=True, db_default="")
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, db_default="")

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "销毁"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="disposal_unit_id"),
            models.UniqueConstraint(fields=["unit", "number"], name="disposal_number"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="disposal_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(second_witness__isnull=True)
                | (
                    Q(first_witness__isnull=False)
                    & ~Q(first_witness=F("second_witness"))
                    & ~Q(second_witness=F("proposed_by"))
                ),
                name="disposal_two_witnesses",
            ),
            models.CheckConstraint(
                condition=Q(first_witness__isnull=True) | ~Q(first_witness=F("proposed_by")),
                name="disposal_watched_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=DisposalState.DONE)
                | (
                    Q(
                        approved_by__isnull=False,
                        first_witness__isnull=False,
                        second_witness__isnull=False,
                        done_at__isnull=False,
                        certificate__isnull=False,
                    )
                    & ~Q(sha256="")
                ),
                name="disposal_done_with_certificate",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-proposed_at", "id"], name="disposal_history"),
            models.Index(fields=["-proposed_at", "id"], name="disposal_all_history"),
        ]

    def __str__(self) -> str:
        return self.number


class DisposalLine(models.Model):
    """An original on a list to be destroyed; on one open list only."""

    id = _key()
    unit = _unit()
    disposal = models.ForeignKey(
        Disposal, models.PROTECT, db_constraint=False, related_name="lines"
    )
    original = models.ForeignKey(
        Original, models.PROTECT, db_constraint=False, related_name="disposal_lines"
    )
    standing = models.BooleanField("有效", db_default=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "销毁清单"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["unit", "id"], name="disposal_line_unit_id"),
            models.UniqueConstraint(
                fields=["unit", "disposal", "original"], name="disposal_line_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "original"],
                condition=Q(standing=True),
                name="disposal_line_one_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disposal_id} {self.original_id}"
