import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import prilavok.kernel.ids


def money() -> models.DecimalField:
    return models.DecimalField(decimal_places=4, max_digits=19)


def reckoned(expression: object) -> models.GeneratedField:
    return models.GeneratedField(expression=expression, output_field=money(), db_persist=True)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "__first__"),
        ("customers", "__first__"),
        ("catalog", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True),
                ),
                ("number", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[("sale", "Sale"), ("return", "Return")], default="sale", max_length=6
                    ),
                ),
                ("paid_at", models.DateTimeField()),
                ("local_date", models.DateField()),
                ("local_hour", models.PositiveSmallIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("gross", money()),
                ("paid", money()),
                ("reimbursed", money()),
                ("discount", reckoned(F("gross") - F("paid"))),
                ("revenue", reckoned(F("paid") + F("reimbursed"))),
                ("items", models.DecimalField(decimal_places=3, max_digits=14)),
                ("fingerprint", models.BinaryField(max_length=16)),
                (
                    "shop",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="company.shop",
                    ),
                ),
                (
                    "till",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="company.till",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.profile",
                    ),
                ),
                (
                    "returns",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.receipt",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceiptLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=14)),
                ("unit", models.CharField(default="pcs", max_length=8)),
                ("gross", money()),
                ("paid", money()),
                ("reimbursed", money()),
                ("discount", reckoned(F("gross") - F("paid"))),
                ("revenue", reckoned(F("paid") + F("reimbursed"))),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.receipt",
                    ),
                ),
                (
                    "returned",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.receiptline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LineDiscount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("amount", money()),
                (
                    "funded_by",
                    models.CharField(
                        choices=[("shop", "Shop"), ("manufacturer", "Manufacturer")],
                        default="shop",
                        max_length=12,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="orders.receiptline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceiptCoupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_index=True, max_length=64)),
                (
                    "receipt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coupons",
                        to="orders.receipt",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "Receipt",
            models.UniqueConstraint(fields=["shop", "number"], name="orders_receipt_number_in_shop"),
        ),
        migrations.AddConstraint(
            "Receipt",
            models.CheckConstraint(condition=Q(local_hour__lte=23), name="orders_receipt_hour_of_day"),
        ),
        migrations.AddConstraint(
            "Receipt",
            models.CheckConstraint(
                condition=Q(kind="sale", returns=None) | Q(kind="return"),
                name="orders_receipt_sale_returns_none",
            ),
        ),
        migrations.AddIndex(
            "Receipt", models.Index(fields=["-paid_at", "-id"], name="orders_receipt_latest")
        ),
        migrations.AddIndex(
            "Receipt", models.Index(fields=["shop", "-paid_at", "-id"], name="orders_receipt_of_shop")
        ),
        migrations.AddIndex(
            "Receipt",
            models.Index(
                condition=Q(profile__isnull=False),
                fields=["profile", "-paid_at", "-id"],
                name="orders_receipt_of_customer",
            ),
        ),
        migrations.AddIndex(
            "Receipt",
            models.Index(
                fields=["number"], name="orders_receipt_by_number", opclasses=["varchar_pattern_ops"]
            ),
        ),
        migrations.AddIndex(
            "Receipt",
            models.Index(
                condition=Q(returns__isnull=False), fields=["returns"], name="orders_receipt_returned_by"
            ),
        ),
        migrations.AddConstraint(
            "ReceiptLine",
            models.UniqueConstraint(fields=["receipt", "number"], name="orders_line_number_in_receipt"),
        ),
        migrations.AddIndex(
            "ReceiptLine",
            models.Index(
                condition=Q(returned__isnull=False), fields=["returned"], name="orders_line_returned_by"
            ),
        ),
        migrations.AddConstraint(
            "LineDiscount", models.CheckConstraint(condition=~Q(amount=0), name="orders_discount_moves_money")
        ),
        migrations.AddConstraint(
            "ReceiptCoupon",
            models.UniqueConstraint(fields=["receipt", "code"], name="orders_coupon_once_in_receipt"),
        ),
    ]
