from django.db import migrations

from prilavok.kernel import planner


def count(apps, editor):
    planner.count("catalog_product")


class Migration(migrations.Migration):
    """The index of words was made anew: without statistics of it a search for nobody reads the whole table."""

    dependencies = [("catalog", "0005_words_are_made_by_patterns")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
