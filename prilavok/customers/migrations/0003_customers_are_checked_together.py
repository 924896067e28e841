import django.db.models.deletion
from django.db import migrations, models

from prilavok.kernel.promises import named_rows_exist

PROFILE = "customers_profile"


def named(to: str, related: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name=related, to=to, **more
    )


class Migration(migrations.Migration):
    """What a profile, a contact, an identifier and a consent name is asked once per statement, not once per row."""

    dependencies = [("customers", "0002_identifiers_by_beginning")]

    operations = [
        migrations.AlterField("Profile", "person", named("customers.person", "profiles")),
        migrations.AlterField("Profile", "registered_shop", named("company.shop", "+", null=True, db_index=False)),
        migrations.AlterField("Contact", "profile", named("customers.profile", "contacts", db_index=False)),
        migrations.AlterField("Identifier", "profile", named("customers.profile", "identifiers")),
        migrations.AlterField("Consent", "profile", named("customers.profile", "consents", db_index=False)),
        migrations.AlterField("Consent", "brand", named("company.brand", "+", null=True, db_index=False)),
        named_rows_exist("customers_profile_of_person", table=PROFILE, column="person_id", parent="customers_person"),
        named_rows_exist(
            "customers_profile_in_shop", table=PROFILE, column="registered_shop_id", parent="company_shop"
        ),
        named_rows_exist("customers_contact_of", table="customers_contact", column="profile_id", parent=PROFILE),
        named_rows_exist("customers_identifier_of", table="customers_identifier", column="profile_id", parent=PROFILE),
        named_rows_exist("customers_consent_of", table="customers_consent", column="profile_id", parent=PROFILE),
        named_rows_exist("customers_consent_for", table="customers_consent", column="brand_id", parent="company_brand"),
    ]
