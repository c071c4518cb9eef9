"""RPSM-01-16-02, 2024-1: every clause and letter in our own words, and where Yihu carries it out.

The sentences say what a clause asks for; the wording of the document is in the library of rules.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _

from yihu.clauses.rules import Chapter, Clause, Edition, Kind, Risk

BINDING, CONTEXT = Kind.BINDING, Kind.CONTEXT
LATE, CLASS, GAPS, LEAK = Risk.LATE, Risk.CLASS, Risk.GAPS, Risk.LEAK
ALL = (LATE, CLASS, GAPS, LEAK)

PURPOSE = (
    Clause(
        "1",
        _("把分散的客户信息聚成完整的档案，供评级、营销和关系维护使用。"),
        CONTEXT,
        ALL,
        ("dossiers", "care", "customers"),
    ),
    Clause("2", _("适用于集团和全部所属单位。"), CONTEXT, (), ("timeliness", "duties")),
)
RISKS = (
    Clause(
        "3a",
        _("风险一：信息收集不及时，客户情况和诉求知道得晚。"),
        CONTEXT,
        (LATE,),
        ("duties", "needs", "timeliness"),
    ),
    Clause(
        "3b",
        _("风险二：客户分类不准，难以提供差异化服务。"),
        CONTEXT,
        (CLASS,),
        ("ratings", "care"),
    ),
    Clause(
        "3c",
        _("风险三：归档不全，历史数据和资料缺失。"),
        CONTEXT,
        (GAPS,),
        ("dossiers", "originals", "letters"),
    ),
    Clause(
        "3d",
        _("风险四：交接和保密不规范，信息外泄。"),
        CONTEXT,
        (LEAK,),
        ("handovers", "people", "log"),
    ),
)
DUTIES = (
    Clause("4.1a", _("集团市场部门制定、修订集团的客户档案制度。"), BINDING, ALL, ("library",)),
    Clause("4.1b", _("集团市场部门制定并发布填报指南。"), BINDING, (GAPS, CLASS), ("guide",)),
    Clause(
        "4.1c",
        _("集团市场部门组织、监督、考核各单位建档和更新。"),
        BINDING,
        (LATE, GAPS),
        ("timeliness", "duties", "boards", "assessment"),
    ),
    Clause(
        "4.2a",
        _("信息技术中心支持平台的开发、优化和升级。"),
        BINDING,
        (GAPS,),
        ("exports", "home", "upkeep"),
    ),
    Clause(
        "4.2b",
        _("信息技术中心维护平台，保障档案数据安全。"),
        BINDING,
        (LEAK,),
        ("accounts", "seals", "exports", "upkeep"),
    ),
    Clause(
        "4.3a", _("所属单位制定、修订本单位的客户档案制度。"), BINDING, ALL, ("library", "cadence")
    ),
    Clause(
        "4.3b",
        _("所属单位建立、更新、维护档案，并配合检查。"),
        BINDING,
        (LATE, GAPS),
        ("dossiers", "duties", "imports"),
    ),
    Clause(
        "4.3c", _("所属单位整理归档往来函件等重要文件。"), BINDING, (GAPS,), ("letters", "papers")
    ),
)
PRINCIPLES = (
    Clause(
        "5.1",
        _("时效：跟踪客户信息，及时更新完善。"),
        BINDING,
        (LATE,),
        ("duties", "timeliness", "cadence"),
    ),
    Clause(
        "5.2",
        _("准确：由指定专人填报更新，内容准确完整。"),
        BINDING,
        (CLASS, GAPS),
        ("reviews", "dossiers"),
    ),
    Clause(
        "5.3",
        _("规范：按要求填报，格式统一，数据来源一致。"),
        BINDING,
        (CLASS, GAPS),
        ("imports", "guide", "differences"),
    ),
    Clause(
        "5.4",
        _("完整：一户一档，本单位客户全部建档。"),
        BINDING,
        (GAPS,),
        ("dossiers", "customers"),
    ),
    Clause(
        "5.5",
        _("保密：未经允许不得拷贝、转发、透露客户信息。"),
        BINDING,
        (LEAK,),
        ("exports", "disclosure", "log"),
    ),
)
FILING = (
    Clause(
        "6.1.1",
        _("档案分四类：基本信息、合作情况、合同执行、访谈。"),
        BINDING,
        (GAPS,),
        ("dossiers", "guide"),
    ),
    Clause(
        "6.1.2", _("凡签过资源购销合同的客户都要建档。"), BINDING, (GAPS,), ("dossiers", "imports")
    ),
    Clause(
        "6.1.3", _("与评级有关的内容随最新评级规则和结果更新。"), BINDING, (CLASS,), ("ratings",)
    ),
    Clause("6.1.4", _("格式和内容按集团下发的填报指南执行。"), BINDING, (GAPS,), ("guide",)),
)
UPDATING = (
    Clause(
        "6.2.1",
        _("量价和战略客户每月、VIP 每季、其余每半年更新；新增、自查、原件都要管好。"),
        BINDING,
        (LATE, GAPS),
        ("duties", "cadence", "imports"),
    ),
    Clause(
        "6.2.1a",
        _("新客户准入并签约后，随时建档。"),
        BINDING,
        (LATE, GAPS),
        ("duties_new_customer",),
    ),
    Clause(
        "6.2.1b", _("已有客户新签合同后，随时更新。"), BINDING, (LATE,), ("duties_new_contract",)
    ),
    Clause(
        "6.2.1c",
        _("评级有最终结果后，随时更新。"),
        BINDING,
        (LATE, CLASS),
        ("duties_rating", "ratings"),
    ),
    Clause(
        "6.2.1d",
        _("访谈后整理纪要，跟踪落实并记下进展。"),
        BINDING,
        (LATE,),
        ("visits", "followups"),
    ),
    Clause(
        "6.2.1e",
        _("基本信息重大变化后，随时更新。"),
        BINDING,
        (LATE, GAPS),
        ("duties_basic_change",),
    ),
    Clause(
        "6.2.2",
        _("遇到下列情况要在档案备注，防范履约风险。"),
        BINDING,
        (LATE, CLASS),
        ("risks", "risk_check"),
    ),
    Clause("6.2.2a", _("违法违规、恶意违约、损害名誉或造成损失。"), BINDING, (LATE,), ("risks_a",)),
    Clause("6.2.2b", _("资信明显变化，经核实有重大合规风险。"), BINDING, (LATE,), ("risks_b",)),
    Clause("6.2.2c", _("财务出现问题，可能失去履约能力。"), BINDING, (LATE,), ("risks_c",)),
    Clause("6.2.2d", _("其他可能实质影响合作的重大事项。"), BINDING, (LATE,), ("risks_d",)),
)
READING = (
    Clause(
        "6.3.1",
        _("单位制定查询权限；原则上只能查所属区域的客户。"),
        BINDING,
        (LEAK,),
        ("query_policy", "grants"),
    ),
    Clause(
        "6.3.2",
        _("信息技术中心按单位的要求开通权限，并注意保密。"),
        BINDING,
        (LEAK,),
        ("grants", "role_requests", "roles", "directory"),
    ),
    Clause(
        "6.3.3",
        _("原件保管安全、查找方便。"),
        BINDING,
        (GAPS, LEAK),
        ("originals", "loans", "stocktakes"),
    ),
    Clause(
        "6.3.4",
        _("退休、调离、离职的人员，权限随即注销。"),
        BINDING,
        (LEAK,),
        ("people", "handovers", "accounts"),
    ),
)
SUPERVISING = (
    Clause(
        "6.4.1",
        _("集团每月查战略客户和全部量价，每季抽查 VIP，每年统查。"),
        BINDING,
        (LATE, GAPS),
        ("timeliness", "duties", "boards", "supervision"),
    ),
    Clause(
        "6.4.2",
        _("检查结果纳入所属单位的绩效考核。"),
        BINDING,
        (LATE, GAPS),
        ("assessment", "supervision", "timeliness", "boards"),
    ),
)
CLOSING = (
    Clause("7.1", _("由集团市场部门负责解释。"), CONTEXT, (), ("library",)),
    Clause("7.2", _("所属单位据此执行，并修订自己的细则。"), BINDING, ALL, ("library", "cadence")),
    Clause("7.3", _("发布之日起实施，2023-1 版同时废止。"), CONTEXT, (), ("library",)),
)
BASES = (
    Clause("annex 1.1", _("依据：国内天然气市场开发与销售管理办法。"), CONTEXT, (), ("library",)),
    Clause("annex 1.2", _("依据：天然气客户管理办法。"), CONTEXT, (), ("library",)),
)
TERMS = (
    Clause("annex 2.1", _("集团：总部管理层和各部门。"), CONTEXT),
    Clause("annex 2.2", _("所属单位：获授权销售国内天然气的直属二级单位。"), CONTEXT, (),
           ("timeliness",)),
    Clause("annex 2.3", _("信息技术中心：为销售单位提供数字服务的唯一机构。"), CONTEXT, (),
           ("accounts",)),
    Clause("annex 2.4", _("客户：在国内采购天然气的客户，不含车船加注、居民用气等零售端。"),
           BINDING, (CLASS,), ("imports", "dossiers")),
    Clause("annex 2.5", _("战略客户：共担共享、贡献度高或有战略价值。"), BINDING, (CLASS,),
           ("files_strategic",)),
    Clause("annex 2.6", _("VIP 客户：销售或合作价值较高的重点客户。"), BINDING, (CLASS,),
           ("files_vip",)),
    Clause("annex 2.7", _("内部客户：集团下属或系统内的销售单位。"), BINDING, (CLASS,),
           ("files_internal",)),
    Clause("annex 2.8", _("一般客户：以上三类之外的客户。"), BINDING, (CLASS,),
           ("files_general",)),
)  # fmt: skip

EDITION = Edition(
    code="2024-1",
    document="RPSM-01-16-02",
    title=_("天然气客户档案管理细则"),
    in_force_from=date(2024, 1, 1),
    chapters=(
        Chapter("1–2", _("目的与适用范围"), PURPOSE),
        Chapter("3", _("主要应对的风险"), RISKS),
        Chapter("4", _("职责分工"), DUTIES),
        Chapter("5", _("总体原则"), PRINCIPLES),
        Chapter("6.1", _("分类及填报"), FILING),
        Chapter("6.2", _("更新及管理"), UPDATING),
        Chapter("6.3", _("查询及原件"), READING),
        Chapter("6.4", _("监督考核"), SUPERVISING),
        Chapter("7", _("附则"), CLOSING),
        Chapter("附件 1", _("编制依据"), BASES),
        Chapter("附件 2", _("释义"), TERMS),
    ),
)
