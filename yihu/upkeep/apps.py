from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "yihu.upkeep"
    label = "upkeep"
    verbose_name = "运行与备份"
