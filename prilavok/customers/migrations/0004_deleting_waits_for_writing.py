from django.db import migrations

from prilavok.kernel.promises import named_rows_are_kept

PROFILE = "customers_profile"


class Migration(migrations.Migration):
    """Nothing that a customer's row names can be deleted, not even while that row is being written."""

    dependencies = [("customers", "0003_customers_are_checked_together")]

    operations = [
        named_rows_are_kept(
            "customers_profile_of_person", table=PROFILE, column="person_id", parent="customers_person"
        ),
        named_rows_are_kept(
            "customers_profile_in_shop", table=PROFILE, column="registered_shop_id", parent="company_shop"
        ),
        named_rows_are_kept("customers_contact_of", table="customers_contact", column="profile_id", parent=PROFILE),
        named_rows_are_kept(
            "customers_identifier_of", table="customers_identifier", column="profile_id", parent=PROFILE
        ),
        named_rows_are_kept("customers_consent_of", table="customers_consent", column="profile_id", parent=PROFILE),
        named_rows_are_kept(
            "customers_consent_for", table="customers_consent", column="brand_id", parent="company_brand"
        ),
    ]
