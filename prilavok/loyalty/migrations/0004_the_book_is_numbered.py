"""Whatever tills reckon with, a change of it raises one number: a till that sees it moved compiles anew."""

from django.db import migrations

TABLES = ("loyalty_promotion", "loyalty_programme", "loyalty_tier", "loyalty_cardkind")

COUNT = """
    INSERT INTO loyalty_booknumber (number) VALUES (1);
    CREATE FUNCTION loyalty_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE loyalty_booknumber SET number = number + 1;
        RETURN NULL;
    END $$;
""" + "".join(
    f"CREATE TRIGGER loyalty_book_moves AFTER INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION loyalty_count_change();"
    for table in TABLES
)
DONT = (
    "".join(f"DROP TRIGGER loyalty_book_moves ON {table};" for table in TABLES)
    + "DROP FUNCTION loyalty_count_change(); DELETE FROM loyalty_booknumber;"
)


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0003_points_cards_promotions")]
    operations = [migrations.RunSQL(COUNT, DONT)]
