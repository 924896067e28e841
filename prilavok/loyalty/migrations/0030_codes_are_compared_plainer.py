from django.db import migrations

from prilavok.loyalty import rules

ODD = "[^ -~А-Яа-яЁё]"  # wide letters, long hyphens, № and the like: what is compared otherwise since


def plainer(apps, schema_editor):
    """Codes as they are found now; where another code is like that already, the older way of writing stays."""
    Coupon, Series = (apps.get_model("loyalty", name) for name in ("Coupon", "CouponSeries"))
    for model, name, written in (
        (Coupon, "code", rules.shown_code),
        (Series, "code", rules.shown_code),
        (Series, "common_code", rules.code_key),
    ):
        for one in model.objects.filter(**{f"{name}__regex": ODD}).only("pk", name):
            told = written(getattr(one, name))
            if not model.objects.filter(**{name: told}).exists() or name == "common_code":
                model.objects.filter(pk=one.pk).update(**{name: told})


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0029_a_printed_code_asks_who_it_is'),
    ]

    operations = [migrations.RunPython(plainer, migrations.RunPython.noop)]
