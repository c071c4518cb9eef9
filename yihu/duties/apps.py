from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "yihu.duties"
    label = "duties"
    verbose_name = "更新任务"
