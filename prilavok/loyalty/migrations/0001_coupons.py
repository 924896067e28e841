
import django.db.models.deletion
import django.db.models.functions.text
import prilavok.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0002_products_by_name'),
        ('customers', '0001_initial'),
        ('orders', '0002_lines_are_checked_together'),
    ]

    operations = [
        migrations.CreateModel(
            name='CouponSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=prilavok.kernel.ids.uuid7, editable=False, unique=True)),
                ('code', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('reward_kind', models.CharField(choices=[('percent', 'Discount in per cent'), ('amount', 'Discount in money'), ('price', 'Fixed price'), ('other', 'As printed on the coupon')], default='percent', max_length=10)),
                ('reward_value', models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                ('minimum', models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('personal', models.BooleanField(default=True)),
                ('uses', models.PositiveIntegerField(default=1, null=True)),
                ('common_code', models.CharField(blank=True, default='', max_length=64)),
                ('imported', models.BooleanField(default=False)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.BigIntegerField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-made_at', '-id'], name='loyalty_series_newest'), models.Index(condition=models.Q(('common_code', ''), _negated=True), fields=['common_code'], name='loyalty_series_common_code')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='loyalty_series_has_a_window'), models.CheckConstraint(condition=models.Q(('reward_kind', 'other'), ('reward_value__gt', 0), _connector='OR'), name='loyalty_series_gives_something'), models.CheckConstraint(condition=models.Q(models.Q(('reward_kind', 'percent'), _negated=True), ('reward_value__lte', 100), _connector='OR'), name='loyalty_series_at_most_all')],
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('cause', models.UUIDField(null=True)),
                ('profile', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile')),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='loyalty.couponseries')),
            ],
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('amount', models.DecimalField(decimal_places=4, max_digits=19)),
                ('coupon', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.coupon')),
                ('profile', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.profile')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.receipt')),
            ],
        ),
        migrations.CreateModel(
            name='RefusedUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('unknown', 'no such code'), ('not_yet', 'not valid yet'), ('expired', 'no longer valid'), ('used', 'already used'), ('other_customer', 'issued to another customer'), ('too_little', 'the basket is below the minimum')], max_length=20)),
                ('at', models.DateTimeField()),
                ('coupon', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refusals', to='loyalty.coupon')),
                ('receipt', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.receipt')),
            ],
        ),
        migrations.CreateModel(
            name='SeriesProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('series', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='products', to='loyalty.couponseries')),
            ],
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(fields=['series', '-id'], name='loyalty_coupon_of_series'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('profile__isnull', False)), fields=['profile', '-id'], name='loyalty_coupon_of_customer'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Replace(models.F('code'), models.Value('-'), models.Value('')), name='loyalty_coupon_code_once'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.UniqueConstraint(condition=models.Q(('cause__isnull', False), ('profile__isnull', False)), fields=('cause', 'profile'), name='loyalty_coupon_once_per_cause'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(condition=models.Q(('profile__isnull', False)), fields=['profile', '-at'], name='loyalty_used_by_customer'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(fields=('coupon', 'receipt'), name='loyalty_coupon_once_on_receipt'),
        ),
        migrations.AddIndex(
            model_name='refuseduse',
            index=models.Index(condition=models.Q(('coupon__isnull', False)), fields=['coupon'], name='loyalty_refusals_of_coupon'),
        ),
        migrations.AddConstraint(
            model_name='refuseduse',
            constraint=models.UniqueConstraint(fields=('receipt', 'code'), name='loyalty_refusal_once_on_receipt'),
        ),
        migrations.AddConstraint(
            model_name='seriesproduct',
            constraint=models.UniqueConstraint(fields=('series', 'product'), name='loyalty_product_once_in_series'),
        ),
    ]
