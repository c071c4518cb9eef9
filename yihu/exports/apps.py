from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "yihu.exports"
    label = "exports"
    verbose_name = "导出与打印登记"

    def ready(self) -> None:
        """What a person took or asked for ends with the post."""
        from yihu.access.ending import contribute
        from yihu.exports.actions import end_links, end_takeouts

        contribute("exports.link", end_links)
        contribute("exports.takeout", end_takeouts)
