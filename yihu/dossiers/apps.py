from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "yihu.dossiers"
    label = "dossiers"
    verbose_name = "客户档案"

    def ready(self) -> None:
        """The history of the class belongs to every version."""
        from yihu.customers.rules import ClassSource, Klass
        from yihu.dossiers.content import read_classes
        from yihu.dossiers.tables import Table, contribute

        contribute(
            Table(
                code="classes",
                label=_("客户分类变更"),
                section="basic",
                key=("effective_on", "klass", "source"),
                columns=(
                    ("effective_on", _("生效日")),
                    ("klass", _("客户分类")),
                    ("source", _("来源")),
                    ("basis", _("依据")),
                ),
                read=read_classes,
                words={"klass": dict(Klass.choices), "source": dict(ClassSource.choices)},
            )
        )
